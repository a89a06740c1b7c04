"""Correcting work: no minute is charged twice, the ceiling of a quote holds, what is invoiced stays."""

from __future__ import annotations

import itertools
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from credit.services.corrections import Proposal, propose_correction
from credit.services.ledger import account_of
from tests.builders import a_contract, a_staff_member, an_operator, backoffice
from tests.tickets.test_work_at_once import at_once
from tests.tickets.work_builders import TEN, a_taken_ticket, after, balance, charges, corrected, is_sound, worked, written
from tickets.models import WorkCorrection, WorkEntry, WorkSpan
from tickets.services.corrections import (
    CorrectionRefused,
    confirm_correction,
    refuse_correction,
)
from tickets.services.work import start_timer

pytestmark = pytest.mark.django_db


@pytest.fixture
def dana():
    return a_staff_member()


@pytest.fixture
def leader():
    return a_staff_member("Věra Nová", group="vedoucí")


# The same minute twice


@pytest.mark.req("S1-18", "D10")
def test_work_is_not_lengthened_over_other_finished_work_of_the_person(dana):
    first, second = (a_taken_ticket(staff=dana, at=TEN) for _ in range(2))
    entry = worked(first, by=dana, since=TEN, minutes=30)
    worked(second, by=dana, since=after(minutes=40), minutes=20)

    with pytest.raises(CorrectionRefused, match=rf"požadavku {second.pk}.*nejvýš 40\u00a0min"):
        corrected(entry, 41, by=dana)

    assert corrected(entry, 40, by=dana).made.price == Decimal("800.00")
    assert charges(second) == [("work", Decimal("-400.00"))]


@pytest.mark.req("S1-18")
def test_work_is_not_lengthened_over_a_timer_that_runs(dana):
    first, second = (a_taken_ticket(staff=dana, at=TEN) for _ in range(2))
    entry = worked(first, by=dana, since=TEN, minutes=30)
    start_timer(ticket=second, by=backoffice(dana), at=after(minutes=45))

    with pytest.raises(CorrectionRefused, match=rf"požadavku {second.pk}.*nejvýš 45\u00a0min"):
        corrected(entry, 60, by=dana)


def test_work_of_somebody_else_is_no_obstacle(dana, leader):
    ticket = a_taken_ticket(staff=dana, at=TEN)
    entry = worked(ticket, by=dana, since=TEN, minutes=30)
    worked(a_taken_ticket(staff=leader, at=TEN), by=leader, since=after(minutes=30), minutes=60)

    assert corrected(entry, 60, by=leader).state == "done"


def test_work_that_was_reversed_is_no_obstacle(dana):
    first, second = (a_taken_ticket(staff=dana, at=TEN) for _ in range(2))
    entry = worked(first, by=dana, since=TEN, minutes=30)
    corrected(worked(second, by=dana, since=after(minutes=30), minutes=30), 0, by=dana)

    assert corrected(entry, 60, by=dana).made.price == Decimal("1200.00")


@pytest.mark.req("S1-18")
def test_second_person_does_not_confirm_over_work_that_came_meanwhile(dana, leader):
    an_operator(second_person_above=500)
    first, second = (a_taken_ticket(staff=dana, at=TEN) for _ in range(2))
    waiting = corrected(worked(first, by=dana, since=TEN, minutes=30), 90, by=dana)
    written(second, by=dana, until=after(minutes=60), minutes=20, at=after(hours=4))

    with pytest.raises(CorrectionRefused, match=rf"požadavku {second.pk}.*nejvýš 40\u00a0min"):
        confirm_correction(correction=waiting, by=backoffice(leader), at=after(hours=5))

    waiting.refresh_from_db()
    assert (waiting.state, balance(first), balance(second)) == ("waiting", Decimal("-600.00"), Decimal("-400.00"))


@pytest.mark.req("S1-18")
def test_database_itself_refuses_the_same_minute_twice(dana):
    first, second = (a_taken_ticket(staff=dana, at=TEN) for _ in range(2))
    worked(first, by=dana, since=TEN, minutes=30)
    other = WorkEntry.objects.create(ticket=second, person=dana, state="paused", started_at=after(minutes=29))

    with pytest.raises(IntegrityError, match="work_span_once"), transaction.atomic():
        WorkSpan.objects.create(entry=other, person=dana, started_at=after(minutes=29), ended_at=after(minutes=31))
    with pytest.raises(IntegrityError, match="stands as long"), transaction.atomic():
        WorkSpan.objects.create(
            entry=other, person=dana, started_at=after(minutes=29), ended_at=after(minutes=31), is_standing=False
        )
    with pytest.raises(IntegrityError, match="stands as long"), transaction.atomic():
        WorkSpan.objects.filter(entry__ticket=first).update(is_standing=False)
    WorkSpan.objects.create(entry=other, person=dana, started_at=after(minutes=30), ended_at=after(minutes=31))


def test_timer_begins_where_other_work_of_the_person_ends(dana):
    """The clocks of two web servers differ by a second."""
    first, second = (a_taken_ticket(staff=dana, at=TEN) for _ in range(2))
    worked(first, by=dana, since=TEN, minutes=30)

    entry = start_timer(ticket=second, by=backoffice(dana), at=after(minutes=30) - timedelta(seconds=1))

    assert entry.spans.get().started_at == after(minutes=30)


@pytest.mark.req("S1-18")
@pytest.mark.django_db(transaction=True)
def test_two_corrections_and_work_by_hand_at_once_charge_each_minute_once(dana):
    tickets = [a_taken_ticket(staff=dana, at=TEN) for _ in range(3)]
    early = worked(tickets[0], by=dana, since=TEN, minutes=30)
    late = worked(tickets[1], by=dana, since=after(minutes=60), minutes=10)

    ends = at_once(
        *[lambda: corrected(early, 60, by=dana)] * 2,
        *[lambda: written(tickets[2], by=dana, until=after(minutes=50), minutes=20, at=after(hours=3))] * 2,
        *[lambda: corrected(late, 20, by=dana)] * 2,
    )

    spans = list(WorkSpan.objects.filter(is_standing=True).order_by("started_at").values_list("started_at", "ended_at"))
    assert all(one[1] <= next_one[0] for one, next_one in itertools.pairwise(spans))
    assert set(ends) <= {"done", "CorrectionRefused", "WorkRefused"}
    assert is_sound()


# The second click


def test_second_click_on_correct_ends_as_the_first(dana):
    ticket = a_taken_ticket(staff=dana, at=TEN)
    entry = worked(ticket, by=dana, since=TEN, minutes=30)

    first, second = corrected(entry, 20, by=dana), corrected(entry, 20, by=dana, hours=4)

    assert (second.pk, second.state, WorkCorrection.objects.count()) == (first.pk, "done", 1)
    assert charges(ticket) == [("work", Decimal("-600.00")), ("reversal", Decimal("600.00")), ("work", Decimal("-400.00"))]


def test_second_click_on_what_waits_is_what_waits(dana):
    an_operator(second_person_above=100)
    entry = worked(a_taken_ticket(staff=dana, at=TEN), by=dana, since=TEN, minutes=30)

    assert corrected(entry, 20, by=dana) == corrected(entry, 20, by=dana)


def test_what_was_refused_may_be_proposed_again(dana, leader):
    an_operator(second_person_above=100)
    entry = worked(a_taken_ticket(staff=dana, at=TEN), by=dana, since=TEN, minutes=30)
    first = corrected(entry, 20, by=dana)
    refuse_correction(correction=first, by=backoffice(leader), at=after(hours=3))

    assert corrected(entry, 20, by=dana).pk != first.pk


@pytest.mark.django_db(transaction=True)
def test_correction_clicked_by_eight_is_one(dana):
    ticket = a_taken_ticket(staff=dana, at=TEN)
    entry = worked(ticket, by=dana, since=TEN, minutes=30)

    ends = at_once(*[lambda: corrected(entry, 20, by=dana)] * 8)

    assert (ends, WorkCorrection.objects.count(), balance(ticket)) == ({"done": 8}, 1, Decimal("-400.00"))


# „hovor“


@pytest.mark.req("S5-12")
def test_mark_of_a_call_is_corrected_and_decides_the_free_minutes(dana):
    contract = a_contract(free_phone_minutes=60)
    ticket = a_taken_ticket(staff=dana, at=TEN, contract=contract)
    entry = written(ticket, by=dana, until=TEN, minutes=30, activity="consulting", at=TEN)
    paid = entry.price

    call = corrected(entry, 30, by=dana, is_phone=True).made
    back = corrected(call, 30, by=dana, is_phone=False).made

    assert (paid, call.source, call.price, call.free_minutes) == (Decimal("600.00"), "phone", Decimal("0.00"), 30)
    assert (back.source, back.price, back.free_minutes) == ("manual", Decimal("600.00"), 0)


def test_correction_that_says_nothing_of_a_call_keeps_the_mark(dana):
    ticket = a_taken_ticket(staff=dana, at=TEN)
    entry = written(ticket, by=dana, until=TEN, minutes=30, activity="consulting", source="phone", at=TEN)

    assert corrected(entry, 20, by=dana).made.source == "phone"


# Two people: sums of a day


@pytest.mark.req("S1-18")
def test_corrections_of_a_day_add_up_to_the_limit(dana, leader):
    an_operator(second_person_above=1000)
    contract = a_contract()
    ticket, other = (a_taken_ticket(staff=dana, at=TEN, contract=contract) for _ in range(2))
    entries = [worked(ticket, by=dana, since=after(minutes=30 * n), minutes=30) for n in range(2)]
    entries.append(worked(other, by=dana, since=after(minutes=60), minutes=30))

    states = [corrected(entry, 10, by=dana).state for entry in entries]  # 400 each: 400, 800, 1 200
    tomorrow = corrected(written(ticket, by=dana, until=after(hours=23), minutes=30), 10, by=dana, hours=24).state

    assert (states, tomorrow) == (["done", "done", "waiting"], "done")


@pytest.mark.req("S1-18")
def test_corrections_of_credit_and_of_work_count_together(dana):
    an_operator(second_person_above=1000)
    ticket = a_taken_ticket(staff=dana, at=TEN)
    entry = worked(ticket, by=dana, since=TEN, minutes=30)
    account = account_of(ticket.customer)
    credit = Proposal(account=account, change=Decimal(900), reason="Bonus", token="00000000-0000-0000-0000-000000000001")
    propose_correction(proposal=credit, by=backoffice(dana), at=after(hours=1))

    assert corrected(entry, 25, by=dana).state == "waiting"


def test_database_keeps_two_people_and_what_was_proposed(dana, leader):
    an_operator(second_person_above=100)
    entry = worked(a_taken_ticket(staff=dana, at=TEN), by=dana, since=TEN, minutes=30)
    waiting = corrected(entry, 20, by=dana)
    row = WorkCorrection.objects.filter(pk=waiting.pk)

    for change in ({"minutes": 1}, {"change": 1}, {"reason": "Jiný"}, {"needs_second": False}, {"asked_by": leader}):
        with pytest.raises(IntegrityError, match="decided once"), transaction.atomic():
            row.update(**change)
    with pytest.raises(IntegrityError, match="work_correction_two_people"), transaction.atomic():
        row.update(state="done", decided_by=dana, decided_at=after(hours=4))
    confirm_correction(correction=waiting, by=backoffice(leader), at=after(hours=4))
    with pytest.raises(IntegrityError, match="decided once"), transaction.atomic():
        row.update(state="refused")
