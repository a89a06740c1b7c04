"""The clock of one calendar version: service time between instants and the instant at which it is reached.

Pure: no Django, no database. Compiled once per immutable version; every answer is O(log n), whatever the length.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import TypeVar

from sla.hours import FIRST_YEAR, LAST_YEAR, SATURDAY, Hours, zone_named
from sla.methods import SECONDS_OF_DAY, SlaError, Start, Target, UnsatisfiableCalendar
from sla.table import BeyondTable, Table

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)
KEPT_CLOCKS = 256  # half a megabyte each when they cover 14 years
TOO_LONG = f"Lhůta by skončila až po roce {LAST_YEAR}: zkraťte ji."

Answer = TypeVar("Answer")


def seconds_of(at: datetime) -> int:
    """Whole seconds since 1970.

    raises   SlaError - `at` is naive
    """
    if at.tzinfo is None:
        raise SlaError("Čas musí mít časové pásmo, například 2026-03-02T09:00:00Z.")
    return (at - EPOCH) // SECOND


def instant_of(seconds: int) -> datetime:
    """raises   SlaError - behind the year 9999"""
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        raise SlaError(TOO_LONG) from None


class Clock:
    """Service of a calendar version; it compiles more years as it is asked for them."""

    def __init__(self, hours: Hours) -> None:
        self.hours = hours
        self.zone = zone_named(hours.zone)
        self._table: Table | None = None  # replaced as a whole, so that threads may share a clock

    @classmethod
    def of(cls, hours: Hours) -> "Clock":
        """The clock of these hours, compiled once per process."""
        return _clock_of(hours)

    def served(self, start: datetime, end: datetime) -> int:
        """Seconds of service between two instants, 0 when `end` is not after `start`."""
        a, b = seconds_of(start), seconds_of(end)
        table = self.table(min(a, b), max(a, b))
        return max(table.served(b) - table.served(a), 0)

    def reached(self, start: datetime, seconds: int) -> datetime:
        """The earliest instant, `start` at the earliest, with that many seconds of service since `start`.

        raises   UnsatisfiableCalendar - there is not that much service
        source   D4: an amount that ends at closing time ends there
        """
        return instant_of(self.after(seconds_of(start), seconds))

    def is_open(self, at: datetime) -> bool:
        """Whether a report at that instant is WDIN: the start of a window is inside, its end is not (S4-69)."""
        return self.table(seconds_of(at)).is_open(seconds_of(at))

    def next_opening(self, at: datetime) -> datetime:
        """The first instant of service at or after `at`, `at` itself when open.

        raises   UnsatisfiableCalendar - there is no more service
        """
        return instant_of(self.begin(Start.OPENING, seconds_of(at)))

    def pieces(self, start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
        """The service between two instants; windows that touch, as at midnight, are one piece."""
        a, b = seconds_of(start), seconds_of(end)
        if a >= b:
            return []
        return [(instant_of(begins), instant_of(ends)) for begins, ends in self.table(a, b).pieces(a, b)]

    def days_between(self, start: datetime, end: datetime) -> tuple[int, int]:
        """Dates of service between two instants in this order, parts of one included, as a fraction (D5)."""
        a, b = seconds_of(start), seconds_of(end)
        table = self.table(a, b)
        return table.day_place(b) - table.day_place(a), table.day

    def why_closed(self, day: date) -> str:
        """Why service is missing on that date of the calendar's zone, for people; "" when it is served without end."""
        hours = self.hours
        spans = hours.spans(day)
        if hours.always or spans == ((0, SECONDS_OF_DAY),):
            return ""
        windows, name = hours.closures.get(day, ((), ""))
        if name and (windows or not spans):
            return name
        if spans:
            return "noc"
        holiday = None if hours.serves_holidays else hours.holiday(day)
        if holiday is not None:
            return f"svátek: {holiday}" if holiday else "svátek"
        if day in hours.closures:
            return "zavřeno"
        return "víkend" if day.weekday() >= SATURDAY else "den bez služby"

    def check(self, target: Target) -> None:
        """Refuse a target that this calendar can never reach.

        raises   UnsatisfiableCalendar
        source   D3, A5
        """
        if target.counting.in_service or target.start is not Start.REPORT:
            if self.hours.is_never_active:
                raise UnsatisfiableCalendar("Kalendář nemá žádné okno služby, lhůta by nikdy neuplynula: doplňte okna.")
            if target.start.wants_working_day and not self.hours.serves_working_days:
                raise UnsatisfiableCalendar(
                    "Kalendář nemá službu v žádný pracovní den, metoda NBD by nikdy nezačala: doplňte okna od pondělí do pátku."
                )

    # In seconds since 1970

    def table(self, at: int, until: int | None = None) -> Table:
        """The pieces around these instants.

        raises   SlaError - they lie beyond what a clock covers
        """
        table = self._table
        last = at if until is None else until
        if table is None or at < table.start or last >= table.end:
            years = instant_of(at).year, instant_of(last).year
            if years[0] <= FIRST_YEAR or years[1] >= LAST_YEAR:
                raise SlaError(f"Umíme počítat jen v letech {FIRST_YEAR + 1} až {LAST_YEAR - 1}: zkontrolujte časy.")
            table = self._cover(years[0] - 1, years[1] + 1)
        return table

    def _cover(self, first: int, last: int) -> Table:
        """Compile the years `first` to `last` along with those known."""
        if self._table is not None:
            first, last = min(first, self._table.years[0]), max(last, self._table.years[-1])
        self._table = table = Table(self.hours, range(first, last + 1))
        return table

    def ask(self, table: Table, question: Callable[[Table], Answer]) -> Answer:
        """Put a question to longer and longer tables until one reaches far enough.

        raises   UnsatisfiableCalendar, SlaError - the answer lies behind what a clock covers
        """
        while True:
            try:
                return question(table)
            except BeyondTable:
                table = self.longer(table)

    def longer(self, table: Table) -> Table:
        """A table that reaches twice as far.

        raises   SlaError - there are no more years that a clock covers
        """
        last = table.years[-1]
        if last >= LAST_YEAR:
            raise SlaError(TOO_LONG) from None
        return self._cover(table.years[0], min(last + len(table.years), LAST_YEAR))

    def after(self, at: int, seconds: int) -> int:
        """`reached` in seconds."""
        if seconds <= 0:
            return at
        table = self.table(at)
        try:
            return table.earliest(table.served(at) + seconds)
        except BeyondTable:
            return self.ask(table, lambda longer: longer.earliest(longer.served(at) + seconds))

    def after_days(self, at: int, amount: tuple[int, int]) -> int:
        """The earliest instant with `amount` dates of service since `at`, a fraction (D5)."""
        whole, of = amount
        if whole == 0:
            return at

        def reach(table: Table) -> int:
            return table.earliest(table.served_at_days(table.day_place(at) * of + whole * table.day, table.day * of))

        return self.ask(self.table(at), reach)

    def begin(self, start: Start, at: int) -> int:
        """The moment of measuring for a report at `at` (D1, D3, C36)."""
        if start is Start.REPORT:
            return at
        table = self.table(at)
        if start is Start.OPENING:
            return self.ask(table, lambda longer: longer.opening(at))
        working = start.wants_working_day
        day = datetime.fromtimestamp(at, self.zone).toordinal()
        if start in (Start.NEXT_DAY_EARLY, Start.NEXT_WORKING_DAY_EARLY) and not (working and not table.is_working_day(day)):
            opening = table.first_opening_of(at, day)
            if opening is not None:
                return opening
        return self.ask(table, lambda longer: longer.opening_later_than(at, day, working=working))

    def same_clock(self, start: int, seconds: int) -> int:
        """The instant when the local clock shows `seconds` more than at `start`, as whole days do.

        source   D5, A11: a time that is skipped moves on by the change, of a repeated one the first holds
        """
        if seconds == 0:
            return start
        try:
            wall = datetime.fromtimestamp(start, self.zone).replace(fold=0) + timedelta(seconds=seconds)
            first = (wall - EPOCH) // SECOND
            return first if first >= start else (wall.replace(fold=1) - EPOCH) // SECOND
        except OverflowError:
            raise SlaError(TOO_LONG) from None


@lru_cache(maxsize=KEPT_CLOCKS)
def _clock_of(hours: Hours) -> Clock:
    return Clock(hours)
