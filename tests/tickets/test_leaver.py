"""Somebody leaves: one step closes every door and hands the open work over."""

import pytest
from django.urls import reverse

from helpdesk.customers.models import StaffTask
from tests.builders import (
    MONDAY,
    a_closed_ticket,
    a_customer,
    a_member,
    a_staff_member,
    an_escalated_ticket,
    backoffice,
)
from tickets.services.people import ReleaseRefused, release_person

pytestmark = pytest.mark.django_db

STAFF = [("Hana Vedoucí", "vedoucí"), ("Petr Vaníček", "řešitel"), ("Jana Malá", "řešitel")]


def page(pk: int) -> str:
    return reverse("admin:customers_user_release", args=[pk])


@pytest.mark.req("S5-07")
def test_leaver_loses_access_and_a_colleague_takes_over():
    petr, jana = a_staff_member("Petr Vaníček", group="řešitel"), a_staff_member("Jana Malá", group="řešitel")
    head = a_staff_member("Hana Vedoucí", group="vedoucí")
    ticket = an_escalated_ticket(assignee=petr)
    task = StaffTask.objects.create(kind="other", text="Zavolat", assignee=petr, created_at=MONDAY)

    release_person(person=petr, to=jana, by=backoffice(head), at=MONDAY)

    for row in (petr, ticket, task):
        row.refresh_from_db()
    assert (petr.is_active, petr.deactivated_at) == (False, MONDAY)
    assert (ticket.assignee, task.assignee) == (jana, jana)


def test_leaver_with_open_work_is_kept_until_somebody_takes_it_over():
    petr = a_staff_member("Petr Vaníček", group="řešitel")
    an_escalated_ticket(assignee=petr)

    with pytest.raises(ReleaseRefused):
        release_person(person=petr, to=None, by=backoffice(a_staff_member()), at=MONDAY)

    petr.refresh_from_db()
    assert petr.is_active is True


def test_closed_requests_stay_with_who_solved_them():
    petr = a_staff_member("Petr Vaníček", group="řešitel")
    ticket = a_closed_ticket(assignee=petr)
    StaffTask.objects.filter(assignee=petr).update(done_at=MONDAY)

    release_person(person=petr, to=None, by=backoffice(a_staff_member()), at=MONDAY)

    ticket.refresh_from_db()
    petr.refresh_from_db()
    assert (petr.is_active, ticket.assignee) == (False, petr)


def test_nobody_ends_the_own_access():
    dana = a_staff_member()

    with pytest.raises(ReleaseRefused):
        release_person(person=dana, to=None, by=backoffice(dana), at=MONDAY)


def test_head_releases_a_colleague_from_the_backoffice(client):
    head, petr, jana = (a_staff_member(name, group=group) for name, group in STAFF)
    ticket = an_escalated_ticket(assignee=petr)
    client.force_login(head)

    without_successor = client.post(page(petr.pk))
    client.post(page(petr.pk), {"to": jana.pk})

    ticket.refresh_from_db()
    petr.refresh_from_db()
    assert list(without_successor.context["form"].errors) == ["to"]
    assert (petr.is_active, ticket.assignee) == (False, jana)


def test_support_releases_a_person_of_a_customer(client):
    alice = a_member(a_customer())
    client.force_login(a_staff_member())

    question = client.get(page(alice.pk))
    alice.refresh_from_db()
    still_active = alice.is_active
    client.post(page(alice.pk))

    alice.refresh_from_db()
    assert (list(question.context["form"].fields), still_active, alice.is_active) == ([], True, False)
    assert alice.memberships.get().is_active is False


def test_support_does_not_release_a_colleague(client):
    client.force_login(a_staff_member())

    assert client.post(page(a_staff_member("Jana Malá").pk)).status_code == 403


def test_released_person_is_not_released_again(client):
    alice = a_member(a_customer(), is_active=False)
    client.force_login(a_staff_member())

    assert client.post(page(alice.pk)).status_code == 403
