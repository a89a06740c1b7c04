"""Sweeps over requests: what is due is read from rows, so a late, a repeated and a doubled sweep do no harm."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from time import monotonic
from typing import Any

import structlog
from celery import shared_task
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from helpdesk.customers.models import StaffTask
from tickets.models import Quote, Ticket, WorkEntry
from tickets.services import (
    alarms,
    attachments,
    checks,
    lifecycle,
    quote_watch,
    quotes,
    recompute,
    scanning,
    tasks,
    unfinished,
    work,
)

BATCH = 200  # in one sweep; the next one goes on
LONGEST_SWEEP_SECONDS = 30  # well below the time limit of a task; the next sweep goes on

log = structlog.get_logger(__name__)


@shared_task
def close_expired_requests() -> None:
    """Close what nobody complained about in time (C08)."""
    at = timezone.now()
    due = Ticket.objects.closing_due(at).order_by("complaint_until", "id")[:BATCH]
    each(due, lambda ticket: lifecycle.close_expired(ticket=ticket, at=at), at=at)


@shared_task
def remind_of_closing() -> None:
    """Tell customers two working days before that the complaint window ends (C08)."""
    at = timezone.now()
    due = Ticket.objects.reminder_due(at).order_by("remind_at", "id")[:BATCH]
    each(due, lambda ticket: lifecycle.remind_of_closing(ticket=ticket, at=at), at=at)


@shared_task
def remind_of_due_tasks() -> None:
    """Write to whoever is to do a task whose time has come."""
    at = timezone.now()
    due = StaffTask.objects.overdue(at).filter(reminded_at__isnull=True).order_by("due_at", "id")[:BATCH]
    each(due, lambda task: tasks.remind_of_task(task=task, at=at), at=at)


@shared_task
def warn_of_deadlines() -> None:
    """Warn whoever is to know that the time of a request runs out, and that it has."""
    at = timezone.now()
    due = Ticket.objects.alarm_due(at).order_by("alarm_at", "id")[:BATCH]
    each(due, lambda ticket: alarms.warn(ticket=ticket, at=at), at=at)


@shared_task
def move_to_new_calendars() -> None:
    """Measure the requests that run by the newest version of their calendar."""
    sweep = recompute.Sweep()
    go_on(lambda: recompute.move_batch(at=timezone.now(), sweep=sweep))


@shared_task
def check_deadlines() -> None:
    """Compare what is stored with a replay of the log, once a night."""
    at = timezone.now()
    check = checks.due_check(at=at)
    if check:
        go_on(lambda: checks.check_batch(check=check, at=timezone.now()))


@shared_task
def expire_quotes() -> None:
    """End quotes whose last day is over (C23)."""
    at = timezone.now()
    lapsed = Quote.objects.lapsed(timezone.localdate(at)).select_related("ticket").order_by("valid_until", "id")[:BATCH]
    each(lapsed, lambda quote: quotes.expire_quote(quote=quote, at=at), at=at)


@shared_task
def stop_at_ceilings() -> None:
    """Stop timers that have used up an approved quote (feature 4), or without one the threshold of the contract (D34)."""
    at = timezone.now()
    running = WorkEntry.objects.filter(state=WorkEntry.State.RUNNING).values("ticket")
    quotes_worked_on = Quote.objects.in_force().filter(ticket__in=running).select_related("ticket").order_by("id")
    each(quotes_worked_on, lambda quote: quote_watch.stop_at_ceiling(quote=quote, at=at), at=at)
    limited = Q(contract__specification_above__isnull=False) | Q(contract__specification_above_minutes__isnull=False)
    without_quote = Ticket.objects.filter(limited, pk__in=running).exclude(quotes__state=Quote.State.APPROVED).order_by("id")
    each(without_quote, lambda ticket: quote_watch.stop_at_threshold(ticket=ticket, at=at), at=at)


@shared_task
def delete_abandoned_files() -> None:
    """Delete files of forms that were never sent (D25)."""
    attachments.sweep_abandoned(at=timezone.now())


@shared_task
def scan_files() -> None:
    """Have uploaded files scanned, where a scanner is set."""
    if settings.CLAMD:
        go_on(lambda: scanning.scan_next(at=timezone.now()))


def go_on(step: Callable[[], object]) -> None:
    """Repeat a step, each in a transaction of its own, while it does something and there is time."""
    end = monotonic() + LONGEST_SWEEP_SECONDS
    while monotonic() < end and step():
        pass


@shared_task
def stop_forgotten_timers() -> None:
    """Stop timers that have run for more than ten hours; a person says how long the work was."""
    at = timezone.now()
    forgotten = WorkEntry.objects.filter(spans__ended_at__isnull=True, spans__started_at__lt=at - work.LONGEST)
    each(forgotten.order_by("id")[:BATCH], lambda entry: work.cap_forgotten(entry=entry, at=at), at=at)


@shared_task
def remind_of_paused_work() -> None:
    """Give people tasks about work that they interrupted long ago and never finished."""
    at = timezone.now()
    paused = WorkEntry.objects.paused_before(at - unfinished.PAUSED_TOO_LONG).select_related("ticket").order_by("id")[:BATCH]
    each(paused, lambda entry: unfinished.remind_of_paused(entry=entry, at=at), at=at)


@shared_task
def price_waiting_work() -> None:
    """Price work whose rate was set, or whose account was topped up, since it was finished.

    In no order: what goes on waiting must not stand before what can be priced.
    """
    at = timezone.now()
    waiting = WorkEntry.objects.unpriced().filter(waits_for__in=(WorkEntry.Wait.RATE, WorkEntry.Wait.CREDIT))
    each(waiting.order_by("?")[:BATCH], lambda entry: work.price_waiting(entry=entry, at=at), at=at)


def each(due: Iterable[Any], act: Callable[[Any], object], *, at: datetime) -> None:
    """Do the act for each row in a transaction of its own; a row that fails is logged and does not stop the others."""
    for row in due:
        try:
            act(row)
        except SoftTimeLimitExceeded:
            raise
        except Exception:
            log.exception("sweep_row_failed", row=f"{row._meta.label} {row.pk}", due_by=at.isoformat())
