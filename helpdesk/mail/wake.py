"""Waking the sender as soon as a letter is committed; a lost wake costs one period of its sweep."""

from __future__ import annotations

import structlog
from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

SWEEP = "helpdesk.mail.tasks.send_due_letters"
PERIOD_SECONDS = 10

log = structlog.get_logger(__name__)


def sender_on_commit() -> None:
    """Wake the sender once when the transaction is through, however many letters it wrote."""
    waiting = transaction.get_connection().run_on_commit
    if not any(call is _wake for _, call, *_ in waiting):
        transaction.on_commit(_wake)


def _wake() -> None:
    """By name, because services know no tasks; without a broker the letter waits for the sweep and the page does not."""
    try:
        current_app.send_task(SWEEP, expires=PERIOD_SECONDS, retry=False, ignore_result=True)
    except (OperationalError, OSError) as error:
        log.warning("wake_lost", task=SWEEP, error=type(error).__name__)
