"""The golden table of the contract's methods, and its readings, one literal case each."""

from decimal import Decimal

import pytest

from sla.clock import Clock, Hours, Kind, State, deadline, replay, target_of
from tests.builders import prague

EIGHT_TO_HALF_PAST_FOUR = ((8 * 3600, 16 * 3600 + 1800),)
WORKDAYS = Clock.of(Hours(week=(EIGHT_TO_HALF_PAST_FOUR,) * 5 + ((),) * 2))
SEVEN_DAYS = Clock.of(Hours(week=(EIGHT_TO_HALF_PAST_FOUR,) * 7, serves_holidays=True))
FRIDAY = "2024-10-25T15:00"  # before a weekend, the end of summer time and a holiday on Monday
SATURDAY = "2024-10-26T10:00"
BEFORE_OPENING = "2024-10-29T05:00"


@pytest.mark.parametrize(
    ("clock", "method", "amount", "kind", "reported", "due"),
    [
        (WORKDAYS, "Hod", 4, Kind.RESOLUTION, FRIDAY, "2024-10-29T10:30"),
        (WORKDAYS, "Min", 90, Kind.RESOLUTION, FRIDAY, "2024-10-25T16:30"),
        (WORKDAYS, "Min", 91, Kind.RESOLUTION, FRIDAY, "2024-10-29T08:01"),
        (WORKDAYS, "ND-Hod", 4, Kind.RESOLUTION, FRIDAY, "2024-10-29T12:00"),
        (SEVEN_DAYS, "ND-Hod", 4, Kind.RESOLUTION, FRIDAY, "2024-10-26T12:00"),
        (SEVEN_DAYS, "NBD-Hod", 4, Kind.RESOLUTION, FRIDAY, "2024-10-29T12:00"),
        (WORKDAYS, "Min-Cont", 240, Kind.RESOLUTION, FRIDAY, "2024-10-25T19:00"),
        (WORKDAYS, "Min-Cont", 240, Kind.REACTION, FRIDAY, "2024-10-29T10:30"),
        (WORKDAYS, "Den", 2, Kind.RESOLUTION, FRIDAY, "2024-10-30T15:00"),
        (WORKDAYS, "Den-Cont", 2, Kind.RESOLUTION, FRIDAY, "2024-10-27T15:00"),
        (WORKDAYS, "Hod", 4, Kind.RESOLUTION, SATURDAY, "2024-10-29T12:00"),
        (WORKDAYS, "ND-Hod", 4, Kind.RESOLUTION, BEFORE_OPENING, "2024-10-30T12:00"),  # C36, D3
    ],
)
@pytest.mark.req("S4-67", "S4-68", "C01", "C02", "C03", "C36", "D1", "D3", "D4", "D5")
def test_golden_table(clock: Clock, method: str, amount: int, kind: Kind, reported: str, due: str):
    target = target_of(method, kind, Decimal(amount))
    at = prague(reported)

    assert deadline(clock, target, at) == prague(due)
    assert replay(clock, target, [(at, State.NEW)]).deadline == prague(due)


@pytest.mark.req("S4-18", "D2")
def test_only_the_part_of_a_pause_that_lies_in_the_window_moves_the_deadline():
    timeline = [
        (prague(FRIDAY), State.NEW),
        (prague("2024-10-25T15:30"), State.SUSPENDED),
        (prague("2024-10-29T09:00"), State.ACCEPTED),
    ]

    reading = replay(WORKDAYS, target_of("Hod", Kind.RESOLUTION, Decimal(4)), timeline, until=prague("2024-10-29T12:30"))

    assert (reading.deadline, reading.measured) == (prague("2024-10-29T12:30"), 4 * 3600)
