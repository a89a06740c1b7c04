"""Finding requests by their words."""

from typing import Any

import pytest

from helpdesk.statements import Condition
from tests.builders import a_customer, a_message, a_ticket
from tickets.models import Ticket
from tickets.services import search
from tickets.services.search import having_words, matching

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("text", ["účetnictví", "ucetnictvi", "UČETNICTVÍ", "v účetnictvím", "účet"])
def test_words_are_found_blind_to_diacritics_case_and_ending(text: str):
    ticket = a_ticket(subject="Chyba v účetnictví")
    a_ticket(subject="Tiskárna netiskne")

    assert list(Ticket.objects.filter(matching(text))) == [ticket]


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
