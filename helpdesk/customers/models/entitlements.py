"""Which channel a tier opens, and what a contract changes about it: data, not code (S5-23)."""

from __future__ import annotations

from django.db import models
from simple_history.models import HistoricalRecords

from helpdesk.customers.channels import Channel
from helpdesk.customers.models.contracts import Contract

DOORS = [(channel.value, channel.label) for channel in (Channel.PORTAL, Channel.EMAIL, Channel.PHONE, Channel.ENQUIRY)]


class Access(models.TextChoices):
    """How far a channel is open."""

    OPEN = "open", "otevřeno"
    SLA_LEVEL = "sla_level", "podle úrovně SLA"
    IMPLEMENTED_MODULES = "implemented_modules", "jen k právě zaváděným modulům"
    PACKAGE = "package", "jen z předplaceného balíku"
    CLOSED = "closed", "není součástí"


class TierEntitlement(models.Model):
    """The preset of one tier (kind of contract) for one channel.

    source  S5-18 to S5-21, C21, C29
    """

    tier = models.CharField("druh smlouvy", max_length=20, choices=Contract.Kind.choices)
    channel = models.CharField("kanál", max_length=12, choices=DOORS)
    access = models.CharField("přístup", max_length=20, choices=Access.choices)
    note = models.CharField("vysvětlení pro zákazníka", max_length=200, blank=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = "nárok druhu smlouvy"
        verbose_name_plural = "nároky druhů smluv"
        ordering = ["tier", "channel"]
        constraints = [models.UniqueConstraint(fields=["tier", "channel"], name="tier_entitlement_unique")]

    def __str__(self) -> str:
        return f"{self.get_tier_display()}: {self.get_channel_display()} {self.get_access_display()}"


class ContractEntitlement(models.Model):
    """What one contract agrees differently from its tier."""

    contract = models.ForeignKey(Contract, models.CASCADE, related_name="entitlements", verbose_name="smlouva")
    channel = models.CharField("kanál", max_length=12, choices=DOORS)
    access = models.CharField("přístup", max_length=20, choices=Access.choices)
    note = models.CharField("vysvětlení pro zákazníka", max_length=200, blank=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = "nárok ze smlouvy"
        verbose_name_plural = "nároky ze smlouvy"
        ordering = ["contract_id", "channel"]
        constraints = [models.UniqueConstraint(fields=["contract", "channel"], name="contract_entitlement_unique")]

    def __str__(self) -> str:
        return f"{self.contract}: {self.get_channel_display()} {self.get_access_display()}"
