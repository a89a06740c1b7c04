"""What a version of a calendar means: its week and the days of one year that differ."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sla.calendars import hours_of
from sla.models import CalendarVersion
from sla.public_holidays import CZECH, holidays_of
from sla.typed import written
from sla.words import hours_in_words, week_in_words


@dataclass(frozen=True)
class Day:
    """A date that differs from its weekday, and how."""

    day: date
    name: str
    service: str
    is_holiday: bool


@dataclass(frozen=True)
class Preview:
    """A version for people.

    week      days with their windows
    days      holidays and exceptions of the year, in order
    in_short  „Po–Pá 08:00–16:30“
    """

    week: list[tuple[str, str]]
    days: list[Day]
    year: int
    in_short: str


def preview_of(version: CalendarVersion, *, year: int) -> Preview:
    """A version as it is stored, published or not."""
    hours = hours_of(version)
    usual = "jako jindy" if version.serves_holidays or version.always else "zavřeno"
    days = {day: Day(day, name, usual, True) for day, name in holidays_of(CZECH, year).items()}
    if not version.always:
        own = {day: Day(day, name, written(windows) or "zavřeno", False) for day, windows, name in hours.exceptions}
        days |= {day: one for day, one in own.items() if day.year == year}
    return Preview(week_in_words(hours), [days[day] for day in sorted(days)], year, hours_in_words(hours))
