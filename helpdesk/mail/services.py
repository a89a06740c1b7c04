"""Writing letters into the queue, claiming what is due, and settling what became of it."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parseaddr

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Min, Q

from helpdesk.errors import DomainError
from helpdesk.mail import wake
from helpdesk.mail.models import OutgoingMail, OutgoingMailQuerySet

SUBJECT_LIMIT = 255
LEASE = timedelta(minutes=2)  # longer than the time limit of a task, so that nobody else takes a letter that is being sent
WITHOUT_SERVER = timedelta(minutes=1)
ALARM_AFTER = timedelta(minutes=15)
PAUSES = [
    timedelta(seconds=10),
    timedelta(seconds=30),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(minutes=30),
    timedelta(hours=1),
    timedelta(hours=2),
    *[timedelta(hours=4)] * 11,
]
MAX_ATTEMPTS = len(PAUSES) + 1  # the last one two days after the first


class LetterNotRetried(DomainError):
    """The letter is on its way or was sent; a second try would be a second letter."""


@dataclass(frozen=True, kw_only=True)
class Backlog:
    """How the post office does: letters waiting, letters given up, and for how long the oldest one has waited."""

    waiting: int
    failed: int
    oldest: timedelta

    @property
    def is_late(self) -> bool:
        """Whether somebody should look at it."""
        return self.oldest > ALARM_AFTER


def queue(
    *,
    key: str,
    kind: str,
    to: str,
    subject: str,
    text: str,
    at: datetime,
    thread: str = "",
    is_confidential: bool = False,
) -> OutgoingMail | None:
    """Write a letter once; to be called in the transaction of its cause.

    key              what it is about, without the address: the same key and address give the same letter
    text             plain; a line that ends with a colon above an address of ours becomes a button of the HTML part
    thread           of `thread_id`: letters of one thread lie together in the reader's mailbox
    is_confidential  it carries a one-time link that staff must not read
    returns          the new row, or None when this letter was written before
    """
    dedupe_key = f"{key}:{to.lower()}"
    mail, created = OutgoingMail.objects.get_or_create(
        dedupe_key=dedupe_key,
        defaults={
            "message_id": f"{_digest(dedupe_key)}@{_mail_domain()}",
            "kind": kind,
            "recipient": to,
            "subject": " ".join(subject.split())[:SUBJECT_LIMIT],
            "text": text,
            "in_reply_to": thread,
            "is_confidential": is_confidential,
            "created_at": at,
            "queued_at": at,
            "next_at": at,
        },
    )
    wake.sender_on_commit()
    return mail if created else None


def thread_id(name: str) -> str:
    """The Message-ID, without brackets, that all letters about one thing refer to; nobody outside can make it up.

    name  of the thing, such as "ticket-98570"; readable in the result
    """
    return f"{name}.{_digest(name)}@{_mail_domain()}"


def claim_next(*, at: datetime) -> OutgoingMail | None:
    """Take one due letter for sending; several senders may ask at once, each gets another letter.

    The attempt is counted and the lease is stored before anything is sent, so a letter that kills its sender comes back
    when the lease is over, and not for ever. One at a time: a sender that dies holds up one letter only.
    """
    claimed = OutgoingMail.objects.raw(
        """
        UPDATE mail_outgoingmail SET state = 'sending', attempts = attempts + 1, lease_until = %(lease)s
        WHERE id = (
            SELECT id FROM mail_outgoingmail
            WHERE (state = 'queued' AND next_at <= %(at)s OR state = 'sending' AND lease_until <= %(at)s)
                AND attempts < %(most)s
            ORDER BY next_at, id LIMIT 1 FOR UPDATE SKIP LOCKED
        )
        RETURNING *
        """,
        {"at": at, "lease": at + LEASE, "most": MAX_ATTEMPTS},
    )
    return next(iter(claimed), None)


def mark_sent(*, mail: OutgoingMail, reply: str, at: datetime) -> None:
    """The server took the letter over.

    reply  what it answered, kept as evidence
    """
    OutgoingMail.objects.filter(pk=mail.pk).exclude(state__in=OutgoingMail.DONE).update(
        state=OutgoingMail.State.SENT, lease_until=None, sent_at=at, smtp_reply=reply[:500], last_error=""
    )


def mark_refused(*, mail: OutgoingMail, error: str, is_permanent: bool, at: datetime) -> None:
    """The server refused the letter: try again later, or give up when it said "never" or the ladder ends."""
    if is_permanent or mail.attempts >= MAX_ATTEMPTS:
        _claimed(mail).update(state=OutgoingMail.State.FAILED, lease_until=None, last_error=error)
    else:
        _requeue(mail, next_at=at + PAUSES[mail.attempts - 1], attempts=mail.attempts, error=error)


def postpone(*, mail: OutgoingMail, error: str, at: datetime) -> None:
    """No server was there to ask; that is not the letter's fault and does not count as an attempt."""
    _requeue(mail, next_at=at + WITHOUT_SERVER, attempts=mail.attempts - 1, error=error)


def give_up_exhausted(*, at: datetime) -> int:
    """Fail letters whose sender died in each of their attempts; returns how many."""
    return (
        OutgoingMail.objects.due(at)
        .filter(attempts__gte=MAX_ATTEMPTS)
        .update(state=OutgoingMail.State.FAILED, lease_until=None, last_error="Odesílání bylo pokaždé přerušeno.")
    )


def keep_due(*, at: datetime) -> int:
    """Without a server, letters are only kept for reading in the backoffice; returns how many."""
    return OutgoingMail.objects.due(at).update(state=OutgoingMail.State.KEPT, lease_until=None, sent_at=at)


@transaction.atomic
def retry(*, mail: OutgoingMail, at: datetime) -> OutgoingMail:
    """Try a letter again from the first step of the ladder; it keeps its Message-ID.

    raises  LetterNotRetried
    """
    mail = OutgoingMail.objects.select_for_update().get(pk=mail.pk)
    if not mail.may_be_retried:
        raise LetterNotRetried(
            f"Dopis „{mail.subject}“ je ve stavu „{mail.get_state_display()}“. Znovu lze poslat jen dopis, který neodešel."
        )
    mail.state = OutgoingMail.State.QUEUED
    mail.attempts = 0
    mail.queued_at = mail.next_at = at
    mail.sent_at = None
    mail.save(update_fields=["state", "attempts", "queued_at", "next_at", "sent_at"])
    wake.sender_on_commit()
    return mail


def backlog(*, at: datetime) -> Backlog:
    """Figures for the dashboard and the menu."""
    waiting = Q(state__in=[OutgoingMail.State.QUEUED, OutgoingMail.State.SENDING])
    figures = OutgoingMail.objects.filter(waiting | Q(state=OutgoingMail.State.FAILED)).aggregate(
        waiting=Count("pk", filter=waiting),
        failed=Count("pk", filter=Q(state=OutgoingMail.State.FAILED)),
        oldest=Min("queued_at", filter=waiting),
    )
    oldest = at - (figures["oldest"] or at)
    return Backlog(waiting=figures["waiting"], failed=figures["failed"], oldest=oldest)


def _claimed(mail: OutgoingMail) -> OutgoingMailQuerySet:
    """The row as long as this claim holds; another sender's later claim has another number of attempts."""
    return OutgoingMail.objects.filter(pk=mail.pk, state=OutgoingMail.State.SENDING, attempts=mail.attempts)


def _requeue(mail: OutgoingMail, *, next_at: datetime, attempts: int, error: str) -> None:
    _claimed(mail).update(state=OutgoingMail.State.QUEUED, lease_until=None, next_at=next_at, attempts=attempts, last_error=error)


def _digest(text: str) -> str:
    return hmac.new(settings.SECRET_KEY.encode(), text.encode(), hashlib.sha256).hexdigest()[:32]


def _mail_domain() -> str:
    """The domain of our own sender address."""
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
