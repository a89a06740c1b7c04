"""Letters as rows: what is to be sent, what was sent, what could not be."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q


class OutgoingMailQuerySet(models.QuerySet["OutgoingMail"]):
    def due(self, at: datetime) -> OutgoingMailQuerySet:
        """Letters to be tried at `at`: queued ones, and ones whose sender died (its lease is over)."""
        return self.filter(
            Q(state=OutgoingMail.State.QUEUED, next_at__lte=at) | Q(state=OutgoingMail.State.SENDING, lease_until__lte=at)
        )

    def failed(self) -> OutgoingMailQuerySet:
        return self.filter(state=OutgoingMail.State.FAILED)


class OutgoingMail(models.Model):
    """One letter to one address; its identity is fixed before it is sent, so that a repeat is the same letter.

    dedupe_key  what the letter is about and for whom; a second letter with the same key is not written
    message_id  without angle brackets
    in_reply_to the thread's own Message-ID, without angle brackets
    queued_at   since when it waits: written, or asked for again
    is_confidential  the text carries a one-time link, which only the recipient may read
    """

    class State(models.TextChoices):
        QUEUED = "queued", "čeká na odeslání"
        SENDING = "sending", "odesílá se"
        SENT = "sent", "odesláno"
        KEPT = "kept", "jen uloženo"
        FAILED = "failed", "neodesláno"

    DONE = (State.SENT, State.KEPT)
    RETRIED = (State.FAILED, State.KEPT)

    dedupe_key = models.CharField("klíč", max_length=330, unique=True, editable=False)
    message_id = models.CharField("Message-ID", max_length=255, unique=True, editable=False)
    kind = models.CharField("druh", max_length=40)
    recipient = models.EmailField("komu")
    subject = models.CharField("předmět", max_length=255)
    text = models.TextField("text")
    in_reply_to = models.CharField("vlákno", max_length=255, blank=True, editable=False)
    is_confidential = models.BooleanField("s jednorázovým odkazem", default=False)
    state = models.CharField("stav", max_length=10, choices=State.choices, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField("pokusů", default=0)
    created_at = models.DateTimeField("vznikl")
    queued_at = models.DateTimeField("ve frontě od", editable=False)
    next_at = models.DateTimeField("další pokus")
    lease_until = models.DateTimeField("odesílá se do", null=True, blank=True, editable=False)
    sent_at = models.DateTimeField("odeslán", null=True, blank=True)
    smtp_reply = models.CharField("odpověď serveru", max_length=500, blank=True)
    last_error = models.TextField("poslední chyba", blank=True)

    objects = OutgoingMailQuerySet.as_manager()

    class Meta:
        verbose_name = "odchozí dopis"
        verbose_name_plural = "odchozí dopisy"
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["next_at"], name="outgoing_mail_queued", condition=Q(state="queued")),
            models.Index(fields=["lease_until"], name="outgoing_mail_sending", condition=Q(state="sending")),
            models.Index(fields=["id"], name="outgoing_mail_failed", condition=Q(state="failed")),
        ]
        constraints = [
            models.CheckConstraint(
                name="outgoing_mail_sent_at",
                condition=Q(state__in=["sent", "kept"], sent_at__isnull=False)
                | Q(state__in=["queued", "sending", "failed"], sent_at__isnull=True),
            ),
            models.CheckConstraint(
                name="outgoing_mail_lease",
                condition=Q(state="sending", lease_until__isnull=False) | (~Q(state="sending") & Q(lease_until__isnull=True)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject} ({self.recipient})"

    @property
    def may_be_retried(self) -> bool:
        return self.state in self.RETRIED
