"""What a person of the supplier must do."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q

from helpdesk.customers.models.companies import Customer
from helpdesk.customers.models.people import User


class StaffTaskQuerySet(models.QuerySet["StaffTask"]):
    def open(self) -> StaffTaskQuerySet:
        return self.filter(done_at__isnull=True)

    def overdue(self, at: datetime) -> StaffTaskQuerySet:
        return self.open().filter(due_at__lte=at)


class StaffTask(models.Model):
    """One thing to do, of a kind, with a due instant; linked to a request by tickets.TicketTask.

    source  S2-04, S2-16, S3-06, S4-05
    """

    class Kind(models.TextChoices):
        ACCESS = "access", "Nemám přístup"
        ACCOUNT = "account", "Žádost o účet"
        CONTACT = "contact", "Kontaktovat zákazníka"
        STATUS = "status", "Vyžádán stav"
        CALL_BACK = "call_back", "Zavolat zpět"
        OTHER = "other", "Ostatní"

    kind = models.CharField("druh", max_length=20, choices=Kind.choices)
    text = models.CharField("co udělat", max_length=400)
    customer = models.ForeignKey(Customer, models.PROTECT, null=True, blank=True, verbose_name="zákazník")
    access_request = models.ForeignKey(
        "customers.AccessRequest", models.PROTECT, null=True, blank=True, related_name="tasks", verbose_name="žádost o přístup"
    )
    assignee = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="staff_tasks", verbose_name="kdo")
    created_at = models.DateTimeField("vznikl")
    due_at = models.DateTimeField("do kdy", null=True, blank=True)
    reminded_at = models.DateTimeField("připomenuto", null=True, blank=True, editable=False)
    done_at = models.DateTimeField("hotovo", null=True, blank=True)
    done_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="splnil")

    objects = StaffTaskQuerySet.as_manager()

    class Meta:
        verbose_name = "úkol pro podporu"
        verbose_name_plural = "úkoly pro podporu"
        ordering = ["due_at", "id"]
        indexes = [models.Index(fields=["due_at", "id"], name="staff_task_open", condition=Q(done_at__isnull=True))]
        constraints = [
            models.CheckConstraint(
                name="staff_task_done",
                condition=Q(done_at__isnull=True, done_by__isnull=True) | Q(done_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.text}"
