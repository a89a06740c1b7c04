"""What one person may not do alone: changes that wait for a second one, and what was done alone on a day."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from helpdesk.customers.models.companies import Customer
from helpdesk.customers.models.people import User


class UnconfirmedChange(models.Model):
    """A change of money or of terms that one person made alone, below the limit; those of a day count together.

    customer  whose account it concerns; None for the installation itself
    amount    how much it weighs against the limit, CZK without VAT
    source    permissions of the backoffice: above the limit two people
    """

    customer = models.ForeignKey(Customer, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="zákazník")
    what = models.CharField("co", max_length=300)
    amount = models.DecimalField("částka (Kč bez DPH)", max_digits=14, decimal_places=2)
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="kdo")
    made_at = models.DateTimeField("kdy")
    made_on = models.DateField("den")

    class Meta:
        verbose_name = "změna jednou osobou"
        verbose_name_plural = "změny jednou osobou"
        ordering = ["id"]
        indexes = [models.Index(fields=["customer", "made_on"], name="unconfirmed_of_day")]
        constraints = [models.CheckConstraint(name="unconfirmed_change_weighs", condition=Q(amount__gt=0))]

    def __str__(self) -> str:
        return self.what


class PendingChange(models.Model):
    """Fields of a record that one person wants changed, and how a second person decided.

    model     label of the record's model
    customer  whose account it concerns; None for the installation itself
    what      which record, as it was named when this was asked
    before    the fields as they were, so that nobody confirms over a change that came meanwhile
    values    what they are to be, as the fields' own text
    amount    how much it weighs against the limit, CZK without VAT
    source    permissions of the backoffice: above the limit two people
    """

    class State(models.TextChoices):
        WAITING = "waiting", "čeká na druhou osobu"
        DONE = "done", "provedeno"
        REFUSED = "refused", "zamítnuto"

    model = models.CharField("druh záznamu", max_length=60)
    object_id = models.BigIntegerField("záznam")
    customer = models.ForeignKey(Customer, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="zákazník")
    what = models.CharField("čeho se týká", max_length=300)
    before = models.JSONField("dosud", default=dict)
    values = models.JSONField("nově", default=dict)
    amount = models.DecimalField("váha (Kč bez DPH)", max_digits=14, decimal_places=2)
    state = models.CharField("stav", max_length=8, choices=State.choices, default=State.WAITING)
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="navrhl")
    asked_at = models.DateTimeField("navrženo")
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="rozhodl")
    decided_at = models.DateTimeField("rozhodnuto", null=True, blank=True)

    class Meta:
        verbose_name = "změna k potvrzení"
        verbose_name_plural = "změny k potvrzení"
        ordering = ["-id"]
        permissions = [("confirm_change", "Smí potvrzovat změny, které navrhl někdo jiný")]
        indexes = [models.Index(fields=["model", "object_id"], name="pending_change_of", condition=Q(state="waiting"))]
        constraints = [
            models.CheckConstraint(
                name="pending_change_decided",
                condition=Q(state="waiting", decided_by__isnull=True, decided_at__isnull=True)
                | ~Q(state="waiting") & Q(decided_by__isnull=False, decided_at__isnull=False),
            ),
            models.CheckConstraint(name="pending_change_two_people", condition=~Q(state="done", decided_by=F("asked_by"))),
        ]

    def __str__(self) -> str:
        return self.what
