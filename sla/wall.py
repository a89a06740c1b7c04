"""Instants on the wall clock of a zone: days of 23, 24 and 25 hours, and where the clock is put forward or back.

Pure. An instant is aware; the two days a year on which the clock is changed are cut at the change.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
HOUR = 3600
ON_WEEKDAY = tuple(
    name.replace(" ", "\u00a0") for name in ("v pondělí", "v úterý", "ve středu", "ve čtvrtek", "v pátek", "v sobotu", "v neděli")
)


def midnight(zone: ZoneInfo, day: date) -> datetime:
    """The instant, in UTC, at which a local day begins."""
    return datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC)


def days_between(zone: ZoneInfo, start: datetime, end: datetime) -> list[tuple[date, datetime, datetime]]:
    """The local days that the stretch touches, each with its first instant and that of the next day."""
    day = start.astimezone(zone).date()
    last = max((end - SECOND).astimezone(zone).date(), day)
    return [
        (day + DAY * number, midnight(zone, day + DAY * number), midnight(zone, day + DAY * (number + 1)))
        for number in range((last - day).days + 1)
    ]


def change_within(zone: ZoneInfo, start: datetime, end: datetime) -> datetime | None:
    """The instant at which the clock is changed after `start` and not after `end`, at most a day apart; None for none."""
    before, after = _offset(zone, start), _offset(zone, end)
    if before == after:
        return None
    low, high = start, end
    while high - low > SECOND:
        middle = low + SECOND * (int((high - low).total_seconds()) // 2)
        if _offset(zone, middle) == before:
            low = middle
        else:
            high = middle
    return high


def on_the_wall(zone: ZoneInfo, start: datetime, end: datetime) -> Iterator[tuple[date, int, int]]:
    """The stretch as days with seconds of the wall clock from and to; an hour that repeats appears twice."""
    for day, first, after in days_between(zone, start, end):
        begin, close = max(start, first), min(end, after)
        change = change_within(zone, begin, close - SECOND)
        for low, high in [(begin, close)] if change is None else [(begin, change), (change, close)]:
            seconds = wall_seconds(zone, low)
            yield day, seconds, seconds + int((high - low).total_seconds())


def wall_seconds(zone: ZoneInfo, at: datetime) -> int:
    """Seconds from midnight that the clock on the wall shows."""
    local = at.astimezone(zone)
    return local.hour * HOUR + local.minute * 60 + local.second


def shift_note(zone: ZoneInfo, start: datetime, end: datetime) -> str:
    """What the change of the clock did to a stretch: „v neděli o hodinu delší, konec letního času“; empty for none."""
    notes = []
    for day, first, after in days_between(zone, start, end):
        change = change_within(zone, first, after)
        if change and start < change < end:
            gained = int((_offset(zone, first) - _offset(zone, after)).total_seconds())
            length = "o\u00a0hodinu" if abs(gained) == HOUR else f"o\u00a0{abs(gained) // 60}\u00a0min"
            end_of_summer = "delší, konec letního času" if gained > 0 else "kratší, začátek letního času"
            notes.append(f"{ON_WEEKDAY[day.weekday()]} {length} {end_of_summer}")
    return "; ".join(notes)


def _offset(zone: ZoneInfo, at: datetime) -> timedelta:
    return at.astimezone(zone).utcoffset() or timedelta(0)
