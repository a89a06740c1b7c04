"""Timers that run towards the ceiling of an approved quote: stopped when it is reached, not when somebody looks."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction

from credit.models import Activity
from credit.pricing import billed_minutes
from helpdesk.customers.actor import SYSTEM
from helpdesk.customers.models import StaffTask
from tickets.models import Quote, Ticket, WorkEntry
from tickets.services import log, pricing, quote_room, tasks, work

ANSWER_WITHIN = timedelta(hours=4)


def running_price(ticket: Ticket, *, at: datetime) -> Decimal:
    """What the open work under the quote would cost if it ended now; nobody but the sweep sees it (S1-13)."""
    total = Decimal("0.00")
    for entry in ticket.work.open().exclude(activity=Activity.QUOTING).prefetch_related("spans").select_related("person"):
        seconds = sum(span.seconds(at) for span in entry.spans.all())
        entry.billed_minutes = billed_minutes(seconds, step=ticket.contract.billing_step_minutes)
        entry.finished_at = at
        total += pricing.work_out(ticket, entry)[0].price()
    return total


@transaction.atomic
def stop_at_ceiling(*, quote: Quote, at: datetime) -> bool:
    """Finish the running work when it has used up what the quote leaves, and ask for a new version.

    returns  whether anything was stopped
    source   feature 4: billable tracking stops at 100 %
    """
    ticket, at = log.lock(quote.ticket, at)
    room = quote_room.quote_room(ticket)
    running = ticket.work.filter(state=WorkEntry.State.RUNNING).exclude(activity=Activity.QUOTING)
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
