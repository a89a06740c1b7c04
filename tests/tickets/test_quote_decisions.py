"""What becomes of a sent quote: approval, refusal, new versions, expiry, the end of the request."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import partial

import pytest

from credit.models import Hold
from credit.services.ledger import NotCovered
from helpdesk.customers.models import StaffTask
from tests.builders import (
    MONDAY,
    a_member,
    a_resolution,
    a_staff_member,
    backoffice,
    portal,
    prague,
)
from tests.tickets.letters import written_by
from tests.tickets.quotes import a_case, a_draft, a_sent_quote, an_approved_quote, moves
from tickets.models import Quote
from tickets.services import conversation, lifecycle, quote_decisions, quotes
from tickets.services.quote_decisions import NotApprover
from tickets.services.quotes import QuoteClosed

pytestmark = pytest.mark.django_db

LATER = prague("2026-03-03T09:00")


# Approval


@pytest.mark.req("S2-17", "S1-16")
def test_approval_agrees_price_and_term_reserves_credit_and_goes_on():
    case = a_case()
    quote = a_sent_quote(case, term_on=date(2026, 3, 20))

    quote_decisions.approve_quote(quote=quote, name="  Hana  Malá ", by=portal(case.hana), at=LATER)

    quote.refresh_from_db()
    ticket = case.ticket
    ticket.refresh_from_db()
    assert (quote.state, quote.decided_by, quote.decided_name, quote.decided_ip) == (
        "approved",
        case.hana,
        "Hana Malá",
        "192.0.2.10",
    )
    assert (ticket.status, ticket.agreed_price, ticket.agreed_on) == ("escalated", Decimal(4800), date(2026, 3, 20))
    assert (ticket.agreed_by, ticket.agreed_at) == (case.hana, LATER)
    assert moves(ticket)[1:] == [("quote_approved", "suspended", "escalated")]
    assert (quote.hold.amount, case.account.held, case.account.available) == (Decimal(4800), Decimal(4800), Decimal(5200))


@pytest.mark.req("S1-16")
def test_approval_is_told_to_the_customer_and_to_the_solver():
    case = a_case()
    quote = a_sent_quote(case)

    written = written_by(lambda: quote_decisions.approve_quote(quote=quote, by=portal(case.hana), at=LATER))

    assert written == [
        ("quote_decided", case.alice.email),
        ("quote_decided", case.hana.email),
        ("staff_quote_decided", case.petr.email),
    ]


@pytest.mark.parametrize("mode", ["flat", "package", "hourly"])
def test_only_credit_is_reserved(mode):
    case = a_case(contract={"billing_mode": mode})

    quote = an_approved_quote(case)

    assert (quote.hold, Hold.objects.count()) == (None, 0)


@pytest.mark.req("D19", "S1-16")
def test_only_an_approver_decides():
    case = a_case()
    quote = a_sent_quote(case)

    for person in (case.alice, a_member(case.ticket.customer, "Bob Kučera", is_manager=True)):
        with pytest.raises(NotApprover):
            quote_decisions.approve_quote(quote=quote, by=portal(person), at=LATER)
        with pytest.raises(NotApprover):
            quote_decisions.refuse_quote(quote=quote, reason="", by=portal(person), at=LATER)


def test_without_enough_credit_nothing_is_approved():
    case = a_case(credit=4799)
    quote = a_sent_quote(case)

    with pytest.raises(NotCovered, match="Dobijte"):
        quote_decisions.approve_quote(quote=quote, by=portal(case.hana), at=LATER)

    quote.refresh_from_db()
    case.ticket.refresh_from_db()
    assert (quote.state, case.ticket.status, case.account.held) == ("sent", "suspended", 0)


def test_the_overdraft_of_the_account_may_be_reserved_too():
    case = a_case(credit=4000)
    account = case.account
    account.overdraft_limit = Decimal(800)
    account.save()

    an_approved_quote(case)

    assert (case.account.held, case.account.available) == (Decimal(4800), Decimal(0))


def test_after_a_message_resumed_the_request_the_quote_still_waits():
    case = a_case()
    quote = a_sent_quote(case)
    conversation.post_message(ticket=case.ticket, body="Proč tolik?", by=portal(case.alice), at=MONDAY)

    quote_decisions.approve_quote(quote=quote, by=portal(case.hana), at=LATER)

    case.ticket.refresh_from_db()
    assert case.ticket.status == "escalated"
    assert moves(case.ticket)[-1] == ("quote_approved", "", "")


@pytest.mark.parametrize("way", ["approve", "refuse"])
def test_a_quote_is_decided_once(way):
    case = a_case()
    quote = an_approved_quote(case)

    decide = quote_decisions.approve_quote if way == "approve" else partial(quote_decisions.refuse_quote, reason="")

    with pytest.raises(QuoteClosed, match="už rozhodl někdo z vaší firmy: schválená, Hana Malá"):
        decide(quote=quote, by=portal(case.hana), at=LATER)


@pytest.mark.parametrize(("at", "is_late"), [("2026-03-16T23:59", False), ("2026-03-17T00:00", True)])
def test_the_last_day_of_a_quote_counts_whole(at, is_late):
    case = a_case()
    quote = a_sent_quote(case)

    if is_late:
        with pytest.raises(QuoteClosed, match="Platnost kalkulace skončila"):
            quote_decisions.approve_quote(quote=quote, by=portal(case.hana), at=prague(at))
    else:
        assert quote_decisions.approve_quote(quote=quote, by=portal(case.hana), at=prague(at)).state == "approved"


# New version of an approved quote


@pytest.mark.req("C23")
def test_an_approved_version_stays_in_force_until_the_next_is_approved():
    case = a_case()
    first = an_approved_quote(case)
    second = a_sent_quote(case, ceiling_price=Decimal(6000), at=LATER)
    first.refresh_from_db()
    assert (first.state, case.account.held) == ("approved", Decimal(4800))

    quote_decisions.approve_quote(quote=second, by=portal(case.hana), at=LATER)

    first.refresh_from_db()
    first.hold.refresh_from_db()
    assert (first.state, first.hold.released_at, case.account.held) == ("superseded", LATER, Decimal(6000))


def test_a_new_version_may_use_what_the_earlier_one_reserved():
    case = a_case(credit=6000)
    an_approved_quote(case)

    an_approved_quote(case, ceiling_price=Decimal(6000), at=LATER)

    assert (case.account.held, case.account.available) == (Decimal(6000), Decimal(0))


def test_a_refused_extension_leaves_the_approved_version_in_force():
    case = a_case()
    first = an_approved_quote(case)
    second = a_sent_quote(case, ceiling_price=Decimal(6000), at=LATER)

    quote_decisions.refuse_quote(quote=second, reason="Moc drahé.", by=portal(case.hana), at=LATER)

    first.refresh_from_db()
    case.ticket.refresh_from_db()
    assert (first.state, case.ticket.status, case.account.held) == ("approved", "escalated", Decimal(4800))
    assert moves(case.ticket)[-1] == ("quote_refused", "suspended", "escalated")


# Refusal


@pytest.mark.req("D19", "C25")
def test_refusal_is_three_events_and_one_letter():
    case = a_case()
    quote = a_sent_quote(case)

    written = written_by(
        lambda: quote_decisions.refuse_quote(quote=quote, reason="Uděláme si to sami.", by=portal(case.hana), at=LATER)
    )

    ticket = case.ticket
    ticket.refresh_from_db()
    assert (ticket.status, ticket.outcome, ticket.root_cause) == ("closed", "quote_refused", "")
    assert moves(ticket)[1:] == [
        ("quote_refused", "suspended", "escalated"),
        ("resolved", "escalated", "resolved"),
        ("closed_refused", "resolved", "closed"),
    ]
    assert [event.at for event in ticket.events.order_by("-id")[:3]] == [LATER] * 3
    assert written == [
        ("quote_decided", case.alice.email),
        ("quote_decided", case.hana.email),
        ("staff_quote_decided", case.petr.email),
    ]


@pytest.mark.req("C25")
def test_a_refused_quote_keeps_its_reason_and_reserves_nothing():
    case = a_case()
    quote = a_sent_quote(case)

    quote_decisions.refuse_quote(quote=quote, reason=" Moc drahé. ", by=portal(case.hana), at=LATER)

    quote.refresh_from_db()
    assert (quote.state, quote.refusal_reason, case.account.held) == ("refused", "Moc drahé.", Decimal(0))


# Withdrawal, expiry, the end


def test_support_withdraws_what_it_sent_and_work_goes_on():
    case = a_case()
    quote = a_sent_quote(case)

    written = written_by(lambda: quotes.withdraw_quote(quote=quote, by=backoffice(case.petr), at=LATER))

    case.ticket.refresh_from_db()
    quote.refresh_from_db()
    assert (quote.state, case.ticket.status) == ("withdrawn", "escalated")
    assert written == [("quote_withdrawn", case.alice.email), ("quote_withdrawn", case.hana.email)]


def test_a_withdrawn_draft_was_never_seen_by_the_customer():
    case = a_case()
    draft = a_draft(case)

    written = written_by(lambda: quotes.withdraw_quote(quote=draft, by=backoffice(case.petr), at=LATER))

    assert (written, moves(case.ticket), list(Quote.objects.told())) == ([], [], [])


@pytest.mark.req("C23")
def test_an_expired_quote_asks_support_to_act_and_the_request_waits_on():
    case = a_case()
    quote = a_sent_quote(case)

    written = written_by(lambda: quotes.expire_quote(quote=quote, at=prague("2026-03-17T00:05")))
    quotes.expire_quote(quote=quote, at=prague("2026-03-17T00:10"))

    quote.refresh_from_db()
    case.ticket.refresh_from_db()
    assert (quote.state, case.ticket.status) == ("expired", "suspended")
    assert written == [("quote_expired", case.alice.email), ("quote_expired", case.hana.email)]
    assert [task.assignee for task in StaffTask.objects.open().filter(text__startswith="Kalkulace propadla")] == [case.petr]


def test_a_quote_that_is_valid_today_does_not_expire():
    case = a_case()
    quote = a_sent_quote(case)

    quotes.expire_quote(quote=quote, at=prague("2026-03-16T23:59"))

    quote.refresh_from_db()
    assert quote.state == "sent"


@pytest.mark.parametrize("end", ["resolve", "cancel"])
def test_the_end_of_the_request_releases_the_reservation(end):
    case = a_case()
    quote = an_approved_quote(case)
    a_draft(case, ceiling_price=Decimal(9000), at=LATER)

    if end == "resolve":
        lifecycle.resolve(ticket=case.ticket, resolution=a_resolution(), by=backoffice(case.petr), at=LATER)
    else:
        lifecycle.cancel(ticket=case.ticket, reason="Omyl", by=backoffice(a_staff_member()), at=LATER)

    quote.hold.refresh_from_db()
    assert (quote.hold.released_at, case.account.held, case.account.balance) == (LATER, Decimal(0), Decimal(10_000))
    assert [one.state for one in case.ticket.quotes.all()] == ["approved", "withdrawn"]


def test_cancelling_a_request_withdraws_the_quote_that_waits():
    case = a_case()
    quote = a_sent_quote(case)

    lifecycle.cancel(ticket=case.ticket, reason="Omyl", by=backoffice(a_staff_member()), at=LATER)

    quote.refresh_from_db()
    assert quote.state == "withdrawn"
