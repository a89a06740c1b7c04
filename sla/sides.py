"""Whose time it was: the supplier's, the customer's, the subsupplier's; the sums are the elapsed time to the second.

Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sla.clock import Clock, State, Target, Timeline, replay, stretches
from sla.intervals import Cause, Interval

SECOND = timedelta(seconds=1)
CUSTOMERS = (Cause.SUSPENDED, Cause.RESOLVED)


@dataclass(frozen=True)
class Wait:
    """Work waited for a subsupplier; `end` is None as long as it still does."""

    subsupplier: str
    start: datetime
    end: datetime | None = None


@dataclass(frozen=True)
class Sides:
    """Seconds from the report to the end; every second belongs to exactly one of the first four.

    supplier             the clock ran and the supplier had the request
    outside              the supplier had the request and the clock did not run: no service, before the start, a complaint
    customer             waiting for cooperation, or for the customer's word on the resolution
    subsupplier          within the supplier's turn, by the marks of waiting; the clock of the contract runs on
    subsupplier_counted  the part of it that the clock counted
    source               S3-13, S4-64, C32
    """

    supplier: int
    outside: int
    customer: int
    subsupplier: int
    subsupplier_counted: int

    @property
    def elapsed(self) -> int:
        return self.supplier + self.outside + self.customer + self.subsupplier


def sides(intervals: Iterable[Interval], waits: Sequence[Wait] = ()) -> Sides:
    """Divide stretches of the course among those who had the request.

    intervals  of the target for the resolution, without gaps
    """
    sums = dict.fromkeys(("supplier", "outside", "customer", "waited", "waited_counted"), 0)
    spans = _united(waits)
    for one in intervals:
        if one.cause in CUSTOMERS:
            sums["customer"] += one.seconds
            continue
        waited = _overlap(one, spans)
        sums["waited"] += waited
        sums["waited_counted"] += waited if one.is_counted else 0
        sums["supplier" if one.is_counted else "outside"] += one.seconds - waited
    return Sides(sums["supplier"], sums["outside"], sums["customer"], sums["waited"], sums["waited_counted"])


def sides_by_clock(clock: Clock, target: Target, timeline: Timeline, *, waits: Sequence[Wait] = (), until: datetime) -> Sides:
    """The same sums without the stretches, for pages that show a line: a few look-ups for each state, whatever its length.

    timeline  up to the resolution that stands, without it
    """
    start = replay(clock, target, timeline).start
    spans = _united(waits)
    sums = dict.fromkeys(("turn", "counted", "customer", "waited", "waited_counted"), 0)
    for begin, closed, state, counts in stretches(timeline):
        end = min(closed or until, until)
        if begin >= end:
            continue
        if state in (State.SUSPENDED, State.RESOLVED):
            sums["customer"] += (end - begin) // SECOND
            continue
        sums["turn"] += (end - begin) // SECOND
        sums["counted"] += _counted(clock, target, max(begin, start), end) if counts else 0
        for low, high in ((max(begin, low), end if high is None else min(end, high)) for low, high in spans):
            sums["waited"] += max((high - low) // SECOND, 0)
            sums["waited_counted"] += _counted(clock, target, max(low, start), high) if counts else 0
    supplier, outside = sums["counted"] - sums["waited_counted"], sums["turn"] - sums["counted"]
    return Sides(
        supplier, outside - (sums["waited"] - sums["waited_counted"]), sums["customer"], sums["waited"], sums["waited_counted"]
    )


def _counted(clock: Clock, target: Target, start: datetime, end: datetime) -> int:
    if start >= end:
        return 0
    return clock.served(start, end) if target.counting.in_service else (end - start) // SECOND


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


def _overlap(one: Interval, spans: Sequence[tuple[datetime, datetime | None]]) -> int:
    total = 0
    for start, end in spans:
        low, high = max(one.start, start), one.end if end is None else min(one.end, end)
        total += max(int((high - low).total_seconds()), 0)
    return total
