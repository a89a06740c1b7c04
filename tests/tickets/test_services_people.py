"""Following a request, and handing over what a colleague leaves behind."""

import pytest

from helpdesk.customers.models import StaffTask
from helpdesk.mail.models import OutgoingMail
from tests.builders import (
    MONDAY,
    a_cancelled_ticket,
    a_closed_ticket,
    a_member,
    a_message,
    a_staff_member,
    a_suspended_ticket,
    an_accepted_ticket,
    an_escalated_ticket,
    backoffice,
    prague,
)
from tickets.models import Status, TicketEvent
from tickets.services.lifecycle import AssigneeRefused
from tickets.services.log import StateChanged
from tickets.services.people import ReleaseRefused, hand_over_requests, release_person, unwatch, watch
from tickets.services.tasks import TaskDone, assign_task, finish_task, plan_task

pytestmark = pytest.mark.django_db

LATER = prague("2026-03-02T11:30")


def letters(kind: str) -> list[str]:
    return sorted(OutgoingMail.objects.filter(kind=kind).values_list("recipient", flat=True))


def test_follower_gets_the_customers_message_besides_the_solver():
    petr = a_staff_member("Petr Vaníček", group="řešitel")
    dana = a_staff_member()
    ticket = an_escalated_ticket(assignee=petr)

    watch(ticket=ticket, user=dana)
    watch(ticket=ticket, user=dana)
    a_message(ticket, at=LATER)

    assert letters("staff_message") == sorted([petr.email, dana.email])


def test_who_stopped_following_gets_nothing():
    petr = a_staff_member("Petr Vaníček", group="řešitel")
    dana = a_staff_member()
    ticket = an_escalated_ticket(assignee=petr)
    watch(ticket=ticket, user=dana)

    unwatch(ticket=ticket, user=dana)
    a_message(ticket, at=LATER)

    assert letters("staff_message") == [petr.email]


@pytest.mark.req("S2-16")
def test_open_requests_and_tasks_go_to_a_colleague_and_closed_ones_stay():
    petr = a_staff_member("Petr Vaníček", group="řešitel")
    jana = a_staff_member("Jana Malá", group="řešitel")
    escalated = an_escalated_ticket(assignee=petr)
    suspended = a_suspended_ticket(assignee=petr)
    closed = a_closed_ticket(assignee=petr)

    count = hand_over_requests(person=petr, to=jana, by=backoffice(a_staff_member()), at=LATER)
    for ticket in (escalated, suspended, closed):
        ticket.refresh_from_db()

    assert count == 2
    assert [(ticket.status, ticket.assignee) for ticket in (escalated, suspended, closed)] == [
        (Status.ESCALATED, jana),
        (Status.SUSPENDED, jana),
        (Status.CLOSED, petr),
    ]
    event = escalated.events.last()
    assert (event.kind, event.detail, event.from_status) == (TicketEvent.Kind.HANDED_OVER, "Petr Vaníček → Jana Malá", "")
    assert set(StaffTask.objects.open().values_list("assignee", flat=True)) == {jana.pk}
    assert letters("staff_assigned").count(jana.email) == 2


def test_requests_are_not_handed_over_to_a_customer():
    petr = a_staff_member("Petr Vaníček", group="řešitel")
    ticket = an_escalated_ticket(assignee=petr)
    alice = a_member(ticket.customer)

    with pytest.raises(AssigneeRefused):
        hand_over_requests(person=petr, to=alice, by=backoffice(petr), at=LATER)


def test_task_is_given_away_until_it_is_done():
    dana = a_staff_member()
    an_escalated_ticket()
    task = StaffTask.objects.get()

    assign_task(task=task, assignee=dana, by=backoffice(dana), at=LATER)
    finish_task(task=task, by=backoffice(dana), at=LATER)

    task.refresh_from_db()
    assert (task.assignee, task.done_by, task.done_at) == (dana, dana, LATER)
    with pytest.raises(TaskDone):
        assign_task(task=task, assignee=None, by=backoffice(dana), at=LATER)


def test_task_is_planned_for_a_request_that_is_not_cancelled():
    ticket, cancelled = an_escalated_ticket(), a_cancelled_ticket()
    dana = a_staff_member()
    what = {
        "kind": StaffTask.Kind.CALL_BACK,
        "text": "Zavolat skladníkovi",
        "assignee": dana,
        "by": backoffice(dana),
        "at": LATER,
    }

    task = plan_task(ticket=ticket, **what)
    with pytest.raises(StateChanged):
        plan_task(ticket=cancelled, **what)

    assert (task.link.ticket, task.assignee, task.created_at) == (ticket, dana, LATER)
    assert not StaffTask.objects.filter(link__ticket=cancelled).exists()


def test_accepted_request_without_a_solver_is_nobodys_to_hand_over():
    petr = a_staff_member("Petr Vaníček", group="řešitel")
    an_accepted_ticket(staff=petr, at=MONDAY)

    assert hand_over_requests(person=petr, to=a_staff_member(), by=backoffice(petr), at=LATER) == 0


@pytest.mark.req("S5-07")
def test_who_leaves_hands_over_and_is_shut_out_in_one_step():
    petr = a_staff_member("Petr Vaníček", group="řešitel")
    jana = a_staff_member("Jana Malá", group="řešitel")
    ticket = an_escalated_ticket(assignee=petr)
    watch(ticket=an_accepted_ticket(), user=petr)

    release_person(person=petr, to=jana, by=backoffice(a_staff_member()), at=LATER)
    ticket.refresh_from_db()
    petr.refresh_from_db()

    assert (ticket.assignee, petr.is_active, petr.deactivated_at, petr.watched.count()) == (jana, False, LATER, 0)


@pytest.mark.req("S5-07")
def test_nobody_leaves_open_work_behind():
    petr = a_staff_member("Petr Vaníček", group="řešitel")
    an_escalated_ticket(assignee=petr)

    with pytest.raises(ReleaseRefused):
        release_person(person=petr, to=None, by=backoffice(a_staff_member()), at=LATER)
    with pytest.raises(ReleaseRefused):
        release_person(person=petr, to=petr, by=backoffice(a_staff_member()), at=LATER)
    petr.refresh_from_db()
    assert petr.is_active


@pytest.mark.req("S5-07")
def test_customers_person_leaves_without_a_successor():
    alice = an_accepted_ticket().author

    assert not release_person(person=alice, to=None, by=backoffice(a_staff_member()), at=LATER).is_active
