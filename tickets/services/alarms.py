"""Warnings that the time of a request runs out, and that it has."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from sla.clock import Counting, Kind
from tickets import emails
from tickets.models import SlaAlarm, SlaTerms, Ticket
from tickets.services import clocks


@transaction.atomic
def warn(*, ticket: Ticket, at: datetime) -> list[SlaAlarm]:
    """Notice the levels that a request has reached, and write one letter for each clock: about the highest.

    Read anew under the lock: what was met, suspended or moved meanwhile is not warned of. A late worker writes down every
    level that it missed, so that none comes later.

    returns  the levels noticed now
    source   our choice: inside the service hours, so that nobody is woken for what can wait
    """
    ticket = Ticket.objects.locked(ticket.pk)
    terms = clocks.terms_of(ticket)
    if terms is None or ticket.alarm_at is None or ticket.alarm_at > at:
        return []
    life = clocks.lives_of([ticket.pk])[ticket.pk]
    reached = [alarm for kind in Kind for alarm in _reached(ticket, terms, life, kind, at)]
    rows = SlaAlarm.objects.bulk_create(
        SlaAlarm(ticket=ticket, kind=alarm.kind.value, percent=alarm.percent, at=alarm.at, noticed_at=at) for alarm in reached
    )
    life.warned |= {(row.kind, row.percent) for row in rows}
    clocks.apply(ticket, terms, life)
    Ticket.objects.filter(pk=ticket.pk).update(alarm_at=ticket.alarm_at)
    for kind in Kind:
        _write(ticket, terms, kind, [row for row in rows if row.kind == kind], at=at)
    return rows


def _reached(ticket: Ticket, terms: SlaTerms, life: clocks.Life, kind: Kind, at: datetime) -> list[clocks.Alarm]:
    """The levels of an open clock that nobody was warned at and whose time has come, lowest first."""
    if getattr(ticket, f"{kind}_met") is not None:
        return []
    by, since = clocks.Measured.of(ticket), life.since(terms.clock_start_at or ticket.created_at)
    open_levels = [level[0] for level in terms.levels if (kind.value, level[0]) not in life.warned]
    verdict = clocks.verdicts_of(terms, since, by)[kind]
    alarms = [clocks.alarm_of(terms, since, by, kind, percent, verdict) for percent in open_levels]
    return [alarm for alarm in alarms if alarm and alarm.at <= at]


def _write(ticket: Ticket, terms: SlaTerms, kind: Kind, rows: list[SlaAlarm], *, at: datetime) -> None:
    if not rows:
        return
    percents = {row.percent for row in rows}
    told = [level for level in terms.levels if level[0] in percents]
    emails.sla_alarm(
        ticket=ticket,
        alarm=max(rows, key=lambda row: row.percent),
        left=_left(ticket, terms, kind, at),
        to_assignee=any(level[1] for level in told),
        to_leaders=any(level[2] for level in told),
        at=at,
    )


def _left(ticket: Ticket, terms: SlaTerms, kind: Kind, at: datetime) -> timedelta | None:
    """The time that still counts before the deadline; None when the clock stands, nothing once it has run out."""
    due = getattr(ticket, f"{kind}_due_at")
    if due is None:
        return None
    if due <= at:
        return timedelta(0)
    if terms.target(kind).counting in (Counting.CONTINUOUS, Counting.CALENDAR_DAYS):
        return due - at
    clock = getattr(clocks.Measured.of(ticket), kind)
    return timedelta(seconds=clock.served(at, due))
