"""Who of the customer's people sees a request and writes into it."""

from __future__ import annotations

import pytest

from tests.builders import MONDAY, a_contract, a_customer, a_member, a_paragraph, a_ticket, portal
from tickets.models import Participant, Ticket
from tickets.services.participants import (
    ParticipantRefused,
    ReadOnly,
    Rights,
    add_participant,
    addable_people,
    remove_participant,
    require_writing,
    rights_of,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def company():
    return a_customer()


@pytest.fixture
def ticket(company):
    return a_ticket(author=a_member(company, "Alice Dvořáková"), paragraph=a_paragraph(a_contract(company)))


def test_author_and_manager_do_everything(company, ticket):
    manager = a_member(company, "Eliška Nová", is_manager=True)

    assert rights_of(ticket.author, ticket) == Rights(writes=True, manages=True)
    assert rights_of(manager, ticket) == Rights(writes=True, manages=True)


def test_manager_of_another_company_has_no_rights(ticket):
    cyril = a_member(a_customer(), "Cyril Malý", is_manager=True)

    assert rights_of(cyril, ticket) == Rights(writes=False, manages=False)


def test_participant_writes_only_if_allowed(company, ticket):
    bob = a_member(company, "Bob Kučera")

    add_participant(ticket=ticket, person=bob, may_write=False, by=portal(ticket.author), at=MONDAY)
    reads = rights_of(bob, ticket)
    with pytest.raises(ReadOnly):
        require_writing(bob, ticket)
    add_participant(ticket=ticket, person=bob, may_write=True, by=portal(ticket.author), at=MONDAY)

    assert reads == Rights(writes=False, manages=False)
    assert rights_of(bob, ticket) == Rights(writes=True, manages=False)
    assert Participant.objects.count() == 1


def test_stranger_cannot_be_added(ticket):
    cyril = a_member(a_customer(), "Cyril Malý")

    with pytest.raises(ParticipantRefused):
        add_participant(ticket=ticket, person=cyril, may_write=False, by=portal(ticket.author), at=MONDAY)

    assert Participant.objects.count() == 0


def test_only_colleagues_who_do_not_see_it_yet_are_offered(company, ticket):
    bob = a_member(company, "Bob Kučera")
    a_member(company, "Eliška Nová", is_manager=True)
    a_member(company, "Karel Účetní", is_member=False, is_accountant=True)
    a_member(a_customer(), "Cyril Malý")

    before = addable_people(ticket)
    add_participant(ticket=ticket, person=bob, may_write=False, by=portal(ticket.author), at=MONDAY)

    assert before == [bob]
    assert addable_people(ticket) == []


def test_removed_participant_no_longer_sees_it_and_the_log_tells_both(company, ticket):
    bob = a_member(company, "Bob Kučera")
    participant = add_participant(ticket=ticket, person=bob, may_write=True, by=portal(ticket.author), at=MONDAY)

    for _ in range(2):
        remove_participant(participant=participant, by=portal(ticket.author), at=MONDAY)

    assert list(Ticket.objects.visible_to(bob)) == []
    assert list(ticket.events.filter(kind="participants").values_list("detail", flat=True)) == [
        "Bob Kučera vidí a píše",
        "Bob Kučera už nevidí",
    ]
