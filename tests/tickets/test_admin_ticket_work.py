"""„Práce“ on the page of a request: every entry with how it was paid, sums of what stands; and what is above the contract."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from helpdesk.customers.models import User
from tests.builders import a_contract, a_member, a_request_type, a_staff_member, backoffice, prague
from tests.tickets.desk import page_of, signed_in, text_of
from tests.tickets.test_admin_ticket import statements
from tests.tickets.work_builders import a_taken_ticket, worked, written
from tickets.models import WorkEntry
from tickets.services.corrections import Change, correct_entry
from tickets.services.work import start_timer

pytestmark = pytest.mark.django_db

TEN = prague("2026-03-02T10:00")
TAB = "?zalozka=prace"
WORK = "/backoffice/tickets/ticket/prace/"


def after(minutes: int):
    return TEN + timedelta(minutes=minutes)


@pytest.fixture
def dana() -> User:
    return a_staff_member()


def shown(user: User, ticket, query: str = TAB) -> str:
    return text_of(signed_in(user).get(page_of(ticket, query)))


def test_each_entry_tells_who_when_how_long_and_how_it_was_paid(dana):
    contract = a_contract(free_phone_minutes=5, billing_step_minutes=15)
    ticket = a_taken_ticket(staff=dana, at=TEN, contract=contract)
    written(
        ticket, by=dana, until=after(20), minutes=20, activity="consulting", source="phone", note="Sleva", internal_note="Spěchá"
    )

    page = shown(dana, ticket)

    assert "2. 3. 2026 10:00 až 2. 3. 2026 10:20" in page
    for words in ("Dana Pokorná", "konzultace", "hovor", "20 min", "účtuje se 30 min", "500,00 Kč", "Sleva"):
        assert words in page
    assert "5 min z bezplatných telefonických minut" in page
    assert "25 min × 1 200,00 Kč/h, z kreditu" in page
    assert '<span class="sr-only">interně: </span>Spěchá' in page


def test_sums_count_what_stands_with_the_timer_that_runs(dana):
    ticket = a_taken_ticket(staff=dana, at=TEN)
    wrong = worked(ticket, by=dana, since=TEN, minutes=60)
    change = Change(minutes=30, activity="solving")
    correct_entry(entry=wrong, change=change, reason="Omyl", by=backoffice(dana), at=after(60))
    start_timer(ticket=ticket, by=backoffice(dana), at=after(60))

    with time_machine.travel(after(75), tick=False):
        page = shown(dana, ticket)

    total = page[page.index("Celkem") :]
    assert "45 min" in total
    assert "účtuje se 30 min" in total
    assert "600,00 Kč" in total
    assert ("opraveno" in page, "oprava: Omyl" in page) == (True, True)


def test_entries_lead_to_their_correction_for_those_who_may_and_notes_stay_with_those_who_read_them(dana):
    eva = a_staff_member("Eva Účetní", group="účtárna")
    petr = a_staff_member("Petr Vaníček", group="řešitel")
    leader = a_staff_member("Vera Malá", group="vedoucí")
    ticket = a_taken_ticket(staff=dana, at=TEN)
    entry = written(ticket, by=dana, until=after(20), minutes=20, internal_note="Spěchá")
    pages = [shown(who, ticket) for who in (dana, leader, petr, eva)]

    assert [f"/prace/{entry.pk}/opravit/" in page for page in pages] == [True, True, False, False]
    assert ["Spěchá" in page for page in pages] == [True, True, True, False]


def test_request_without_work_says_so(dana):
    assert "Na tomto požadavku zatím nikdo nepracoval." in shown(dana, a_taken_ticket(staff=dana, at=TEN))


def test_tab_costs_the_same_for_any_number_of_entries(dana):
    ticket = a_taken_ticket(staff=dana, at=TEN)
    client, costs = signed_in(dana), []
    for number in (1, 2, 3):
        written(ticket, by=dana, until=after(number * 10), minutes=5)
        costs.append(statements(client, page_of(ticket, TAB)))

    assert len(set(costs)) == 1
    assert costs[0] <= 12


@pytest.mark.req("S4-73")
def test_work_above_the_contract_is_marked_for_the_desk_the_customer_and_the_invoice(dana):
    contract = a_contract(hypercare_rate=1500)
    alice = a_member(contract.customer, is_manager=True)
    above = a_taken_ticket(staff=dana, at=TEN, contract=contract, author=alice, paragraph={"kind": "change", "has_sla": False})
    plain = a_taken_ticket(staff=dana, at=TEN, contract=contract, author=alice)
    extra = written(above, by=dana, until=after(20), minutes=20, note="Nová sestava")
    written(plain, by=dana, until=after(40), minutes=20, note="Oprava sestavy")

    desk = text_of(signed_in(dana).get(WORK, {"zobrazit": "nad-ramec"}))
    client = Client()
    client.force_login(alice)
    detail = text_of(client.get(f"/pozadavky/{above.pk}/"))
    statement = text_of(client.get("/kredit/", {"mesic": "2026-03"}))

    assert [entry.pk for entry in WorkEntry.objects.above_contract()] == [extra.pk]
    assert extra.above_price == 500
    assert ("Nová sestava" in desk, "Oprava sestavy" in desk) == (True, False)
    assert "z toho nad rámec smlouvy 500,00 Kč" in shown(dana, above)
    assert "20 min × 1 500,00 Kč/h, nad rámec smlouvy, z kreditu" in detail
    assert statement.count("20 min, nad rámec smlouvy") == 1


@pytest.mark.req("S4-73")
def test_free_part_of_work_above_the_contract_is_not_charged_above_it(dana):
    contract = a_contract(free_phone_minutes=5)
    kind = {"paragraph": {"kind": "consultation", "has_sla": False}, "request_type": a_request_type()}
    ticket = a_taken_ticket(staff=dana, at=TEN, contract=contract, **kind)

    free = written(ticket, by=dana, until=after(5), minutes=5, activity="consulting", source="phone")
    charged = written(ticket, by=dana, until=after(10), minutes=5, activity="consulting", source="phone")

    assert (free.above_price, charged.above_price) == (0, 100)
    assert list(WorkEntry.objects.above_contract()) == [charged]
