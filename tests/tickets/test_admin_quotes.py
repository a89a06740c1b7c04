"""Quotes at the desk: the form of a version, sending and taking back, what the page shows."""

from __future__ import annotations

from decimal import Decimal

import pytest
import time_machine

from tests.builders import prague
from tests.tickets.desk import do, page_of, signed_in, text_of
from tests.tickets.quotes import a_case, a_draft, a_sent_quote, an_approved_quote
from tickets.models import Quote

pytestmark = pytest.mark.django_db

FILLED = {
    "origin": "supplier",
    "ceiling_minutes": "240",
    "hourly_rate": "1200",
    "valid_until": "2026-03-16",
    "text": "Nová sestava.",
}


@pytest.fixture(autouse=True)
def morning():
    with time_machine.travel(prague("2026-03-02T10:00"), tick=False):
        yield


@pytest.mark.req("S3-17", "C23")
def test_solver_prepares_a_quote_and_sends_it():
    case = a_case()

    do(case.petr, case.ticket, "quote", **FILLED)
    draft = Quote.objects.get()
    do(case.petr, case.ticket, "quote-send", quote=draft.pk)

    draft.refresh_from_db()
    assert (draft.ceiling_price, draft.state, case.ticket.status) == (Decimal(4800), "sent", "suspended")


def test_a_refused_form_keeps_what_was_typed():
    case = a_case()

    response = do(case.petr, case.ticket, "quote", **FILLED | {"ceiling_price": "5000", "text": "Podrobný popis."})

    assert response.status_code == 409
    assert "Pracnost krát sazba je 4 800,00 Kč." in text_of(response)
    assert "Podrobný popis." in text_of(response)
    assert Quote.objects.count() == 0


def test_the_form_starts_from_the_draft_and_a_new_version_from_the_last_one():
    case = a_case()
    a_draft(case, text="První znění.")
    drafted = text_of(signed_in(case.petr).get(page_of(case.ticket, "?ukon=quote")))
    a_sent_quote(case, text="Druhé znění.")

    sent = text_of(signed_in(case.petr).get(page_of(case.ticket, "?ukon=quote")))

    assert ("První znění." in drafted, 'value="2026-03-16"' in drafted) == (True, True)
    assert ("Druhé znění." in sent, 'value="2026-03-16"' in sent) == (True, False)


@pytest.mark.req("S1-14")
def test_the_form_knows_that_the_customer_asked():
    case = a_case(wants_quote=True)

    page = text_of(signed_in(case.petr).get(page_of(case.ticket, "?ukon=quote")))

    assert '<option value="customer" selected>vyžádal zákazník</option>' in page


def test_facts_show_the_quote_and_its_room():
    case = a_case()
    an_approved_quote(case)
    a_draft(case, ceiling_price=Decimal(6000))

    page = text_of(signed_in(case.petr).get(page_of(case.ticket)))

    assert "vyčerpáno 0 %" in page
    assert "Zbývá 4 800,00 Kč z 4 800,00 Kč." in page
    assert "rezervováno 4 800,00 Kč" in page
    assert "Odeslat kalkulaci" in page


def test_a_draft_is_withdrawn_beside_it():
    case = a_case()
    draft = a_draft(case)

    do(case.petr, case.ticket, "quote-withdraw", quote=draft.pk)

    draft.refresh_from_db()
    assert draft.state == "withdrawn"


def test_a_quote_of_another_request_is_not_sent_here():
    case, other = a_case(), a_case()
    draft = a_draft(other)

    response = do(case.petr, case.ticket, "quote-send", quote=draft.pk)

    draft.refresh_from_db()
    assert (response.status_code, draft.state) == (422, "draft")


@pytest.mark.req("D19")
def test_staff_do_not_read_the_link_of_the_letter():
    case = a_case()
    a_sent_quote(case)

    page = text_of(signed_in(case.petr).get(page_of(case.ticket, "?zalozka=dopisy")))

    assert "Dopis nese jednorázový odkaz, číst ho smí jen příjemce." in page
    assert "/kalkulace/odkaz/" not in page
