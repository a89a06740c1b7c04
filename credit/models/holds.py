"""Reservations of credit."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db import models
from django.db.models import F, Q

from credit.models.ledger import MOST, ZERO, LedgerAccount


class HoldQuerySet(models.QuerySet["Hold"]):
    def active(self) -> HoldQuerySet:
        return self.filter(released_at__isnull=True)

    def expired(self, at: datetime) -> HoldQuerySet:
        return self.active().filter(expires_at__lte=at)


class Hold(models.Model):
    """Credit set aside for an approved quote, like the hold of a payment card.

    amount    what was reserved; nobody else can reserve the same crown
    captured  how much of it work has taken; moved by the ledger's triggers with each transfer that names the hold; negative
              when what an earlier reservation of the same quote had paid was given back into this one
    source    S1-16, S1-18, feature 4
    """

    account = models.ForeignKey(LedgerAccount, models.PROTECT, related_name="holds", verbose_name="účet")
    key = models.CharField("klíč", max_length=120, unique=True)
    amount = models.DecimalField("rezervováno (Kč bez DPH)", max_digits=14, decimal_places=2)
    captured = models.DecimalField("čerpáno (Kč bez DPH)", max_digits=14, decimal_places=2, default=ZERO, editable=False)
    memo = models.CharField("text", max_length=300)
    created_at = models.DateTimeField("vytvořeno")
    expires_at = models.DateTimeField("platí do", null=True, blank=True)
    released_at = models.DateTimeField("uvolněno", null=True, blank=True)

    objects = HoldQuerySet.as_manager()

    class Meta:
        verbose_name = "rezervace kreditu"
        verbose_name_plural = "rezervace kreditu"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(name="hold_positive", condition=Q(amount__gt=0, amount__lte=MOST)),
            models.CheckConstraint(name="hold_captured_within", condition=Q(captured__lte=F("amount"))),
        ]
        indexes = [models.Index(fields=["expires_at"], name="hold_expiring", condition=Q(released_at__isnull=True))]

    def __str__(self) -> str:
        return self.memo

    @property
    def total(self) -> Decimal:
        """What was set aside in all, with what was given back from an earlier reservation."""
        return max(self.amount, self.remaining)

    @property
    def taken(self) -> Decimal:
        """How much of `total` work has taken."""
        return max(self.captured, ZERO)

    @property
    def remaining(self) -> Decimal:
        return self.amount - self.captured
