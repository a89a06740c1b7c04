"""What a calendar version says of service: windows, exceptions and holidays by dates of the calendar's zone.

Pure: no Django, no database. `sla.table` compiles it.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, cached_property
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sla.methods import SECONDS_OF_DAY, SlaError
from sla.public_holidays import holidays_of

FIRST_YEAR, LAST_YEAR = 1900, 2999  # what a clock covers; farther instants are mistakes
SATURDAY = 5
DAYS_OF_WEEK = 7

Spans = tuple[tuple[int, int], ...]  # sorted, disjoint, within one date: seconds from its local midnight
Windows = tuple[tuple[int, int], ...]  # as typed: an end not after the start lies on the next day


@dataclass(frozen=True)
class Hours:
    """The times of service of an immutable calendar version.

    zone              any IANA zone
    week              the windows of Monday to Sunday, (opens, closes) in seconds from local midnight, 0 to 86400; an end that is
                      not after its start lies on the next day; overlapping windows count once
    exceptions        (date, windows, name for people): the windows that open on that date instead of the week's, also on a
                      holiday; without windows the date is closed from midnight to midnight, as a holiday is
    holidays          a country of the package `holidays` ("CZ", "DE-BY"), or dates: never working days, and without service
    serves_holidays   service runs on holidays as on other days; they still are no working days
    always            service without end: windows, exceptions and holidays do not matter

    A date that is a holiday or closed loses the service between its two midnights, a window over midnight included, and nothing
    else (D6, A18).
    raises   SlaError - an unknown zone or country, or times outside a day
    """

    zone: str = "Europe/Prague"
    week: tuple[Windows, ...] = ((),) * DAYS_OF_WEEK
    exceptions: tuple[tuple[date, Windows, str], ...] = ()
    holidays: str | tuple[date, ...] = "CZ"
    serves_holidays: bool = False
    always: bool = False

    def __post_init__(self) -> None:
        zone_named(self.zone)
        if isinstance(self.holidays, str):
            holidays_of(self.holidays, FIRST_YEAR)
        if len(self.week) != DAYS_OF_WEEK:
            raise SlaError("Týden musí mít sedm dní.")
        if any(not FIRST_YEAR <= day.year <= LAST_YEAR for day, _, _ in self.exceptions):
            raise SlaError(f"Výjimky mohou být jen v letech {FIRST_YEAR} až {LAST_YEAR}.")
        for windows in (*self.week, *(windows for _, windows, _ in self.exceptions)):
            for opens, closes in windows:
                if not (0 <= opens < SECONDS_OF_DAY and 0 <= closes <= SECONDS_OF_DAY):
                    raise SlaError("Okno musí začínat mezi 00:00 a 23:59:59 a končit nejpozději ve 24:00.")

    @cached_property
    def closures(self) -> dict[date, tuple[Windows, str]]:
        """Exceptions by their dates."""
        return {day: (windows, name) for day, windows, name in self.exceptions}

    @cached_property
    def listed_holidays(self) -> frozenset[date]:
        return frozenset() if isinstance(self.holidays, str) else frozenset(self.holidays)

    def holiday(self, day: date) -> str | None:
        """The name of the holiday of that date, "" when it has none; None on other dates."""
        if isinstance(self.holidays, str):
            return holidays_of(self.holidays, day.year).get(day)
        return "" if day in self.listed_holidays else None

    def is_working_day(self, day: date) -> bool:
        """Whether `day` is Monday to Friday and no holiday, whatever the service on it (S4-68)."""
        return day.weekday() < SATURDAY and self.holiday(day) is None

    def has_service_after(self, year: int, *, on_working_days: bool = False) -> bool:
        """Whether service is still to come after a year, on working days if asked: exceptions may be the only one."""
        week = self.regular[:SATURDAY] if on_working_days else self.regular
        return any(week) or any(day.year >= year for day, windows, _ in self.exceptions if windows)

    @cached_property
    def is_never_active(self) -> bool:
        return not self.always and not any(self.week) and not any(windows for _, windows, _ in self.exceptions)

    @cached_property
    def serves_working_days(self) -> bool:
        """Whether any working day has service, as NBD needs it (D3, A5)."""
        return any(self.regular[:SATURDAY]) or any(self.is_working_day(day) and self.spans(day) for day in self.around_exceptions)

    @cached_property
    def regular(self) -> tuple[Spans, ...]:
        """Service of the seven weekdays, with what reaches over midnight from the day before."""
        if self.always:
            return (((0, SECONDS_OF_DAY),),) * DAYS_OF_WEEK
        return tuple(merged(own(self.week[day]) + over_midnight(self.week[day - 1])) for day in range(DAYS_OF_WEEK))

    @cached_property
    def around_exceptions(self) -> frozenset[date]:
        """The dates that an exception touches: its own and the next."""
        return frozenset(day + timedelta(days=more) for day in self.closures for more in (0, 1))

    def spans(self, day: date) -> Spans:
        """Service of one date."""
        regular = self.regular[day.weekday()]
        if self.always or (regular == () and day not in self.around_exceptions):
            return regular
        closed = not self.serves_holidays and self.holiday(day) is not None
        if day not in self.around_exceptions:
            return () if closed else regular
        exception = self.closures.get(day)
        if exception is None:
            windows: Windows = self.week[day.weekday()]
        elif exception[0] == ():
            return ()
        else:
            windows = exception[0]
        if closed:
            return () if exception is None else merged(own(windows))
        return merged(own(windows) + over_midnight(self._windows_before(day)))

    def _windows_before(self, day: date) -> Windows:
        """The windows that open on the date before; a closed one lets the week's reach over midnight, as a holiday does."""
        yesterday = day - timedelta(days=1)
        exception = self.closures.get(yesterday)
        return exception[0] if exception and exception[0] else self.week[yesterday.weekday()]


@cache
def zone_named(name: str) -> ZoneInfo:
    """raises   SlaError - no such IANA zone"""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise SlaError(f"Časové pásmo „{name}“ neexistuje; zadejte je například jako Europe/Prague.") from None


def own(windows: Windows) -> Windows:
    """The part of windows that lies on the date on which they open."""
    return tuple((opens, closes if closes > opens else SECONDS_OF_DAY) for opens, closes in windows)


def over_midnight(windows: Windows) -> Windows:
    """The part of windows that lies on the next date."""
    return tuple((0, closes) for opens, closes in windows if 0 < closes <= opens)


def merged(spans: Windows) -> Spans:
    """Sorted, with overlapping and touching spans joined.

    >>> merged(((3600, 7200), (0, 3600)))
    ((0, 7200),)
    """
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return tuple(joined)
