"""Free contact addresses: written to at once, but few new ones a day, and never again after „to nejsem já“ (S2-09)."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from helpdesk.customers.channels import Channel
from helpdesk.mail.models import OutgoingMail
from helpdesk.mail.services import claim_next, mark_refused, mark_sent
from tests.builders import (
    a_contract,
    a_customer,
    a_member,
    a_paragraph,
    a_staff_member,
    a_ticket,
    an_operator,
    backoffice,
    portal,
    prague,
)
from tests.tickets.desk import signed_in, text_of
from tests.tickets.letters import letters
from tests.tickets.test_views_filing import typed
from tickets.models import ContactAddress, Ticket
from tickets.services.conversation import post_message
from tickets.services.filing import NewRequest, file_request

pytestmark = pytest.mark.django_db
MORNING = prague("2026-03-02T10:20")


@pytest.fixture
def alice():
    an_operator()
    return a_member(a_customer(name="Hanácké strojírny a.s."), email="alice@hanacke.example")


def filed(alice, contact: str, *, at=MORNING, by_staff=False) -> Ticket:
    paragraph = a_paragraph(a_contract(alice.active_memberships[0].customer))
    new = NewRequest(
        author=alice, paragraph=paragraph, subject="Nejde tisk", description="Od rána.", contact_email=contact,
        contact_phone="+420605110220", channel=Channel.PHONE if by_staff else Channel.PORTAL,
    )  # fmt: skip
    return file_request(new=new, by=backoffice(a_staff_member()) if by_staff else portal(alice), at=at)


def to(address: str) -> list[str]:
    return [kind for kind, recipient in letters() if recipient == address]


def link_in(letter: OutgoingMail) -> str:
    return re.search(r"http://testserver(/adresa/\S+/)", letter.text)[1]


def letter_to(address: str) -> OutgoingMail:
    return OutgoingMail.objects.filter(recipient=address).latest("id")


@pytest.mark.req("S2-09")
def test_free_address_gets_the_letters_of_its_request_with_a_way_to_refuse_them(alice):
    ticket = filed(alice, "Sklad@jinde.example")

    post_message(ticket=ticket, body="Pracujeme na tom.", by=backoffice(a_staff_member()), at=MORNING)

    assert to("sklad@jinde.example") == ["filed", "message"]
    assert "To nejsem já:" in letter_to("sklad@jinde.example").text
    assert "To nejsem já:" not in letter_to("alice@hanacke.example").text


@pytest.mark.req("S2-09")
def test_fourth_new_address_of_a_day_must_confirm_itself_first_and_the_author_is_told_at_once(alice):
    tickets = [filed(alice, f"cizi{number}@jinde.example") for number in (1, 2, 3, 4)]
    next_day = filed(alice, "cizi5@jinde.example", at=prague("2026-03-03T00:00"))

    assert [to(ticket.contact_email) for ticket in tickets] == [["filed"], ["filed"], ["filed"], ["contact_asked"]]
    assert to(next_day.contact_email) == ["filed"]
    assert to("alice@hanacke.example") == ["filed"] * 5


@pytest.mark.req("S2-09")
def test_request_to_confirm_carries_nothing_that_the_customer_typed(alice, settings):
    settings.NEW_ADDRESSES_PER_DAY = 0
    paragraph = a_paragraph(a_contract(alice.active_memberships[0].customer))
    a_ticket(
        author=alice,
        paragraph=paragraph,
        contact_email="cizi@jinde.example",
        subject="Vyhráli jste",
        description="http://zlo.example",
    )

    letter = letter_to("cizi@jinde.example")

    assert (letter.kind, letter.is_confidential, letter.subject) == ("contact_asked", True, "Potvrďte prosím svou adresu")
    assert "Vyhráli" not in letter.text
    assert "zlo.example" not in letter.text
    assert "zákazník Hanácké strojírny a.s. uvedl" in letter.text


@pytest.mark.req("S2-09", "D26")
def test_address_confirms_itself_by_a_page_that_posts_and_the_link_works_once(alice, settings):
    settings.NEW_ADDRESSES_PER_DAY = 0
    ticket = filed(alice, "cizi@jinde.example")
    link, anybody = link_in(letter_to("cizi@jinde.example")), Client()

    opened = anybody.get(link)
    unchanged = ContactAddress.objects.get().waits_for
    confirmed = anybody.post(link, {"odpoved": "ano"})
    again = anybody.post(link, {"odpoved": "ne"})
    post_message(ticket=ticket, body="Hotovo.", by=backoffice(a_staff_member()), at=MORNING + timedelta(hours=1))

    assert (opened.status_code, unchanged, confirmed.status_code, again.status_code) == (200, "limit", 200, 410)
    assert "Adresa je potvrzená" in text_of(confirmed)
    assert to("cizi@jinde.example") == ["contact_asked", "message"]
    assert "To nejsem já:" not in letter_to("cizi@jinde.example").text


@pytest.mark.req("S2-09", "D26")
def test_after_to_nejsem_ja_no_letter_goes_and_the_link_of_an_ordinary_letter_cannot_confirm(alice):
    ticket = filed(alice, "cizi@jinde.example")
    link, anybody = link_in(letter_to("cizi@jinde.example")), Client()

    page = text_of(anybody.get(link))
    as_confirmation = anybody.post(link, {"odpoved": "ano"})
    refused = anybody.post(link, {"odpoved": "ne"})
    post_message(ticket=ticket, body="Pracujeme.", by=backoffice(a_staff_member()), at=MORNING)
    filed(alice, "cizi@jinde.example", at=MORNING + timedelta(days=1))

    assert "Ano, posílejte" not in page
    assert (as_confirmation.status_code, refused.status_code) == (410, 200)
    assert to("cizi@jinde.example") == ["filed"]


@pytest.mark.req("S2-09")
def test_who_refused_one_customer_is_asked_before_another_one_writes_and_at_most_once_a_month(alice):
    filed(alice, "cizi@jinde.example")
    Client().post(link_in(letter_to("cizi@jinde.example")), {"odpoved": "ne"})
    cyril = a_member(a_customer(name="Jiná firma s.r.o."), "Cyril Malý")

    for days in (0, 1, 29, 31):
        filed(cyril, "cizi@jinde.example", at=MORNING + timedelta(days=days))

    assert to("cizi@jinde.example") == ["filed", "contact_asked", "contact_asked"]


@pytest.mark.req("S2-09")
def test_after_a_bounce_the_address_confirms_itself_first(alice):
    ticket = filed(alice, "preklep@jinde.example")
    for _ in range(OutgoingMail.objects.count()):
        letter = claim_next(at=MORNING)
        if letter.recipient == "preklep@jinde.example":
            mark_refused(mail=letter, error="550 no such user", is_permanent=True, at=MORNING)
        else:
            mark_sent(mail=letter, reply="250 OK", at=MORNING)

    post_message(ticket=ticket, body="Pracujeme.", by=backoffice(a_staff_member()), at=MORNING + timedelta(hours=1))
    filed(alice, "preklep@jinde.example", at=MORNING + timedelta(hours=2))
    Client().post(link_in(letter_to("preklep@jinde.example")), {"odpoved": "ano"})
    post_message(ticket=ticket, body="Hotovo.", by=backoffice(a_staff_member()), at=MORNING + timedelta(hours=3))

    assert to("preklep@jinde.example") == ["filed", "contact_asked", "message"]


@pytest.mark.req("S2-09")
def test_addresses_of_known_people_and_those_that_staff_write_down_are_not_limited(alice, settings):
    settings.NEW_ADDRESSES_PER_DAY = 0
    bob = a_member(alice.active_memberships[0].customer, "Bob Kučera", email="bob@hanacke.example")

    filed(alice, bob.email.upper())
    filed(alice, "volajici@jinde.example", by_staff=True)

    assert (to("bob@hanacke.example"), to("volajici@jinde.example")) == (["filed"], ["filed"])
    assert list(ContactAddress.objects.values_list("email", flat=True)) == ["volajici@jinde.example"]


@pytest.mark.req("S2-09")
def test_portal_says_that_the_address_must_confirm_itself(alice, settings):
    settings.NEW_ADDRESSES_PER_DAY = 0
    paragraph = a_paragraph(a_contract(alice.active_memberships[0].customer))

    page = signed_in(alice).post("/pozadavky/novy/", typed(paragraph), follow=True)

    assert "Na sklad@hanacke.example začneme psát, až adresu potvrdí její majitel" in text_of(page)


def test_made_up_link_is_not_found_and_an_old_one_is_gone(alice):
    filed(alice, "cizi@jinde.example")
    link = link_in(letter_to("cizi@jinde.example"))

    with time_machine.travel(timezone.now() + timedelta(days=366), tick=False):
        old = Client().get(link)

    assert (Client().get(f"{link[:-5]}/").status_code, old.status_code) == (404, 410)
