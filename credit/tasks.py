"""Sweeps over credit: what is due is read from rows, so a late, a repeated and a doubled sweep do no harm."""

from __future__ import annotations

import structlog
from celery import shared_task
from celery.exceptions import SoftTimeLimitExceeded
from django.utils import timezone

from credit.models import Hold
from credit.services import checks, ledger

BATCH = 200  # in one sweep; the next one goes on

log = structlog.get_logger(__name__)


@shared_task
def release_expired_holds() -> None:
    """Give back credit whose reservation has ended; one that fails is logged and does not stop the others."""
    at = timezone.now()
    for hold in Hold.objects.expired(at).order_by("expires_at", "id")[:BATCH]:
        try:
            ledger.release(hold=hold, at=at)
        except SoftTimeLimitExceeded:
            raise
        except Exception:
            log.exception("sweep_row_failed", row=f"credit.Hold {hold.pk}", due_by=at.isoformat())


@shared_task
def check_credit() -> None:
    """Compare balances with movements, once a night."""
    at = timezone.now()
    if checks.is_due(at=at):
        checks.check_ledger(at=at)
