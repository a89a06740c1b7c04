"""Corrections of credit by hand, above the installation's limit only by two people."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q

from credit.models.ledger import LedgerAccount, LedgerTransfer
from helpdesk.customers.models import User


class CorrectionRequest(models.Model):
    """Who wants to give or take how much credit and why, who agreed, and the movement that came of it.

    change        positive gives, negative takes, CZK without VAT
    reason        the customer reads it in the statement
    token         of the form: sent twice, it is one correction
    needs_second  it was above the limit when it was proposed; then `decided_by` is somebody else
    source        permissions of the backoffice: corrections of the ledger
    """

    class State(models.TextChoices):
        WAITING = "waiting", "čeká na druhou osobu"
        DONE = "done", "zaúčtováno"
        REFUSED = "refused", "zamítnuto"

    account = models.ForeignKey(LedgerAccount, models.PROTECT, related_name="corrections", verbose_name="účet")
    change = models.DecimalField("změna (Kč bez DPH)", max_digits=12, decimal_places=2)
    reason = models.CharField("důvod", max_length=300)
    token = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    state = models.CharField("stav", max_length=8, choices=State.choices, default=State.WAITING)
    needs_second = models.BooleanField("potvrzuje druhá osoba", default=True)
    proposed_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="navrhl")
    proposed_at = models.DateTimeField("navrženo")
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="rozhodl")
    decided_at = models.DateTimeField("rozhodnuto", null=True, blank=True)
    transfer = models.OneToOneField(
        LedgerTransfer, models.PROTECT, null=True, blank=True, related_name="correction", verbose_name="pohyb kreditu"
    )

    class Meta:
        verbose_name = "oprava kreditu"
        verbose_name_plural = "opravy kreditu"
        ordering = ["-id"]
        permissions = [("correct_credit", "Smí opravovat kredit a potvrzovat opravy druhých")]
        indexes = [models.Index(fields=["-id"], name="credit_correction_waiting", condition=Q(state="waiting"))]
        constraints = [
            models.CheckConstraint(name="credit_correction_moves", condition=~Q(change=0)),
            models.CheckConstraint(name="credit_correction_has_reason", condition=~Q(reason="")),
            models.CheckConstraint(
                name="credit_correction_decided",
                condition=Q(state="waiting", decided_by__isnull=True, decided_at__isnull=True, transfer__isnull=True)
                | Q(state="refused", decided_by__isnull=False, decided_at__isnull=False, transfer__isnull=True)
                | Q(state="done", needs_second=False, decided_by__isnull=True, decided_at__isnull=False, transfer__isnull=False)
                | Q(state="done", needs_second=True, decided_by__isnull=False, decided_at__isnull=False, transfer__isnull=False),
            ),
            models.CheckConstraint(name="credit_correction_two_people", condition=~Q(state="done", decided_by=F("proposed_by"))),
        ]

    def __str__(self) -> str:
        return f"{self.account}: {self.reason}"
