"""The sweep that sends letters."""

from __future__ import annotations

from time import monotonic

import structlog
from celery import shared_task
from django.conf import settings
from django.utils import timezone

from helpdesk.mail import services, smtp
from helpdesk.mail.models import OutgoingMail

LONGEST_SWEEP_SECONDS = 30  # well below the time limit of a task; the next sweep goes on

log = structlog.get_logger(__name__)


@shared_task
def send_due_letters() -> None:
    """Send what is due, letter after letter; without `EMAIL_URL` letters are only kept."""
    at = timezone.now()
    if not settings.EMAIL_URL:
        services.keep_due(at=at)
        return
    services.give_up_exhausted(at=at)
    backlog = services.backlog(at=at)
    if backlog.is_late:
        log.error("letters_wait", waiting=backlog.waiting, oldest_minutes=backlog.oldest.total_seconds() // 60)
    end = monotonic() + LONGEST_SWEEP_SECONDS
    with smtp.Postman() as postman:
        while monotonic() < end and (mail := services.claim_next(at=timezone.now())):
            if not send(mail, postman):
                break


def send(mail: OutgoingMail, postman: smtp.Postman) -> bool:
    """Try one claimed letter and settle it; False when there is no server, so that further letters are in vain."""
    try:
        reply = postman.deliver(mail)
    except smtp.LetterRefused as refusal:
        log.warning("letter_refused", mail=mail.pk, kind=mail.kind, attempts=mail.attempts, permanent=refusal.is_permanent)
        services.mark_refused(mail=mail, error=str(refusal), is_permanent=refusal.is_permanent, at=timezone.now())
    except smtp.ServerUnreachable as trouble:
        log.error("mail_server_unreachable", mail=mail.pk)
        services.postpone(mail=mail, error=str(trouble), at=timezone.now())
        return False
    else:
        services.mark_sent(mail=mail, reply=reply, at=timezone.now())
    return True
