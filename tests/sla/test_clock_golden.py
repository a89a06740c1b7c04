"""The golden table of the contract's methods, and its readings, one literal case each."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from sla.clock import (
    METHODS,
    Clock,
    Counting,
    Hours,
    Kind,
    SlaError,
    Start,
    State,
    Target,
    Unit,
    UnsatisfiableCalendar,
    at_share,
    counts,
    deadline,
    replay,
    stretches,
    target_of,
)
from tests.builders import prague
from tickets.models import Status

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


HOUR = 3600
FULL_DAY = ((0, 24 * HOUR),)
NIGHT = ((22 * HOUR, 6 * HOUR),)
ALWAYS = Clock.of(Hours(always=True))
NIGHTS = Clock.of(Hours(week=(NIGHT,) * 7, holidays=()))
TO_SATURDAY = Clock.of(Hours(week=(EIGHT_TO_HALF_PAST_FOUR,) * 6 + ((),)))
MONDAY_AND_WEDNESDAY = Clock.of(Hours(week=(EIGHT_TO_HALF_PAST_FOUR, (), EIGHT_TO_HALF_PAST_FOUR, (), (), (), ())))
UNEVEN = Clock.of(Hours(week=(((8 * HOUR, 16 * HOUR),), ((8 * HOUR, 12 * HOUR),), (), (), (), (), ())))
SPLIT = Clock.of(Hours(week=(((8 * HOUR, 12 * HOUR), (13 * HOUR, 17 * HOUR)),) * 5 + ((),) * 2))


def due(clock: Clock, method: str, amount: str, reported: str, kind: Kind = Kind.RESOLUTION) -> datetime:
    """The deadline of a fresh request, by the quick path and by the replay."""
    target, at = target_of(method, kind, Decimal(amount)), prague(reported)
    reading = replay(clock, target, [(at, State.NEW)])
    assert deadline(clock, target, at) == reading.deadline
    assert reading.deadline
    return reading.deadline


def life(*entries: tuple[str, State]) -> list[tuple[datetime, State]]:
    return [(prague(at), state) for at, state in entries]


@pytest.mark.parametrize(
    ("reading", "clock", "method", "amount", "reported", "expected"),
    [
        ("A1", WORKDAYS, "Min", "30", "2026-03-02T06:00", "2026-03-02T08:30"),
        ("A2, D1", WORKDAYS, "NBD-Hod", "4", "2026-03-06T15:00", "2026-03-09T12:00"),
        ("A3", WORKDAYS, "ND-Hod", "1", "2026-03-06T10:00", "2026-03-09T09:00"),
        ("A4, D3", WORKDAYS, "ND-Hod", "1", "2026-03-02T05:00", "2026-03-03T09:00"),
        ("A5", MONDAY_AND_WEDNESDAY, "NBD-Hod", "4", "2026-03-02T10:00", "2026-03-04T12:00"),
        ("A6", TO_SATURDAY, "NBD-Hod", "4", "2026-03-06T10:00", "2026-03-09T12:00"),
        ("A6", TO_SATURDAY, "ND-Hod", "4", "2026-03-06T10:00", "2026-03-07T12:00"),
        ("A7", ALWAYS, "ND-Hod", "4", "2026-03-02T10:00", "2026-03-03T04:00"),
        ("A7", NIGHTS, "ND-Hod", "4", "2026-03-02T10:00", "2026-03-03T04:00"),
        ("A8", WORKDAYS, "Min-Cont", "240", "2026-03-07T10:00", "2026-03-07T14:00"),
        ("A8", WORKDAYS, "Den-Cont", "1", "2026-03-07T10:00", "2026-03-08T10:00"),
        ("A10", UNEVEN, "Den", "1", "2026-03-02T12:00", "2026-03-03T10:00"),  # half of 8 h and half of 4 h
        ("A10, D5", UNEVEN, "Den", "1", "2026-03-02T20:00", "2026-03-03T12:00"),  # closing of the next day of service
        ("A10", WORKDAYS, "Den", "0.5", "2026-03-02T08:00", "2026-03-02T12:15"),
        ("A11", WORKDAYS, "Den-Cont", "1", "2024-03-30T02:30", "2024-03-31T03:30"),  # 02:30 is left out
        ("A12, D4", WORKDAYS, "Hod", "8.5", "2026-03-02T08:00", "2026-03-02T16:30"),
        ("A20", ALWAYS, "Hod", "24", "2026-12-24T10:00", "2026-12-25T10:00"),
        ("Good Friday, Easter Monday", WORKDAYS, "Hod", "4", "2026-04-02T15:00", "2026-04-07T10:30"),
        ("Easter", WORKDAYS, "NBD-Hod", "1", "2026-04-02T15:00", "2026-04-07T09:00"),
        ("Good Friday 2015 was no holiday", WORKDAYS, "Hod", "4", "2015-04-02T15:00", "2015-04-03T10:30"),
        ("Christmas", WORKDAYS, "Hod", "4", "2026-12-23T15:00", "2026-12-28T10:30"),
        ("1 May", WORKDAYS, "Hod", "4", "2026-04-30T15:00", "2026-05-04T10:30"),
        ("over midnight", NIGHTS, "Hod", "4", "2026-03-02T23:00", "2026-03-03T03:00"),
        ("split day", SPLIT, "Hod", "4", "2026-03-02T10:00", "2026-03-02T15:00"),
        ("seconds", WORKDAYS, "Hod", "1", "2026-03-02T16:29:59", "2026-03-03T08:59:59"),
        ("23 hours", ALWAYS, "Den", "1", "2024-03-31T00:00", "2024-04-01T00:00"),
        ("25 hours", ALWAYS, "Den", "0.5", "2024-10-27T00:00", "2024-10-27T11:30"),
        ("25 hours", ALWAYS, "Hod", "24", "2024-10-27T00:00", "2024-10-27T23:00"),
        ("23 hours", ALWAYS, "Hod", "24", "2024-03-31T00:00", "2024-04-01T01:00"),
        ("long ago", WORKDAYS, "Hod", "4", "1990-03-02T15:00", "1990-03-05T10:30"),
        ("far ahead", WORKDAYS, "Hod", "4", "2100-03-05T15:00", "2100-03-08T10:30"),
    ],
)
@pytest.mark.req("S4-67", "S4-68", "C03", "D1", "D3", "D4", "D5", "D6")
def test_readings(reading: str, clock: Clock, method: str, amount: str, reported: str, expected: str):
    assert due(clock, method, amount, reported) == prague(expected), reading


def test_calendar_days_end_at_the_first_of_two_equal_times():
    assert due(WORKDAYS, "Den-Cont", "1", "2024-10-26T02:30") == datetime(2024, 10, 27, 0, 30, tzinfo=UTC)  # A11


@pytest.mark.req("D2")
def test_a_pause_stops_continuous_clocks_too():
    paused = life(("2026-03-02T10:00", State.NEW), ("2026-03-02T11:00", State.SUSPENDED), ("2026-03-02T13:00", State.ACCEPTED))
    spring = life(("2024-03-30T12:00", State.NEW), ("2024-03-31T01:30", State.SUSPENDED), ("2024-03-31T03:30", State.ACCEPTED))

    minutes = replay(WORKDAYS, target_of("Min-Cont", Kind.RESOLUTION, Decimal(240)), paused)
    days = replay(WORKDAYS, target_of("Den-Cont", Kind.RESOLUTION, Decimal(1)), spring)

    assert minutes.deadline == prague("2026-03-02T16:00")
    assert days.deadline == prague("2024-03-31T13:00")  # the pause of one real hour is added


@pytest.mark.req("D4")
def test_until_the_next_opening_nothing_more_is_measured():
    target = target_of("Hod", Kind.RESOLUTION, Decimal("8.5"))

    reading = replay(WORKDAYS, target, life(("2026-03-06T08:00", State.NEW)), until=prague("2026-03-08T20:00"))  # A13

    assert (reading.deadline, reading.breach) == (prague("2026-03-06T16:30"), prague("2026-03-09T08:00"))
    assert reading.measured == target.seconds


def test_a_pause_after_the_deadline_moves_the_breach():
    entries = life(("2026-03-02T08:00", State.NEW), ("2026-03-02T17:00", State.SUSPENDED), ("2026-03-03T10:00", State.ACCEPTED))

    reading = replay(WORKDAYS, target_of("Hod", Kind.RESOLUTION, Decimal("8.5")), entries)

    assert (reading.deadline, reading.breach) == (prague("2026-03-02T16:30"), prague("2026-03-03T10:00"))


def test_what_is_solved_as_the_amount_runs_out_can_never_be_late():
    entries = life(("2026-03-02T08:00", State.NEW), ("2026-03-02T12:00", State.RESOLVED))

    reading = replay(WORKDAYS, target_of("Hod", Kind.RESOLUTION, Decimal(4)), entries)

    assert (reading.deadline, reading.breach) == (prague("2026-03-02T12:00"), None)


@pytest.mark.parametrize(
    ("decision", "expected", "measured"),
    [
        (State.ACCEPTED, "2026-03-02T13:00", 5 * HOUR),
        (State.ESCALATED, "2026-03-02T13:00", 5 * HOUR),
        (State.SUSPENDED, None, 2 * HOUR),
        (State.CLOSED, None, HOUR),
        (None, None, HOUR),  # undecided
    ],
)
@pytest.mark.req("S4-19", "S4-20", "S4-21", "C07", "D9")
def test_only_a_justified_complaint_counts_back(decision: State | None, expected: str | None, measured: int):
    entries = life(("2026-03-02T08:00", State.NEW), ("2026-03-02T09:00", State.RESOLVED), ("2026-03-02T10:00", State.DISPUTED))
    if decision:
        entries += life(("2026-03-02T11:00", decision))

    reading = replay(WORKDAYS, target_of("Hod", Kind.RESOLUTION, Decimal(4)), entries, until=prague("2026-03-02T14:00"))

    assert (reading.deadline, reading.measured) == (expected and prague(expected), measured)
    assert counts(entries, 2) is (measured > HOUR)


@pytest.mark.req("S4-15", "S4-16", "S4-17", "S4-18")
def test_stretches_tell_which_states_count():
    entries = life(
        ("2026-03-02T08:00", State.NEW),
        ("2026-03-02T09:00", State.ACCEPTED),
        ("2026-03-02T09:00", State.ESCALATED),
        ("2026-03-02T10:00", State.SUSPENDED),
    )

    assert stretches(entries) == [
        (prague("2026-03-02T08:00"), prague("2026-03-02T09:00"), State.NEW, True),
        (prague("2026-03-02T09:00"), prague("2026-03-02T10:00"), State.ESCALATED, True),
        (prague("2026-03-02T10:00"), None, State.SUSPENDED, False),
    ]
    assert [counts(entries, index) for index in range(4)] == [True, False, True, False]


@pytest.mark.req("S4-22")
def test_a_cancelled_request_is_as_if_it_had_never_been():
    entries = life(("2026-03-02T08:00", State.NEW), ("2026-03-02T09:00", State.CANCELLED))
    target = target_of("Hod", Kind.RESOLUTION, Decimal(4))

    reading = replay(WORKDAYS, target, entries, until=prague("2026-03-02T14:00"))

    assert (reading.deadline, reading.breach, reading.measured) == (None, None, None)
    assert at_share(WORKDAYS, target, entries, Fraction(1, 2)) is None


@pytest.mark.parametrize(
    ("share", "expected"), [("0.5", "2026-03-02T10:00"), ("0.9", "2026-03-02T11:36"), ("1", "2026-03-02T12:00")]
)
def test_shares_of_the_amount_are_reached_on_the_way(share: str, expected: str):
    target = target_of("Hod", Kind.RESOLUTION, Decimal(4))

    assert at_share(WORKDAYS, target, life(("2026-03-02T08:00", State.NEW)), Decimal(share)) == prague(expected)


@pytest.mark.parametrize(
    ("holiday", "served"),
    [(date(2026, 3, 5), 6 * HOUR), (date(2026, 3, 6), 2 * HOUR)],  # Thursday, Friday
)
@pytest.mark.req("D6")
def test_a_holiday_takes_its_own_date_out_of_a_night(holiday: date, served: int):
    clock = Clock.of(Hours(week=((),) * 3 + (NIGHT,) + ((),) * 3, holidays=(holiday,)))  # A18

    assert clock.served(prague("2026-03-05T12:00"), prague("2026-03-06T12:00")) == served


@pytest.mark.parametrize(
    ("window", "spring", "autumn"),
    [((2 * HOUR, 4 * HOUR), 60, 180), ((9000, 11_700), 15, 75)],  # 02:00 to 04:00, 02:30 to 03:15
)
def test_the_wall_clock_decides_in_the_nights_that_change_it(window: tuple[int, int], spring: int, autumn: int):
    clock = Clock.of(Hours(week=((window,),) * 7))  # A23

    assert clock.served(prague("2024-03-31T00:00"), prague("2024-04-01T00:00")) == spring * 60
    assert clock.served(prague("2024-10-27T00:00"), prague("2024-10-28T00:00")) == autumn * 60


def test_a_round_day_has_as_many_hours_as_the_clocks_make_it():
    assert ALWAYS.served(prague("2024-03-31T00:00"), prague("2024-04-01T00:00")) == 23 * HOUR
    assert ALWAYS.served(prague("2024-10-27T00:00"), prague("2024-10-28T00:00")) == 25 * HOUR


@pytest.mark.req("S4-69")
def test_a_window_is_open_from_its_start_to_before_its_end():
    edges = ["2026-03-02T07:59:59", "2026-03-02T08:00", "2026-03-02T16:29:59", "2026-03-02T16:30"]

    assert [WORKDAYS.is_open(prague(edge)) for edge in edges] == [False, True, True, False]


@pytest.mark.parametrize(
    ("start", "reported", "begins"),
    [
        (Start.OPENING, "2026-03-07T10:00", "2026-03-09T08:00"),  # C02
        (Start.OPENING, "2026-03-02T10:00", "2026-03-02T10:00"),
        (Start.NEXT_DAY_EARLY, "2026-03-03T05:00", "2026-03-03T08:00"),  # C36
        (Start.NEXT_DAY_EARLY, "2026-03-03T08:00", "2026-03-04T08:00"),
        (Start.NEXT_WORKING_DAY_EARLY, "2026-03-07T05:00", "2026-03-09T08:00"),
        (Start.NEXT_WORKING_DAY_EARLY, "2026-03-06T05:00", "2026-03-06T08:00"),
    ],
)
@pytest.mark.req("C02", "C36")
def test_a_contract_may_choose_another_start(start: Start, reported: str, begins: str):
    target = Target(Unit.HOUR, start, Counting.WINDOW, Decimal(0))

    clock = TO_SATURDAY if start is Start.NEXT_WORKING_DAY_EARLY else WORKDAYS

    assert replay(clock, target, life((reported, State.NEW))).start == prague(begins)
    assert deadline(clock, target, prague(reported)) == prague(begins)


def test_exceptions_replace_the_windows_that_open_on_their_date_and_close_it_without_any():
    thursday = date(2026, 3, 5)
    wednesday_noon, friday_noon = prague("2026-03-04T12:00"), prague("2026-03-06T12:00")

    def served(windows: tuple[tuple[int, int], ...]) -> int:
        clock = Clock.of(Hours(week=(NIGHT,) * 7, holidays=(), exceptions=((thursday, windows, ""),)))
        return clock.served(wednesday_noon, friday_noon) // HOUR

    assert served(NIGHT) == 16
    assert served(((22 * HOUR, 2 * HOUR),)) == 12
    assert served(((8 * HOUR, 12 * HOUR),)) == 12  # after Wednesday's whole night
    assert served(()) == 8  # as a holiday: to Wednesday's midnight, and from Thursday's


@pytest.mark.req("D3")
def test_a_calendar_that_can_never_satisfy_a_target_is_refused():
    weekend = Clock.of(Hours(week=((),) * 5 + (EIGHT_TO_HALF_PAST_FOUR,) * 2))
    empty = Clock.of(Hours())

    for clock, method in [(weekend, "NBD-Hod"), (empty, "Hod"), (empty, "Den")]:
        with pytest.raises(UnsatisfiableCalendar):
            clock.check(target_of(method, Kind.RESOLUTION, Decimal(1)))
    weekend.check(target_of("ND-Hod", Kind.RESOLUTION, Decimal(1)))
    empty.check(target_of("Min-Cont", Kind.RESOLUTION, Decimal(1)))


def test_why_a_day_is_closed():
    closure = (date(2026, 3, 4), (), "Inventura")
    clock = Clock.of(Hours(week=(EIGHT_TO_HALF_PAST_FOUR,) * 4 + ((),) * 3, exceptions=(closure,)))
    days = [date(2026, 10, 28), date(2026, 3, 4), date(2026, 3, 6), date(2026, 3, 7), date(2026, 3, 2)]

    assert [clock.why_closed(day) for day in days] == [
        "svátek: Den vzniku samostatného československého státu",
        "Inventura",
        "den bez služby",
        "víkend",
        "noc",
    ]


def test_pieces_are_the_windows_and_join_over_midnight():
    begins = prague("2026-03-02T21:00")

    assert NIGHTS.pieces(begins, begins + timedelta(days=1, hours=2)) == [
        (prague("2026-03-02T22:00"), prague("2026-03-03T06:00")),
        (prague("2026-03-03T22:00"), prague("2026-03-03T23:00")),
    ]
    assert NIGHTS.pieces(begins, begins) == []


def test_mistakes_are_said():
    naive = datetime(2026, 3, 2)  # noqa: DTZ001
    for mistake in (
        lambda: WORKDAYS.is_open(naive),
        lambda: target_of("Rok", Kind.REACTION, Decimal(1)),
        lambda: target_of("Hod", Kind.REACTION, Decimal(-1)),
        lambda: target_of("Hod", Kind.REACTION, Decimal("NaN")),
        lambda: Target(Unit.DAY, Start.REPORT, Counting.WINDOW, Decimal(1)),
        lambda: Hours(zone="Mars/Phobos"),
        lambda: Hours(week=(((0, 90_000),),) * 7),
        lambda: replay(WORKDAYS, target_of("Hod", Kind.REACTION, Decimal(1)), []),
    ):
        with pytest.raises(SlaError):
            mistake()


@pytest.mark.req("S4-67")
def test_the_seven_methods_are_seven_rows():
    assert list(METHODS) == ["Hod", "ND-Hod", "NBD-Hod", "Min", "Min-Cont", "Den", "Den-Cont"]


def test_the_engine_knows_the_states_of_a_request():
    assert {state.name: state.value for state in State} == {status.name: status.value for status in Status}
