"""The nightly proof that balances equal the movements; what differs is reported, never mended silently."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import structlog
from django.db import connection, transaction
from django.utils import timezone

from credit.models import LedgerAccount, LedgerCheck
from helpdesk.customers.models import StaffTask, User

HOUR = time(3)  # of Prague, after the check of deadlines
LEADERS = "vedoucí"
TASK = "Zkontrolovat kredit: zůstatek se neshoduje s pohyby"
MOST_TASKS = 50  # of one night; more have one cause, and the log names them all

DIFFERING = """
SELECT account_id, string_agg(DISTINCT what, ', ')
  FROM (SELECT account_id, 'drift' AS what FROM credit_drift
        UNION ALL SELECT account_id, 'broken chain' FROM credit_broken_chain) found
 GROUP BY account_id ORDER BY account_id
"""

log = structlog.get_logger(__name__)


def is_due(*, at: datetime) -> bool:
    """Whether tonight's check is still to be made; a night without a worker is made up for in the morning."""
    local = timezone.localtime(at)
    tonight = local.replace(hour=HOUR.hour, minute=0, second=0, microsecond=0)
    last_night = tonight if tonight <= local else tonight - timedelta(days=1)
    return not LedgerCheck.objects.filter(checked_at__gte=last_night).exists()


@transaction.atomic
def check_ledger(*, at: datetime) -> LedgerCheck:
    """Compare each balance with its movements, each movement with the one before, and tell the leaders what differs.

    source  S1-18, D12
    """
    with connection.cursor() as cursor:
        cursor.execute(DIFFERING)
        found = dict(cursor.fetchall())
    for account_id, what in found.items():
        log.error("credit_differs", account=account_id, what=what)
    accounts = LedgerAccount.objects.filter(pk__in=list(found)[:MOST_TASKS]).select_related("customer")
    for account in accounts:
        _tell_leaders(account, at)
    return LedgerCheck.objects.create(checked_at=at, accounts=LedgerAccount.objects.count(), differing=len(found))


def _tell_leaders(account: LedgerAccount, at: datetime) -> None:
    """Once while the task is open."""
    if StaffTask.objects.open().filter(customer=account.customer, text=TASK).exists():
        return
    leader = User.objects.in_group(LEADERS).order_by("pk").first()
    StaffTask.objects.create(
        kind=StaffTask.Kind.OTHER, text=TASK, customer=account.customer, assignee=leader, created_at=at, due_at=at
    )
