"""Records that belong to a request: links, paper annexes, tasks and letters about it."""

from __future__ import annotations

from django.db import models

from helpdesk.customers.models import StaffTask, User
from helpdesk.mail.models import OutgoingMail
from tickets.models.events import TicketEvent
from tickets.models.ticket import Ticket


class TicketLink(models.Model):
    """Two requests that belong together; `source` came first or is the main one (S4-71)."""

    class Kind(models.TextChoices):
        RELATED = "related", "souvisí"
        SPLIT = "split", "odděleno"
        DUPLICATE = "duplicate", "duplicita"
        REFILED = "refiled", "založeno znovu"

    source = models.ForeignKey(Ticket, models.PROTECT, related_name="links_out", verbose_name="požadavek")
    target = models.ForeignKey(Ticket, models.PROTECT, related_name="links_in", verbose_name="druhý požadavek")
    kind = models.CharField("vztah", max_length=10, choices=Kind.choices, default=Kind.RELATED)
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="propojil")
    created_at = models.DateTimeField("kdy")

    class Meta:
        verbose_name = "propojení požadavků"
        verbose_name_plural = "propojení požadavků"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["source", "target", "kind"], name="ticket_link_unique"),
            models.CheckConstraint(name="ticket_link_not_itself", condition=~models.Q(source=models.F("target"))),
        ]

    def __str__(self) -> str:
        return f"{self.source_id} {self.get_kind_display()} {self.target_id}"


class PhysicalAnnex(models.Model):
    """A paper annex: what it is and where it lies (S2-20)."""

    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="annexes", verbose_name="požadavek")
    description = models.CharField("co to je", max_length=300)
    stored_at = models.CharField("kde je uložena", max_length=200)
    received_on = models.DateField("přijata dne")
    received_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="přijal")

    class Meta:
        verbose_name = "fyzická příloha"
        verbose_name_plural = "fyzické přílohy"
        ordering = ["id"]

    def __str__(self) -> str:
        return self.description


class TicketTask(models.Model):
    """Which request a staff task is about."""

    task = models.OneToOneField(StaffTask, models.CASCADE, primary_key=True, related_name="link", verbose_name="úkol")
    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="tasks", verbose_name="požadavek")

    class Meta:
        verbose_name = "úkol požadavku"
        verbose_name_plural = "úkoly požadavku"

    def __str__(self) -> str:
        return f"{self.ticket_id}: {self.task_id}"


class TicketLetter(models.Model):
    """Which request and event a letter is about."""

    mail = models.OneToOneField(OutgoingMail, models.CASCADE, primary_key=True, related_name="link", verbose_name="dopis")
    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="letters", verbose_name="požadavek")
    event = models.ForeignKey(TicketEvent, models.CASCADE, null=True, blank=True, related_name="letters", verbose_name="událost")

    class Meta:
        verbose_name = "dopis k požadavku"
        verbose_name_plural = "dopisy k požadavku"

    def __str__(self) -> str:
        return f"{self.ticket_id}: {self.mail_id}"
