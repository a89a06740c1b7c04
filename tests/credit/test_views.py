"""„Kredit“ in the portal: what a person of the company reads of its account."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from credit.services import ledger
from credit.statement import Period, read_statement
from helpdesk.customers.actor import SYSTEM
from helpdesk.customers.models import Membership
from tests.builders import MONDAY, a_contract, a_customer, a_member, a_paragraph, a_ticket, an_operator, prague
from tests.credit.builders import account_of, spend, top_up, worked

pytestmark = pytest.mark.django_db

NOW = prague("2026-03-20T12:00")


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(NOW, tick=False):
        yield


def signed_in(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def text_of(response) -> str:
    """The page as it is read: without tags, with plain spaces."""
    main = response.content.decode().partition("<main")[2]
    return " ".join(re.sub(r"<[^>]+>", " ", main).replace("\u00a0", " ").replace("&nbsp;", " ").split())


def a_company(**fields):
    customer = a_customer(**fields)
    return customer, a_member(customer, "Hana Malá", is_manager=True)


@pytest.mark.req("S1-18", "D12")
def test_page_says_what_is_there_what_is_reserved_and_what_is_free():
    customer, hana = a_company()
    top_up(customer, "12480.50")
    ledger.reserve(customer=customer, amount=Decimal(3600), key="quote:1", text="Kalkulace 1", at=NOW)

    page = text_of(signed_in(hana).get("/kredit/"))

    assert "Zůstatek 12 480,50 Kč" in page
    assert "Rezervováno 3 600,00 Kč" in page
    assert "Volný kredit 8 880,50 Kč" in page
    assert "Vystačí asi do - za 90 dní se nic nečerpalo" in page


@pytest.mark.req("S1-18")
def test_page_says_how_long_the_credit_lasts_when_work_goes_on_as_it_did():
    customer, hana = a_company()
    top_up(customer, "1900")
    spend(customer, "900")  # 900 in 90 days, 1,000 left: 100 days from 20 March

    assert "Vystačí asi do 28. 6. 2026" in text_of(signed_in(hana).get("/kredit/"))


@pytest.mark.req("S1-18")
def test_credit_in_overdraft_lasts_no_longer():
    customer, hana = a_company()
    spend(customer, "900")

    page = text_of(signed_in(hana).get("/kredit/"))

    assert "Zůstatek −900,00 Kč přečerpáno" in page
    assert "Vystačí asi do vyčerpáno" in page


@pytest.mark.req("S1-18", "S1-32")
def test_line_leads_to_the_request_that_it_paid_for_and_an_address_leads_back_to_the_line():
    customer, hana = a_company()
    ticket = a_ticket(author=hana, paragraph=a_paragraph(a_contract(customer)))
    top_up(customer, "2000")
    entry = worked(ticket, "400", at=prague("2026-02-10T10:00"))
    client = signed_in(hana)

    back = client.get(f"/kredit/?firma={customer.pk}&pohyb={entry.transfer.serial}", follow=True)
    page = back.content.decode()

    assert back.redirect_chain == [(f"/kredit/?firma={customer.pk}&mesic=2026-02&pred=2026-02-10.3#pohyb-2", 302)]
    assert 'id="pohyb-2"' in page
    assert f'href="/pozadavky/{ticket.pk}/#prace-{entry.pk}"' in page


@pytest.mark.req("S1-32")
def test_work_on_the_page_of_a_request_leads_to_its_line_for_those_who_read_the_credit():
    customer, hana = a_company()
    alice = a_member(customer)
    ticket = a_ticket(author=alice, paragraph=a_paragraph(a_contract(customer)))
    entry = worked(ticket, "400")
    address = f'href="/kredit/?firma={customer.pk}&amp;pohyb={entry.transfer.serial}"'

    theirs, hers = (signed_in(person).get(f"/pozadavky/{ticket.pk}/").content.decode() for person in (hana, alice))

    assert f'id="prace-{entry.pk}"' in theirs
    assert (address in theirs, address in hers) == (True, False)


@pytest.mark.req("S1-32")
def test_reversal_and_a_charge_priced_anew_lead_to_the_same_request():
    customer, hana = a_company()
    ticket = a_ticket(author=hana, paragraph=a_paragraph(a_contract(customer)))
    entry = worked(ticket, "400")
    ledger.reverse(transfer=entry.transfer, reason="Oprava délky", at=MONDAY, by=SYSTEM)
    spend(customer, "300", key=f"work:{entry.pk}.1")

    page = signed_in(hana).get("/kredit/").content.decode()

    assert page.count(f"/pozadavky/{ticket.pk}/#prace-{entry.pk}") == 3


@pytest.mark.req("S1-18", "S4-45")
def test_accountant_reads_the_number_but_not_the_subject_of_a_request_that_is_not_theirs():
    customer, hana = a_company()
    accountant = a_member(customer, "Marie Hrubá", is_member=False, is_accountant=True)
    ticket = a_ticket(author=hana, paragraph=a_paragraph(a_contract(customer)), subject="Výpověď ředitele")
    worked(ticket, "400")

    client = signed_in(accountant)
    page, text = client.get("/kredit/").content.decode(), b"".join(client.get("/kredit/pohyby.csv")).decode()

    assert f'<span class="num">{ticket.pk}</span> řešení, 20\u00a0min' in page
    assert ("Výpověď" in page, "Výpověď" in text, str(ticket.pk) in text) == (False, False, True)


@pytest.mark.req("S1-18", "S4-45")
@pytest.mark.parametrize(
    ("roles", "status"),
    [
        ({"is_manager": True}, 200),
        ({"is_approver": True}, 200),
        ({"is_accountant": True, "is_member": False}, 200),
        ({}, 404),
        ({"is_responsible": True}, 404),
    ],
)
def test_credit_is_for_managers_approvers_and_accountants(roles: dict[str, bool], status: int):
    customer, _ = a_company()
    client = signed_in(a_member(customer, "Bob Kučera", **roles))

    assert [client.get(path).status_code for path in ("/kredit/", "/kredit/pohyby.csv", "/kredit/pohyby.xlsx")] == [status] * 3
    assert ('href="/kredit/"' in client.get("/").content.decode()) == (status == 200)


@pytest.mark.req("S1-18", "D24")
def test_person_of_two_companies_chooses_whose_credit_and_a_third_is_not_found():
    one, hana = a_company(name="Alfa s.r.o.")
    two, third = a_customer(name="Beta s.r.o."), a_customer(name="Gama s.r.o.")
    Membership.objects.create(user=hana, customer=two, is_approver=True)
    Membership.objects.create(user=hana, customer=third)
    top_up(one, "100")
    top_up(two, "200")
    client = signed_in(hana)

    assert "Alfa s.r.o. · částky bez DPH" in text_of(client.get("/kredit/"))
    assert "Zůstatek 200,00 Kč" in text_of(client.get(f"/kredit/?firma={two.pk}"))
    assert client.get(f"/kredit/?firma={third.pk}").status_code == 404
    assert client.get(f"/kredit/?firma={two.pk}&pohyb=7").status_code == 404


@pytest.mark.req("S1-18", "D22")
def test_company_without_an_account_reads_so_and_none_is_opened():
    an_operator()
    customer, hana = a_company()

    response = signed_in(hana).get("/kredit/")

    assert "Kredit zatím nemáte" in text_of(response)
    assert not hasattr(customer, "credit_account")


@pytest.mark.req("S1-18", "D12")
def test_month_begins_and_ends_with_balances_by_booking_day_whatever_came_later():
    customer, hana = a_company()
    top_up(customer, "1000", at=prague("2026-01-05T10:00"))
    spend(customer, "300", at=prague("2026-02-10T10:00"))
    spend(customer, "50", at=prague("2026-03-10T10:00"))
    spend(customer, "100", at=prague("2026-02-20T10:00"))  # written down late

    page = text_of(signed_in(hana).get("/kredit/?mesic=2026-02"))

    assert "10. 2. 2026 0,00 Kč 300,00 Kč 700,00 Kč 20. 2. 2026 0,00 Kč 100,00 Kč 600,00 Kč" in page
    assert "Počáteční zůstatek 1. 2. 2026: 1 000,00 Kč" in page
    assert "Počáteční zůstatek 1. 3. 2026: 600,00 Kč" in text_of(signed_in(hana).get("/kredit/?mesic=2026-03"))


@pytest.mark.req("S1-18")
def test_year_sums_its_months():
    customer, hana = a_company()
    top_up(customer, "1000", at=prague("2026-01-05T10:00"))
    spend(customer, "300", at=prague("2026-02-10T10:00"))
    spend(customer, "100", at=prague("2026-02-20T10:00"))

    page = text_of(signed_in(hana).get("/kredit/?rok=2026"))

    assert "1/2026 1 000,00 Kč 0,00 Kč 1 000,00 Kč 2/2026 0,00 Kč 400,00 Kč 600,00 Kč" in page


@pytest.mark.parametrize(
    "query",
    [
        "mesic=2026-13",
        "mesic=x",
        "rok=99999",
        "pred=x",
        "po=-1",
        "pred=2026-02-30.1",
        "po=2026-02-10.",
        "rok=²²²²",
        "pred=9999999999999999999",
    ],
)
def test_nonsense_in_the_address_means_the_present_month(query: str):
    customer, hana = a_company()
    top_up(customer, "1000")

    assert "Pohyby v březnu 2026" in text_of(signed_in(hana).get(f"/kredit/?{query}"))


@pytest.mark.req("S1-18")
def test_pages_of_movements_follow_each_other_without_gaps_and_lead_back():
    customer, hana = a_company()
    for _ in range(60):
        spend(customer, "1")
    client = signed_in(hana)
    seen, path = [], "/kredit/"

    while path:
        page = client.get(path).content.decode()
        seen.append([int(serial) for serial in re.findall(r'id="pohyb-(\d+)"', page)])
        found = re.search(r'href="(\?[^"#]+)[^"]*" rel="next"', page)
        path = "/kredit/" + found[1].replace("&amp;", "&") if found else ""
    back = re.search(r'href="(\?[^"#]+)[^"]*" rel="prev"', page)
    newer = client.get("/kredit/" + back[1].replace("&amp;", "&")).content.decode()

    assert seen == [list(range(60, 35, -1)), list(range(35, 10, -1)), list(range(10, 0, -1))]
    assert [int(serial) for serial in re.findall(r'id="pohyb-(\d+)"', newer)] == list(range(35, 10, -1))


@pytest.mark.req("S1-18")
def test_csv_and_workbook_hold_the_movements_of_the_period_and_no_formula():
    customer, hana = a_company()
    ticket = a_ticket(author=hana, paragraph=a_paragraph(a_contract(customer)))
    top_up(customer, "2000", text='=HYPERLINK("http://zlo.example")')
    worked(ticket, "400.50")
    client = signed_in(hana)

    text = b"".join(client.get("/kredit/pohyby.csv")).decode("utf-8-sig")
    book = client.get("/kredit/pohyby.xlsx")
    sheet = zipfile.ZipFile(io.BytesIO(book.content)).read("xl/worksheets/sheet1.xml").decode()

    assert list(csv.reader(io.StringIO(text), delimiter=";"))[1:] == [
        ["1", "2. 3. 2026", "2. 3. 2026 10:00", "Dobití kreditu", '\'=HYPERLINK("http://zlo.example")', "", "2000,00", "2000,00"],
        ["2", "2. 3. 2026", "2. 3. 2026 10:00", "Práce", f"{ticket}: řešení, 20\u00a0min", str(ticket.pk), "-400,50", "1599,50"],
    ]
    assert book["Content-Disposition"] == 'attachment; filename="kredit-2026-03.xlsx"'
    assert "<f>" not in sheet
    assert re.findall(r"<v>([\d.-]+)</v>", sheet)[-2:] == ["-400.50", "1599.50"]


@pytest.mark.req("S1-18")
def test_page_costs_eight_statements_with_reservations_and_work(django_assert_max_num_queries):
    customer, hana = a_company()
    ticket = a_ticket(author=hana, paragraph=a_paragraph(a_contract(customer)))
    top_up(customer, "9000")
    for _ in range(30):
        worked(ticket, "10")
    ledger.reserve(customer=customer, amount=Decimal(3600), key="quote:1", text="Kalkulace 1", at=NOW)
    client = signed_in(hana)
    client.get("/kredit/")

    with django_assert_max_num_queries(8):
        client.get("/kredit/")

    assert account_of(customer).balance == Decimal("8700.00")


@pytest.mark.req("S1-18")
def test_sums_that_were_read_before_take_in_what_has_happened_since():
    customer, hana = a_company()
    top_up(customer, "9000")
    client = signed_in(hana)
    before = [text_of(client.get("/kredit/")) for _ in range(2)]

    ledger.reserve(customer=customer, amount=Decimal(3600), key="quote:1", text="Kalkulace 1", at=NOW)
    reserved = text_of(client.get("/kredit/"))
    spend(customer, "500")
    spent = text_of(client.get("/kredit/"))

    assert before[0] == before[1]
    assert "za 90 dní se nic nečerpalo" in reserved
    assert "Rezervováno 3 600,00 Kč" in reserved
    assert "za 90 dní odvedeno 500,00 Kč" in spent
    assert "Zůstatek 8 500,00 Kč" in spent
    assert spent.count("Práce 20 min") == 1


def test_sums_are_read_once_as_long_as_nothing_happens():
    customer, _ = a_company()
    top_up(customer, "9000")
    period, today = Period.of_month(NOW.date()), NOW.date()

    first = read_statement(customer=customer.pk, period=period, today=today)
    with CaptureQueriesContext(connection) as queries:
        again = read_statement(customer=customer.pk, period=period, today=today)

    assert again == first
    assert f"a.version <> {first.version} " in queries[0]["sql"]
