"""The nightly proof that stored deadlines equal a replay of the log; what differs is reported, never mended silently."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

import structlog
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from helpdesk.customers.models import StaffTask, User
from tickets.emails import LEADERS
from tickets.models import SlaCheck, Ticket
from tickets.models.clocks import NO_CLOCK
from tickets.models.states import TIMED
from tickets.services import clocks
from tickets.services.recompute import LONG_TEXTS
from tickets.services.tasks import add_ticket_task

BATCH = 1000
HOUR = time(2)  # of Prague, when few people work
MOST_TASKS = 50  # of one night; more have one cause, and the log names them all
TASK = "Zkontrolovat lhůty SLA: uložené se neshodují s přepočtem"

log = structlog.get_logger(__name__)


def due_check(*, at: datetime) -> SlaCheck | None:
    """The check that is to go on now: tonight's, made when it is missing; None when it is done.

    A check that was killed goes on where it stopped; a night without a worker is made up for in the morning.
    """
    running = SlaCheck.objects.filter(finished_at__isnull=True).first()
    if running:
        return running
    last = SlaCheck.objects.first()
    if last and last.started_at >= _last_night(at):
        return None
    return SlaCheck.objects.create(started_at=at, since=last.started_at if last else None)


def _last_night(at: datetime) -> datetime:
    local = timezone.localtime(at)
    tonight = local.replace(hour=HOUR.hour, minute=0, second=0, microsecond=0)
    return tonight if tonight <= local else tonight - timedelta(days=1)


@transaction.atomic
def check_batch(*, check: SlaCheck, at: datetime) -> bool:
    """Compare the next requests: the open ones, and those that changed since the last check.

    returns  False when there are no more, and the check is finished
    """
    check = SlaCheck.objects.select_for_update().get(pk=check.pk)
    changed = Q() if check.since is None else Q(status__in=TIMED) | Q(last_event_at__gte=check.since)
    rows = Ticket.objects.filter(changed, pk__gt=check.position).order_by("pk").select_related("sla_terms").defer(*LONG_TEXTS)
    batch = list(rows[:BATCH])
    for ticket in _differing(batch):
        check.differing += _report(ticket, tasks_so_far=check.differing, at=at)
    check.checked += len(batch)
    check.position = batch[-1].pk if batch else check.position
    check.finished_at = None if batch else at
    check.save()
    return bool(batch)


def _differing(tickets: list[Ticket]) -> list[Ticket]:
    """Those that differ at first sight; a request that moved while it was read is looked at again under its lock."""
    lives = clocks.lives_of([ticket.pk for ticket in tickets])
    return [ticket for ticket in tickets if differences(ticket, lives[ticket.pk])]


def differences(ticket: Ticket, life: clocks.Life) -> dict[str, tuple[Any, Any]]:
    """The SLA columns whose stored value differs from the replayed one, as (stored, replayed)."""
    terms = clocks.terms_of(ticket)
    replayed = dict(NO_CLOCK)
    if terms and terms.clock_start_at and life.state is not clocks.State.CANCELLED:
        kept = {name: getattr(ticket, name) for name in ("calendar_version_id", "reaction_version_id", "is_wdin")}
        if None in kept.values():
            return {"calendar_version": (None, "set")}
        replayed |= clocks.columns(terms, life, clocks.Measured.of(ticket))
        replayed = {name: value for name, value in replayed.items() if f"{name}_id" not in kept and name not in kept}
    else:
        replayed = {f"{name}_id" if name.endswith("_version") else name: value for name, value in replayed.items()}
    stored = {name: getattr(ticket, name) for name in replayed}
    return {name: (stored[name], value) for name, value in replayed.items() if stored[name] != value}


def _report(ticket: Ticket, *, tasks_so_far: int, at: datetime) -> bool:
    """Tell the leaders about a request that differs under its lock too; once while the task is open."""
    ticket = Ticket.objects.locked(ticket.pk)
    found = differences(ticket, clocks.lives_of([ticket.pk])[ticket.pk])
    if not found:
        return False
    log.error("sla_differs", ticket=ticket.pk, columns={name: [str(value) for value in pair] for name, pair in found.items()})
    known = StaffTask.objects.open().filter(link__ticket=ticket, text=TASK).exists()
    if not known and tasks_so_far < MOST_TASKS:
        leader = User.objects.in_group(LEADERS).order_by("pk").first()
        add_ticket_task(ticket=ticket, kind=StaffTask.Kind.OTHER, text=TASK, at=at, due_at=at, assignee=leader)
    return True
