"""A quote from end to end in a real browser: asked for, sent, approved by the link of a letter, worked off, given back."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from credit.models import LedgerAccount
from credit.services import ledger
from helpdesk.customers.models import User
from helpdesk.mail.models import OutgoingMail
from tests.browser.conftest import faults_of
from tests.builders import (
    a_contract,
    a_customer,
    a_member,
    a_paragraph,
    a_request_type,
    a_staff_member,
    an_operator,
    backoffice,
)
from tickets.models import Quote, Ticket, WorkEntry
from tickets.services import lifecycle, work

pytestmark = pytest.mark.django_db(transaction=True)

DESK = "/backoffice/tickets/ticket/"


@pytest.fixture
def people(settings: Any) -> dict[str, User]:
    """Alice asks, Hana approves, Petr works; the company has 10 000 Kč of credit and pays 1 200 Kč an hour."""
    settings.STAFF_MFA_REQUIRED = False
    an_operator()
    company = a_customer(name="Hanácké strojírny s.r.o.")
    contract = a_contract(company, number="2024/118", overdraft=0, specification_above=Decimal(3000))
    a_paragraph(contract, code="čl. 5", title="Změnový požadavek", kind="change", has_sla=False)
    a_request_type(name="Sestavy na míru", position=0, asks_asset=False)
    people = {
        "alice": a_member(company, "Alice Dvořáková", email="alice@hanacke.example"),
        "hana": a_member(company, "Hana Malá", email="hana@hanacke.example", is_manager=True, is_approver=True),
        "petr": a_staff_member("Petr Vaníček", group="řešitel", email="petr@severka.example"),
    }
    ledger.top_up(
        customer=company,
        amount=Decimal(10_000),
        source=LedgerAccount.Kind.BANK,
        key="bank:1:1",
        text="Dobití převodem",
        at=timezone.now(),
        by=backoffice(people["petr"]),
    )
    return people


@pytest.mark.req("S1-13", "S1-14", "S1-15", "S1-16", "S3-17", "D19")
def test_a_quote_is_asked_for_approved_by_a_link_and_worked_off(people: dict[str, User], open_browser: Callable[..., Page]):
    alice, petr, hana = open_browser(user=people["alice"]), open_browser(user=people["petr"]), open_browser()

    ticket = file_with_quote(alice)
    take_over(ticket, people["petr"])
    quote = prepare_and_send(petr, ticket)
    approve_by_link(hana, people["hana"])

    quote.refresh_from_db()
    ticket.refresh_from_db()
    assert (quote.state, quote.decided_name, ticket.status) == ("approved", "Ing. Hana Malá", "escalated")
    assert (ticket.agreed_price, quote.hold.amount) == (Decimal("5200.00"), Decimal("4800.00"))  # 400 for the quote itself
    follow(alice, ticket)
    work_with_a_pause(alice, ticket, people["petr"])
    resolve_and_compare(alice, ticket, people["petr"])


def spent_in_portal(page: Page, ticket: Ticket) -> str:
    """The worked time that the customer reads beside the request; "" while there is none."""
    page.goto(f"/pozadavky/{ticket.pk}/")
    shown = page.locator("#prace header .num")
    return shown.inner_text().replace("\u00a0", " ") if shown.count() else ""


def work_with_a_pause(page: Page, ticket: Ticket, petr: User) -> None:
    """Half an hour, a pause, another half; the customer learns of time only when it is over."""
    begin, by = timezone.now() + timedelta(hours=1), backoffice(petr)
    entry = work.start_timer(ticket=ticket, by=by, at=begin)
    assert spent_in_portal(page, ticket) == "20 min"
    work.pause_timer(entry=entry, by=by, at=begin + timedelta(minutes=30))
    assert spent_in_portal(page, ticket) == "50 min"
    work.continue_timer(entry=entry, by=by, at=begin + timedelta(minutes=60))
    assert spent_in_portal(page, ticket) == "50 min"
    work.stop_timer(entry=entry, by=by, at=begin + timedelta(minutes=90))
    assert spent_in_portal(page, ticket) == "1 h 20 min"
    expect(page.locator(".quote progress")).to_have_attribute("value", "25")


def resolve_and_compare(page: Page, ticket: Ticket, petr: User) -> None:
    """The rest of the reservation is free again; ledger, reservation, statement and the page say the same sum."""
    at = timezone.now() + timedelta(hours=3)
    lifecycle.resolve(ticket=ticket, resolution=lifecycle.Resolution(text="Sestava je hotová."), by=backoffice(petr), at=at)
    account, quote = LedgerAccount.objects.get(customer=ticket.customer), Quote.objects.get()
    statement = list(account.transfers.order_by("serial").values_list("code", "change", "captured", "balance_after"))
    assert statement == [
        ("top_up", Decimal("10000.00"), Decimal("0.00"), Decimal("10000.00")),
        ("work", Decimal("-400.00"), Decimal("0.00"), Decimal("9600.00")),
        ("work", Decimal("-1200.00"), Decimal("1200.00"), Decimal("8400.00")),
    ]
    assert (account.balance, account.held, account.available) == (Decimal("8400.00"), Decimal("0.00"), Decimal("8400.00"))
    assert (quote.hold.amount, quote.hold.captured) == (Decimal("4800.00"), Decimal("1200.00"))
    assert (quote.final_price, quote.final_minutes) == (Decimal("1200.00"), 60)
    page.goto(f"/pozadavky/{ticket.pk}/")
    expect(page.locator(".quote")).to_contain_text("1 200,00 Kč bez DPH za 1 h")


def file_with_quote(page: Page) -> Ticket:
    """The form says what work costs; „Kalkulace předem“ goes with the request."""
    page.goto("/pozadavky/novy/")
    expect(page.locator("#cenovy-rezim")).to_contain_text("1 200,00 Kč za hodinu bez DPH")
    page.get_by_label("Část smlouvy / dokumentu").fill("příloha č. 2")
    page.get_by_label("Předmět").fill("Nová sestava skladu")
    page.get_by_label("Zadání").fill("Potřebujeme měsíční sestavu pohybů.")
    page.get_by_label("Kalkulace předem").check()
    page.get_by_role("button", name="OK, odeslat").click()
    expect(page.locator(".page-head")).to_contain_text("Kalkulace předem")
    return Ticket.objects.get()


def take_over(ticket: Ticket, petr: User) -> None:
    """Taking the request up measures work at once, and before the approval that can only be work on the quote."""
    by = backoffice(petr)
    lifecycle.accept(ticket=ticket, by=by, at=timezone.now())
    lifecycle.escalate(ticket=ticket, assignee=petr, by=by, at=timezone.now())
    entry = WorkEntry.objects.get()
    work.stop_timer(entry=entry, by=by, at=entry.started_at + timedelta(minutes=20))
    entry.refresh_from_db()
    assert (entry.activity, entry.price) == ("quoting", Decimal("400.00"))


def prepare_and_send(page: Page, ticket: Ticket) -> Quote:
    """The solver fills the form in; above the contract's threshold it does not go out without a specification."""
    page.goto(f"{DESK}{ticket.pk}/change/?ukon=quote")
    expect(page.get_by_label("Původ")).to_have_value("customer")
    page.get_by_label("Pracnost (min)").fill("240")
    page.get_by_label("Schválit lze do").fill((timezone.localdate() + timedelta(days=14)).isoformat())
    page.get_by_label("Co kalkulace zahrnuje").fill("Sestava pohybů s výběrem měsíce a exportem do Excelu.")
    page.get_by_role("button", name="Uložit návrh").click()
    answer = page.request.post(f"{DESK}{ticket.pk}/ukon/quote-send/", form=sent_form(page), headers={"Referer": page.url})
    assert "patří ke kalkulaci technická specifikace" in answer.text().replace("\u00a0", " ")
    page.goto(f"{DESK}{ticket.pk}/change/?ukon=quote")
    page.get_by_label("Technická specifikace").fill("Pohled nad tabulkou pohybů, nový tisk, oprávnění podle skladu.")
    page.get_by_role("button", name="Uložit návrh").click()
    page.get_by_role("button", name="Odeslat kalkulaci").click()
    expect(page.locator(".head .state")).to_have_text("Pozastaveno")
    return Quote.objects.get()


def sent_form(page: Page) -> dict[str, str]:
    """What the button „Odeslat kalkulaci“ sends; sent apart from the page, as a refusal is an error in the console."""
    form = page.locator("form", has=page.get_by_role("button", name="Odeslat kalkulaci"))
    return {name: form.locator(f"[name={name}]").input_value() for name in ("csrfmiddlewaretoken", "quote")}


def approve_by_link(page: Page, hana: User) -> None:
    """Nobody signs in: the link of the letter opens a page, the name is confirmed, the button decides."""
    letter = OutgoingMail.objects.get(kind="quote_sent", recipient=hana.email)
    path = re.search(r"/kalkulace/odkaz/[\w-]+/", letter.text).group(0)
    page.goto(path)
    expect(page.get_by_label("Vaše jméno")).to_have_value("Hana Malá")
    assert faults_of(page) == []
    page.get_by_label("Vaše jméno").fill("Ing. Hana Malá")
    page.get_by_role("button", name="Schválit kalkulaci").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Kalkulace je schválená")
    assert faults_of(page) == []


def follow(page: Page, ticket: Ticket) -> None:
    """Who asked sees the quote with its bar at zero."""
    page.goto(f"/pozadavky/{ticket.pk}/")
    expect(page.locator(".quote progress")).to_have_attribute("value", "0")
    expect(page.locator(".quote")).to_contain_text("zbývá 4 800,00 Kč")
    assert faults_of(page) == []
