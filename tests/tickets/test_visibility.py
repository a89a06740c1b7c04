"""Who sees which request in the portal."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.http import Http404

from helpdesk.customers.models import Membership, User
from tests.builders import MONDAY, a_cancelled_ticket, a_contract, a_customer, a_member, a_paragraph, a_staff_member, a_ticket
from tickets.models import Participant, Ticket
from tickets.views.detail import find_ticket

pytestmark = pytest.mark.django_db


def visible(user: User) -> list[Ticket]:
    """What the lists of a person show, which is also what opens by its number."""
    listed = list(Ticket.objects.visible_to(user).order_by("id"))
    written = Ticket.objects.visible_to(user).condition()
    assert list(Ticket.objects.raw(f"SELECT * FROM tickets_ticket WHERE {written.sql} ORDER BY id", written.values)) == listed
    assert [ticket for ticket in Ticket.objects.order_by("id") if opens(user, ticket)] == listed
    return listed


def opens(user: User, ticket: Ticket) -> bool:
    try:
        return find_ticket(SimpleNamespace(user=User.objects.get(pk=user.pk)), ticket.pk) == ticket
    except Http404:
        return False


@pytest.fixture
def company():
    return a_customer()


@pytest.fixture
def alices(company):
    """A request of Alice, who is an ordinary member of her company."""
    alice = a_member(company, "Alice Dvořáková")
    return a_ticket(author=alice, paragraph=a_paragraph(a_contract(company)))


@pytest.mark.req("S5-07")
def test_a_member_sees_own_requests_only(company, alices):
    bob = a_member(company, "Bob Kučera")

    assert visible(alices.author) == [alices]
    assert visible(bob) == []


def test_a_manager_sees_the_whole_company(company, alices):
    assert visible(a_member(company, "Bob Kučera", is_manager=True)) == [alices]


def test_a_participant_sees_what_was_shared(company, alices):
    bob = a_member(company, "Bob Kučera")
    Participant.objects.create(ticket=alices, user=bob, added_at=MONDAY)

    assert visible(bob) == [alices]


@pytest.mark.req("S4-45")
def test_a_stranger_sees_nothing_even_as_a_manager_elsewhere(alices):
    assert visible(a_member(a_customer(), "Cyril Hájek", is_manager=True)) == []


@pytest.mark.req("S4-45")
def test_a_person_of_two_companies_has_the_rights_of_each(company, alices):
    other = a_customer()
    bob = a_member(company, "Bob Kučera", is_manager=True)
    Membership.objects.create(user=bob, customer=other, is_member=True)
    in_other = a_ticket(author=a_member(other), paragraph=a_paragraph(a_contract(other)))
    own_in_other = a_ticket(author=bob, paragraph=in_other.paragraph)

    assert visible(bob) == [alices, own_in_other]


@pytest.mark.parametrize("roles", [{"is_accountant": True}, {"is_approver": True}, {"is_responsible": True}])
def test_other_roles_alone_see_no_requests(company, alices, roles):
    assert visible(a_member(company, "Marie Hrubá", is_member=False, **roles)) == []


def test_who_no_longer_acts_for_the_company_sees_nothing_not_even_own_requests(alices):
    Membership.objects.update(is_active=False)

    assert visible(alices.author) == []


def test_a_deactivated_company_or_person_sees_nothing(company, alices):
    company.is_active = False
    company.save()

    assert visible(alices.author) == []


def test_a_former_participant_who_left_the_company_sees_nothing(company, alices):
    bob = a_member(company, "Bob Kučera")
    Participant.objects.create(ticket=alices, user=bob, added_at=MONDAY)
    Membership.objects.filter(user=bob).update(is_active=False)

    assert visible(bob) == []


def test_staff_without_a_membership_see_nothing_in_the_portal(alices):
    assert visible(a_staff_member()) == []


@pytest.mark.req("S4-22")
def test_a_cancelled_request_is_seen_by_its_author_only(company):
    ticket = a_cancelled_ticket(paragraph=a_paragraph(a_contract(company)))

    assert visible(ticket.author) == [ticket]
    assert visible(a_member(company, "Bob Kučera", is_manager=True)) == []
