"""What requests are about: the customer's applications, and the kinds of request."""

from __future__ import annotations

from datetime import date

from django.db import models
from simple_history.models import HistoricalRecords

from helpdesk.customers.models.companies import Customer


class AssetQuerySet(models.QuerySet["Asset"]):
    def active(self) -> AssetQuerySet:
        return self.filter(is_active=True)


class Asset(models.Model):
    """An application or product that the supplier looks after for one customer.

    source  S1-03, S1-08, S5-03, S5-06, S5-18
    """

    class Hosting(models.TextChoices):
        HOSTED = "hosted", "provozuje dodavatel"
        ON_PREMISE = "on_premise", "u zákazníka (on-premise)"

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="assets", verbose_name="zákazník")
    name = models.CharField("název", max_length=120)
    version = models.CharField("verze", max_length=40, blank=True)
    url = models.URLField("adresa", blank=True)
    hosting = models.CharField("provoz", max_length=12, choices=Hosting.choices, default=Hosting.HOSTED)
    support_until = models.DateField("podpora verze do", null=True, blank=True)
    is_active = models.BooleanField("nabízí se", default=True)

    objects = AssetQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = "aplikace zákazníka"
        verbose_name_plural = "aplikace zákazníků"
        ordering = ["name", "id"]
        constraints = [models.UniqueConstraint(fields=["customer", "name", "version"], name="asset_unique")]

    def __str__(self) -> str:
        return f"{self.name} {self.version}".strip()

    def is_supported_on(self, day: date) -> bool:
        return self.support_until is None or day <= self.support_until


class AssetModule(models.Model):
    """A part of an application; support during implementation may be limited to those being introduced (S5-18)."""

    asset = models.ForeignKey(Asset, models.CASCADE, related_name="modules", verbose_name="aplikace")
    name = models.CharField("modul", max_length=120)
    in_implementation = models.BooleanField("právě se zavádí", default=False)

    class Meta:
        verbose_name = "modul aplikace"
        verbose_name_plural = "moduly aplikace"
        ordering = ["name", "id"]
        constraints = [models.UniqueConstraint(fields=["asset", "name"], name="asset_module_unique")]

    def __str__(self) -> str:
        return self.name


class RequestType(models.Model):
    """A kind of request from the supplier's catalogue, apart from the contract's paragraph (D24).

    way_out  for what support does not cover: the Czech sentence that says what to do instead
    source   S1-07, S2-07, S3-16, S5-03, S5-05
    """

    name = models.CharField("název", max_length=120, unique=True)
    hint = models.CharField("vysvětlení", max_length=300, blank=True)
    asks_asset = models.BooleanField("ptá se na aplikaci", default=True)
    asks_contract_part = models.BooleanField("ptá se na část smlouvy", default=False)
    is_covered = models.BooleanField("podpora pokrývá", default=True)
    way_out = models.CharField("co místo toho", max_length=400, blank=True)
    is_express = models.BooleanField("expresní", default=False)
    is_chargeable = models.BooleanField("zpoplatněno", default=False)
    is_statutory = models.BooleanField(
        "změna předpisů", default=False, help_text="Úprava podle obecně platných předpisů je v ceně smlouvy."
    )
    on_premise_only = models.BooleanField("jen pro on-premise", default=False)
    delivered_elsewhere = models.BooleanField("předává se k objednávce", default=False)
    is_active = models.BooleanField("nabízí se", default=True)
    position = models.PositiveSmallIntegerField("pořadí", default=0)

    history = HistoricalRecords()

    class Meta:
        verbose_name = "druh požadavku"
        verbose_name_plural = "druhy požadavků"
        ordering = ["position", "name"]
        constraints = [
            models.CheckConstraint(
                name="request_type_excluded_has_way_out",
                condition=models.Q(is_covered=True) | ~models.Q(way_out=""),
                violation_error_message="U toho, co podpora nepokrývá, napište, co má zákazník udělat místo toho.",
            ),
        ]

    def __str__(self) -> str:
        return self.name
