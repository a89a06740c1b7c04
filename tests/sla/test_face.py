"""What people read of a clock: words, tone and what remains, by a table."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from time import process_time
from timeit import repeat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla.clock import METHODS, Clock, Hours, Kind, State, replay, target_of
from sla.face import Face, Hand, Tone, read, until
from tests.builders import prague

DAY = ((8 * 3600, 16 * 3600 + 1800),)
CLOCK = Clock.of(Hours(week=(DAY, DAY, DAY, DAY, DAY, (), ())))
NB = "\u00a0"


def hand(method: str, amount: str, *moves: str, kind: Kind = Kind.RESOLUTION, met: bool | None = None) -> Hand:
    """The clock of a request that went „time state“ by „time state“; counted up to the last of them."""
    line = [(prague(at), State(state)) for at, state in (move.split() for move in moves)]
    target = target_of(method, kind, Decimal(amount))
    reading = replay(CLOCK, target, line, line[-1][0])
    return Hand(line[-1][1], target, CLOCK, reading.deadline, met, reading.measured, line[-1][0])


NEW = "2026-03-02T10:00 new"  # a Monday
PAUSED = "2026-03-02T12:00 suspended"


@pytest.mark.req("S4-15", "S4-16", "S4-18", "S4-22", "D2", "D4")
@pytest.mark.parametrize(
    ("clock", "now", "face"),
    [
        pytest.param(hand("Hod", "4", NEW), "2026-03-02T10:35", ("running", "běží", "zbývá 3 h 25 min", 14), id="runs"),
        pytest.param(hand("Hod", "4", NEW), "2026-03-02T13:00", ("warning", "běží", "zbývá 1 h", 75), id="urgent"),
        pytest.param(
            hand("Hod", "8", "2026-03-02T14:00 new"),
            "2026-03-02T22:00",
            ("running", "mimo dobu služby", "zbývá 5 h 30 min", 31),
            id="night",
        ),
        pytest.param(
            hand("Hod", "6.5", NEW),
            "2026-03-02T20:00",
            ("warning", "mimo dobu služby", "zbývá 0 min", 100),
            id="due at closing, in the evening",
        ),
        pytest.param(
            hand("Hod", "6.5", NEW), "2026-03-03T08:00", ("warning", "běží", "zbývá 0 min", 100), id="due at closing, at opening"
        ),
        pytest.param(
            hand("Hod", "6.5", NEW),
            "2026-03-03T08:00:01",
            ("breached", "po termínu", "po termínu 1 min", 100),
            id="a second later",
        ),
        pytest.param(
            hand("Hod", "4", NEW), "2026-03-03T09:00", ("breached", "po termínu", "po termínu 3 h 30 min", 187), id="next day"
        ),
        pytest.param(hand("Hod", "4", NEW, PAUSED), "2026-03-05T09:00", ("paused", "stojí", "zbývá 2 h", 50), id="stands"),
        pytest.param(
            hand("Hod", "1", NEW, PAUSED),
            "2026-03-05T09:00",
            ("breached", "po termínu", "po termínu 1 h", 200),
            id="stands, late",
        ),
        pytest.param(
            hand("Hod", "1", NEW, PAUSED, "2026-03-02T15:00 accepted"),
            "2026-03-02T16:00",
            ("breached", "po termínu", "po termínu 2 h", 300),
            id="late, the pause does not add to it",
        ),
        pytest.param(
            hand("NBD-Hod", "4", "2026-03-06T15:00 new"), "2026-03-06T15:30", ("running", "běží", "zbývá 4 h", 0), id="not begun"
        ),
        pytest.param(
            hand("Min-Cont", "5760", NEW), "2026-03-02T11:00", ("running", "běží", "zbývá 3 dny 23 h", 1), id="continuous days"
        ),
        pytest.param(
            hand("Min-Cont", "240", NEW), "2026-03-02T18:00", ("breached", "po termínu", "po termínu 4 h", 200), id="continuous"
        ),
        pytest.param(
            hand("Den", "2", NEW), "2026-03-03T10:00", ("running", "běží", "zbývá 8 h 30 min", 50), id="days of service"
        ),
        pytest.param(
            hand("Den", "1", NEW),
            "2026-03-03T11:00",
            ("breached", "po termínu", "po termínu 1 h", 111),
            id="days of service, late",
        ),
        pytest.param(hand("Den", "2", NEW, PAUSED), "2026-03-03T11:00", ("paused", "stojí", "", None), id="days stand"),
        pytest.param(hand("Den-Cont", "2", NEW), "2026-03-03T10:00", ("running", "běží", "zbývá 24 h", 50), id="calendar days"),
        pytest.param(
            hand("Den-Cont", "2", NEW, PAUSED), "2026-03-09T10:00", ("paused", "stojí", "zbývá 46 h", 4), id="calendar days stand"
        ),
        pytest.param(
            hand("Hod", "4", NEW, "2026-03-02T10:32 resolved", met=True),
            "2026-03-09T10:00",
            ("met", "splněno", "za 32 min", 13),
            id="met",
        ),
        pytest.param(
            hand("Hod", "4", NEW, "2026-03-03T10:00 resolved", met=False),
            "2026-03-09T10:00",
            ("breached", "nesplněno", "za 8 h 30 min", 212),
            id="missed",
        ),
        pytest.param(
            hand("Hod", "4", NEW, "2026-03-02T10:32 resolved"),
            "2026-03-09T10:00",
            ("none", "nezaznamenáno", "", None),
            id="no reaction",
        ),
        pytest.param(
            hand("Hod", "0", NEW), "2026-03-02T10:01", ("breached", "po termínu", "po termínu 1 min", 100), id="at once"
        ),
    ],
)
def test_clock_is_read_in_words(clock: Hand, now: str, face: tuple[str, str, str, int | None]):
    seen = read(clock, prague(now))

    assert (seen.tone.value, seen.word, seen.amount.replace(NB, " "), seen.percent) == face


def test_delay_after_a_pause_that_nobody_dated_has_no_length():
    late = hand("Hod", "1", NEW, PAUSED, "2026-03-02T15:00 accepted")
    undated = Hand(late.state, late.target, late.clock, late.due, late.met, late.seconds)

    assert read(undated, prague("2026-03-02T16:00")) == Face(Tone.BREACHED, "po termínu")


@pytest.mark.req("D4")
@given(
    method=st.sampled_from([code for code in METHODS if "Cont" not in code]),
    amount=st.integers(1, 40),
    minutes=st.integers(0, 20_000),
)
def test_late_means_more_than_the_amount_was_measured(method: str, amount: int, minutes: int):
    target = target_of(method, Kind.RESOLUTION, Decimal(amount))
    line = [(prague("2026-03-02T10:00"), State.NEW)]
    now = line[0][0] + timedelta(minutes=minutes)
    reading = replay(CLOCK, target, line, line[0][0])
    one = Hand(State.NEW, target, CLOCK, reading.deadline, None, reading.measured, line[0][0])

    assert reading.breach is not None
    assert (read(one, now).tone is Tone.BREACHED) is (now > reading.breach)


@pytest.mark.parametrize(
    ("now", "in_service", "words"),
    [
        pytest.param("2026-03-02T10:00", True, "zbývá 8 h 30 min", id="ahead"),
        pytest.param("2026-03-03T10:00", True, "zbývá 0 min", id="now"),
        pytest.param("2026-03-04T10:00", True, "po termínu 8 h 30 min", id="late"),
        pytest.param("2026-03-04T10:00", False, "po termínu 24 h", id="late by all time"),
    ],
)
def test_deadline_alone_is_told_by_what_remains(now: str, in_service: bool, words: str):
    told = until(CLOCK, due=prague("2026-03-03T10:00"), now=prague(now), in_service=in_service)

    assert told.replace(NB, " ") == words


@pytest.mark.parametrize("method", ["Hod", "Den"])
def test_face_is_cheap(method: str):
    one, now = hand(method, "40", NEW), prague("2026-03-02T15:00")
    read(one, now)

    rounds = repeat(lambda: read(one, now), timer=process_time, number=500, repeat=5)

    assert min(rounds) / 500 < 100e-6  # 20 µs are meant; a busy machine takes longer
