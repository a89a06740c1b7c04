"""Service compiled into sorted pieces of UTC time, and the questions that they answer.

Pure: no Django, no database. Daylight saving is handled here alone, where the offset changes: the wall clock decides, what a
spring night leaves out does not exist, what an autumn night repeats counts twice (A23).
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import accumulate, pairwise
from math import lcm
from zoneinfo import ZoneInfo

from sla.hours import Hours, zone_named
from sla.methods import SECONDS_OF_DAY, UnsatisfiableCalendar

EPOCH_DAY = date(1970, 1, 1).toordinal()
EDGE = 2 * SECONDS_OF_DAY  # more than any offset, also than the day that Samoa left out
SECOND = timedelta(seconds=1)


class BeyondTable(Exception):
    """The answer lies behind the table's last year: ask a longer one."""


class Table:
    """Pieces of service of some years, none over a local midnight or a change of offset; never altered.

    starts     first second of each piece
    before     seconds of service before each piece, and the whole as one more
    days       date of each piece as an ordinal; never falls: a night that is repeated over midnight stays with the later date
    ranks      number of the date of service that each piece belongs to
    heads      seconds of service before each date of service, and the whole as one more
    day        parts that every date of service is cut into: as many for each second of it, whatever its length
    start, end    the instants between which nothing is missing
    is_final   no service comes after the last year
    """

    __slots__ = ("_working", "before", "day", "days", "end", "heads", "hours", "is_final", "ranks", "start", "starts", "years")

    def __init__(self, hours: Hours, years: range) -> None:
        """Compile whole local dates, from the first day of the first year to the last of the last."""
        first, last = date(years[0], 1, 1).toordinal(), date(years[-1], 12, 31).toordinal()
        start, end = ((ordinal - EPOCH_DAY) * SECONDS_OF_DAY for ordinal in (first, last + 1))
        self.hours, self.years = hours, years
        self._working: dict[int, bool] = {}
        self.is_final = not hours.has_service_after(years[-1])
        self.start, self.end = start + EDGE, end - EDGE
        self.starts: list[int] = []
        lengths: list[int] = []
        self.days: list[int] = []
        latest = 0
        for segment in offsets(zone_named(hours.zone), start - EDGE, end + EDGE):
            for begins, length, day in _pieces(hours, segment, first, last):
                self.starts.append(begins)
                lengths.append(length)
                latest = max(day, latest)
                self.days.append(latest)
        self.before = list(accumulate(lengths, initial=0))
        self._rank()

    def _rank(self) -> None:
        """Number the dates of service."""
        self.ranks: list[int] = []
        self.heads: list[int] = []
        latest = 0
        for index, day in enumerate(self.days):
            if day != latest:
                self.heads.append(self.before[index])
                latest = day
            self.ranks.append(len(self.heads) - 1)
        self.heads.append(self.before[-1])
        self.day = lcm(*{after - head for head, after in pairwise(self.heads)})

    def served(self, at: int) -> int:
        """Seconds of service from the table's first piece to an instant that it covers."""
        index = bisect_right(self.starts, at) - 1
        if index < 0:
            return 0
        passed = self.before[index] + at - self.starts[index]
        after = self.before[index + 1]
        return passed if passed < after else after

    def earliest(self, place: int) -> int:
        """The first instant that has so many seconds of service before it, `place` from 1 up.

        raises   BeyondTable, UnsatisfiableCalendar - there never is that much service
        source   D4: an amount that ends at closing time ends there
        """
        if place > self.before[-1]:
            if self.is_final:
                raise UnsatisfiableCalendar("Kalendář už další službu nemá, lhůta by nikdy neuplynula: doplňte okna.")
            raise BeyondTable
        index = bisect_left(self.before, place) - 1
        return self.starts[index] + place - self.before[index]

    def latest(self, place: int) -> int | None:
        """The last instant that has no more seconds of service before it; None when no service comes after.

        raises   BeyondTable
        source   D4: until the next opening nothing more is measured
        """
        if place >= self.before[-1]:
            if self.is_final:
                return None
            raise BeyondTable
        index = bisect_right(self.before, place) - 1
        return self.starts[index] + place - self.before[index]

    def day_place(self, at: int) -> int:
        """Dates of service up to an instant, each of weight 1, in parts of `day`.

        source   D5, A10
        """
        index = bisect_right(self.starts, at) - 1
        if index < 0:
            return 0
        passed = min(self.before[index] + at - self.starts[index], self.before[index + 1])
        rank = self.ranks[index]
        head = self.heads[rank]
        return rank * self.day + (passed - head) * (self.day // (self.heads[rank + 1] - head))

    def served_at_days(self, days: int, of: int) -> int:
        """Seconds of service before so many dates of service, the fraction `days`/`of`; a part of a second is rounded up.

        raises   BeyondTable, UnsatisfiableCalendar
        """
        rank, part = divmod(days, of)
        if rank >= len(self.heads) - 1:
            if rank == len(self.heads) - 1 and not part:
                return self.heads[rank]
            return self.earliest(self.before[-1] + 1)
        head = self.heads[rank]
        return head - (-part * (self.heads[rank + 1] - head) // of)

    def is_open(self, at: int) -> bool:
        """Whether an instant that the table covers lies in a piece, start included, end not."""
        index = bisect_right(self.starts, at) - 1
        return index >= 0 and at - self.starts[index] < self.before[index + 1] - self.before[index]

    def opening(self, at: int) -> int:
        """The first instant of service at or after `at`.

        raises   BeyondTable, UnsatisfiableCalendar
        """
        return at if self.is_open(at) else self.opening_later_than(at, 0, working=False)

    def opening_later_than(self, at: int, day: int, *, working: bool) -> int:
        """The first instant of service of a date after the ordinal `day`, of a working day if asked.

        raises   BeyondTable, UnsatisfiableCalendar
        source   D3, A3, A5 to A7
        """
        for index in range(bisect_right(self.starts, at), len(self.starts)):
            if self.days[index] > day and not (working and not self.is_working_day(self.days[index])):
                return self.starts[index]
        if self.hours.has_service_after(self.years[-1], on_working_days=working):
            raise BeyondTable
        raise UnsatisfiableCalendar("Kalendář už další službu v takový den nemá, lhůta by nikdy nezačala: doplňte okna.")

    def first_opening_of(self, at: int, day: int) -> int | None:
        """The first opening of the date of `at` when it still is to come, else None (C36)."""
        index = bisect_right(self.starts, at)
        begun = index > 0 and self.days[index - 1] == day
        return self.starts[index] if not begun and index < len(self.starts) and self.days[index] == day else None

    def is_working_day(self, day: int) -> bool:
        known = self._working.get(day)
        if known is None:
            known = self._working[day] = self.hours.is_working_day(date.fromordinal(day))
        return known

    def pieces(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """The service between two instants that the table covers; pieces that touch, as at midnight, are one."""
        begun = ended = None
        for index in range(max(bisect_right(self.starts, start) - 1, 0), bisect_left(self.starts, end)):
            begins = self.starts[index]
            ends = begins + self.before[index + 1] - self.before[index]
            if begun is not None and begins == ended:
                ended = ends
                continue
            if begun is not None and ended is not None and ended > start:
                yield max(begun, start), min(ended, end)
            begun, ended = begins, ends
        if begun is not None and ended is not None and ended > start:
            yield max(begun, start), min(ended, end)


def _pieces(hours: Hours, segment: tuple[int, int, int], first: int, last: int) -> Iterator[tuple[int, int, int]]:
    """The pieces (start, length, date) of the dates `first` to `last` between two changes of offset."""
    begun, ended, offset = segment
    for number in range((begun + offset) // SECONDS_OF_DAY, (ended - 1 + offset) // SECONDS_OF_DAY + 1):
        ordinal = number + EPOCH_DAY
        if first <= ordinal <= last:
            midnight = number * SECONDS_OF_DAY - offset
            for opens, closes in hours.spans(date.fromordinal(ordinal)):
                start, end = max(midnight + opens, begun), min(midnight + closes, ended)
                if start < end:
                    yield start, end - start, ordinal


def offset_at(zone: ZoneInfo, at: int) -> int:
    """Seconds by which local time is ahead of UTC at an instant."""
    offset = datetime.fromtimestamp(at, zone).utcoffset()
    return (offset or timedelta()) // SECOND


def offsets(zone: ZoneInfo, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """The stretches (start, end, offset) of one offset each that make up an interval of UTC."""
    begun = at = start
    offset = offset_at(zone, start)
    while at < end:
        later = min(at + SECONDS_OF_DAY, end)
        while offset_at(zone, later) != offset:
            changed = _change(zone, at, later, offset)
            yield begun, changed, offset
            begun, at, offset = changed, changed, offset_at(zone, changed)
        at = later
    yield begun, end, offset


def _change(zone: ZoneInfo, at: int, later: int, offset: int) -> int:
    """The first second after `at`, and not after `later`, with another offset."""
    while later - at > 1:
        middle = (at + later) // 2
        if offset_at(zone, middle) == offset:
            at = middle
        else:
            later = middle
    return later
