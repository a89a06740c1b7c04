"""Working days of the Czech Republic."""

from datetime import date

import pytest

from sla.calendars import add_working_days, end_of_working_day, is_working_day
from tests.builders import prague


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 4, 2), True),  # Maundy Thursday
        (date(2026, 4, 3), False),  # Good Friday
        (date(2026, 4, 6), False),  # Easter Monday
        (date(2026, 5, 1), False),
        (date(2026, 5, 8), False),
        (date(2026, 10, 28), False),
        (date(2026, 11, 17), False),
        (date(2026, 12, 24), False),
        (date(2026, 12, 31), True),
        (date(2026, 11, 21), False),  # Saturday
        (date(2015, 4, 3), True),  # Good Friday became a holiday in 2016
    ],
)
@pytest.mark.req("S4-68")
def test_public_holidays_and_weekends_are_no_working_days(day: date, expected: bool):
    assert is_working_day(day) is expected


@pytest.mark.parametrize(
    ("day", "count", "expected"),
    [
        (date(2026, 4, 2), 1, date(2026, 4, 7)),  # over Easter
        (date(2026, 12, 23), 2, date(2026, 12, 29)),  # over Christmas and a weekend
        (date(2026, 12, 30), 3, date(2027, 1, 5)),
        (date(2026, 4, 7), -1, date(2026, 4, 2)),
        (date(2026, 3, 2), 0, date(2026, 3, 2)),
    ],
)
def test_working_days_are_counted_without_the_first_day(day: date, count: int, expected: date):
    assert add_working_days(day, count) == expected


def test_a_window_of_working_days_ends_at_midnight_in_prague_also_when_the_clocks_change():
    resolved_at = prague("2026-10-12T15:00")

    assert end_of_working_day(resolved_at, 10) == prague("2026-10-27T00:00")
    assert end_of_working_day(resolved_at, 10).isoformat() == "2026-10-27T00:00:00+01:00"


def test_the_day_of_resolution_is_the_one_in_prague():
    just_after_midnight = prague("2026-03-03T00:30")

    assert end_of_working_day(just_after_midnight, 1) == prague("2026-03-05T00:00")
