"""Every page of requests in a real browser: readable by all, without errors, and what scripts add."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from helpdesk.customers.models import ContractParagraph, User
from tests.browser.conftest import faults_of
from tests.builders import (
    a_cancelled_ticket,
    a_closed_ticket,
    a_contract,
    a_customer,
    a_member,
    a_message,
    a_paragraph,
    a_resolved_ticket,
    a_suspended_ticket,
    a_ticket,
    an_asset,
    an_escalated_ticket,
    an_operator,
    backoffice,
)
from tickets.models import Participant, Ticket
from tickets.services.lifecycle import accept

pytestmark = pytest.mark.django_db(transaction=True)

OpenBrowser = Callable[..., Page]


@pytest.fixture
def paragraph() -> ContractParagraph:
    an_operator()
    customer = a_customer(name="Hanácké strojírny s.r.o.")
    a_contract(customer, number="2025/007", title="Provoz DMS v cloudu")
    contract = a_contract(customer, number="2024/118", title="Údržba a podpora ERP Vektor")
    return a_paragraph(contract, code="čl. 4.1 b)", title="Závažná vada")


@pytest.fixture
def alice(paragraph: ContractParagraph) -> User:
    alice = a_member(paragraph.contract.customer, "Alice Dvořáková", is_manager=True)
    alice.memberships.create(customer=a_customer(name="Hanácká slévárna s.r.o."), is_manager=True)
    return alice


@pytest.fixture
def tickets(alice: User, paragraph: ContractParagraph) -> dict[str, Ticket]:
    """One request in each state, with a conversation."""
    at = timezone.now() - timedelta(hours=2)
    fields = {"author": alice, "paragraph": paragraph, "at": at}
    made = {
        "new": a_ticket(**fields, subject="Nelze vytisknout dodací list ze skladu B"),
        "escalated": an_escalated_ticket(**fields, asset=an_asset(paragraph.contract.customer)),
        "suspended": a_suspended_ticket(**fields, items=2, subject="Import bankovních výpisů končí chybou"),
        "resolved": a_resolved_ticket(**fields, subject="Přihlášení přes Entra ID po aktualizaci nefunguje"),
        "closed": a_closed_ticket(**fields, subject="Pomalé načítání skladových karet"),
        "cancelled": a_cancelled_ticket(**fields, subject="Omylem dvakrát"),
    }
    a_message(made["escalated"], author=made["escalated"].assignee, body="Kvótu dnes zvedneme.\n\nDáme vědět.", at=at)
    a_message(made["escalated"], body="Děkuji. Snímek je na https://dms.example/hlaska-dms-13-40", at=at)
    bob = a_member(paragraph.contract.customer, "Robert Kučera")
    Participant.objects.create(ticket=made["escalated"], user=bob, may_write=True, added_at=at)
    return made


def addresses(tickets: dict[str, Ticket]) -> list[str]:
    pages = {
        "new": ["?cast=zadani", "?cast=zadani&lide=1", "sla/"],
        "escalated": ["?cast=komunikace", "?cast=historie", "?cast=komunikace&lide=1"],
        "suspended": ["?cast=komunikace", "sla/"],
        "resolved": ["?cast=vyhodnoceni", "?cast=komunikace", "sla/"],
        "closed": [""],
        "cancelled": ["", "sla/"],
    }
    details = [f"/pozadavky/{tickets[state].pk}/{query}" for state, queries in pages.items() for query in queries]
    return ["/", "/?cast=vyrizene", "/?q=nenajdes+nic", "/?stav=disputed", *details]


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pages_are_accessible_and_fit(
    open_browser: OpenBrowser, alice: User, tickets: dict[str, Ticket], theme: str, width: int
) -> None:
    page = open_browser(theme=theme, width=width, user=alice)
    faults = {}
    for address in addresses(tickets):
        page.goto(address)
        faults[address] = faults_of(page)

    assert faults == {address: [] for address in faults}


def test_keys_lead_to_search_and_to_a_new_request(open_browser: OpenBrowser, alice: User, tickets: dict[str, Ticket]) -> None:
    page = open_browser(user=alice)
    page.goto("/")

    page.keyboard.press("/")
    page.keyboard.type("import")
    page.keyboard.press("Enter")

    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page).to_have_url("/?q=import&stav=&smlouva=&razeni=nejnovejsi")
    page.locator("h1").click()
    page.keyboard.press("n")
    expect(page.get_by_role("heading", level=1)).to_have_text("Založení nového incidentu")
    page.locator("h1").click()
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()


def test_filter_changes_the_list_without_loading_the_page(
    open_browser: OpenBrowser, alice: User, tickets: dict[str, Ticket]
) -> None:
    page = open_browser(user=alice)
    page.goto("/")
    page.evaluate("document.body.dataset.same = 'yes'")

    page.get_by_label("Řazení").select_option("nejstarsi")
    expect(page.locator("th[aria-sort=ascending]")).to_have_text("Vytvořeno")
    page.get_by_label("Stav", exact=True).select_option("suspended")

    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page).to_have_url("/?q=&stav=suspended&smlouva=&razeni=nejstarsi")
    assert page.evaluate("document.body.dataset.same") == "yes"


def test_draft_survives_a_closed_window_and_goes_with_the_sending(
    open_browser: OpenBrowser, alice: User, tickets: dict[str, Ticket]
) -> None:
    address = f"/pozadavky/{tickets['escalated'].pk}/?cast=komunikace"
    page = open_browser(user=alice)
    page.goto(address)
    page.get_by_label("Nová zpráva").fill("Rozepsaná odpověď")

    page.goto("/")
    page.goto(address)
    expect(page.get_by_label("Nová zpráva")).to_have_value("Rozepsaná odpověď")
    page.get_by_label("Nová zpráva").press("Control+Enter")

    expect(page.get_by_role("status").filter(has_text="Zpráva odeslána.")).to_be_visible()
    expect(page.get_by_label("Nová zpráva")).to_have_value("")
    assert tickets["escalated"].messages.last().body == "Rozepsaná odpověď"


def test_open_thread_shows_what_support_wrote(open_browser: OpenBrowser, alice: User, tickets: dict[str, Ticket]) -> None:
    ticket = tickets["escalated"]
    page = open_browser(user=alice)
    page.goto(f"/pozadavky/{ticket.pk}/?cast=komunikace")
    page.get_by_label("Nová zpráva").fill("Píšu")
    a_message(ticket, author=ticket.assignee, body="Kvóta je navýšená.", at=timezone.now())

    page.wait_for_function("window.htmx")
    page.evaluate("htmx.trigger('#vlakno', 'refresh')")

    expect(page.get_by_text("Kvóta je navýšená.")).to_be_visible()
    expect(page.get_by_label("Nová zpráva")).to_have_value("Píšu")


def test_delivering_ticks_the_item_and_resumes(open_browser: OpenBrowser, alice: User, tickets: dict[str, Ticket]) -> None:
    ticket = tickets["suspended"]
    page = open_browser(user=alice)
    page.goto(f"/pozadavky/{ticket.pk}/")

    page.get_by_role("link", name="Dodat Výpis z banky 2").click()
    page.get_by_label("Nová zpráva").fill("Posílám výpis.")
    page.get_by_role("button", name="Odeslat").click()

    expect(page.locator(".page-head .state")).to_have_text("Eskalováno")
    assert [item.what for item in ticket.cooperation.open()] == ["Výpis z banky 1"]


def test_complaint_is_filed_without_scripts(open_browser: OpenBrowser, alice: User, tickets: dict[str, Ticket]) -> None:
    page = open_browser(user=alice, scripts=False)
    page.goto(f"/pozadavky/{tickets['resolved'].pk}/")

    page.locator("summary").filter(has_text="Reklamovat").click()
    page.get_by_label("Důvod reklamace").fill("Přihlášení stále nefunguje.")
    page.locator("#reklamace button").click()

    expect(page.locator(".page-head .state")).to_have_text("Reklamováno")


def test_stale_page_keeps_the_reason_of_a_withdrawal_refused(
    open_browser: OpenBrowser, alice: User, tickets: dict[str, Ticket]
) -> None:
    ticket = tickets["new"]
    page = open_browser(user=alice)
    page.goto(f"/pozadavky/{ticket.pk}/")
    accept(ticket=ticket, by=backoffice(tickets["escalated"].assignee), at=timezone.now())

    page.locator("summary").filter(has_text="Stáhnout zpět").click()
    page.get_by_role("button", name="Stáhnout požadavek").click()

    expect(page.get_by_role("alert")).to_have_text("Požadavek už podpora převzala. Napište jí prosím zprávu.")
