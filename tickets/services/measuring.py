"""What work says of its time when it ends: the one place for what is charged, corrected and foretold."""

from __future__ import annotations

from datetime import datetime, timedelta

from credit.pricing import billed_minutes
from tickets.models import Quote, Ticket, WorkEntry, WorkSpan
from tickets.services import pricing, quote_room

LONGEST = timedelta(hours=10)


def end_of(span: WorkSpan, at: datetime) -> datetime:
    """Where a stretch that runs is ended: now, at its cap at the latest."""
    return min(at.replace(microsecond=0), span.started_at + LONGEST)


def measure(ticket: Ticket, entry: WorkEntry, spans: list[WorkSpan], *, corrects: WorkEntry | None = None) -> None:
    """What a finished entry says of its time, in memory: the same for what is charged and for what is foretold.

    spans  closed ones, at least one
    """
    ends = [span.ended_at for span in spans if span.ended_at]
    entry.seconds = sum(span.seconds(span.started_at) for span in spans)
    entry.quote = quote_of(ticket, entry.activity, corrects=corrects)
    entry.finished_at = max(ends)
    entry.billed_minutes = billed_minutes(entry.seconds, step=ticket.contract.billing_step_minutes)
    entry.outside_minutes = min(entry.billed_minutes, pricing.outside_minutes(ticket, spans))


def source_of(entry: WorkEntry, is_phone: bool | None) -> str:
    """Whether measured work was a call; None = as the entry began."""
    if is_phone is None:
        return entry.source
    return WorkEntry.Source.PHONE if is_phone else WorkEntry.Source.TIMER


def quote_of(ticket: Ticket, activity: str, *, corrects: WorkEntry | None = None) -> Quote | None:
    """The approved quote that work counts under; what was finished before there was one stays outside when it is corrected."""
    if activity in quote_room.OUTSIDE or (corrects and corrects.activity not in quote_room.OUTSIDE and not corrects.quote_id):
        return None
    return quote_room.in_force(ticket)
