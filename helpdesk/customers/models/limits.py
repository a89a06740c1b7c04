"""How much people send: one counter row for a person, a kind of thing and an hour or a day."""

from __future__ import annotations

from django.db import models

from helpdesk.customers.models.people import User


class SentCount(models.Model):
    """What a signed-in customer has sent within one hour or one day of Prague.

    since   when the hour or the day began
    amount  requests, messages or bytes, by the kind
    source  ASVS 5.0 2.4.1
    """

    class Kind(models.TextChoices):
        REQUEST = "request", "požadavky"
        MESSAGE = "message", "zprávy"
        UPLOAD = "upload", "nahrané bajty"

    class Span(models.TextChoices):
        HOUR = "hour", "hodina"
        DAY = "day", "den"

    user = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="osoba")
    kind = models.CharField("co", max_length=10, choices=Kind.choices)
    span = models.CharField("za", max_length=4, choices=Span.choices)
    since = models.DateTimeField("od")
    amount = models.PositiveBigIntegerField("kolik")

    class Meta:
        verbose_name = "počet odeslaného"
        verbose_name_plural = "počty odeslaného"
        constraints = [models.UniqueConstraint(fields=["user", "kind", "span", "since"], name="sent_count_one")]
        indexes = [models.Index(fields=["since"], name="sent_count_since")]

    def __str__(self) -> str:
        return f"{self.user}, {self.get_kind_display()}: {self.amount}"
