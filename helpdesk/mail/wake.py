"""Waking a sweep as soon as its row is committed; a lost wake costs one period of the sweep."""

from __future__ import annotations

from functools import partial

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
    if not any(call is _wake_sender for _, call, *_ in waiting):
        transaction.on_commit(_wake_sender)


def on_commit(task: str) -> None:
    """Wake a sweep when the transaction is through.

    task  its full name, because services know no tasks
    """
    transaction.on_commit(partial(_wake, task))


def _wake_sender() -> None:
    _wake(SWEEP)


def _wake(task: str) -> None:
    """Without a broker the row waits for the sweep and the page does not."""
    try:
        current_app.send_task(task, expires=PERIOD_SECONDS, retry=False, ignore_result=True)
    except (OperationalError, OSError) as error:
        log.warning("wake_lost", task=task, error=type(error).__name__)
