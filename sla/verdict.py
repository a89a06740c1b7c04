"""What both clocks of a request came to: up to when each counts, its deadline, and whether it was kept.

Pure. The stored columns, the proof, the warnings and the reports all ask here, so that they cannot differ.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sla.clock import Clock, State, Target, Timeline, replay

ENDED = frozenset({State.RESOLVED, State.DISPUTED, State.CLOSED})


class Verdict(NamedTuple):
    """One clock of a request.

    counted_entries  how many entries of the timeline belong to it, from the first on
    end              when it was decided; None while it is open
    until            up to when `measured` goes: the end, else the instant that was asked for
    start            of the measuring, shifted by the method
    deadline         None while the clock stands
    breach           the last instant that still keeps the promise (D4); None when it is never broken
    measured         seconds
    is_met           None until decided
    """

    counted_entries: int
    end: datetime | None
    until: datetime
    start: datetime
    deadline: datetime | None
    breach: datetime | None
    measured: int
    is_met: bool | None


def reaction_verdict(
    clock: Clock, target: Target, timeline: Timeline, reacted_at: datetime | None, *, at: datetime | None = None
) -> Verdict:
    """Until a person of ours has reacted the clock runs like the other one; a complaint does not start it again.

    reacted_at  the first human step or answer, not before the report; None = not yet
    at          for an open clock; None = the last change of state
    source      D8, C35
    """
    resolution = standing_resolution(timeline)
    if reacted_at is None:
        worked = len(timeline) if resolution is None else resolution
        return _verdict(clock, target, timeline, worked, None, timeline[worked][0] if resolution is not None else at)
    before = sum(1 for moved_at, _ in timeline[1:] if moved_at < reacted_at)
    return _verdict(clock, target, timeline, 1 + before, reacted_at, at)


def resolution_verdict(clock: Clock, target: Target, timeline: Timeline, *, at: datetime | None = None) -> Verdict:
    """A resolution stands unless a complaint about it is upheld; its deadline stays shown.

    source  D9, D15
    """
    resolution = standing_resolution(timeline)
    if resolution is None:
        return _verdict(clock, target, timeline, len(timeline), None, at)
    return _verdict(clock, target, timeline, resolution, timeline[resolution][0], at)


def deadline_if_upheld(clock: Clock, target: Target, timeline: Timeline) -> datetime | None:
    """By when a disputed request must be resolved if its complaint is upheld; None for one that is not disputed.

    The time since the complaint counts back, so that its decision does not move this deadline.

    source  C07, D9
    """
    if timeline[-1][1] is not State.DISPUTED:
        return None
    return replay(clock, target, [*timeline[:-1], (timeline[-1][0], State.ACCEPTED)]).deadline


def standing_resolution(timeline: Timeline) -> int | None:
    """Index of the entry RESOLVED that stands; None while work goes on. An undecided or refused complaint leaves it (D9)."""
    if timeline[-1][1] not in ENDED:
        return None
    return max(index for index, (_, state) in enumerate(timeline) if state is State.RESOLVED)


def _verdict(
    clock: Clock, target: Target, timeline: Timeline, counted_entries: int, end: datetime | None, at: datetime | None
) -> Verdict:
    last = timeline[-1][0]
    until = end or at or last
    reading = replay(clock, target, timeline[:counted_entries], until)
    is_met = None if end is None else reading.breach is None or end <= reading.breach
    return Verdict(counted_entries, end, until, reading.start, reading.deadline, reading.breach, reading.measured or 0, is_met)
