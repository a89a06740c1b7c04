"""A second implementation of the contract's clocks, tick by tick, which shares nothing with the engine but its words.

It asks of each tick whether the wall clock shows service and whether the state counts, and adds. With a tick of one second it is
the definition itself; longer ticks serve where all times but the answers lie on them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from functools import cached_property
from math import ceil
from zoneinfo import ZoneInfo

import holidays

from sla.clock import Counting, Hours, Start, State, Target, Timeline

COUNTING = {State.NEW, State.ACCEPTED, State.ESCALATED}
UPHELD = {State.ACCEPTED, State.ESCALATED, State.SUSPENDED}
DAY = timedelta(days=1)
SECONDS = {"hour": 3600, "minute": 60, "day": 86400}


@dataclass
class SlowClock:
    """Service of one calendar, asked tick by tick, at most up to `patience` seconds after a start."""

    hours: Hours
    tick: int
    patience: int
    _open: dict[int, bool] = field(default_factory=dict)
    _lengths: dict[date, int] = field(default_factory=dict)

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.hours.zone)

    def local(self, at: int) -> datetime:
        return datetime.fromtimestamp(at, self.zone)

    def is_holiday(self, day: date) -> bool:
        if isinstance(self.hours.holidays, str):
            return day in self._feasts
        return day in self.hours.holidays

    @cached_property
    def _feasts(self) -> holidays.HolidayBase:
        return holidays.country_holidays(str(self.hours.holidays))

    def is_working(self, day: date) -> bool:
        return day.isoweekday() <= 5 and not self.is_holiday(day)

    def exception(self, day: date) -> tuple[tuple[int, int], ...] | None:
        for exceptional, windows, _ in self.hours.exceptions:
            if exceptional == day:
                return windows
        return None

    def is_open(self, at: int) -> bool:
        if at not in self._open:
            self._open[at] = self.hours.always or self._by_the_wall(self.local(at))
        return self._open[at]

    def _by_the_wall(self, wall: datetime) -> bool:
        day, second = wall.date(), wall.hour * 3600 + wall.minute * 60 + wall.second
        today, yesterday = self.exception(day), self.exception(day - DAY)
        if today == ():
            return False
        windows = self.hours.week[day.weekday()] if today is None else today
        inside = any(opens <= second and (second < closes or closes <= opens) for opens, closes in windows)
        if self.is_holiday(day) and not self.hours.serves_holidays:
            return today is not None and inside
        night = yesterday or self.hours.week[(day - DAY).weekday()]
        return inside or any(closes <= opens and second < closes for opens, closes in night)

    def length(self, day: date) -> int:
        """Seconds of service of one date."""
        if day not in self._lengths:
            noon = int(datetime(day.year, day.month, day.day, 12, tzinfo=UTC).timestamp())
            around = range(noon - 3 * 86400, noon + 3 * 86400, self.tick)
            self._lengths[day] = sum(self.tick for at in around if self.local(at).date() == day and self.is_open(at))
        return self._lengths[day]

    def ticks(self, start: int) -> Iterator[int]:
        yield from range(start, start + self.patience, self.tick)

    def begin(self, start: Start, report: int) -> int | None:
        if start is Start.REPORT:
            return report
        if start is Start.OPENING:
            return next((at for at in self.ticks(report) if self.is_open(at)), None)
        working = start in (Start.NEXT_WORKING_DAY, Start.NEXT_WORKING_DAY_EARLY)
        day = self.local(report).date()
        if start in (Start.NEXT_DAY_EARLY, Start.NEXT_WORKING_DAY_EARLY) and not (working and not self.is_working(day)):
            same_day = [at for at in range(report - 2 * 86400, report + 2 * 86400, self.tick) if self.local(at).date() == day]
            opening = next((at for at in same_day if self.is_open(at)), None)
            if opening is not None and opening > report:
                return opening
        for at in self.ticks(report):
            later = self.local(at).date()
            if later > day and self.is_open(at) and not (working and not self.is_working(later)):
                return at
        return None

    def same_wall(self, start: int, seconds: int) -> int:
        """The instant at which the wall clock has gone on by so much; a time that it leaves out moves on with it."""
        wanted = self.local(start).replace(tzinfo=None, fold=0) + timedelta(seconds=seconds)
        missing = 0
        for at in self.ticks(start):
            over = int((self.local(at).replace(tzinfo=None, fold=0) - wanted).total_seconds())
            if over > 0:
                return at - self.tick + missing
            missing = -over
            if missing < self.tick:
                return at + missing
        raise AssertionError("The slow clock lost its patience.")


def effective(timeline: Timeline) -> list[tuple[int, State]]:
    """The states that hold, in seconds."""
    holding: dict[int, State] = {}
    for at, state in timeline:
        holding[int(at.timestamp())] = state
    return sorted(holding.items())


def counting_at(moves: list[tuple[int, State]], at: int) -> bool:
    """Whether the second that begins at `at` counts."""
    index = max(number for number, (begun, _) in enumerate(moves) if begun <= at)
    state = moves[index][1]
    if state is State.DISPUTED:
        others = [later for _, later in moves[index + 1 :] if later is not State.DISPUTED]
        return bool(others) and others[0] in UPHELD
    return state in COUNTING


@dataclass(frozen=True)
class SlowReading:
    start: int | None
    deadline: int | None
    breach: int | None
    measured: int


def slow_replay(clock: SlowClock, target: Target, timeline: Timeline, until: int) -> SlowReading:
    """`sla.clock.replay` the long way; what lies beyond the patience comes out as None."""
    moves = effective(timeline)
    start = clock.begin(target.start, moves[0][0])
    if start is None:
        return SlowReading(None, None, None, 0)
    in_service = target.counting in (Counting.WINDOW, Counting.SERVICE_DAYS)
    amount = Fraction(target.amount) * SECONDS[target.unit]
    if target.counting is Counting.CALENDAR_DAYS:
        amount = Fraction(clock.same_wall(start, ceil(amount)) - start)
    elif target.counting is Counting.SERVICE_DAYS:
        amount = Fraction(target.amount)
    total, measured = Fraction(0), 0
    deadline, breach = (start if amount == 0 else None), None
    for at in clock.ticks(start):
        if not counting_at(moves, at) or (in_service and not clock.is_open(at)):
            continue
        if at < until:
            measured += min(clock.tick, until - at)
        weight = Fraction(clock.tick)
        if target.counting is Counting.SERVICE_DAYS:
            weight /= clock.length(clock.local(at).date())
        missing = ceil((amount - total) / weight * clock.tick) if breach is None else 0
        if deadline is None and missing <= clock.tick:
            deadline = at + missing
        if breach is None and missing < clock.tick:
            breach = at + missing
        total += weight
    return SlowReading(start, deadline, breach, measured)
