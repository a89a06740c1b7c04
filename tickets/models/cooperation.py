"""What a request waits for: the customer's cooperation, or a subsupplier."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from helpdesk.customers.models import User
from tickets.models.ticket import Ticket


class CooperationRequestQuerySet(models.QuerySet["CooperationRequest"]):
    def open(self) -> CooperationRequestQuerySet:
        return self.filter(done_at__isnull=True)


class CooperationRequest(models.Model):
    """One thing that the customer is to deliver: what, from whom, by when (S4-64, S4-65, D13).

    done_by  who delivered it; staff may tick off an item that they found out themselves
    """

    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="cooperation", verbose_name="požadavek")
    what = models.CharField("co chybí", max_length=300)
    from_whom = models.CharField("od koho", max_length=150, blank=True)
    due_at = models.DateTimeField("do kdy", null=True, blank=True)
    created_at = models.DateTimeField("vyžádáno")
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="vyžádal")
    done_at = models.DateTimeField("dodáno", null=True, blank=True)
    done_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="dodal")

    objects = CooperationRequestQuerySet.as_manager()

    class Meta:
        verbose_name = "požadovaná součinnost"
        verbose_name_plural = "požadovaná součinnost"
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                name="cooperation_done_by",
                condition=Q(done_at__isnull=True, done_by__isnull=True) | Q(done_at__isnull=False, done_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.what


class SubsupplierWait(models.Model):
    """A mark that work waits for a subsupplier; never a state, the SLA runs on (S3-13, C32)."""

    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="subsupplier_waits", verbose_name="požadavek")
    subsupplier = models.CharField("subdodavatel", max_length=150)
    started_at = models.DateTimeField("od")
    started_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="zapsal")
    ended_at = models.DateTimeField("do", null=True, blank=True)

    class Meta:
        verbose_name = "čekání na subdodavatele"
        verbose_name_plural = "čekání na subdodavatele"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["ticket"], condition=Q(ended_at__isnull=True), name="subsupplier_wait_one_open"),
            models.CheckConstraint(
                name="subsupplier_wait_in_order", condition=Q(ended_at__isnull=True) | Q(ended_at__gte=models.F("started_at"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id}: {self.subsupplier}"
