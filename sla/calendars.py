"""Working days of the Czech Republic, and the compiled clocks of service calendars.

Working days are pure: dates in, dates out; the time zone of a deadline is the caller's.
"""

from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from sla.clock import Clock, Hours
from sla.models import CalendarVersion
from sla.public_holidays import CZECH, holidays_of

SATURDAY = 5
PRAGUE = ZoneInfo("Europe/Prague")


def is_working_day(day: date) -> bool:
    """Whether `day` is Monday to Friday and no Czech public holiday (S4-68)."""
    return day.weekday() < SATURDAY and day not in holidays_of(CZECH, day.year)


def add_working_days(day: date, count: int) -> date:
    """The `count`-th working day after `day`, or before it when negative; `day` itself does not count.

    source  D16
    """
    step = timedelta(days=1 if count >= 0 else -1)
    for _ in range(abs(count)):
        day += step
        while not is_working_day(day):
            day += step
    return day


def end_of_working_day(at: datetime, count: int) -> datetime:
    """Midnight (24:00 in Prague) that ends the `count`-th working day after the date of `at`.

    source  D16: „do 24:00“
    """
    last = add_working_days(at.astimezone(PRAGUE).date(), count)
    return datetime.combine(last + timedelta(days=1), time.min, tzinfo=PRAGUE)


def hours_of(version: CalendarVersion) -> Hours:
    """What a version says, as the pure clock reads it; also a draft's, for its preview and its checks."""
    week: list[list[tuple[int, int]]] = [[] for _ in range(7)]
    for window in version.windows.all():
        week[window.weekday].append((window.opens, window.closes))
    dates: dict[date, list[tuple[int, int]]] = {}
    names: dict[date, str] = {}
    for row in version.dates.all():
        names.setdefault(row.day, row.name)
        own = dates.setdefault(row.day, [])
        if row.opens is not None and row.closes is not None:
            own.append((row.opens, row.closes))
    return Hours(
        zone=version.calendar.zone,
        week=tuple(tuple(sorted(windows)) for windows in week),
        exceptions=tuple((on, tuple(sorted(windows)), names[on]) for on, windows in sorted(dates.items())),
        serves_holidays=version.serves_holidays,
        always=version.always,
    )


@lru_cache(maxsize=1024)
def clock_of(version_id: int) -> Clock:
    """The compiled clock of a published version, kept for the life of the process: what is published never changes.

    raises  CalendarVersion.DoesNotExist - also for a draft, whose clock would go stale
    """
    return Clock.of(hours_of(CalendarVersion.objects.published().select_related("calendar").get(pk=version_id)))
