"""What is said about a request: to the customer (Message) and among staff (Note)."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Length
from django.db.models.lookups import LessThanOrEqual

from helpdesk.customers.channels import Channel
from helpdesk.customers.models import User
from tickets.models.ticket import DESCRIPTION_LIMIT, Ticket


class Message(models.Model):
    """A public message; append-only: a correction is a further message (S2-18, guarded by a trigger).

    is_ours  written by the supplier
    """

    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="messages", verbose_name="požadavek")
    author = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="kdo")
    is_ours = models.BooleanField("od podpory")
    channel = models.CharField("kanál", max_length=12, choices=Channel.choices)
    body = models.TextField("zpráva", max_length=DESCRIPTION_LIMIT, blank=True)
    at = models.DateTimeField("kdy")
    form_token = models.UUIDField("klíč formuláře", null=True, blank=True, unique=True, editable=False)

    class Meta:
        verbose_name = "zpráva"
        verbose_name_plural = "zprávy"
        ordering = ["id"]
        indexes = [models.Index(fields=["ticket", "id"], name="message_order")]
        constraints = [
            models.CheckConstraint(name="message_length", condition=LessThanOrEqual(Length("body"), DESCRIPTION_LIMIT)),
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id}: {self.body[:60]}"


class Note(models.Model):
    """An internal note of staff; a model of its own, so that no customer query can ever meet one.

    mentioned  colleagues who get a letter about it
    """

    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="notes", verbose_name="požadavek")
    author = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="kdo")
    body = models.TextField("poznámka", max_length=DESCRIPTION_LIMIT)
    at = models.DateTimeField("kdy")
    mentioned = models.ManyToManyField(User, related_name="+", blank=True, verbose_name="zmínění")
    form_token = models.UUIDField("klíč formuláře", null=True, blank=True, unique=True, editable=False)

    class Meta:
        verbose_name = "interní poznámka"
        verbose_name_plural = "interní poznámky"
        ordering = ["id"]
        constraints = [models.CheckConstraint(name="note_not_empty", condition=~models.Q(body=""))]

    def __str__(self) -> str:
        return f"{self.ticket_id}: {self.body[:60]}"
