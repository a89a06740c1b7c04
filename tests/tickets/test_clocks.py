"""Both clocks of a request through its life: what counts, what stands, and the verdict."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from helpdesk.customers.actor import SYSTEM
from sla.clock import State
from sla.models import ServiceCalendar
from tests.builders import (
    MONDAY,
    a_calendar,
    a_message,
    a_staff_member,
    a_ticket,
    an_accepted_ticket,
    backoffice,
    portal,
    prague,
)
from tests.tickets.lives import complain, decide, promised, resolve, resume, stored, suspend
from tickets.models import Status, Ticket
from tickets.models.clocks import NEVER, NO_CLOCK
from tickets.services import clocks, conversation, lifecycle

pytestmark = pytest.mark.django_db

FRIDAY = prague("2024-10-25T15:00")


def seven_days() -> ServiceCalendar:
    return a_calendar(days="0123456", serves_holidays=True)


@pytest.mark.req("S4-67", "S4-68", "D1", "D3", "D4", "D5", "C01", "C03")
@pytest.mark.parametrize(
    ("method", "target", "amount", "every_day", "due"),
    [
        pytest.param("Hod", "reaction", "4", False, "2024-10-29T10:30", id="Hod 4"),
        pytest.param("Hod", "resolution", "4", False, "2024-10-29T10:30", id="Hod 4 resolution"),
        pytest.param("Min", "reaction", "90", False, "2024-10-25T16:30", id="Min 90 ends at closing"),
        pytest.param("Min", "reaction", "91", False, "2024-10-29T08:01", id="Min 91"),
        pytest.param("ND-Hod", "resolution", "4", False, "2024-10-29T12:00", id="ND-Hod 4"),
        pytest.param("ND-Hod", "resolution", "4", True, "2024-10-26T12:00", id="ND-Hod 4 on seven days"),
        pytest.param("NBD-Hod", "resolution", "4", True, "2024-10-29T12:00", id="NBD-Hod 4 on seven days"),
        pytest.param("Min-Cont", "resolution", "240", False, "2024-10-25T19:00", id="Min-Cont 240 resolution"),
        pytest.param("Min-Cont", "reaction", "240", False, "2024-10-29T10:30", id="Min-Cont 240 reaction"),
        pytest.param("Den", "resolution", "2", False, "2024-10-30T15:00", id="Den 2"),
        pytest.param("Den-Cont", "resolution", "2", False, "2024-10-27T15:00", id="Den-Cont 2 over the clock change"),
    ],
)
def test_golden_deadlines_are_stored_when_the_request_is_filed(method, target, amount, every_day, due):
    paragraph = promised(method, amount, amount, calendar=seven_days() if every_day else None)

    ticket = stored(a_ticket(paragraph=paragraph, at=FRIDAY))

    assert (getattr(ticket, f"{target}_due_at"), ticket.is_wdin) == (prague(due), True)


def test_request_filed_out_of_hours_is_counted_from_the_first_opening():
    ticket = a_ticket(paragraph=promised("Hod", "4", "4"), at=prague("2024-10-26T10:00"))

    assert stored(ticket).reaction_due_at == prague("2024-10-29T12:00")


@pytest.mark.req("S4-18", "D2", "D15")
def test_suspended_request_has_no_deadline_and_only_service_time_of_the_pause_is_neutral():
    ticket = an_accepted_ticket(paragraph=promised("Hod", "4", "4"), at=FRIDAY)

    suspended = stored(suspend(ticket, prague("2024-10-25T15:30")))
    resumed = stored(resume(ticket, prague("2024-10-29T09:00")))

    assert (suspended.resolution_due_at, suspended.resolution_seconds, suspended.next_due_at) == (None, 1800, NEVER)
    assert (resumed.resolution_due_at, resumed.next_due_at) == (prague("2024-10-29T12:30"), prague("2024-10-29T12:30"))


@pytest.mark.req("S4-18", "D2")
def test_suspending_stops_a_continuous_clock_too():
    ticket = an_accepted_ticket(paragraph=promised("Min-Cont", "240", "240"), at=FRIDAY)

    suspend(ticket, prague("2024-10-25T17:00"))
    resume(ticket, prague("2024-10-25T22:00"))

    assert stored(ticket).resolution_due_at == prague("2024-10-26T00:00")


def test_deadline_that_had_passed_stays_when_the_request_is_suspended():
    ticket = an_accepted_ticket(paragraph=promised("Hod", "1", "1"))

    suspend(ticket, MONDAY + timedelta(hours=2))

    assert stored(ticket).resolution_due_at == MONDAY + timedelta(hours=1)


@pytest.mark.req("S4-16", "C35", "D8")
def test_taking_over_meets_the_reaction():
    ticket = a_ticket(paragraph=promised("Hod", "4", "16"))

    lifecycle.accept(ticket=ticket, by=backoffice(a_staff_member()), at=MONDAY + timedelta(hours=1))

    ticket = stored(ticket)
    assert (ticket.reaction_met, ticket.reaction_met_at, ticket.reaction_seconds) == (True, MONDAY + timedelta(hours=1), 3600)
    assert (ticket.reaction_due_at, ticket.next_due_at) == (MONDAY + timedelta(hours=4), prague("2026-03-04T09:00"))


@pytest.mark.req("C35", "D8")
def test_first_public_answer_of_a_person_meets_the_reaction_and_later_acts_do_not_move_it():
    ticket = a_ticket(paragraph=promised("Hod", "1", "16"))
    dana = a_staff_member()

    a_message(ticket, at=MONDAY + timedelta(minutes=10))
    conversation.add_note(ticket=ticket, body="Zkusím Petra.", by=backoffice(dana), at=MONDAY + timedelta(minutes=20))
    before = stored(ticket).reaction_met
    a_message(ticket, author=dana, at=MONDAY + timedelta(minutes=30))
    lifecycle.accept(ticket=ticket, by=backoffice(dana), at=MONDAY + timedelta(hours=3))

    ticket = stored(ticket)
    assert (before, ticket.reaction_met, ticket.reaction_met_at) == (None, True, MONDAY + timedelta(minutes=30))


@pytest.mark.req("C35", "D8")
def test_act_of_the_system_never_meets_the_reaction():
    ticket = a_ticket(paragraph=promised("Hod", "1", "16"))

    lifecycle.accept(ticket=ticket, by=SYSTEM, at=MONDAY)

    assert (stored(ticket).status, stored(ticket).reaction_met) == (Status.ACCEPTED, None)


def test_late_reaction_is_broken_and_its_deadline_stays_shown():
    ticket = a_ticket(paragraph=promised("Hod", "1", "16"))

    lifecycle.accept(ticket=ticket, by=backoffice(a_staff_member()), at=MONDAY + timedelta(hours=1, seconds=1))

    ticket = stored(ticket)
    assert (ticket.reaction_met, ticket.reaction_due_at, ticket.reaction_seconds) == (False, MONDAY + timedelta(hours=1), 3601)


@pytest.mark.req("D4")
@pytest.mark.parametrize(
    ("resolved", "is_met", "seconds"),
    [
        pytest.param("2026-03-02T20:00", True, 30600, id="in the evening, nothing more was counted"),
        pytest.param("2026-03-03T08:00", True, 30600, id="at the next opening"),
        pytest.param("2026-03-03T08:00:01", False, 30601, id="one second of service later"),
    ],
)
def test_target_is_judged_by_measured_time_and_not_by_the_shown_deadline(resolved, is_met, seconds):
    ticket = an_accepted_ticket(paragraph=promised("Hod", "4", "8.5"), at=prague("2026-03-02T08:00"))

    resolve(ticket, prague(resolved))

    ticket = stored(ticket)
    assert (ticket.resolution_due_at, ticket.resolution_breach_at) == (prague("2026-03-02T16:30"), prague("2026-03-03T08:00"))
    assert (ticket.resolution_met, ticket.resolution_seconds) == (is_met, seconds)


@pytest.mark.req("D4")
@pytest.mark.parametrize(("at", "count"), [("2026-03-02T20:00", 0), ("2026-03-03T08:00", 0), ("2026-03-03T08:00:01", 1)])
def test_overdue_requests_are_found_by_the_same_rule(at, count):
    an_accepted_ticket(paragraph=promised("Hod", "4", "8.5"), at=prague("2026-03-02T08:00"))

    assert Ticket.objects.overdue(prague(at)).count() == count


@pytest.mark.req("S4-19", "S4-20", "D15")
def test_resolved_and_closed_request_keeps_deadline_and_measured_time():
    ticket = an_accepted_ticket(paragraph=promised("Hod", "4", "16"))

    resolve(ticket, MONDAY + timedelta(hours=2))
    resolved = stored(ticket)
    lifecycle.confirm_resolution(ticket=ticket, by=portal(ticket.author), at=MONDAY + timedelta(days=3))
    closed = stored(ticket)

    for each in (resolved, closed):
        assert (each.resolution_due_at, each.resolution_seconds) == (prague("2026-03-04T09:00"), 7200)
        assert (each.resolution_met, each.next_due_at, each.alarm_at) == (True, NEVER, None)


@pytest.mark.req("S4-21", "C07", "D9")
def test_upheld_complaint_counts_back_the_time_since_it_was_filed_and_not_the_time_resolved():
    ticket = an_accepted_ticket(paragraph=promised("Hod", "4", "8"), at=prague("2026-03-02T08:00"))
    resolve(ticket, prague("2026-03-02T12:00"))
    complain(ticket, prague("2026-03-03T09:00"))

    upheld = decide(ticket, prague("2026-03-03T11:00"), upheld=True)

    assert (upheld.resolution_due_at, upheld.resolution_seconds) == (prague("2026-03-03T13:00"), 6 * 3600)
    assert (upheld.resolution_met, upheld.next_due_at) == (None, prague("2026-03-03T13:00"))


@pytest.mark.req("S4-21", "C07", "D9")
def test_complaint_upheld_and_resolved_in_the_same_second_counts_back_too():
    ticket = an_accepted_ticket(paragraph=promised("Hod", "4", "8"), at=prague("2026-03-02T08:00"))
    resolve(ticket, prague("2026-03-02T12:00"))
    complain(ticket, prague("2026-03-03T09:00"))
    decide(ticket, prague("2026-03-03T11:00"), upheld=True)

    resolve(ticket, prague("2026-03-03T11:00"))

    again = stored(ticket)
    assert (again.resolution_seconds, again.resolution_due_at) == (6 * 3600, prague("2026-03-03T13:00"))


@pytest.mark.req("S4-21", "C07", "D9")
def test_rejected_complaint_leaves_the_original_resolution():
    ticket = an_accepted_ticket(paragraph=promised("Hod", "4", "8"), at=prague("2026-03-02T08:00"))
    resolve(ticket, prague("2026-03-02T12:00"))
    complain(ticket, prague("2026-03-03T09:00"))

    rejected = decide(ticket, prague("2026-03-06T11:00"), upheld=False)

    assert (rejected.resolution_due_at, rejected.resolution_seconds) == (prague("2026-03-02T16:00"), 4 * 3600)
    assert (rejected.resolution_met, rejected.next_due_at) == (True, NEVER)


@pytest.mark.req("S4-21", "C07")
def test_undecided_complaint_keeps_the_deadline_and_tells_the_one_that_would_hold():
    ticket = an_accepted_ticket(paragraph=promised("Hod", "4", "8"), at=prague("2026-03-02T08:00"))
    resolve(ticket, prague("2026-03-02T12:00"))

    disputed = complain(ticket, prague("2026-03-03T09:00"))

    assert (disputed.resolution_due_at, disputed.resolution_met) == (prague("2026-03-02T16:00"), True)
    assert clocks.if_upheld(disputed) == disputed.next_due_at == prague("2026-03-03T13:00")


def test_nobody_asks_what_would_hold_when_there_is_no_complaint():
    assert clocks.if_upheld(stored(a_ticket())) is None


@pytest.mark.req("S4-22")
def test_cancelled_request_has_no_clock():
    ticket = an_accepted_ticket(paragraph=promised("Hod", "4", "4"))

    lifecycle.cancel(ticket=ticket, reason="Duplicita", by=backoffice(a_staff_member()), at=MONDAY)

    ticket = stored(ticket)
    assert {name: getattr(ticket, name) for name in NO_CLOCK} == NO_CLOCK


def test_clocks_cost_one_statement_per_transition():
    ticket = a_ticket(paragraph=promised("Hod", "4", "16"))

    with CaptureQueriesContext(connection) as queries:
        lifecycle.accept(ticket=ticket, by=backoffice(a_staff_member()), at=MONDAY)

    about_clocks = [one["sql"] for one in queries if "tickets_slaalarm" in one["sql"] or "sla_" in one["sql"].split("FROM")[-1]]
    assert len([sql for sql in about_clocks if "LEFT OUTER JOIN" not in sql]) == 1


def test_history_of_a_request_does_not_repeat_its_clocks():
    fields = {field.name for field in Ticket.history.model._meta.get_fields()}

    assert fields & set(NO_CLOCK) == set()


def test_states_of_the_clock_are_those_of_the_request():
    assert [state.value for state in State] == Status.values
