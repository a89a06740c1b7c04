"""Timers that run towards the ceiling of an approved quote: stopped when it is reached, not when somebody looks."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction

from credit.pricing import billed_minutes
from helpdesk.customers.actor import SYSTEM
from helpdesk.customers.models import StaffTask
from tickets.models import Quote, Ticket, WorkEntry
from tickets.services import log, pricing, quote_room, tasks, work
from tickets.services.quote_room import Room

ANSWER_WITHIN = timedelta(hours=4)


def running_price(ticket: Ticket, *, at: datetime) -> Decimal:
    """What the open work under the quote would cost if it ended now; the sweep and the desk know it, no customer (S1-13)."""
    return sum((price for price, _ in _open_work(ticket, at)), Decimal("0.00"))


def by_now(room: Room, ticket: Ticket, *, at: datetime) -> Room | None:
    """The room as it would be if all open work ended now, for the desk; None when nothing is open.

    room    of the request's approved quote, with its finished work
    source  feature 4: the timer warns at 80 %
    """
    work_open = _open_work(ticket, at)
    if not work_open:
        return None
    price = sum((price for price, _ in work_open), room.price)
    return replace(room, price=price, minutes=room.minutes + sum(minutes for _, minutes in work_open))


def _open_work(ticket: Ticket, at: datetime) -> list[tuple[Decimal, int]]:
    """Price and billed minutes of each open entry, as if it ended now."""
    worked = []
    for entry in ticket.work.open().exclude(activity__in=quote_room.OUTSIDE).prefetch_related("spans").select_related("person"):
        seconds = sum(span.seconds(at) for span in entry.spans.all())
        entry.billed_minutes = billed_minutes(seconds, step=ticket.contract.billing_step_minutes)
        entry.finished_at = at
        worked.append((pricing.work_out(ticket, entry, is_limited=False)[0].price(), entry.billed_minutes))
    return worked


@transaction.atomic
def stop_at_ceiling(*, quote: Quote, at: datetime) -> bool:
    """Finish the running work when it has used up what the quote leaves, and ask for a new version.

    returns  whether anything was stopped
    source   feature 4: billable tracking stops at 100 %
    """
    ticket, at = log.lock(quote.ticket, at)
    room = quote_room.quote_room(ticket)
    running = ticket.work.filter(state=WorkEntry.State.RUNNING).exclude(activity__in=quote_room.OUTSIDE)
    if room is None or not running.exists() or running_price(ticket, at=at) < max(room.left, Decimal("0.01")):
        return False
    work.finish_all(ticket, by=SYSTEM, at=at)
    tasks.add_ticket_task(
        ticket=ticket,
        kind=StaffTask.Kind.OTHER,
        assignee=ticket.assignee,
        at=at,
        due_at=at + ANSWER_WITHIN,
        text="Strop kalkulace je vyčerpaný, časovač se zastavil: poslat novou verzi, nebo požadavek vyřešit",
    )
    return True
