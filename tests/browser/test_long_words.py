"""A word of 200 letters, as a log or an address may be, wraps everywhere: it neither widens a page nor pushes columns out."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page

from tests.builders import a_contract, a_message, a_paragraph, a_staff_member, a_ticket, an_operator, backoffice
from tests.tickets.work_builders import written
from tickets.services.conversation import add_note
from tickets.services.lifecycle import accept

pytestmark = pytest.mark.django_db(transaction=True)

WORD = ("Nejneobhospodařovávatelnější" * 8)[:200]
SUBJECT = WORD[:120]
DESK = "/backoffice/tickets/ticket/"
CUT_OFF = """[...document.querySelectorAll("td, th, td *, th *, h1, h2, p, li, dd, .prose, .button, a")]
  .filter((one) => one.checkVisibility() && !one.closest(".sr-only, #nav-sidebar, #nav-sidebar-inner"))
  .filter((one) => one.getBoundingClientRect().right > innerWidth + 1 && one.getBoundingClientRect().width > 1)
  .map((one) => `${one.tagName} ${one.className}: ${one.textContent.trim().slice(0, 30)}`)"""


def cut_off(page: Page) -> list[str]:
    """What lies beyond the right edge, also inside of boxes that hide it."""
    return page.evaluate(CUT_OFF)


@pytest.fixture
def ticket():
    at = timezone.now() - timedelta(hours=2)
    an_operator()
    paragraph = a_paragraph(a_contract(free_phone_minutes=0))
    ticket = a_ticket(paragraph=paragraph, at=at, subject=SUBJECT, description=f"{WORD} a {WORD}")
    a_message(ticket, body=WORD, at=at)
    return ticket


@pytest.mark.parametrize("width", [1280, 390])
def test_long_word_is_cut_off_nowhere(open_browser, ticket, width):
    vera = a_staff_member("Věra Malá", group="vedoucí")
    by, at = backoffice(vera), timezone.now() - timedelta(hours=1)
    accept(ticket=ticket, by=by, at=at, starts_work=False)
    add_note(ticket=ticket, body=WORD, by=by, at=at)
    entry = written(ticket, by=vera, until=at, minutes=5, at=at, note=WORD, internal_note=WORD)
    found = {}

    page = open_browser(width=width, user=ticket.author)
    for address in ("/", f"/pozadavky/{ticket.pk}/", f"/pozadavky/{ticket.pk}/?karta=zadani", "/kredit/"):
        page.goto(address)
        found[address] = cut_off(page)
    page = open_browser(width=width, user=vera)
    for address in (
        DESK,
        f"{DESK}{ticket.pk}/change/",
        f"{DESK}prace/",
        f"{DESK}prace/{entry.pk}/opravit/",
        "/backoffice/credit/ledgertransfer/",
    ):
        page.goto(address)
        found[address] = cut_off(page)

    assert {address: faults for address, faults in found.items() if faults} == {}
