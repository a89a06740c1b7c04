"""Who of the customer's people gets letters: those who may read the request, want them and did not act themselves."""

from __future__ import annotations

import pytest

from helpdesk.customers.models import Membership
from tests.builders import MONDAY, a_contract, a_member, a_message, a_paragraph, a_suspended_ticket, backoffice, portal
from tests.tickets.letters import filed, letters, written_by
from tickets.models import Participant
from tickets.services import lifecycle

pytestmark = pytest.mark.django_db


def test_participant_of_the_company_is_written_to_and_a_former_one_is_not(customer, alice, dana):
    ticket = filed(customer, alice)
    bob = a_member(customer, "Bob Kučera", email="bob@example.cz")
    former = a_member(customer, "Fred Kos", email="fred@example.cz")
    for person in (bob, former):
        Participant.objects.create(ticket=ticket, user=person, added_at=MONDAY)
    Membership.objects.filter(user=former).update(is_active=False)

    written = written_by(lambda: a_message(ticket, author=dana))

    assert written == [("message", "alice@example.cz"), ("message", "bob@example.cz")]


def test_colleague_learns_of_the_authors_act_and_the_author_does_not(customer, alice, dana, petr):
    ticket = a_suspended_ticket(assignee=petr, author=alice, paragraph=a_paragraph(a_contract(customer)))
    bob = a_member(customer, "Bob Kučera", email="bob@example.cz")
    Participant.objects.create(ticket=ticket, user=bob, added_at=MONDAY)

    assert written_by(lambda: lifecycle.resume(ticket=ticket, by=portal(alice), at=MONDAY)) == [
        ("state_changed", "bob@example.cz")
    ]


def test_person_who_left_gets_nothing_although_theirs_is_the_contact_address(customer, alice, dana):
    ticket = filed(customer, alice)
    alice.is_active = False
    alice.save()

    assert written_by(lambda: a_message(ticket, author=dana)) == []


@pytest.mark.req("S4-23")
def test_switched_off_letters_are_not_written_but_proofs_are(customer, alice, dana):
    alice.notify_states = alice.notify_messages = False
    alice.save()

    ticket = filed(customer, alice)
    a_message(ticket, author=dana)
    lifecycle.accept(ticket=ticket, by=backoffice(dana), at=MONDAY)

    assert letters(recipient="alice@example.cz") == [("filed", "alice@example.cz")]


@pytest.mark.parametrize(("switch", "kind"), [("notify_states", "message"), ("notify_messages", "accepted")])
def test_each_switch_holds_for_its_own_letters(customer, alice, dana, switch, kind):
    setattr(alice, switch, False)
    alice.save()
    ticket = filed(customer, alice)

    a_message(ticket, author=dana)
    lifecycle.accept(ticket=ticket, by=backoffice(dana), at=MONDAY)

    assert letters(recipient="alice@example.cz") == [("filed", "alice@example.cz"), (kind, "alice@example.cz")]
