"""A newly published version of a calendar reaches the requests that run: batch by batch, each exactly once."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from django.db import connection, transaction

from sla.models import CalendarVersion
from sla.services import note_progress
from tickets.models import Ticket
from tickets.models.clocks import SLA_COLUMNS
from tickets.models.queryset import TicketQuerySet
from tickets.services import clocks

BATCH = 200  # requests in one transaction: a person who acts on one of them waits a fraction of a second
KEPT = ("calendar_version", "reaction_version", "reaction_met", "is_wdin")  # what a replay reads of the columns that it sets
LONG_TEXTS = ("description", "resolution", "cancel_reason")

log = structlog.get_logger(__name__)


@dataclass
class Sweep:
    """What a worker remembers from one batch to the next; nothing is lost with it.

    failed    keys of requests whose replay fails: left out, and named in the log
    position  key of the last request of the batch before: what was moved stays in the index for a while, and is not walked again
    """

    failed: set[int] = field(default_factory=set)
    position: int = 0


@transaction.atomic
def move_batch(*, at: datetime, sweep: Sweep) -> int:
    """Move some requests to the newest version of their calendar and note the progress in the same transaction.

    Only clocks that run: what was resolved, and a reaction that was decided, stay as they were measured (A24).
    A request that somebody is just working on is skipped and comes in a later batch.

    returns  how many were moved; 0 when nothing is left, or when another worker is at it
    source   S4-18 to S4-22, facts on calendars edited while requests run
    """
    version = _version_to_reach()
    if version is None:
        return 0
    left = Ticket.objects.outdated_calendar(version.calendar_id)
    total = version.recompute_total or left.count()
    batch = _next_batch(left, sweep)
    moved = _move(batch, version, sweep.failed)
    write(moved)
    done = version.recompute_done + len(moved)
    if moved or left.exists():
        note_progress(version_id=version.pk, total=max(total, done), done=done)
    else:
        _finish(version, at=at, done=done)
    return len(batch)


def _version_to_reach() -> CalendarVersion | None:
    """The newest version of a calendar with work left, locked against a second worker; None for none.

    Work is left of a version just published, and of a request that came to run again by an old version.
    """
    published = CalendarVersion.objects.published()
    waiting = published.filter(recomputed_at__isnull=True).order_by("pk").values_list("calendar", flat=True).first()
    if waiting is None:
        behind = Ticket.objects.outdated_calendar().order_by().values_list("calendar_version__calendar", flat=True)
        waiting = next(iter(behind[:1]), None)
    if waiting is None:
        return None
    newest = CalendarVersion.objects.newest_of(waiting)
    locked = published.select_for_update(no_key=True, skip_locked=True)
    return locked.filter(pk=newest.pk).first() if newest else None


def _next_batch(left: TicketQuerySet, sweep: Sweep) -> list[Ticket]:
    """Some requests of one older version, in the order of the index by version, from the first again after the last."""
    left = left.exclude(pk__in=sweep.failed)
    old = next(iter(left.order_by().values_list("calendar_version", flat=True)[:1]), None)
    rows = left.filter(calendar_version=old).order_by("id").prefetch_related("sla_terms").only(*KEPT)
    free = rows.select_for_update(no_key=True, skip_locked=True)
    batch = list(free.filter(pk__gt=sweep.position)[:BATCH]) or list(free[:BATCH])
    sweep.position = batch[-1].pk if batch else 0
    return batch


def _move(batch: list[Ticket], version: CalendarVersion, failed: set[int]) -> list[Ticket]:
    lives = clocks.lives_of([ticket.pk for ticket in batch])
    moved = []
    for ticket in batch:
        ticket.calendar_version_id = version.pk
        if ticket.reaction_met is None:
            ticket.reaction_version_id = version.pk
        try:
            clocks.apply(ticket, ticket.sla_terms, lives[ticket.pk])
        except Exception:  # one broken row must not keep the others from their deadlines
            log.exception("clock_not_moved", ticket=ticket.pk, version=version.pk)
            failed.add(ticket.pk)
        else:
            moved.append(ticket)
    return moved


def _finish(version: CalendarVersion, *, at: datetime, done: int) -> None:
    """Nothing runs by an older version any more; versions overtaken meanwhile are done with it."""
    waiting = CalendarVersion.objects.published().filter(calendar=version.calendar_id, recomputed_at__isnull=True)
    for one in waiting:
        reached = done if one.pk == version.pk else one.recompute_done
        note_progress(version_id=one.pk, total=reached, done=reached, finished_at=at)


def write(tickets: Collection[Ticket]) -> None:
    """Store the SLA columns of many requests in one statement; `bulk_update` would take ten times as long."""
    if not tickets:
        return
    fields = [field for field in Ticket._meta.concrete_fields if field.name in ("id", *SLA_COLUMNS)]
    arrays = ", ".join(f"%s::{field.db_type(connection)}[]" for field in fields)
    names = ", ".join(str(field.column) for field in fields)
    sets = ", ".join(f"{field.column} = new.{field.column}" for field in fields if field.name != "id")
    sql = f"UPDATE tickets_ticket AS old SET {sets} FROM unnest({arrays}) AS new ({names}) WHERE old.id = new.id"  # noqa: S608 - our columns
    with connection.cursor() as cursor:
        cursor.execute(sql, [[getattr(ticket, field.attname) for ticket in tickets] for field in fields])
