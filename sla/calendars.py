"""Working days of the Czech Republic.

Pure: dates in, dates out; the time zone of a deadline is the caller's.
"""

from datetime import date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import holidays

SATURDAY = 5
PRAGUE = ZoneInfo("Europe/Prague")


@cache
def _public_holidays(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("CZ", years=year))


def is_working_day(day: date) -> bool:
    """Whether `day` is Monday to Friday and no Czech public holiday (S4-68)."""
    return day.weekday() < SATURDAY and day not in _public_holidays(day.year)


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
