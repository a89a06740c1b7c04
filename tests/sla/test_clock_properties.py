"""What holds of every calendar, method and life of a request, and equality with a second clock that counts tick by tick."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, assume, given, reject, settings
from hypothesis import strategies as st

from sla.clock import (
    Clock,
    Counting,
    Hours,
    Reading,
    Start,
    State,
    Target,
    Unit,
    UnsatisfiableCalendar,
    at_share,
    deadline,
    replay,
    stretches,
)
from sla.hours import Windows
from tests.sla.slow_clock import SlowClock, slow_replay

HOUR = 3600
DAY = 86_400
RELAXED = settings(
    max_examples=50,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)

# Instants near which the clocks change, or a feast begins.
TURNS = {
    "Europe/Prague": ["2024-03-31T01:00Z", "2024-10-27T01:00Z", "2026-04-03T00:00Z", "2026-12-24T00:00Z"],
    "Europe/London": ["2024-03-31T01:00Z", "2024-10-27T01:00Z"],
    "America/Los_Angeles": ["2024-03-10T10:00Z", "2024-11-03T09:00Z"],
    "America/Sao_Paulo": ["2018-02-18T02:00Z", "2018-11-04T03:00Z"],  # at midnight
    "America/Havana": ["2024-03-10T05:00Z", "2024-11-03T05:00Z"],
    "America/Santiago": ["2024-04-07T03:00Z", "2024-09-08T04:00Z"],
    "Atlantic/Azores": ["2024-10-27T01:00Z", "2024-03-31T01:00Z"],
    "Africa/Casablanca": ["2024-03-10T02:00Z", "2024-04-14T02:00Z"],
    "Asia/Tehran": ["2021-03-21T20:30Z", "2021-09-21T19:30Z"],
    "Asia/Kathmandu": ["2024-01-01T00:00Z"],
    "Australia/Lord_Howe": ["2024-04-06T15:00Z", "2024-10-05T15:30Z"],  # by half an hour
    "Pacific/Chatham": ["2024-04-06T14:00Z", "2024-09-28T14:00Z"],
    "Pacific/Apia": ["2011-12-30T10:00Z"],  # a day that never was
}
COUNTINGS = {
    Counting.WINDOW: Unit.HOUR,
    Counting.CONTINUOUS: Unit.MINUTE,
    Counting.SERVICE_DAYS: Unit.DAY,
    Counting.CALENDAR_DAYS: Unit.DAY,
}
Life = list[tuple[datetime, State]]
Case = tuple[Hours, Target, Life, datetime]
ALL = tuple(COUNTINGS)
LIVING = [state for state in State if state is not State.CANCELLED]


@dataclass(frozen=True)
class Scale:
    """How fine a random case is, and how far it reaches."""

    tick: int
    life: int  # longest stretch of one state
    patience: int
    starts: list[Start]
    amounts: dict[Unit, list[str]]


WEEKS = Scale(
    tick=900,
    life=3 * DAY,
    patience=20 * DAY,
    starts=sorted(Start),
    amounts={
        Unit.HOUR: ["0", "0.25", "1", "4", "8.5", "16"],
        Unit.MINUTE: ["0", "15", "240", "3000"],
        Unit.DAY: ["0", "0.01", "0.333", "0.5", "1", "1.5", "2", "3"],
    },
)
SECONDS = Scale(
    tick=1,
    life=1500,
    patience=2 * 3600,
    starts=[Start.REPORT, Start.OPENING],
    amounts={
        Unit.HOUR: ["0.0025", "0.333", "1", "1.5"],
        Unit.MINUTE: ["0.1", "45", "70.3"],
        Unit.DAY: ["0", "0.01", "0.0417", "0.07"],
    },
)


def instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


@st.composite
def windows(draw: Callable[..., Any], scale: Scale, turn: int) -> Windows:
    """Windows of a date; at the scale of seconds they lie around the time of the turn."""
    if scale.tick == 1:
        edge = st.integers(turn - scale.patience, turn + scale.patience).map(lambda second: second % DAY)
    else:
        edge = st.integers(0, DAY // scale.tick - 1).map(lambda number: number * scale.tick)
    return tuple(draw(st.lists(st.tuples(edge, edge | st.sampled_from([0, DAY])), max_size=3)))


@st.composite
def hours(draw: Callable[..., Any], scale: Scale, zone: str, at: int) -> Hours:
    wall = datetime.fromtimestamp(at, ZoneInfo(zone))
    near = st.integers(-3, 6).map(lambda more: wall.date() + timedelta(days=more))
    spans = windows(scale, wall.hour * 3600 + wall.minute * 60)
    usual = draw(spans)
    exceptions = draw(st.dictionaries(near, spans, max_size=2))
    return Hours(
        zone=zone,
        week=tuple(draw(st.just(usual) | spans) for _ in range(7)),
        exceptions=tuple((day, windows, "") for day, windows in sorted(exceptions.items())),
        holidays=draw(st.just("CZ") | st.sets(near, max_size=2).map(lambda days: tuple(sorted(days)))),
        serves_holidays=draw(st.booleans()),
        always=draw(st.sampled_from([False] * 9 + [True])),
    )


@st.composite
def targets(draw: Callable[..., Any], scale: Scale = WEEKS, countings: Sequence[Counting] = ALL) -> Target:
    counting = draw(st.sampled_from(countings))
    unit = COUNTINGS[counting]
    start = draw(st.just(Start.REPORT) | st.sampled_from(scale.starts))
    return Target(unit, start, counting, Decimal(draw(st.sampled_from(scale.amounts[unit]))))


@st.composite
def lives(draw: Callable[..., Any], scale: Scale, at: int) -> Life:
    """States from a report at `at`; steps are ticks: none, few or many."""
    life = [(instant(at), State.NEW)]
    for step in draw(st.lists(st.integers(0, scale.life // scale.tick), max_size=5)):
        at += step * scale.tick
        life.append((instant(at), draw(st.sampled_from(LIVING))))
    return life


@st.composite
def cases(draw: Callable[..., Any], scale: Scale = WEEKS, countings: Sequence[Counting] = ALL) -> Case:
    """A calendar near a change of the clocks, a target, a life and an `until`."""
    zone = draw(st.sampled_from(sorted(TURNS)))
    turn = int(datetime.fromisoformat(draw(st.sampled_from(TURNS[zone]))).timestamp())
    before, after = (2 * 3600, 3600) if scale.tick == 1 else (3 * DAY, 2 * DAY)
    at = turn + draw(st.integers(-before // scale.tick, after // scale.tick)) * scale.tick
    until = at + draw(st.integers(-DAY, scale.patience))
    return draw(hours(scale, zone, turn)), draw(targets(scale, countings)), draw(lives(scale, at)), instant(until)


def within_patience(at: datetime | None, start: datetime, patience: int) -> int | None:
    """Seconds, or None for what the slow clock does not live to see."""
    return None if at is None or at - start > timedelta(seconds=patience) else int(at.timestamp())


def assert_equal_clocks(case: Case, scale: Scale) -> None:
    calendar, target, life, until = case
    patient = SlowClock(calendar, scale.tick, scale.patience + scale.life + 2 * HOUR)
    slow = slow_replay(patient, target, life, int(until.timestamp()))
    try:
        fast = replay(Clock.of(calendar), target, life, until)
    except UnsatisfiableCalendar:
        assert slow.deadline is None
        return

    def seen(*instants: datetime | None) -> list[int | None]:
        return [within_patience(at, life[0][0], scale.patience) for at in instants]

    expected = seen(*(None if at is None else instant(at) for at in (slow.start, slow.deadline, slow.breach)))
    assert seen(fast.start, fast.deadline, fast.breach) == expected
    assert fast.measured == slow.measured


@pytest.mark.req("S4-15", "S4-16", "S4-18", "S4-19", "S4-20", "S4-21", "S4-67", "S4-68", "D1", "D2", "D4", "D5", "D9", "C07")
@settings(RELAXED, max_examples=120)
@given(cases())
def test_the_engine_equals_the_slow_clock_over_weeks(case: Case):
    assert_equal_clocks(case, WEEKS)


@settings(RELAXED, max_examples=30)
@given(cases(SECONDS, [Counting.WINDOW, Counting.CONTINUOUS, Counting.CALENDAR_DAYS]))
def test_the_engine_equals_the_slow_clock_second_by_second(case: Case):
    assert_equal_clocks(case, SECONDS)


@RELAXED
@given(cases())
def test_a_deadline_is_never_before_the_report_and_a_breach_never_before_the_deadline(case: Case):
    reading = reading_of(case)

    assert reading.start >= case[2][0][0]
    assert reading.deadline is None or reading.deadline >= reading.start
    assert reading.breach is None or reading.deadline is None or reading.breach >= reading.deadline


@RELAXED
@given(cases(), st.integers(1, 4000))
def test_a_longer_target_is_never_due_earlier(case: Case, more: int):
    calendar, target, life, until = case
    longer = replace(target, amount=target.amount + Decimal(more) / 1000)

    short, long = reading_of(case), reading_of((calendar, longer, life, until))

    assert not_earlier(long.deadline, short.deadline)
    assert not_earlier(long.breach, short.breach)


@RELAXED
@given(cases(), st.integers(-3, 6))
def test_a_closed_day_never_shortens(case: Case, more: int):
    calendar, target, life, until = case
    day = life[0][0].date() + timedelta(days=more)
    assume(day not in calendar.closures)
    closed = replace(calendar, exceptions=tuple(sorted([*calendar.exceptions, (day, (), "")])))

    assert not_earlier(reading_of((closed, target, life, until)).deadline, reading_of(case).deadline)


@RELAXED
@given(cases(), st.integers(0, 5))
def test_a_pause_without_length_is_neutral(case: Case, index: int):
    calendar, target, life, until = case
    index = min(index, len(life) - 1)
    at, state = life[index]
    paused = [*life[:index], (at, State.SUSPENDED), (at, state), *life[index + 1 :]]

    assert reading_of((calendar, target, paused, until)) == reading_of(case)


@RELAXED
@given(cases(countings=[Counting.WINDOW, Counting.SERVICE_DAYS]), st.integers(0, DAY), st.integers(0, DAY))
def test_a_pause_outside_the_window_changes_nothing_for_methods_in_the_window(case: Case, wait: int, length: int):
    calendar, target, life, until = case
    begins = life[0][0] + timedelta(seconds=wait)
    ends = begins + timedelta(seconds=length)
    assume(Clock.of(calendar).served(begins, ends) == 0)
    paused = [life[0], (begins, State.SUSPENDED), (ends, State.ACCEPTED)]
    plain = [life[0], (begins, State.ACCEPTED)]

    assert reading_of((calendar, target, paused, until)) == reading_of((calendar, target, plain, until))


@RELAXED
@given(cases(), st.integers(0, 2 * DAY), st.integers(0, 2 * DAY))
def test_a_pause_split_in_two_is_the_same_as_one(case: Case, first: int, second: int):
    calendar, target, life, until = case
    begins = life[0][0]
    middle, ends = begins + timedelta(seconds=first), begins + timedelta(seconds=first + second)
    whole = [life[0], (begins, State.SUSPENDED), (ends, State.ACCEPTED)]
    split = [life[0], (begins, State.SUSPENDED), (middle, State.ACCEPTED), (middle, State.SUSPENDED), (ends, State.ACCEPTED)]

    assert reading_of((calendar, target, split, until)) == reading_of((calendar, target, whole, until))


@RELAXED
@given(cases(countings=[Counting.WINDOW, Counting.SERVICE_DAYS]))
def test_replaying_equals_counting_up_at_each_event(case: Case):
    calendar, target, life, _ = case
    assume(target.start is Start.REPORT)
    clock, end = Clock.of(calendar), life[-1][0]
    counted = sum(clock.served(begins, ends) for begins, ends, _, counts in stretches(life) if counts and ends)

    assert reading_of((calendar, target, life, end)).measured == counted


@RELAXED
@given(cases(countings=[Counting.WINDOW, Counting.CONTINUOUS]))
def test_up_to_the_deadline_the_amount_is_measured_and_after_the_breach_more(case: Case):
    calendar, target, life, _ = case
    reading = reading_of(case)
    assume(reading.breach and reading.deadline)

    def measured(at: datetime) -> int | None:
        return reading_of((calendar, target, life, at)).measured

    assert measured(reading.deadline) == target.seconds
    assert measured(reading.breach) == target.seconds
    assert measured(reading.breach + timedelta(seconds=1)) == target.seconds + 1


@RELAXED
@given(cases())
def test_the_whole_share_is_the_deadline_and_parts_come_before(case: Case):
    calendar, target, life, _ = case
    deadline_of_all = reading_of(case).deadline
    half, all_of_it = (at_share(Clock.of(calendar), target, life, share) for share in (Fraction(1, 2), Decimal(1)))

    assert all_of_it == deadline_of_all
    assert not_earlier(all_of_it, half)


@RELAXED
@given(cases())
def test_the_quick_path_is_the_replay_of_a_fresh_request(case: Case):
    calendar, target, life, until = case
    reading = reading_of((calendar, target, life[:1], until))

    assert deadline(Clock.of(calendar), target, life[0][0]) == reading.deadline


@RELAXED
@given(cases())
def test_answers_depend_neither_on_what_was_compiled_before_nor_on_the_form_of_an_instant(case: Case):
    calendar, target, life, until = case
    reading = reading_of(case)
    far = Clock(calendar)
    far.is_open(datetime(2001, 1, 1, tzinfo=UTC))
    far.is_open(datetime(2032, 1, 1, tzinfo=UTC))
    elsewhere = [(at.astimezone(ZoneInfo("Asia/Tokyo")), state) for at, state in life]

    assert replay(far, target, elsewhere, until) == reading


@settings(RELAXED, max_examples=20)
@given(cases())
def test_answers_do_not_depend_on_the_time_zone_of_the_server(case: Case):
    with pytest.MonkeyPatch.context() as patch:
        answers = []
        for zone in ("UTC", "America/New_York"):
            patch.setenv("TZ", zone)
            time.tzset()
            answers.append(replay(Clock(case[0]), *case[1:]) if reading_of(case) else None)
    time.tzset()

    assert answers[0] == answers[1]


def reading_of(case: Case) -> Reading:
    """The replay, of cases only that can be reached."""
    calendar, target, life, until = case
    try:
        return replay(Clock.of(calendar), target, life, until)
    except UnsatisfiableCalendar:
        reject()


def not_earlier(one: datetime | None, other: datetime | None) -> bool:
    """Whether `one` is at least as late; None is never."""
    return one is None or (other is not None and one >= other)
