"""„Rodný list SLA“: the proof of both deadlines of one request, as data, and its fingerprint.

Pure: the hours of the calendar's version, the terms copied at the start, and the course of the request in; the proof out. The
same data give the same bytes and the same SHA-256 in any process.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sla.clock import Clock, Hours, Kind, State, Target
from sla.intervals import Entry, Interval, intervals
from sla.time_split import TimeSplit, Wait, split_time
from sla.verdict import Verdict, deadline_if_upheld, reaction_verdict, resolution_verdict, standing_resolution
from sla.wall import days_between

SCHEMA = 2


@dataclass(frozen=True)
class Rule:
    """One promise and the calendar that it is counted by; a reaction once decided keeps the version by which it was."""

    target: Target
    calendar: str
    version: int
    hours: Hours


@dataclass(frozen=True)
class Terms:
    """What the contract promised this request, in the words and atoms that were copied when its clock started.

    applies_to  "wdin", "wdout" or "both"
    """

    contract: str
    paragraph: str
    method: str
    applies_to: str
    reaction: Rule
    resolution: Rule


@dataclass(frozen=True)
class Course:
    """What happened: the states with their reasons from the report on, the first human reaction, waiting for subsuppliers.

    entries      begins with NEW when the clock could start
    reacted      None until somebody did; its reason says how, its name who
    received_at  of an e-mail whose confirmation left later; None when the clock could start with the report
    """

    number: int
    is_wdin: bool
    entries: tuple[Entry, ...]
    reacted: Entry | None = None
    waits: tuple[Wait, ...] = ()
    received_at: datetime | None = None

    @property
    def reported_at(self) -> datetime:
        return self.entries[0].at

    @property
    def state(self) -> State:
        return self.entries[-1].state

    @property
    def is_disputed(self) -> bool:
        return self.state is State.DISPUTED

    @property
    def timeline(self) -> list[tuple[datetime, State]]:
        return [(entry.at, entry.state) for entry in self.entries]

    @property
    def worked(self) -> tuple[Entry, ...]:
        """The states up to the resolution that stands, without it; all of them while work goes on."""
        return self.entries[: standing_resolution(self.timeline)]

    @property
    def last_at(self) -> datetime:
        """The last change of state; what is stored of the clocks is counted up to it."""
        return self.entries[-1].at


@dataclass(frozen=True)
class Measure:
    """One of the two clocks.

    start     of the measuring, shifted by the method
    end       when the target was met or missed for good; None while the clock is open
    until     up to when the stretches go: the end, or the instant of the proof
    deadline  None while it stands still
    breach    the last instant that still meets it (D4)
    met       None until the end
    reserve   seconds left at `until`, or at `start` if that is later, of the kind that the clock counts; negative when there is
              an excess; None while it stands
    """

    kind: Kind
    target: Target
    start: datetime
    end: datetime | None
    until: datetime
    deadline: datetime | None
    breach: datetime | None
    measured: int
    met: bool | None
    reserve: int | None
    intervals: tuple[Interval, ...]

    @property
    def is_late(self) -> bool:
        """Whether the amount was exceeded, also by a clock that still runs."""
        return self.breach is not None and self.until > self.breach


@dataclass(frozen=True)
class Proof:
    """Both clocks with all that they follow from, as of `until`.

    if_upheld  while a complaint is undecided: by when the request would have to be resolved if it is upheld (C07)
    """

    terms: Terms
    course: Course
    until: datetime
    reaction: Measure
    resolution: Measure
    time_split: TimeSplit
    if_upheld: datetime | None = None

    @property
    def is_final(self) -> bool:
        """Whether both clocks stand for good, as long as nobody complains."""
        return self.resolution.end is not None and not self.course.is_disputed

    def as_of(self, at: datetime) -> Proof:
        """The same request looked at later."""
        return prove(terms=self.terms, course=self.course, until=at)

    def canonical(self) -> bytes:
        """The data as JSON with sorted keys and no white space; instants in UTC, lengths in whole seconds."""
        return json.dumps(_document(self), ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()

    def fingerprint(self) -> str:
        """SHA-256 of the canonical data, 64 hexadecimal digits."""
        return hashlib.sha256(self.canonical()).hexdigest()


def prove(*, terms: Terms, course: Course, until: datetime | None = None) -> Proof:
    """Replay the course of a request and say how each second was counted.

    until    for one that still runs, an instant not before the last change of state; None takes that change, so that the data
             and their fingerprint stay the same until something happens
    source   S4-26, S4-67 to S4-69, D1, D4, D8, D9
    """
    now = max(until or course.last_at, course.last_at).replace(microsecond=0)
    reacted_at = course.reacted.at if course.reacted else None
    reaction_clock, resolution_clock = Clock.of(terms.reaction.hours), Clock.of(terms.resolution.hours)
    resolution = resolution_verdict(resolution_clock, terms.resolution.target, course.timeline, at=now)
    reaction = reaction_verdict(reaction_clock, terms.reaction.target, course.timeline, reacted_at, at=now)
    return Proof(
        terms=terms,
        course=course,
        until=resolution.until,
        reaction=_measure(Kind.REACTION, terms.reaction, course, reaction),
        resolution=_measure(Kind.RESOLUTION, terms.resolution, course, resolution),
        time_split=time_split_of(hours=terms.resolution.hours, course=course, at=now),
        if_upheld=deadline_if_upheld(resolution_clock, terms.resolution.target, course.timeline),
    )


def time_split_of(*, hours: Hours, course: Course, at: datetime) -> TimeSplit:
    """Whose time it was from the report until the request was closed, or until `at`.

    source   S3-13, S4-64, C32, D38
    """
    until = max(at, course.last_at)
    return split_time(Clock.of(hours), course.timeline, until=until, reported_at=course.received_at, waits=course.waits)


def _measure(kind: Kind, rule: Rule, course: Course, verdict: Verdict) -> Measure:
    clock = Clock.of(rule.hours)
    entries = course.entries[: verdict.counted_entries]
    pieces = intervals(clock, rule.target, entries, start=verdict.start, until=verdict.until)
    return Measure(
        kind=kind,
        target=rule.target,
        start=verdict.start,
        end=verdict.end,
        until=verdict.until,
        deadline=verdict.deadline,
        breach=verdict.breach,
        measured=verdict.measured,
        met=verdict.is_met,
        reserve=_reserve(clock, rule.target, pieces, verdict.deadline, max(verdict.until, verdict.start)),
        intervals=pieces,
    )


def _reserve(clock: Clock, target: Target, pieces: Sequence[Interval], deadline: datetime | None, until: datetime) -> int | None:
    """What the clock would still count until the deadline, or has counted since."""
    if deadline is None:
        return None
    if until <= deadline:
        return clock.served(until, deadline) if target.counting.in_service else int((deadline - until).total_seconds())
    since = [one for one in pieces if one.is_counted and one.end > deadline]
    return -sum(int((one.end - max(one.start, deadline)).total_seconds()) for one in since)


def _document(proof: Proof) -> dict[str, Any]:
    """All that the result follows from, and the result; names of people are left out, since they change."""
    terms, course = proof.terms, proof.course
    return {
        "schema": SCHEMA,
        "number": course.number,
        "reported_at": _utc(course.reported_at),
        "received_at": _utc(course.received_at),
        "filed": "WDIN" if course.is_wdin else "WDOUT",
        "until": _utc(proof.until),
        "is_final": proof.is_final,
        "terms": {
            "contract": terms.contract,
            "paragraph": terms.paragraph,
            "method": terms.method,
            "applies_to": terms.applies_to,
        },
        "states": [{"at": _utc(one.at), "state": one.state, "reason": one.reason, "side": one.side} for one in course.entries],
        "reacted_at": _utc(course.reacted.at) if course.reacted else None,
        "subsupplier_waits": [
            {"subsupplier": wait.subsupplier, "start": _utc(wait.start), "end": _utc(wait.end)} for wait in course.waits
        ],
        "reaction": _measured(proof.reaction, terms.reaction, course),
        "resolution": _measured(proof.resolution, terms.resolution, course),
        "if_upheld": _utc(proof.if_upheld),
        "time_split": {
            "supplier": proof.time_split.supplier,
            "customer": proof.time_split.customer,
            "subsupplier": proof.time_split.subsupplier,
            "outside": proof.time_split.outside,
            "elapsed": proof.time_split.elapsed,
        },
    }


def _measured(measure: Measure, rule: Rule, course: Course) -> dict[str, Any]:
    target = rule.target
    return {
        "unit": target.unit,
        "start_rule": target.start,
        "counting": target.counting,
        "amount": f"{target.amount.normalize():f}",
        "calendar": rule.calendar,
        "calendar_version": rule.version,
        "hours": _hours(rule.hours, course.reported_at, measure.until),
        "start": _utc(measure.start),
        "end": _utc(measure.end),
        "deadline": _utc(measure.deadline),
        "breach": _utc(measure.breach),
        "measured": measure.measured,
        "met": measure.met,
        "reserve": measure.reserve,
        "intervals": [
            {
                "from": _utc(one.start),
                "to": _utc(one.end),
                "cause": one.cause,
                "reason": one.words,
                "seconds": one.seconds,
                "total": one.total,
            }
            for one in measure.intervals
        ],
    }


def _hours(hours: Hours, start: datetime, until: datetime) -> dict[str, Any]:
    """The version's hours, and the days without service as days: the list of holidays comes from outside and may be corrected."""
    clock = Clock.of(hours)
    days = days_between(clock.zone, start, max(until, start + timedelta(seconds=1)))
    return {
        "zone": hours.zone,
        "always": hours.always,
        "serves_holidays": hours.serves_holidays,
        "week": [[list(window) for window in windows] for windows in hours.week],
        "exceptions": [[day.isoformat(), [list(window) for window in windows], name] for day, windows, name in hours.exceptions],
        "holidays": hours.holidays if isinstance(hours.holidays, str) else [day.isoformat() for day in hours.holidays],
        "closed_days": [[day.isoformat(), clock.why_closed(day)] for day, first, after in days if not clock.served(first, after)],
    }


def _utc(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat() if at else None
