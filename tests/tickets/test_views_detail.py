"""The page of one request, and what customers do on it."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from helpdesk.customers.models import StaffTask
from tests.builders import (
    a_cancelled_ticket,
    a_closed_ticket,
    a_contract,
    a_member,
    a_message,
    a_paragraph,
    a_resolution,
    a_resolved_ticket,
    a_staff_member,
    a_suspended_ticket,
    a_ticket,
    an_escalated_ticket,
    an_operator,
    backoffice,
    prague,
)
from tickets.models import Attachment, Message, Participant, Status, Ticket
from tickets.services.lifecycle import resolve

pytestmark = pytest.mark.django_db

NB = "\u00a0"


@pytest.fixture
def paragraph():
    an_operator()
    return a_paragraph(a_contract(title="Údržba ERP"), code="čl. 4.1 b)", title="Závažná vada")


@pytest.fixture
def alice(paragraph, client):
    """Alice, an ordinary member, is signed in."""
    alice = a_member(paragraph.contract.customer, "Alice Dvořáková")
    client.force_login(alice)
    return alice


def page_of(client: Client, ticket: Ticket, **query: str) -> str:
    return client.get(f"/pozadavky/{ticket.pk}/", query).content.decode()


def send(client: Client, ticket: Ticket, **fields):
    return client.post(f"/pozadavky/{ticket.pk}/zprava/", {"form_token": str(uuid4()), "body": "Posílám."} | fields)


def fact(page: str, name: str) -> str:
    return re.search(rf"<dt>{name}</dt><dd>(.*?)</dd>", page).group(1)


def tabs(page: str) -> list[str]:
    return re.findall(r'<a href="\?cast=\w+"[^>]*>(\w+)', page)


@pytest.mark.req("S4-51", "S4-52")
def test_title_and_facts_with_a_dash_where_nothing_is(client: Client, alice, paragraph) -> None:
    ticket = a_ticket(author=alice, paragraph=paragraph, at=prague("2026-03-02T10:00"))

    page = page_of(client, ticket)

    assert f"<h1>[{ticket.pk}] - Nelze uložit fakturu do DMS</h1>" in page
    assert fact(page, "Stav") == "Nový"
    assert fact(page, "Řeší") == "-"
    assert fact(page, "Zákazník") == f"{paragraph.contract.customer.name}, Průmyslová 8, 796 01 Prostějov"
    assert fact(page, "Smlouva") == str(paragraph.contract)
    assert fact(page, "Kategorie") == str(paragraph)
    assert fact(page, "Podáno") == f"po{NB}2.{NB}3.{NB}2026 10:00, portál"
    assert fact(page, "Požadovaný termín vyřešení") == "-"
    assert fact(page, "Dohodnutá cena") == "-"


def test_foreign_and_missing_request_are_the_same_404(client: Client, alice) -> None:
    foreign = a_ticket()

    answers = [client.get(f"/pozadavky/{number}/") for number in (foreign.pk, 987654321)]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert len(answers[0].content) == len(answers[1].content)


@pytest.mark.req("S4-46", "S4-48")
def test_evaluation_is_a_tab_only_from_resolved_on(client: Client, alice, paragraph) -> None:
    running = an_escalated_ticket(author=alice, paragraph=paragraph)
    resolved = a_resolved_ticket(author=alice, paragraph=paragraph)

    assert tabs(page_of(client, running)) == ["Zadání", "Komunikace", "Historie"]
    assert tabs(page_of(client, resolved)) == ["Zadání", "Komunikace", "Vyhodnocení", "Historie"]
    assert "Kvóta složky byla zvýšena." in page_of(client, resolved)


@pytest.mark.req("S4-26", "S1-11")
def test_history_lists_all_public_events_in_order(client: Client, alice, paragraph) -> None:
    ticket = a_resolved_ticket(author=alice, paragraph=paragraph)

    page = page_of(client, ticket, cast="historie")

    assert re.findall(r"<b>([^<]+)</b>", page.split('class="body history"')[1].split("</ol>")[0]) == [
        "Založeno",
        "Převzetí potvrzeno",
        "Předáno řešiteli",
        "Vyřešeno",
    ]


@pytest.mark.req("S4-47")
def test_message_is_added_below_the_older_ones(client: Client, alice, paragraph) -> None:
    ticket = an_escalated_ticket(author=alice, paragraph=paragraph)
    a_message(ticket, author=ticket.assignee, body="Podíváme se.")

    response = send(client, ticket, body="Děkuji\r\nAlice")
    page = page_of(client, ticket)

    assert response.url == f"/pozadavky/{ticket.pk}/?cast=komunikace#konec"
    assert list(ticket.messages.values_list("body", flat=True)) == ["Podíváme se.", "Děkuji\nAlice"]
    assert page.index("Podíváme se.") < page.index("Děkuji<br>Alice")


def test_thread_keeps_the_order_of_acts_within_a_second(client: Client, alice, paragraph) -> None:
    ticket = a_suspended_ticket(author=alice, paragraph=paragraph)
    a_message(ticket, body="Posílám výpis.")

    page = page_of(client, ticket, cast="komunikace")
    order = [page.index(words) for words in ("Převzetí potvrzeno", "Pozastaveno: chybí", "Posílám výpis.", "Obnoveno")]

    assert order == sorted(order)


@pytest.mark.req("S2-12")
def test_double_click_sends_once(client: Client, alice, paragraph) -> None:
    ticket = an_escalated_ticket(author=alice, paragraph=paragraph)
    token = str(uuid4())

    for _ in range(2):
        send(client, ticket, form_token=token)

    assert ticket.messages.count() == 1


@pytest.mark.req("S4-36")
def test_plain_form_brings_its_files_along(client: Client, alice, paragraph) -> None:
    ticket = an_escalated_ticket(author=alice, paragraph=paragraph)

    send(client, ticket, body="", files=[SimpleUploadedFile("protokol.txt", b"radek")])

    [file] = Attachment.objects.all()
    assert (file.name, file.message) == ("protokol.txt", ticket.messages.get())
    assert "protokol.txt" in page_of(client, ticket)


def test_refused_file_leaves_the_text_in_the_form(client: Client, alice, paragraph) -> None:
    ticket = an_escalated_ticket(author=alice, paragraph=paragraph)

    response = send(client, ticket, body="Viz příloha", files=[SimpleUploadedFile("setup.exe", b"MZ\x90")])

    assert response.status_code == 422
    assert "Programy nepřijímáme" in response.content.decode()
    assert "Viz příloha</textarea>" in response.content.decode()
    assert ticket.messages.count() == 0


def test_empty_message_says_what_is_missing(client: Client, alice, paragraph) -> None:
    response = send(client, an_escalated_ticket(author=alice, paragraph=paragraph), body=" ")

    assert response.status_code == 409
    assert "Napište zprávu, nebo přiložte soubor." in response.content.decode()


@pytest.mark.req("S4-65", "C17", "D13")
def test_suspended_request_is_resumed_by_the_message_that_delivers(client: Client, alice, paragraph) -> None:
    ticket = a_suspended_ticket(author=alice, paragraph=paragraph, items=2)
    first, second = ticket.cooperation.all()

    page = page_of(client, ticket, cast="komunikace", dodat=str(first.pk))
    send(client, ticket, delivers=[first.pk])

    assert f'name="delivers" value="{first.pk}" checked' in page
    assert f'name="delivers" value="{second.pk}" checked' not in page
    assert Ticket.objects.get(pk=ticket.pk).status == Status.ESCALATED
    assert list(ticket.cooperation.open()) == [second]


@pytest.mark.req("S4-11", "C12")
def test_resolved_request_takes_no_messages_and_offers_the_complaint(client: Client, alice, paragraph) -> None:
    ticket = a_resolved_ticket(author=alice, paragraph=paragraph)

    page = page_of(client, ticket, cast="komunikace")

    assert "Komunikace je uzavřená" in page
    assert "Reklamovat" in page
    assert 'name="body"' not in page


def test_message_that_came_too_late_is_kept_and_explained(client: Client, alice, paragraph) -> None:
    ticket = an_escalated_ticket(author=alice, paragraph=paragraph)
    resolve(ticket=ticket, resolution=a_resolution(), by=backoffice(ticket.assignee), at=timezone.now())

    response = send(client, ticket, body="Ještě jedna věc")

    assert response.status_code == 409
    assert "Požadavek je ve stavu „Vyřešeno“" in response.content.decode()
    assert "Ještě jedna věc</textarea>" in response.content.decode()


@pytest.mark.req("S4-55", "S4-56", "S4-57", "C09")
def test_complaint_needs_a_reason_and_brings_the_request_back(client: Client, alice, paragraph) -> None:
    ticket = a_resolved_ticket(author=alice, paragraph=paragraph, at=timezone.now())
    address = f"/pozadavky/{ticket.pk}/reklamace/"

    refused = client.post(address, {"reason": " "})
    client.post(address, {"reason": "Faktura stále nejde uložit."})

    assert refused.status_code == 422
    assert "Napište, co stále nefunguje a jak to poznáte." in refused.content.decode()
    assert Ticket.objects.get(pk=ticket.pk).status == Status.DISPUTED
    assert ticket.complaints.get().reason == "Faktura stále nejde uložit."
    assert str(ticket.pk) in client.get("/").content.decode()


def test_complaint_about_a_closed_request_is_kept_and_explained(client: Client, alice, paragraph) -> None:
    ticket = a_closed_ticket(author=alice, paragraph=paragraph)

    response = client.post(f"/pozadavky/{ticket.pk}/reklamace/", {"reason": "Nejde to."})

    assert response.status_code == 409
    assert "je nyní ve stavu „Uzavřeno“" in response.content.decode()
    assert "Nejde to.</textarea>" in response.content.decode()


@pytest.mark.req("C08", "D16")
def test_customer_reads_until_when_and_confirms(client: Client, alice, paragraph) -> None:
    ticket = a_resolved_ticket(author=alice, paragraph=paragraph, at=prague("2026-03-02T10:00"))

    page = page_of(client, ticket)
    client.post(f"/pozadavky/{ticket.pk}/potvrzeni/")

    assert f"Reklamovat lze do po{NB}16.{NB}3.{NB}2026." in page
    assert Ticket.objects.get(pk=ticket.pk).status == Status.CLOSED


@pytest.mark.req("S3-06")
def test_status_is_asked_once(client: Client, alice, paragraph) -> None:
    ticket = an_escalated_ticket(author=alice, paragraph=paragraph)

    for _ in range(2):
        client.post(f"/pozadavky/{ticket.pk}/vyzadat-stav/", headers={"Referer": f"http://testserver/pozadavky/{ticket.pk}/"})

    assert StaffTask.objects.filter(kind=StaffTask.Kind.STATUS).count() == 1
    assert "O stav už jste požádali" in page_of(client, ticket)


def test_author_withdraws_a_new_request_and_files_it_anew(client: Client, alice, paragraph) -> None:
    ticket = a_ticket(author=alice, paragraph=paragraph)

    offered = "Stáhnout zpět" in page_of(client, ticket)
    client.post(f"/pozadavky/{ticket.pk}/stazeni/")

    assert offered
    assert Ticket.objects.get(pk=ticket.pk).status == Status.CANCELLED


@pytest.mark.req("S4-62", "C13")
def test_cancelled_request_is_read_by_its_author_alone(client: Client, alice, paragraph) -> None:
    ticket = a_cancelled_ticket(author=alice, paragraph=paragraph)
    bob = a_member(paragraph.contract.customer, "Bob Kučera", is_manager=True)

    page = page_of(client, ticket)
    client.force_login(bob)

    assert "Chybná klasifikace" in page
    assert client.get(f"/pozadavky/{ticket.pk}/").status_code == 404


def test_manager_writes_into_a_colleagues_request(client: Client, alice, paragraph) -> None:
    ticket = an_escalated_ticket(author=alice, paragraph=paragraph)
    client.force_login(a_member(paragraph.contract.customer, "Bob Kučera", is_manager=True))

    send(client, ticket)

    assert ticket.messages.count() == 1


def test_author_shares_the_request_and_takes_it_back(client: Client, alice, paragraph) -> None:
    ticket = an_escalated_ticket(author=alice, paragraph=paragraph)
    bob = a_member(paragraph.contract.customer, "Bob Kučera")
    cyril = a_member(a_contract().customer, "Cyril Malý")
    address = f"/pozadavky/{ticket.pk}/lide/"

    client.post(address, {"person": cyril.pk, "may_write": "on"})
    client.post(address, {"person": bob.pk})
    [participant] = Participant.objects.all()
    seen = participant.user, participant.may_write
    client.post(f"{address}{participant.pk}/odebrat/")

    assert seen == (bob, False)
    assert Participant.objects.count() == 0
    assert list(ticket.events.filter(kind="participants").values_list("detail", flat=True)) == [
        "Bob Kučera vidí",
        "Bob Kučera už nevidí",
    ]


@pytest.mark.parametrize(("may_write", "sent"), [(True, 1), (False, 0)])
def test_participant_reads_and_writes_only_if_allowed(client: Client, alice, paragraph, may_write: bool, sent: int) -> None:
    ticket = an_escalated_ticket(author=alice, paragraph=paragraph)
    bob = a_member(paragraph.contract.customer, "Bob Kučera")
    Participant.objects.create(ticket=ticket, user=bob, may_write=may_write, added_at=timezone.now())
    client.force_login(bob)

    page = page_of(client, ticket, cast="komunikace")
    send(client, ticket)

    assert ('name="body"' in page) == may_write
    assert Message.objects.count() == sent
    assert client.post(f"/pozadavky/{ticket.pk}/lide/", {"person": alice.pk}).status_code == 302
    assert Participant.objects.count() == 1


def test_notes_of_staff_never_show(client: Client, alice, paragraph) -> None:
    ticket = an_escalated_ticket(author=alice, paragraph=paragraph)
    ticket.notes.create(author=a_staff_member(), body="Zákazník neplatí", at=timezone.now())

    pages = [page_of(client, ticket, cast=tab) for tab in ("zadani", "komunikace", "historie")]

    assert [page.count("Zákazník neplatí") for page in pages] == [0, 0, 0]


def test_open_page_asks_for_news_and_gets_them_only_when_there_are_some(client: Client, alice, paragraph) -> None:
    ticket = an_escalated_ticket(author=alice, paragraph=paragraph)
    address = re.search(r'"(\S+/vlakno/\S*)"', page_of(client, ticket, cast="komunikace")).group(1).replace("&amp;", "&")

    quiet = client.get(address)
    a_message(ticket, author=ticket.assignee, body="Hotovo.")
    news = client.get(address)

    assert (quiet.status_code, quiet.content) == (204, b"")
    assert "Hotovo." in news.content.decode()
    assert "<html" not in news.content.decode()


def test_open_page_learns_that_the_state_changed(client: Client, alice, paragraph) -> None:
    ticket = an_escalated_ticket(author=alice, paragraph=paragraph)
    address = f"/pozadavky/{ticket.pk}/vlakno/?po=0&stav=escalated"
    resolve(ticket=ticket, resolution=a_resolution(), by=backoffice(ticket.assignee), at=timezone.now())

    assert "nově ve&nbsp;stavu „Vyřešeno“" in client.get(address).content.decode()


def steps(page: str) -> list[tuple[str, str]]:
    strip = page.split('class="lifecycle"')[1].split("</ol>")[0]
    return re.findall(r'<span>(\w+)<span class="sr-only">, ([^<]+)</span>', strip)


def test_strip_shows_what_was_what_is_and_what_comes(client: Client, alice, paragraph) -> None:
    suspended = a_suspended_ticket(author=alice, paragraph=paragraph)
    closed = a_closed_ticket(author=alice, paragraph=paragraph)

    assert steps(page_of(client, suspended)) == [
        ("Nový", "hotovo"),
        ("Přijato", "hotovo"),
        ("Eskalováno", "hotovo"),
        ("Pozastaveno", "nyní"),
        ("Vyřešeno", "zbývá"),
        ("Uzavřeno", "zbývá"),
    ]
    assert steps(page_of(client, closed))[-1] == ("Uzavřeno", "nyní")


@pytest.mark.parametrize("tab", ["zadani", "komunikace", "vyhodnoceni", "historie"])
def test_detail_costs_the_same_queries_for_any_length(client: Client, alice, paragraph, tab: str) -> None:
    ticket = an_escalated_ticket(author=alice, paragraph=paragraph)
    page_of(client, ticket)
    counts = []
    for more in (1, 2, 22):
        for _ in range(more):
            a_message(ticket, author=a_staff_member())
            Participant.objects.create(
                ticket=ticket, user=a_member(paragraph.contract.customer), may_write=True, added_at=timezone.now()
            )
        with CaptureQueriesContext(connection) as queries:
            page_of(client, ticket, cast=tab)
        counts.append(len(queries))

    assert len(set(counts)) == 1
    assert counts[0] <= 12
