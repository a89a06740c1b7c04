"""Timers that run towards the ceiling of a quote, or without one towards the threshold: stopped when they reach it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import Min, Q

from credit.pricing import Pricing, billed_minutes
from credit.rates import agreed_rate
from helpdesk.customers.actor import SYSTEM
from helpdesk.customers.models import StaffTask
from tickets.models import Quote, Ticket, WorkEntry
from tickets.services import log, pricing, quote_room, tasks, work
from tickets.services.quote_room import Room
from tickets.services.quote_threshold import Threshold, chargeable_minutes, threshold_of

ANSWER_WITHIN = timedelta(hours=4)
CENT = Decimal("0.01")


def running_price(ticket: Ticket, *, at: datetime) -> Decimal:
    """What the open work under the quote would cost if it ended now; the sweep and the desk know it, no customer (S1-13)."""
    return sum((worked_out.price() for _, worked_out in _open_work(ticket, at)), Decimal("0.00"))


def by_now(room: Room, ticket: Ticket, *, at: datetime) -> Room | None:
    """The room as it would be if all open work ended now, for the desk; None when nothing is open.

    room    of the request's approved quote, with its finished work
    source  feature 4: the timer warns at 80 %
    """
    work_open = _open_work(ticket, at)
    if not work_open:
        return None
    price = sum((worked_out.price() for _, worked_out in work_open), room.price)
    return replace(room, price=price, minutes=room.minutes + sum(entry.billed_minutes for entry, _ in work_open))


def threshold_by_now(threshold: Threshold, ticket: Ticket, *, at: datetime) -> Threshold | None:
    """The same for the threshold of a request without an approved quote (D34); None when nothing is open."""
    work_open = _open_work(ticket, at)
    for _, worked_out in work_open:
        threshold = threshold.and_also(price=worked_out.price(), minutes=chargeable_minutes(worked_out))
    return threshold if work_open else None


def _open_work(ticket: Ticket, at: datetime) -> list[tuple[WorkEntry, Pricing]]:
    """Each open entry with its price, as if it ended now; what they share is read once."""
    worked: list[tuple[WorkEntry, Pricing]] = []
    facts = pricing.Facts(ticket, at)
    asks_role = agreed_rate(ticket.paragraph) is None
    runs_since = Min("spans__started_at", filter=Q(spans__ended_at__isnull=True))
    entries = ticket.work.open().exclude(activity__in=quote_room.OUTSIDE).annotate(runs_since=runs_since)
    for entry in entries.select_related("person").prefetch_related(*["person__groups"] if asks_role else []):
        running = (at - entry.runs_since).total_seconds() if entry.runs_since else 0
        entry.billed_minutes = billed_minutes(entry.seconds + max(round(running), 0), step=ticket.contract.billing_step_minutes)
        entry.finished_at = at
        worked.append((entry, pricing.work_out(ticket, entry, is_limited=False, facts=facts)[0]))
    return worked


@transaction.atomic
def stop_at_ceiling(*, quote: Quote, at: datetime) -> bool:
    """Finish the running work when it has used up what the quote leaves, and ask for a new version.

    returns  whether anything was stopped
    source   feature 4: billable tracking stops at 100 %
    """
    ticket, at = log.lock(quote.ticket, at)
    room = quote_room.quote_room(ticket)
    if room is None or not _is_worked_on(ticket) or running_price(ticket, at=at) < max(room.left, CENT):
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


@transaction.atomic
def stop_at_threshold(*, ticket: Ticket, at: datetime) -> bool:
    """Finish the running work when it has reached the threshold of the contract; the finish asks for a quote.

    returns  whether anything was stopped
    source   D34
    """
    ticket, at = log.lock(ticket, at)
    threshold = threshold_of(ticket)
    if threshold is None or threshold.waivers or not _is_worked_on(ticket):
        return False
    by_then = threshold_by_now(threshold, ticket, at=at)
    if by_then is None or not by_then.is_reached or by_then == threshold:  # what costs nothing goes on
        return False
    work.finish_all(ticket, by=SYSTEM, at=at)
    return True


def _is_worked_on(ticket: Ticket) -> bool:
    return ticket.work.filter(state=WorkEntry.State.RUNNING).exclude(activity__in=quote_room.OUTSIDE).exists()
