"""Finding requests by their words."""

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from helpdesk.statements import Condition
from tests.builders import MONDAY, a_customer, a_message, a_staff_member, a_ticket, backoffice, portal
from tickets.models import Ticket, TicketSearch
from tickets.services import search
from tickets.services.attachments import stage_file
from tickets.services.conversation import add_note, post_message
from tickets.services.search import having_words, matching

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("text", ["účetnictví", "ucetnictvi", "UČETNICTVÍ", "v účetnictvím", "účet"])
def test_words_are_found_blind_to_diacritics_case_and_ending(text: str):
    ticket = a_ticket(subject="Chyba v účetnictví")
    a_ticket(subject="Tiskárna netiskne")

    assert list(Ticket.objects.filter(matching(text))) == [ticket]


EXACT = [
    "FV-2024/0187",
    "192.168.10.25",
    "alice.dvorakova@hanacke-strojirny.example",
    "faktura_2024-10_finální.pdf",
    r"C:\\Program Files\\Účto\\ucto.exe",
    "ÚČTO2024",
    "chyba:0x80070005",
    "1e5",
    "a-5",
    "-12,50",
    "Łódź",
    "+420 533 000 120",
]


@pytest.mark.parametrize("text", EXACT)
def test_the_exact_text_is_found_whatever_signs_it_holds(text: str):
    ticket = a_ticket(subject="Dotaz", description=f"Při otevření ({text}) program skončí.")
    answered = a_ticket(subject="Jiný dotaz")
    a_message(answered, body=f"Jde o {text}.")

    assert list(Ticket.objects.filter(matching(text)).order_by("id")) == [ticket, answered]
    assert list(Ticket.objects.filter(matching(text.upper())).order_by("id")) == [ticket, answered]


def test_request_is_found_by_the_name_of_a_public_file(files: Path):
    ticket, token = a_ticket(), uuid4()
    for name, send in (("protokol_tisku-2024.log", post_message), ("interní-rozbor.txt", add_note)):
        by = portal(ticket.author) if send is post_message else backoffice(a_staff_member(name))
        stage_file(user=by.person, form_token=token, upload=SimpleUploadedFile(name, b"obsah"), at=MONDAY)
        send(ticket=ticket, body="Viz příloha.", by=by, at=MONDAY, form_token=token)

    assert list(Ticket.objects.filter(matching("protokol_tisku-2024.log"))) == [ticket]
    assert list(Ticket.objects.filter(matching("interní-rozbor.txt"))) == []
    search.reindex([ticket.pk])
    assert list(Ticket.objects.filter(matching("protokol_tisku-2024.log"))) == [ticket]
    assert list(Ticket.objects.filter(matching("interní-rozbor.txt"))) == []


def test_reindexing_gives_the_words_that_were_there():
    ticket = a_ticket(subject="Chyba v ÚČTO2024", description="Faktura FV-2024/0187.")
    a_message(ticket, body="Došel toner.")
    before = TicketSearch.objects.get().words

    TicketSearch.objects.all().delete()
    search.reindex([ticket.pk])

    assert TicketSearch.objects.get().words == before


def test_endless_thread_keeps_its_first_words(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(search, "MOST_LEXEMES", 5)
    ticket = a_ticket(subject="jedna dvě tři čtyři pět šest")

    a_message(ticket, body="sedm")

    assert list(Ticket.objects.filter(matching("jedna"))) == [ticket]
    assert list(Ticket.objects.filter(matching("sedm"))) == []


def test_all_words_must_be_there_in_subject_description_or_messages():
    ticket = a_ticket(subject="Tiskárna netiskne", description="Druhé patro.")
    a_message(ticket, body="Došel toner.")

    assert list(Ticket.objects.filter(matching("tiskárna patro toner"))) == [ticket]
    assert list(Ticket.objects.filter(matching("tiskárna kancelář"))) == []


def test_number_is_a_word_and_signs_alone_find_nothing():
    ticket = a_ticket()

    assert list(Ticket.objects.filter(matching(str(ticket.pk)))) == [ticket]
    assert list(Ticket.objects.filter(matching("& | ! ' --"))) == []


def test_customers_narrow_the_search_for_few_hits():
    ticket, foreign = a_ticket(subject="Tiskárna netiskne"), a_ticket(subject="Tiskárna netiskne")

    found = Ticket.objects.filter(matching("tiskárna", customers=[ticket.customer_id, a_customer().pk]))

    assert ticket.customer_id != foreign.customer_id
    assert list(found) == [ticket]


def test_more_hits_than_a_few_are_all_found(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(search, "FEW", 2)
    tickets = [a_ticket(subject="Tiskárna netiskne") for _ in range(3)]
    a_ticket(subject="Skener neskenuje")

    assert list(Ticket.objects.filter(matching("tiskárna")).order_by("id")) == tickets


@pytest.mark.parametrize("few", [1000, 1])
def test_statements_written_by_hand_find_the_same(monkeypatch: pytest.MonkeyPatch, few: int):
    monkeypatch.setattr(search, "FEW", few)
    for subject in ("Tiskárna netiskne", "Skener neskenuje", "Tiskárna hoří"):
        a_ticket(subject=subject)

    found = having_words("tiskárna")
    listed = Ticket.objects.raw(f"SELECT id FROM tickets_ticket WHERE {found.sql} ORDER BY id", found.values)

    assert [ticket.subject for ticket in listed] == ["Tiskárna netiskne", "Tiskárna hoří"]


def test_common_words_are_not_counted_again(monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any):
    monkeypatch.setattr(search, "FEW", 1)
    for _ in range(3):
        a_ticket(subject="Tiskárna netiskne")
    customer = a_customer().pk

    first = having_words("netiskne")
    with django_assert_num_queries(0):
        again = having_words("netiskne")
    with django_assert_num_queries(1):
        elsewhere = having_words("netiskne", customers=[customer])

    assert first == again
    assert elsewhere == Condition("id = ANY(%s::bigint[])", ([],))
