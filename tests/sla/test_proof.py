"""The proof of both deadlines: stretches with their reasons, sums, sides, and a fingerprint that stays."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdesk.embedded import CHECKOUT
from sla.clock import Clock, Hours, Kind, State, replay, target_of
from sla.days import days, picture
from sla.intervals import STATES, Entry
from sla.proof import Course, Proof, Rule, Terms, prove, time_split_of
from sla.time_split import Wait
from tests.builders import prague
from tickets.models import Status

WORKDAY = ((8 * 3600, 16 * 3600 + 1800),)
K1 = Hours(week=(WORKDAY,) * 5 + ((),) * 2)
SEVEN_DAYS = Hours(week=(WORKDAY,) * 7, serves_holidays=True)
ROUND_THE_CLOCK = Hours(always=True)
FRIDAY = "2024-10-25T15:00"  # before a weekend, the end of summer time and the holiday of 28 October
SECOND = timedelta(seconds=1)
HOLIDAY = "svátek: Den vzniku samostatného československého státu"
LONGER = "v\u00a0neděli o\u00a0hodinu delší, konec letního času"


def terms(method: str = "Hod", amount: str = "4", *, reaction: str = "1", hours: Hours = K1) -> Terms:
    rules = [
        Rule(target_of(method, kind, Decimal(number)), "K1", 7, hours)
        for kind, number in ((Kind.REACTION, reaction), (Kind.RESOLUTION, amount))
    ]
    return Terms("2024/118 Údržba", "čl. 4.1 b) Závažná vada", method, "both", *rules)


def course(*entries: tuple[str, State] | tuple[str, State, str], waits: tuple[Wait, ...] = (), reacted: str = "") -> Course:
    return Course(
        number=92424,
        is_wdin=True,
        entries=tuple(Entry(prague(at), state, *reason) for at, state, *reason in entries),
        reacted=Entry(prague(reacted), State.ACCEPTED, "Převzetí potvrzeno") if reacted else None,
        waits=waits,
    )


def table(proof: Proof) -> list[tuple[str, str, str, int]]:
    """The stretches of the resolution as a person reads them: local from and to, words, minutes counted so far."""
    local = ZoneInfo("Europe/Prague")
    return [
        (f"{one.start.astimezone(local):%d. %H:%M}", f"{one.end.astimezone(local):%d. %H:%M}", one.words, one.total // 60)
        for one in proof.resolution.intervals
    ]


PAUSED = course(
    (FRIDAY, State.NEW),
    ("2024-10-25T15:18", State.ACCEPTED),
    ("2024-10-25T15:30", State.SUSPENDED, "chybí příloha"),
    ("2024-10-29T09:00", State.ACCEPTED),
    ("2024-10-29T11:45", State.RESOLVED),
    reacted="2024-10-25T15:18",
)


@pytest.mark.req("S4-26", "S4-67")
def test_every_stretch_has_its_reason_and_running_sum():
    proof = prove(terms=terms(), course=PAUSED)

    assert table(proof) == [
        ("25. 15:00", "25. 15:30", "Nový, Přijato", 30),
        (
            "25. 15:30",
            "29. 09:00",
            "Pozastaveno\u00a0– chybí příloha (v\u00a0neděli o\u00a0hodinu delší, konec letního času)",
            30,
        ),
        ("29. 09:00", "29. 11:45", "Přijato", 195),
    ]
    resolution = proof.resolution
    assert (resolution.measured, resolution.reserve, resolution.met) == (3 * 3600 + 900, 45 * 60, True)
    assert (resolution.deadline, resolution.end) == (prague("2024-10-29T12:30"), prague("2024-10-29T11:45"))
    assert (proof.reaction.measured, proof.reaction.reserve, proof.reaction.met) == (18 * 60, 42 * 60, True)


def test_night_weekend_change_of_clock_and_holiday_are_one_gap_with_all_reasons():
    proof = prove(terms=terms(), course=course((FRIDAY, State.NEW), ("2024-10-29T09:00", State.RESOLVED)))

    assert table(proof) == [
        ("25. 15:00", "25. 16:30", "Nový", 90),
        (
            "25. 16:30",
            "29. 08:00",
            f"Mimo dobu poskytování: noc, víkend a\u00a0{HOLIDAY} ({LONGER})",
            90,
        ),
        ("29. 08:00", "29. 09:00", "Nový", 150),
    ]


def test_closure_of_the_calendar_is_called_by_its_name_and_a_break_at_noon_a_break():
    split = ((8 * 3600, 12 * 3600), (13 * 3600, 17 * 3600))
    hours = Hours(week=(split,) * 5 + ((),) * 2, exceptions=((date(2024, 10, 22), (), "Inventura"),))

    proof = prove(terms=terms(hours=hours), course=course(("2024-10-21T11:00", State.NEW), ("2024-10-23T09:00", State.RESOLVED)))

    assert [one.words for one in proof.resolution.intervals] == [
        "Nový",
        "Mimo dobu poskytování: přestávka",
        "Nový",
        "Mimo dobu poskytování: noc a\u00a0Inventura",
        "Nový",
    ]


def test_who_reacts_before_the_measuring_begins_has_the_whole_amount_left():
    early = course((FRIDAY, State.NEW), ("2024-10-25T15:20", State.ACCEPTED), reacted="2024-10-25T15:20")

    reaction = prove(terms=terms("NBD-Hod"), course=early).reaction

    assert (reaction.deadline, reaction.measured, reaction.reserve) == (prague("2024-10-29T09:00"), 0, 3600)


def test_time_before_the_shifted_start_is_told_apart():
    proof = prove(terms=terms("NBD-Hod"), course=course((FRIDAY, State.NEW), ("2024-10-29T09:00", State.RESOLVED)))

    assert table(proof) == [
        (
            "25. 15:00",
            "29. 08:00",
            f"Před začátkem měření: noc, víkend a\u00a0{HOLIDAY} ({LONGER})",
            0,
        ),
        ("29. 08:00", "29. 09:00", "Nový", 60),
    ]
    assert proof.resolution.start == prague("2024-10-29T08:00")


GOLDEN = [
    ("Hod", "4", K1, "2024-10-29T10:30", 4 * 3600),
    ("Min", "90", K1, "2024-10-25T16:30", 90 * 60),
    ("Min", "91", K1, "2024-10-29T08:01", 91 * 60),
    ("ND-Hod", "4", K1, "2024-10-29T12:00", 4 * 3600),
    ("ND-Hod", "4", SEVEN_DAYS, "2024-10-26T12:00", 4 * 3600),
    ("NBD-Hod", "4", SEVEN_DAYS, "2024-10-29T12:00", 4 * 3600),
    ("Min-Cont", "240", K1, "2024-10-25T19:00", 240 * 60),
    ("Den", "2", K1, "2024-10-30T15:00", 17 * 3600),
    ("Den-Cont", "2", K1, "2024-10-27T15:00", 49 * 3600),
]


@pytest.mark.req("S4-67", "S4-68", "D4", "D5")
@pytest.mark.parametrize(("method", "amount", "hours", "due", "counted"), GOLDEN)
def test_golden_row_resolved_at_its_deadline_counts_just_the_amount(method, amount, hours, due, counted):
    life = course((FRIDAY, State.NEW), (due, State.RESOLVED))

    resolution = prove(terms=terms(method, amount, hours=hours), course=life).resolution

    assert (resolution.deadline, resolution.measured, resolution.reserve, resolution.met) == (prague(due), counted, 0, True)


def test_a_second_after_the_deadline_is_too_late():
    late = course((FRIDAY, State.NEW), ("2024-10-29T10:30:01", State.RESOLVED))

    resolution = prove(terms=terms(), course=late).resolution

    assert (resolution.met, resolution.reserve, resolution.is_late) == (False, -1, True)


DISPUTED = [
    ("2024-10-21T08:00", State.NEW),
    ("2024-10-21T10:00", State.RESOLVED),
    ("2024-10-21T13:00", State.DISPUTED),
]


@pytest.mark.req("S4-21", "D9")
def test_upheld_complaint_counts_back_and_the_resolved_time_never():
    life = course(*DISPUTED, ("2024-10-21T14:00", State.ACCEPTED), ("2024-10-21T14:30", State.RESOLVED))

    proof = prove(terms=terms(), course=life)

    assert table(proof) == [
        ("21. 08:00", "21. 10:00", "Nový", 120),
        ("21. 10:00", "21. 13:00", "Vyřešeno", 120),
        ("21. 13:00", "21. 14:30", "Reklamováno (reklamace uznána), Přijato", 210),
    ]


@pytest.mark.req("D9")
@pytest.mark.parametrize("decided", [(), (("2024-10-22T14:00", State.CLOSED),)])
def test_undecided_or_refused_complaint_leaves_the_resolution_as_it_was(decided):
    proof = prove(terms=terms(), course=course(*DISPUTED, *decided), until=prague("2024-10-23T09:00"))

    assert (proof.resolution.end, proof.resolution.measured) == (prague("2024-10-21T10:00"), 7200)
    assert proof.until == prague("2024-10-21T10:00")
    assert proof.is_final is bool(decided)
    assert proof.if_upheld == (None if decided else prague("2024-10-21T15:00"))


@pytest.mark.req("S4-18")
def test_suspended_request_has_no_deadline_and_no_reserve():
    life = course(("2024-10-21T08:00", State.NEW), ("2024-10-21T09:00", State.SUSPENDED, "chybí přístupy"))

    resolution = prove(terms=terms(), course=life, until=prague("2024-10-21T12:00")).resolution

    assert (resolution.deadline, resolution.reserve, resolution.end, resolution.measured) == (None, None, None, 3600)


@pytest.mark.req("S3-13", "S4-64", "C32", "D38")
def test_shares_are_service_hours_of_each_side_and_the_rest_is_outside():
    waits = (Wait("Ingram", prague("2024-10-29T08:30"), prague("2024-10-29T10:00")),)
    life = Course(PAUSED.number, True, PAUSED.entries, PAUSED.reacted, waits)

    split = prove(terms=terms(), course=life, until=prague("2024-10-29T12:00")).time_split

    assert (split.supplier, split.subsupplier) == (2 * 3600 + 900, 3600)
    assert split.customer == 3600 + 3600 + 900  # paused on Friday 15:30 to 16:30 and Tuesday 8 to 9, resolved 11:45 to 12:00
    assert split.elapsed == 94 * 3600  # Friday 15:00 to Tuesday 12:00 and an hour of the change
    assert split.outside == 94 * 3600 - 5 * 3600 - 1800


@pytest.mark.req("D38")
def test_wait_at_night_is_outside_and_an_open_one_lasts():
    waits = (Wait("Ingram", prague("2024-10-22T15:30")), Wait("Ingram", prague("2024-10-22T15:00"), prague("2024-10-22T15:40")))
    life = course(("2024-10-22T15:00", State.NEW), waits=waits)

    split = prove(terms=terms(), course=life, until=prague("2024-10-23T08:30")).time_split

    assert (split.supplier, split.subsupplier, split.outside) == (0, 7200, 15 * 3600 + 1800)


@pytest.mark.req("D38")
@pytest.mark.parametrize("method", ["Hod", "ND-Hod", "Min-Cont", "Den", "Den-Cont"])
def test_shares_do_not_depend_on_the_method_and_disputed_time_is_the_suppliers(method):
    life = course(*DISPUTED, ("2024-10-21T14:00", State.CLOSED))

    split = prove(terms=terms(method), course=life, until=prague("2024-10-25T12:00")).time_split

    assert (split.supplier, split.customer, split.subsupplier, split.outside) == (3 * 3600, 3 * 3600, 0, 0)


@pytest.mark.req("D38", "S4-42")
def test_email_is_nobodys_until_its_confirmation_has_left():
    life = course(("2024-10-21T10:00", State.NEW), ("2024-10-21T11:00", State.ACCEPTED))
    early = Course(1, True, life.entries, received_at=prague("2024-10-21T09:30"))

    split = prove(terms=terms(), course=early, until=prague("2024-10-21T12:00")).time_split

    assert (split.supplier, split.outside, split.elapsed) == (7200, 1800, 9000)


def test_part_of_a_second_makes_no_stretch_of_its_own():
    life = course(("2024-10-21T10:00", State.NEW))

    proof = prove(
        terms=terms(hours=ROUND_THE_CLOCK), course=life, until=prague("2024-10-21T19:37:01") + timedelta(microseconds=900)
    )

    assert [one.words for one in proof.resolution.intervals] == ["Nový"]


STATES_OF_LIFE = [State.ACCEPTED, State.ESCALATED, State.SUSPENDED, State.RESOLVED, State.DISPUTED]


@st.composite
def lives(draw: st.DrawFn) -> Course:
    start = datetime(2024, 10, 20, tzinfo=ZoneInfo("UTC")) + SECOND * draw(st.integers(0, 10 * 86400))
    steps = draw(st.lists(st.tuples(st.integers(0, 4 * 86400), st.sampled_from(STATES_OF_LIFE)), max_size=8))
    entries, at, state = [Entry(start, State.NEW)], start, State.NEW
    for seconds, following in steps:
        if following is State.DISPUTED and state is not State.RESOLVED:
            following = State.RESOLVED
        at, state = at + SECOND * seconds, following
        entries.append(Entry(at, following))
    waits = draw(st.lists(st.tuples(st.integers(0, 9 * 86400), st.none() | st.integers(0, 9 * 86400)), max_size=3))
    marks = [Wait("X", start + SECOND * low, None if high is None else start + SECOND * (low + high)) for low, high in waits]
    return Course(1, True, tuple(entries), None, tuple(marks))


@given(lives(), st.sampled_from([row[:3] for row in GOLDEN]), st.sampled_from([K1, SEVEN_DAYS, ROUND_THE_CLOCK]))
def test_stretches_have_no_gap_sum_up_to_the_measured_time_and_the_sides_to_the_elapsed(life, row, hours):
    method, amount, _ = row

    proof = prove(terms=terms(method, amount, hours=hours), course=life)

    for measure in (proof.reaction, proof.resolution):
        pieces = measure.intervals
        line = [(entry.at, entry.state) for entry in life.worked]
        assert sum(one.seconds for one in pieces if one.is_counted) == measure.measured
        assert measure.measured == replay(Clock.of(hours), measure.target, line, measure.until).measured
        assert all(one.end == following.start for one, following in pairwise(pieces))
        assert sum(one.seconds for one in pieces) == (measure.until - life.reported_at) // SECOND
    split = proof.time_split
    assert min(split.supplier, split.customer, split.subsupplier, split.outside) >= 0
    assert split.elapsed == (life.last_at - life.reported_at) // SECOND
    assert time_split_of(hours=hours, course=life, at=life.last_at) == split
    drawn = days(Clock.of(hours), proof.resolution.intervals, end=proof.resolution.end, deadline=proof.resolution.deadline)
    assert sum(day.counted for day in drawn) == proof.resolution.measured


def test_same_data_give_the_same_bytes_also_in_another_process():
    code = (
        "import django; django.setup()\n"
        "from tests.sla.test_proof import PAUSED, terms\n"
        "from sla.proof import prove\n"
        "print(prove(terms=terms(), course=PAUSED).fingerprint())"
    )

    other = subprocess.run([sys.executable, "-c", code], cwd=CHECKOUT, capture_output=True, text=True, check=True, timeout=60)

    assert other.stdout.strip() == prove(terms=terms(), course=PAUSED).fingerprint()


def test_data_of_a_request_that_runs_stay_until_something_happens():
    life = course(("2024-10-21T08:00", State.NEW), ("2024-10-21T09:00", State.ACCEPTED), reacted="2024-10-21T09:00")
    proof = prove(terms=terms(), course=life)

    data = json.loads(proof.canonical())

    assert data["until"] == "2024-10-21T07:00:00+00:00"
    assert data["resolution"]["measured"] == 3600
    assert proof.as_of(prague("2024-10-21T10:00")).resolution.measured == 7200


def test_data_name_all_that_the_result_follows_from_and_no_person():
    named = Course(1, True, (Entry(prague(FRIDAY), State.NEW, "", "zákazník", "Alice Dvořáková"),))

    text = prove(terms=terms(), course=named, until=prague("2024-10-28T12:00")).canonical().decode()
    data = json.loads(text)

    assert "Alice" not in text
    assert ": " not in text.replace("svátek: ", "").replace("poskytování: ", "")
    assert data["resolution"]["hours"]["closed_days"] == [
        ["2024-10-26", "víkend"],
        ["2024-10-27", "víkend"],
        ["2024-10-28", HOLIDAY],
    ]


def test_days_are_drawn_by_the_clock_on_the_wall_also_when_it_is_put_back():
    proof = prove(
        terms=terms("Den-Cont", "9", hours=ROUND_THE_CLOCK),
        course=course(("2024-10-26T12:00", State.NEW), ("2024-10-27T06:00", State.RESOLVED)),
    )

    drawn = days(Clock.of(ROUND_THE_CLOCK), proof.resolution.intervals, end=proof.resolution.end, deadline=None)

    assert [(day.run, day.counted) for day in drawn] == [
        (((43200, 86400),), 12 * 3600),
        (((0, 10800), (7200, 21600)), 7 * 3600),  # two to three o'clock came twice
    ]


def test_spring_day_has_no_third_hour():
    proof = prove(
        terms=terms("Den-Cont", "9", hours=ROUND_THE_CLOCK),
        course=course(("2024-03-31T00:00", State.NEW), ("2024-03-31T06:00", State.RESOLVED)),
    )

    [drawn] = days(Clock.of(ROUND_THE_CLOCK), proof.resolution.intervals, end=None, deadline=None)

    assert (drawn.run, drawn.counted) == (((0, 7200), (10800, 21600)), 5 * 3600)
    assert proof.resolution.intervals[0].note == "v\u00a0neděli o\u00a0hodinu kratší, začátek letního času"


def test_long_course_folds_days_that_look_the_same():
    life = course(("2024-10-01T08:00", State.NEW), ("2024-10-01T09:00", State.SUSPENDED), ("2024-10-21T09:00", State.RESOLVED))
    proof = prove(terms=terms(), course=life)

    drawn = days(Clock.of(K1), proof.resolution.intervals, end=proof.resolution.end, deadline=None)

    assert [(day.first.day, day.last.day, day.words) for day in drawn] == [
        (1, 1, ""),
        (2, 4, "pozastaveno"),
        (5, 6, "víkend"),
        (7, 11, "pozastaveno"),
        (12, 13, "víkend"),
        (14, 18, "pozastaveno"),
        (19, 20, "víkend"),
        (21, 21, "pozastaveno"),
    ]


def test_picture_says_in_words_what_it_shows():
    [friday, *_] = days(Clock.of(K1), prove(terms=terms(), course=PAUSED).resolution.intervals, end=None, deadline=None)

    assert friday.sentence == "služba 08:00–16:30; počítá se 15:00–15:30; pozastaveno 15:30–24:00; podání 15:00"
    assert f'role="img" viewBox="0 0 1440 52" preserveAspectRatio="none"><title>{friday.sentence}</title>' in picture(friday)


def test_states_are_called_as_everywhere():
    assert {state.value: label for state, label in STATES.items()} == dict(Status.choices)
