"""The life of a quote: drafting, sending, estimates."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from tests.builders import (
    MONDAY,
    a_member,
    a_resolution,
    backoffice,
    prague,
)
from tests.tickets.letters import letters, written_by
from tests.tickets.quotes import a_case, a_draft, a_sent_quote, moves, terms
from tickets.models import QuoteLink
from tickets.services import lifecycle, quotes
from tickets.services.log import StateChanged
from tickets.services.quotes import QuoteIncomplete

pytestmark = pytest.mark.django_db

LATER = prague("2026-03-03T09:00")


# Drafts


@pytest.mark.req("C23")
def test_minutes_at_a_rate_make_the_ceiling():
    draft = a_draft(a_case(), ceiling_price=None, hourly_rate=Decimal(1200), ceiling_minutes=100)

    assert (draft.state, draft.version, draft.ceiling_price) == ("draft", 1, Decimal("2000.00"))


def test_a_draft_is_rewritten_until_it_is_sent():
    case = a_case()
    first = a_draft(case)

    second = a_draft(case, ceiling_price=Decimal(5000))

    assert (second.pk, second.version, second.ceiling_price) == (first.pk, 1, Decimal(5000))


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"ceiling_price": None}, "Zapište nejvyšší cenu, nebo sazbu a pracnost. Odhad bez ceny má vlastní původ."),
        ({"hourly_rate": Decimal(1200)}, "K hodinové sazbě doplňte pracnost, cena se z nich spočítá."),
        (
            {"hourly_rate": Decimal(1200), "ceiling_minutes": 60},
            "Pracnost krát sazba je 1 200,00 Kč. Cenu nechte prázdnou, nebo zapište cenu bez sazby.",
        ),
        ({"valid_until": date(2026, 3, 1)}, "Zapište, do kdy lze kalkulaci schválit: dnešek, nebo pozdější den."),
        ({"valid_until": None}, "Zapište, do kdy lze kalkulaci schválit: dnešek, nebo pozdější den."),
        ({"origin": "estimate", "ceiling_price": None}, "Odhad bez ceny potřebuje pracnost. Doplňte ji."),
    ],
)
def test_an_incomplete_quote_is_refused_in_words(fields, sentence):
    case = a_case()

    with pytest.raises(QuoteIncomplete) as refusal:
        quotes.draft_quote(ticket=case.ticket, terms=terms(**fields), by=backoffice(case.petr), at=MONDAY)

    assert str(refusal.value).replace("\u00a0", " ") == sentence


# Sending


@pytest.mark.req("S1-16", "C25")
def test_sent_quote_suspends_the_request_until_it_is_approved():
    case = a_case()

    quote = a_sent_quote(case)

    case.ticket.refresh_from_db()
    assert (quote.state, quote.sent_by, quote.sent_at) == ("sent", case.petr, MONDAY)
    assert (case.ticket.status, case.ticket.suspend_reason) == ("suspended", "approval")
    assert moves(case.ticket) == [("quote_sent", "escalated", "suspended")]


@pytest.mark.req("D19")
def test_each_approver_gets_an_own_link_the_others_only_the_news():
    case = a_case()
    eva = a_member(case.ticket.customer, "Eva Nová", is_approver=True)
    draft = a_draft(case)

    written = written_by(lambda: quotes.send_quote(quote=draft, by=backoffice(case.petr), at=MONDAY))

    assert written == [("quote_sent", case.hana.email), ("quote_sent", eva.email), ("quote_told", case.alice.email)]
    assert [(link.approver, link.expires_at) for link in QuoteLink.objects.all()] == [
        (case.hana, prague("2026-03-16T10:00")),
        (eva, prague("2026-03-16T10:00")),
    ]


@pytest.mark.req("D19")
def test_above_the_limit_of_the_contract_no_link_is_made():
    case = a_case(contract={"signed_in_approval_above": Decimal("4799.99")})

    a_sent_quote(case)

    assert QuoteLink.objects.count() == 0
    assert letters(kind="quote_sent") == [("quote_sent", case.hana.email)]


@pytest.mark.req("S3-17")
@pytest.mark.parametrize(("price", "is_refused"), [("5000.00", False), ("5000.01", True)])
def test_above_the_threshold_a_technical_specification_is_mandatory(price, is_refused):
    case = a_case(contract={"specification_above": Decimal(5000)})
    draft = a_draft(case, origin="supplier", ceiling_price=Decimal(price))

    if is_refused:
        with pytest.raises(QuoteIncomplete, match="technická specifikace"):
            quotes.send_quote(quote=draft, by=backoffice(case.petr), at=MONDAY)
        draft = a_draft(case, origin="supplier", ceiling_price=Decimal(price), specification="Nová tabulka.")
    quotes.send_quote(quote=draft, by=backoffice(case.petr), at=MONDAY)

    draft.refresh_from_db()
    assert draft.state == "sent"


def test_without_an_approver_nothing_is_sent():
    case = a_case()
    case.hana.memberships.update(is_approver=False)

    with pytest.raises(QuoteIncomplete, match="nemá schvalovatele"):
        a_sent_quote(case)


def test_a_request_that_waits_for_something_else_takes_no_quote():
    case = a_case()
    item = lifecycle.CooperationItem(what="Výpis")
    lifecycle.suspend(ticket=case.ticket, reason="attachment", items=[item], by=backoffice(case.petr), at=MONDAY)

    with pytest.raises(QuoteIncomplete, match="čeká na jinou součinnost"):
        a_sent_quote(case)


def test_a_resolved_request_takes_no_quote():
    case = a_case()
    lifecycle.resolve(ticket=case.ticket, resolution=a_resolution(), by=backoffice(case.petr), at=MONDAY)

    with pytest.raises(StateChanged):
        a_draft(case)


@pytest.mark.req("C23")
def test_a_new_version_replaces_the_one_that_nobody_decided():
    case = a_case()
    first = a_sent_quote(case)

    second = a_sent_quote(case, ceiling_price=Decimal(3600))

    first.refresh_from_db()
    case.ticket.refresh_from_db()
    assert (first.state, second.state, second.version) == ("superseded", "sent", 2)
    assert (case.ticket.status, moves(case.ticket)[1]) == ("suspended", ("quote_sent", "", ""))


# Estimates


@pytest.mark.req("S4-72", "C23")
def test_an_estimate_tells_the_effort_and_stops_nothing():
    case = a_case()

    quote = a_sent_quote(case, origin="estimate", ceiling_price=None, ceiling_minutes=240, term_on=date(2026, 3, 20))

    case.ticket.refresh_from_db()
    assert (quote.state, case.ticket.status, case.ticket.agreed_price) == ("told", "escalated", None)
    assert letters(kind__startswith="quote") == [("quote_told", case.alice.email)]


def test_who_asked_for_a_quote_is_not_put_off_with_an_estimate():
    case = a_case(wants_quote=True)

    with pytest.raises(QuoteIncomplete, match="odhad nestačí"):
        a_sent_quote(case, origin="estimate", ceiling_price=None, ceiling_minutes=240)
