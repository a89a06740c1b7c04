"""Whose time it was: the supplier's, the customer's, the subsupplier's, or nobody's because no service runs.

Pure. One unit for all: service hours of the contract's calendar, whatever the method of the deadline.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sla.clock import Clock, State, Timeline, stretches
from sla.served import seconds_of

CUSTOMERS = frozenset({State.SUSPENDED, State.RESOLVED})


@dataclass(frozen=True)
class Wait:
    """Work waited for a subsupplier; `end` is None as long as it still does."""

    subsupplier: str
    start: datetime
    end: datetime | None = None


@dataclass(frozen=True)
class TimeSplit:
    """Seconds from the report to the end, or to now; every second belongs to exactly one of the four.

    supplier     service hours in which the supplier had the request, a complaint included
    customer     service hours of waiting for cooperation, or for the customer's word on the resolution
    subsupplier  service hours of the supplier's turn in which a subsupplier was waited for
    outside      no service, or an e-mail whose confirmation had not left yet
    source       S3-13, S4-64, C32, D38
    """

    supplier: int
    customer: int
    subsupplier: int
    outside: int

    @property
    def elapsed(self) -> int:
        return self.supplier + self.customer + self.subsupplier + self.outside


def split_time(
    clock: Clock, timeline: Timeline, *, until: datetime, reported_at: datetime | None = None, waits: Sequence[Wait] = ()
) -> TimeSplit:
    """Divide the life of a request among those who had it: a few look-ups for each state, whatever its length.

    timeline     from the start of the clock on; CLOSED and CANCELLED end it
    until        for a request that still lives
    reported_at  when that was earlier: an e-mail is nobody's until its confirmation has left
    """
    supplier, customer, subsupplier = 0, 0, 0
    spans = _united(waits)
    end = until
    for begin, closed, state, _ in stretches(timeline):
        if state in (State.CLOSED, State.CANCELLED):
            end = begin
            break
        close = min(closed or until, until)
        if begin >= close:
            continue
        service = clock.served(begin, close)
        if state in CUSTOMERS:
            customer += service
            continue
        waited = sum(_served(clock, max(begin, low), close if high is None else min(close, high)) for low, high in spans)
        supplier, subsupplier = supplier + service - waited, subsupplier + waited
    elapsed = max(seconds_of(end) - seconds_of(reported_at or timeline[0][0]), 0)
    return TimeSplit(supplier, customer, subsupplier, elapsed - supplier - customer - subsupplier)


def _served(clock: Clock, start: datetime, end: datetime) -> int:
    return clock.served(start, end) if start < end else 0


def _united(waits: Sequence[Wait]) -> list[tuple[datetime, datetime | None]]:
    """The marks in order, with overlaps counted once."""
    spans: list[tuple[datetime, datetime | None]] = []
    for wait in sorted(waits, key=lambda wait: wait.start):
        start, end = wait.start, wait.end
        if spans:
            last = spans[-1][1]
            if last is None:
                break
            start = max(start, last)
            if end is not None and end <= start:
                continue
        spans.append((start, end))
    return spans
