"""People around a request besides its author and assignee."""

from __future__ import annotations

from django.db import models

from helpdesk.customers.models import User
from tickets.models.ticket import Ticket


class Participant(models.Model):
    """A colleague from the same company who sees the request, and may write if allowed."""

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="participants", verbose_name="požadavek")
    user = models.ForeignKey(User, models.PROTECT, related_name="participations", verbose_name="osoba")
    may_write = models.BooleanField("smí psát", default=False)
    added_at = models.DateTimeField("přidán")

    class Meta:
        verbose_name = "kdo vidí a píše"
        verbose_name_plural = "kdo vidí a píše"
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["ticket", "user"], name="participant_unique")]

    def __str__(self) -> str:
        return str(self.user)


class Watcher(models.Model):
    """A member of staff who follows a request that is not their own."""

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="watchers", verbose_name="požadavek")
    user = models.ForeignKey(User, models.PROTECT, related_name="watched", verbose_name="kdo sleduje")

    class Meta:
        verbose_name = "sledující"
        verbose_name_plural = "sledující"
        constraints = [models.UniqueConstraint(fields=["ticket", "user"], name="watcher_unique")]

    def __str__(self) -> str:
        return str(self.user)
