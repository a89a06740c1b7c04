"""Narrow screens and long words: nothing is cut off, nothing lies over anything else."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page

from tests.builders import a_contract, a_message, a_paragraph, a_staff_member, a_ticket, an_operator, backoffice
from tests.tickets.work_builders import a_taken_ticket, written
from tickets.services.conversation import add_note
from tickets.services.lifecycle import accept
from tickets.services.work import pause_timer, start_timer

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


OVERLAPPING = """(() => {
  const looked = "#header-inner span.material-symbols-outlined, #header-inner #timer [role=group] > *";
  const parts = [...document.querySelectorAll(looked)]
    .filter((one) => one.checkVisibility() && one.getBoundingClientRect().width > 1);
  const boxes = parts.map((one) => [one.textContent.trim(), one.getBoundingClientRect()]);
  const wrong = boxes.filter(([, box]) => box.right > innerWidth).map(([text]) => `${text} beyond the edge`);
  boxes.forEach(([text, box], at) => boxes.slice(at + 1).forEach(([other, next]) => {
    const apart = box.right <= next.left + 1 || next.right <= box.left + 1;
    const within = (box.left <= next.left && next.right <= box.right) || (next.left <= box.left && box.right <= next.right);
    if (!apart && !within) wrong.push(`${text} over ${other}`);
  }));
  return wrong;
})()"""


@pytest.mark.parametrize("width", [390, 320])
@pytest.mark.parametrize("is_paused", [True, False])
def test_timer_in_a_narrow_header_covers_nothing(open_browser, width, is_paused):
    an_operator()
    dana, begun = a_staff_member(), timezone.now() - timedelta(hours=9, minutes=59)
    for _ in range(3):
        entry = start_timer(ticket=a_taken_ticket(staff=dana, at=begun), by=backoffice(dana), at=begun)
        begun += timedelta(seconds=30)
    if is_paused:
        pause_timer(entry=entry, by=backoffice(dana), at=timezone.now())
    page = open_browser(width=width, user=dana)

    page.goto(DESK)
    page.get_by_role("group", name="Měření práce").wait_for()
    page.evaluate("document.fonts.ready")  # until then an icon is a long word

    assert page.evaluate(OVERLAPPING) == []
