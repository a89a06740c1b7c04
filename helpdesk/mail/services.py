"""Writing letters into the queue and sending what is due."""

from __future__ import annotations

import hashlib
from datetime import datetime
from email.utils import parseaddr

from django.conf import settings

from helpdesk.mail.models import OutgoingMail

SUBJECT_LIMIT = 255


def queue(
    *, key: str, kind: str, to: str, subject: str, text: str, at: datetime, html: str = "", in_reply_to: str = ""
) -> OutgoingMail | None:
    """Write a letter once; to be called in the transaction of its cause.

    key      what it is about, without the address: the same key and address give the same letter
    returns  the new row, or None when this letter was written before
    """
    dedupe_key = f"{key}:{to.lower()}"
    digest = hashlib.sha256(f"{settings.SECRET_KEY}:{dedupe_key}".encode()).hexdigest()[:32]
    mail, created = OutgoingMail.objects.get_or_create(
        dedupe_key=dedupe_key,
        defaults={
            "message_id": f"{digest}@{_mail_domain()}",
            "kind": kind,
            "recipient": to,
            "subject": " ".join(subject.split())[:SUBJECT_LIMIT],
            "text": text,
            "html": html,
            "in_reply_to": in_reply_to,
            "created_at": at,
            "next_at": at,
        },
    )
    return mail if created else None


def _mail_domain() -> str:
    """The domain of our own sender address."""
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
