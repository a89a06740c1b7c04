"""„Přehled požadavků“ as customers use it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.builders import (
    MONDAY,
    a_cancelled_ticket,
    a_closed_ticket,
    a_contract,
    a_customer,
    a_member,
    a_message,
    a_paragraph,
    a_resolved_ticket,
    a_staff_member,
    a_suspended_ticket,
    a_ticket,
    an_escalated_ticket,
    an_operator,
    prague,
)
from tickets.models import SlaTerms, Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def paragraph():
    return a_paragraph(a_contract())


@pytest.fixture
def alice(paragraph, client):
    """Alice leads her company and is signed in."""
    an_operator()
    alice = a_member(paragraph.contract.customer, "Alice Dvořáková", is_manager=True)
    client.force_login(alice)
    return alice


def numbers(response) -> list[int]:
    """The numbers in the list, from top to bottom."""
    return [int(number) for number in re.findall(r'<td role="cell" class="num muted">(\d+)</td>', response.content.decode())]


def texts(response, pattern: str) -> list[str]:
    return re.findall(pattern, response.content.decode())


@pytest.mark.req("S4-27", "S4-50")
def test_header_names_the_person_and_the_ways(client: Client, alice) -> None:
    page = client.get("/").content.decode()

    for label in ("Přihlášený uživatel:", "Alice Dvořáková", "Odhlásit se", "Přehled požadavků"):
        assert label in page


def test_staff_have_no_portal(client: Client) -> None:
    client.force_login(a_staff_member())

    response = client.get("/")

    assert (response.status_code, response.url) == (302, "/backoffice/")


def test_missing_page_keeps_the_navigation(client: Client, alice) -> None:
    response = client.get("/neexistuje/")

    assert response.status_code == 404
    assert "Tady nic není" in response.content.decode()
    assert "Odhlásit se" in response.content.decode()


@pytest.mark.req("S4-09", "S4-13", "S4-54", "C10", "C11")
def test_three_tabs_split_the_states_and_count_them(client: Client, alice, paragraph) -> None:
    open_one = a_ticket(author=alice, paragraph=paragraph)
    resolved = a_resolved_ticket(author=alice, paragraph=paragraph)
    closed = a_closed_ticket(author=alice, paragraph=paragraph)
    a_cancelled_ticket(author=alice, paragraph=paragraph)

    pages = [client.get("/", {"cast": tab}) for tab in ("aktualni", "vyrizene", "uzavrene")]

    assert [numbers(page) for page in pages] == [[open_one.pk], [resolved.pk], [closed.pk]]
    assert texts(pages[0], r'class="count">([^<]+)<') == ["1", "1", "1"]
    assert texts(pages[0], r'scope="col"[^>]*>([^<]+)</th>') == ["Číslo", "Vytvořeno", "Předmět", "Stav", "SLA", "Řeší"]
    assert texts(pages[1], r'scope="col"[^>]*>([^<]+)</th>') == ["Číslo", "Vyřešeno", "Předmět", "Stav", "SLA", "Řeší"]
    assert texts(pages[2], r'scope="col"[^>]*>([^<]+)</th>')[1] == "Uzavřeno"
    assert texts(pages[1], r"<time[^>]*>([^<]+)</time>") == ["2.\u00a03.\u00a02026 10:00"]


@pytest.mark.req("S4-14")
def test_solver_is_named_once_there_is_one(client: Client, alice, paragraph) -> None:
    a_ticket(author=alice, paragraph=paragraph, at=MONDAY + timedelta(hours=1))
    an_escalated_ticket(author=alice, paragraph=paragraph)

    assert texts(client.get("/"), r'data-label="Řeší">([^<]+)<') == ["-", "Petr Vaníček"]


def test_requests_of_others_are_not_there(client: Client, alice) -> None:
    a_ticket()

    assert numbers(client.get("/")) == []


def test_member_sees_own_requests_and_has_no_switch_to_the_company(client: Client, alice, paragraph) -> None:
    bob = a_member(paragraph.contract.customer, "Bob Kučera")
    a_ticket(author=alice, paragraph=paragraph)
    bobs = a_ticket(author=bob, paragraph=paragraph)
    client.force_login(bob)

    response = client.get("/")

    assert numbers(response) == [bobs.pk]
    assert "Celé firmy" not in response.content.decode()


def test_manager_chooses_own_requests_or_the_whole_company(client: Client, alice, paragraph) -> None:
    own = a_ticket(author=alice, paragraph=paragraph)
    bobs = a_ticket(author=a_member(paragraph.contract.customer, "Bob Kučera"), paragraph=paragraph)

    assert numbers(client.get("/")) == [bobs.pk, own.pk]
    assert numbers(client.get("/", {"moje": "1"})) == [own.pk]


@pytest.mark.req("S4-45", "D24")
def test_company_switch_is_a_filter_and_a_foreign_company_is_not_found(client: Client, alice, paragraph) -> None:
    second = a_paragraph(a_contract())
    alice.memberships.create(customer=second.contract.customer, is_manager=True)
    a_ticket(author=alice, paragraph=paragraph)
    elsewhere = a_ticket(author=alice, paragraph=second)

    assert numbers(client.get("/", {"firma": second.contract.customer_id})) == [elsewhere.pk]
    assert client.get("/", {"firma": a_customer().pk}).status_code == 404


def test_filters_by_state_and_contract(client: Client, alice, paragraph) -> None:
    other = a_paragraph(a_contract(paragraph.contract.customer))
    first = a_ticket(author=alice, paragraph=paragraph)
    second = an_escalated_ticket(author=alice, paragraph=other)

    assert numbers(client.get("/", {"stav": "escalated"})) == [second.pk]
    assert numbers(client.get("/", {"smlouva": paragraph.contract_id})) == [first.pk]
    assert numbers(client.get("/", {"stav": "nonsense", "smlouva": "x"})) == [second.pk, first.pk]


@pytest.mark.req("S4-12", "S2-13")
def test_exact_number_opens_the_request(client: Client, alice, paragraph) -> None:
    ticket = a_ticket(author=alice, paragraph=paragraph)

    for text in (str(ticket.pk), f"[{ticket.pk}]", f"#{ticket.pk}"):
        assert client.get("/", {"q": text}).url == f"/pozadavky/{ticket.pk}/"


@pytest.mark.req("S4-12")
def test_foreign_number_is_like_a_missing_one(client: Client, alice) -> None:
    foreign = a_ticket()

    pages = [client.get("/", {"q": str(number)}).content.decode() for number in (foreign.pk, 987654321)]

    assert all("nic nenašlo" in page for page in pages)


def test_author_reaches_the_own_cancelled_request_by_its_number(client: Client, alice, paragraph) -> None:
    ticket = a_cancelled_ticket(author=alice, paragraph=paragraph)

    assert client.get("/", {"q": str(ticket.pk)}).url == f"/pozadavky/{ticket.pk}/"


def test_search_is_blind_to_diacritics_and_reads_messages(client: Client, alice, paragraph) -> None:
    ticket = a_ticket(author=alice, paragraph=paragraph, subject="Účetnictví nejde uzavřít")
    a_ticket(author=alice, paragraph=paragraph, subject="Jiná věc")
    a_ticket(subject="Účetnictví cizí firmy")
    a_message(ticket, body="Chyba je v modulu Pokladna.")

    assert numbers(client.get("/", {"q": "ucetnictvi"})) == [ticket.pk]
    assert numbers(client.get("/", {"q": "POKLADNU"})) == [ticket.pk]


def test_search_without_result_says_where_it_would_find(client: Client, alice, paragraph) -> None:
    a_closed_ticket(author=alice, paragraph=paragraph, subject="Faktura 2019 chybí")

    page = client.get("/", {"q": "faktura 2019"}).content.decode()

    assert "Hledání „faktura 2019“ mezi aktuálními požadavky nic nenašlo" in page
    assert 'href="?cast=uzavrene&amp;q=faktura+2019">Ukázat uzavřené (1)</a>' in page


def test_pages_follow_each_other_without_gap_or_repetition(client: Client, alice, paragraph) -> None:
    made = [a_ticket(author=alice, paragraph=paragraph, at=MONDAY + timedelta(minutes=n // 2)).pk for n in range(60)]

    seen, address = [], ""
    for _ in range(3):
        page = client.get(f"/{address}")
        seen += numbers(page)
        address = (texts(page, r'href="(\?[^"]*)" rel="next"') or [""])[0]
    back = client.get("/" + texts(page, r'href="(\?[^"]*)" rel="prev"')[0])

    assert seen == sorted(made, reverse=True)
    assert address == ""
    assert numbers(back) == seen[25:50]


@pytest.mark.parametrize("order", ["nejstarsi", "cislo"])
def test_other_orders_page_as_well(client: Client, alice, paragraph, order: str) -> None:
    made = [a_ticket(author=alice, paragraph=paragraph).pk for _ in range(30)]

    first = client.get("/", {"razeni": order})
    second = client.get("/" + texts(first, r'href="(\?[^"]*)" rel="next"')[0].replace("&amp;", "&"))

    assert numbers(first) + numbers(second) == sorted(made, reverse=order == "cislo")


def test_forged_cursor_shows_the_first_page(client: Client, alice, paragraph) -> None:
    ticket = a_ticket(author=alice, paragraph=paragraph)

    assert numbers(client.get("/", {"od": "forged"})) == [ticket.pk]


@pytest.mark.req("S4-64", "C08")
def test_what_waits_for_the_customer_stands_above_the_list(client: Client, alice, paragraph) -> None:
    suspended = a_suspended_ticket(author=alice, paragraph=paragraph, items=2)
    resolved = a_resolved_ticket(author=alice, paragraph=paragraph)
    a_resolved_ticket(author=a_member(paragraph.contract.customer, "Bob Kučera"), paragraph=paragraph)

    page = client.get("/").content.decode()

    assert re.findall(r'<li><span class="num">(\d+)</span><span><a href="[^"]+">([^<]+)</a>', page) == [
        (str(suspended.pk), "Dodejte 2\u00a0podklady"),
        (str(resolved.pk), "Potvrďte vyřešení"),
    ]
    assert "Bez odpovědi se požadavek uzavře 16.\u00a03.\u00a02026." in page


def test_filter_by_htmx_answers_with_the_list_part_alone(client: Client, alice, paragraph) -> None:
    ticket = a_ticket(author=alice, paragraph=paragraph)

    part = client.get("/", {"stav": "new"}, headers={"HX-Request": "true"})
    restored = client.get("/", headers={"HX-Request": "true", "HX-History-Restore-Request": "true"})

    assert numbers(part) == [ticket.pk]
    assert "<html" not in part.content.decode()
    assert "<html" in restored.content.decode()


def test_csv_has_the_filtered_rows_and_no_formulas(client: Client, alice, paragraph) -> None:
    ticket = a_ticket(author=alice, paragraph=paragraph, subject='=HYPERLINK("x")', at=prague("2024-10-15T16:15"))
    an_escalated_ticket(author=alice, paragraph=paragraph)

    response = client.get("/pozadavky.csv", {"stav": "new"})
    lines = b"".join(response.streaming_content).decode().splitlines()

    contract = paragraph.contract
    assert lines == [
        "\ufeffČíslo;Vytvořeno;Předmět;Stav;Řeší;Smlouva;Zákazník",
        f'{ticket.pk};15. 10. 2024 16:15;"\'=HYPERLINK(""x"")";Nový;-;{contract.number};{contract.customer}',
    ]


@pytest.mark.parametrize("address", ["/", "/?cast=vyrizene", "/?q=faktura", "/?stav=escalated"])
def test_list_costs_the_same_queries_for_any_number_of_rows(client: Client, alice, paragraph, address: str) -> None:
    template = an_escalated_ticket(author=alice, paragraph=paragraph)
    client.get(address)
    counts = []
    for more in (1, 2, 22, 225):
        fields = [field.name for field in Ticket._meta.concrete_fields if field.name not in ("id", "form_token")]
        values = {name: getattr(template, name) for name in fields}
        copies = Ticket.objects.bulk_create([Ticket(**values) for _ in range(more)])
        terms = {field.name: getattr(template.sla_terms, field.name) for field in SlaTerms._meta.concrete_fields}
        SlaTerms.objects.bulk_create([SlaTerms(**terms | {"ticket": copy}) for copy in copies])
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get(address).status_code == 200
        counts.append(len(queries))

    assert len(set(counts)) == 1
    assert counts[0] <= 8


def test_person_without_requests_of_their_own_sees_an_empty_list(client: Client, paragraph) -> None:
    ticket = a_ticket(paragraph=paragraph)
    client.force_login(a_member(paragraph.contract.customer, is_member=False, is_accountant=True))

    answers = [client.get("/"), client.get("/", {"q": "faktura"}), client.get(f"/pozadavky/{ticket.pk}/")]

    assert [answer.status_code for answer in answers] == [200, 200, 404]
    assert [numbers(answer) for answer in answers[:2]] == [[], []]
