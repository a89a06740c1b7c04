"""Complaints about a resolution."""

from __future__ import annotations

from datetime import date, timedelta

from django.db import models
from django.db.models import Q
from django.utils import timezone

from helpdesk.customers.models import User
from tickets.models.ticket import Ticket


class Complaint(models.Model):
    """One complaint with its reason, decision and reasoning; at most one of a request is open.

    on_behalf_by  staff who filed it for the customer
    decide_by     until when the supplier must decide
    source        S4-55 to S4-58, C05 to C07, D17
    """

    class Decision(models.TextChoices):
        UPHELD = "upheld", "oprávněná"
        REJECTED = "rejected", "neoprávněná"

    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="complaints", verbose_name="požadavek")
    reason = models.TextField("důvod reklamace", max_length=8000)
    filed_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="podal")
    on_behalf_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="zapsal za zákazníka"
    )
    filed_at = models.DateTimeField("podána")
    decide_by = models.DateTimeField("rozhodnout do")
    decision = models.CharField("rozhodnutí", max_length=10, choices=Decision.choices, blank=True)
    reasoning = models.TextField("odůvodnění", blank=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="rozhodl")
    decided_at = models.DateTimeField("rozhodnuto", null=True, blank=True)

    class Meta:
        verbose_name = "reklamace"
        verbose_name_plural = "reklamace"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["ticket"], condition=Q(decision=""), name="complaint_one_open"),
            models.CheckConstraint(name="complaint_has_reason", condition=~Q(reason="")),
            models.CheckConstraint(
                name="complaint_decided",
                condition=Q(decision="", decided_at__isnull=True, decided_by__isnull=True)
                | ~Q(decision="") & Q(decided_at__isnull=False, decided_by__isnull=False),
            ),
            models.CheckConstraint(
                name="complaint_rejected_with_reasoning", condition=~Q(decision="rejected") | ~Q(reasoning="")
            ),
        ]

    def __str__(self) -> str:
        return f"Reklamace požadavku {self.ticket_id}"

    @property
    def decision_last_day(self) -> date:
        """The last day for the decision; `decide_by` is the midnight after it."""
        return timezone.localdate(self.decide_by - timedelta(seconds=1))
