"""The time from the report to the resolution, cut into stretches that were counted or not, each with its reason.

Pure: a clock, a target and the course of a request in, stretches out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from sla.clock import Clock, State, Target, stretches
from sla.wall import days_between, shift_note

STATES = {
    State.NEW: "Nový",
    State.ACCEPTED: "Přijato",
    State.ESCALATED: "Eskalováno",
    State.SUSPENDED: "Pozastaveno",
    State.RESOLVED: "Vyřešeno",
    State.DISPUTED: "Reklamováno",
    State.CLOSED: "Uzavřeno",
    State.CANCELLED: "Zrušeno",
}
UPHELD = "Reklamováno (reklamace uznána)"
UNDECIDED = "Reklamováno (o reklamaci se rozhoduje)"
BEFORE_START = "před začátkem měření"
BREAK = "přestávka"


class Cause(StrEnum):
    """Why a stretch is counted or not."""

    COUNTED = "counted"
    OUTSIDE = "outside"
    BEFORE = "before"
    SUSPENDED = "suspended"
    RESOLVED = "resolved"
    DISPUTED = "disputed"


STOPPED_BY = {State.SUSPENDED: Cause.SUSPENDED, State.RESOLVED: Cause.RESOLVED, State.DISPUTED: Cause.DISPUTED}
HEADINGS = {Cause.OUTSIDE: "Mimo dobu poskytování", Cause.BEFORE: "Před začátkem měření"}


@dataclass(frozen=True)
class Entry:
    """One state of the course: since when, and why, in the words of that time.

    side  who moved it: "zákazník", "dodavatel" or "systém"
    by    the person's name; not part of the proof's data, as names change
    """

    at: datetime
    state: State
    reason: str = ""
    side: str = ""
    by: str = ""


@dataclass(frozen=True)
class Interval:
    """A stretch of time with one cause; `total` is what had been counted by its end, in seconds."""

    start: datetime
    end: datetime
    cause: Cause
    reasons: tuple[str, ...]
    note: str = ""
    total: int = 0

    @property
    def seconds(self) -> int:
        return int((self.end - self.start).total_seconds())

    @property
    def is_counted(self) -> bool:
        return self.cause == Cause.COUNTED

    @property
    def words(self) -> str:
        """State or reason as a person reads it: „Mimo dobu poskytování: noc a víkend (…)“."""
        heading = HEADINGS.get(self.cause, "")
        said = ", ".join(self.reasons) if self.is_counted else listed(self.reasons)
        text = f"{heading}: {said}" if heading and said else heading or said
        return f"{text} ({self.note})" if self.note else text


def listed(words: Sequence[str]) -> str:
    """noc, víkend a Nový rok."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} a\u00a0{words[-1]}" if words else ""


def intervals(
    clock: Clock, target: Target, entries: Sequence[Entry], *, start: datetime, until: datetime
) -> tuple[Interval, ...]:
    """Every moment from the first entry until `until`, in order and without gaps.

    start   where the measuring begins by the target's method, not before the first entry
    source  S4-67, D9
    """
    done: list[Interval] = []
    total = 0
    for one in _joined(_cut(clock, target, entries, start, until)):
        total += one.seconds if one.is_counted else 0
        done.append(replace(one, total=total, note=shift_note(clock.zone, one.start, one.end)))
    return tuple(done)


def _cut(clock: Clock, target: Target, entries: Sequence[Entry], start: datetime, until: datetime) -> Iterator[Interval]:
    """The smallest stretches: a state, a window of service, a gap between two windows."""
    entry_at = {entry.at: entry for entry in entries}
    for begin, closed, state, counts in stretches([(entry.at, entry.state) for entry in entries]):
        end = min(closed or until, until)
        if begin >= end:
            continue
        if not counts:
            yield Interval(begin, end, STOPPED_BY.get(state, Cause.RESOLVED), (_why_stopped(state, entry_at[begin].reason),))
            continue
        if begin < start:
            yield Interval(begin, min(end, start), Cause.BEFORE, _why_closed(clock, begin, min(end, start)))
        if end > start:
            yield from _served(clock, target, max(begin, start), end, UPHELD if state == State.DISPUTED else STATES[state])


def _why_stopped(state: State, reason: str) -> str:
    if state == State.DISPUTED:
        return UNDECIDED
    return f"{STATES[state]}\u00a0– {reason}" if reason and state == State.SUSPENDED else STATES[state]


def _served(clock: Clock, target: Target, begin: datetime, end: datetime, words: str) -> Iterator[Interval]:
    """A stretch that counts, cut where service ends and begins; a continuous target counts all of it."""
    pieces = clock.pieces(begin, end) if target.counting.in_service else [(begin, end)]
    here = begin
    for opens, closes in pieces:
        if here < opens:
            yield Interval(here, opens, Cause.OUTSIDE, _why_closed(clock, here, opens))
        yield Interval(opens, closes, Cause.COUNTED, (words,))
        here = closes
    if here < end:
        yield Interval(here, end, Cause.OUTSIDE, _why_closed(clock, here, end))


def _why_closed(clock: Clock, start: datetime, end: datetime) -> tuple[str, ...]:
    """Reasons of the days that a gap touches, each once; a gap with service before and after it on one day is a break."""
    gaps = _gaps(clock, start, end)
    return tuple(dict.fromkeys(word for begin, close in gaps for word in _gap_words(clock, begin, close)))


def _gaps(clock: Clock, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """What is left of the stretch without its windows of service."""
    here = start
    for opens, closes in clock.pieces(start, end):
        if here < opens:
            yield here, opens
        here = closes
    if here < end:
        yield here, end


def _gap_words(clock: Clock, start: datetime, end: datetime) -> Iterator[str]:
    days = days_between(clock.zone, start, end)
    if len(days) == 1:
        _, midnight, next_midnight = days[0]
        if clock.served(midnight, start) and clock.served(end, next_midnight):
            yield BREAK
            return
    for day, _, _ in days:
        yield clock.why_closed(day)


def _joined(pieces: Iterable[Interval]) -> Iterator[Interval]:
    """Neighbours of one cause as one stretch with all reasons; two suspensions with different reasons stay apart."""
    held: Interval | None = None
    for one in pieces:
        if held and held.cause == one.cause and (one.cause != Cause.SUSPENDED or held.reasons == one.reasons):
            held = replace(held, end=one.end, reasons=tuple(dict.fromkeys(held.reasons + one.reasons)))
            continue
        if held:
            yield held
        held = one
    if held:
        yield held
