"""What the page of a request tells about its course, and what a race with support must not spoil."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest
from django.test import Client

from tests.builders import (
    MONDAY,
    a_contract,
    a_member,
    a_paragraph,
    a_resolved_ticket,
    a_staff_member,
    a_suspended_ticket,
    a_ticket,
    an_accepted_ticket,
    an_escalated_ticket,
    an_operator,
    backoffice,
)
from tickets.models import Message, Ticket
from tickets.services import conversation, lifecycle, records

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice(client: Client):
    """Alice, an ordinary member, is signed in."""
    an_operator()
    alice = a_member(a_contract().customer, "Alice Dvořáková")
    client.force_login(alice)
    return alice


def paragraph_of(alice, **fields):
    return a_paragraph(alice.memberships.get().customer.contracts.get(), **fields)


def page_of(client: Client, ticket: Ticket, **query: str) -> str:
    return client.get(f"/pozadavky/{ticket.pk}/", query).content.decode().replace("\u00a0", " ")


@pytest.mark.req("S4-64")
def test_explanation_of_a_pause_stands_in_the_conversation(client: Client, alice) -> None:
    ticket = an_escalated_ticket(author=alice, paragraph=paragraph_of(alice))
    lifecycle.suspend(
        ticket=ticket,
        reason=Ticket.SuspendReason.ATTACHMENT,
        text="Bez výpisu chybu nezopakujeme.",
        items=[lifecycle.CooperationItem(what="Výpis z banky")],
        by=backoffice(ticket.assignee),
        at=MONDAY,
    )

    page = page_of(client, ticket, cast="komunikace")

    assert page.count("Pozastaveno: chybí příloha: Bez výpisu chybu nezopakujeme.") == 1


@pytest.mark.req("S4-61", "S4-71")
def test_changed_paragraph_and_split_off_part_stand_in_the_conversation(client: Client, alice) -> None:
    wrong, right = paragraph_of(alice, code="A", title="Závažná vada"), paragraph_of(alice, code="B", title="Dotaz")
    ticket, dana = a_ticket(author=alice, paragraph=wrong), backoffice(a_staff_member())
    lifecycle.accept(ticket=ticket, paragraph=right, by=dana, at=MONDAY)
    part = records.SplitOff(paragraph=right, subject="Nový sloupec", description="Prosíme o sloupec navíc.")
    new = records.split_request(ticket=ticket, part=part, by=dana, at=MONDAY)

    page = page_of(client, ticket, cast="komunikace")

    assert page.count("Změněn odstavec smlouvy: A Závažná vada → B Dotaz") == 1
    assert page.count(f"Oddělen nový požadavek: požadavek {new.pk}") == 1


def test_ordinary_resolution_is_told_in_one_word(client: Client, alice) -> None:
    ticket = a_resolved_ticket(author=alice, paragraph=paragraph_of(alice))

    page = page_of(client, ticket, cast="komunikace")

    assert page.count("Vyřešeno: ") == 0


@pytest.mark.req("S2-17")
def test_customer_reads_the_agreed_price_and_term_and_who_agreed_when(client: Client, alice) -> None:
    ticket = an_accepted_ticket(author=alice, paragraph=paragraph_of(alice))
    dana = a_staff_member("Dana Pokorná")
    records.agree_terms(ticket=ticket, price=Decimal("2400"), on=date(2026, 3, 20), by=backoffice(dana), at=MONDAY)

    page = page_of(client, ticket)

    assert page.count("<dt>Dohodnutá cena</dt><dd>2 400,00 Kč</dd>") == 1
    assert page.count("<dt>Dohodnutý termín</dt><dd>20. 3. 2026</dd>") == 1
    assert page.count("<dt>Kdo a&nbsp;kdy dohodl</dt><dd>Dana Pokorná, 2. 3. 2026 10:00</dd>") == 1


def test_item_ticked_off_meanwhile_does_not_hold_the_message_back(client: Client, alice) -> None:
    ticket = a_suspended_ticket(author=alice, paragraph=paragraph_of(alice), items=2)
    first, _ = ticket.cooperation.all()
    conversation.tick_off(item=first, by=backoffice(ticket.assignee), at=MONDAY)

    values = {"form_token": str(uuid4()), "body": "Posílám výpis.", "delivers": [str(first.pk)]}
    answer = client.post(f"/pozadavky/{ticket.pk}/zprava/", values)

    assert answer.status_code == 302
    assert [message.body for message in Message.objects.filter(ticket=ticket)] == ["Posílám výpis."]


def test_nobody_chosen_to_share_with_is_told_beside_the_field(client: Client, alice) -> None:
    ticket = a_ticket(author=alice, paragraph=paragraph_of(alice))
    a_member(ticket.customer, "Bob Kučera")

    answer = client.post(f"/pozadavky/{ticket.pk}/lide/", {"person": ""})

    assert answer.status_code == 422
    assert answer.content.decode().count('<span class="error" id="person-error" role="alert">Vyberte, koho chcete přidat.') == 1
