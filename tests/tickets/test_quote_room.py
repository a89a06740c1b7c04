"""The ceiling of an approved quote: what may be tracked, what is charged, warned of, reserved and given back."""

from __future__ import annotations

import threading
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from credit.pricing import Part, Pricing, Source
from credit.services import ledger
from tests.builders import a_contract, a_paragraph, a_resolution, an_escalated_ticket, backoffice, portal, prague
from tests.tickets.letters import written_by
from tests.tickets.quotes import Case, a_case, a_sent_quote, an_approved_quote, moves, top_up
from tickets.models import Quote, WorkEntry
from tickets.services import lifecycle, quote_decisions, quote_room, quotes
from tickets.services.quote_room import CeilingReached, NotApproved

pytestmark = pytest.mark.django_db

LATER = prague("2026-03-03T09:00")


def worked(case: Case, price: str, *, minutes: int = 60, activity: str = "solving", quote: Quote | None = None) -> WorkEntry:
    """Finished work, charged as the work services charge it."""
    entry = WorkEntry.objects.create(
        ticket=case.ticket,
        person=case.petr,
        activity=activity,
        state="finished",
        started_at=LATER,
        finished_at=LATER + timedelta(minutes=minutes),
        seconds=minutes * 60,
        billed_minutes=minutes,
        price=Decimal(price),
        is_priced=True,
        quote=quote,
    )
    if entry.price:
        ledger.charge_work(
            customer=case.ticket.customer,
            amount=entry.price,
            text="Práce",
            key=f"work:{entry.pk}",
            at=LATER,
            by=backoffice(case.petr),
            hold=quote.hold if quote else None,
        )
    return entry


# What may be tracked


@pytest.mark.req("S1-15")
@pytest.mark.parametrize("activity", ["solving", "consulting", "development", "training", "travel"])
def test_before_the_quote_is_approved_only_the_quote_is_worked_on(activity):
    case = a_case(wants_quote=True)

    with pytest.raises(NotApproved):
        quote_room.check_may_track(case.ticket, activity)

    quote_room.check_may_track(case.ticket, "quoting")


@pytest.mark.req("S1-15", "D13")
@pytest.mark.parametrize(
    ("state", "wants_quote", "may"),
    [
        (None, False, True),
        (None, True, False),
        ("draft", False, True),
        ("draft", True, False),
        ("sent", False, False),
        ("sent", True, False),
        ("approved", False, True),
        ("approved", True, True),
        ("expired", False, False),
        ("withdrawn", False, True),
        ("withdrawn", True, False),
    ],
)
def test_the_state_of_the_quote_decides_and_not_the_state_of_the_request(state, wants_quote, may):
    case = a_case(wants_quote=wants_quote)
    if state == "draft":
        quotes.draft_quote(ticket=case.ticket, terms=_terms(), by=backoffice(case.petr), at=LATER)
    elif state:
        quote = a_sent_quote(case)
        if state == "approved":
            quote_decisions.approve_quote(quote=quote, by=portal(case.hana), at=LATER)
        elif state == "expired":
            quotes.expire_quote(quote=quote, at=prague("2026-03-17T01:00"))
        elif state == "withdrawn":
            quotes.withdraw_quote(quote=quote, by=backoffice(case.petr), at=LATER)

    assert (quote_room.tickable(case.ticket, "solving") == "") == may


def _terms() -> quotes.Terms:
    return quotes.Terms(origin="supplier", ceiling_price=Decimal(4800), valid_until=LATER.date())


@pytest.mark.req("S1-15")
def test_at_the_ceiling_billable_work_stops_until_a_new_version_is_approved():
    case = a_case()
    quote = an_approved_quote(case)
    worked(case, "4800", quote=quote)

    with pytest.raises(CeilingReached):
        quote_room.check_may_track(case.ticket, "solving")
    quote_room.check_may_track(case.ticket, "solving", is_billable=False)
    quote_room.check_may_track(case.ticket, "quoting")
    an_approved_quote(case, ceiling_price=Decimal(6000), at=LATER)

    quote_room.check_may_track(case.ticket, "solving")


# Room


def test_room_counts_work_under_all_versions_but_not_work_on_quotes():
    case = a_case()
    worked(case, "600", activity="quoting")
    worked(case, "1000.50", minutes=50, quote=an_approved_quote(case))
    second = an_approved_quote(case, ceiling_price=Decimal(6000), at=LATER)
    worked(case, "999.50", minutes=50, quote=second)

    room = quote_room.quote_room(case.ticket)

    assert (room.price, room.minutes, room.left, room.share) == (Decimal("2000.00"), 100, Decimal("4000.00"), 33)


@pytest.mark.parametrize(
    ("price", "share", "is_tight", "is_spent"),
    [
        ("0", 0, False, False),
        ("3839.99", 79, False, False),
        ("3840", 80, True, False),
        ("4799.99", 99, True, False),
        ("4800", 100, True, True),
    ],
)
def test_per_cent_are_rounded_down(price, share, is_tight, is_spent):
    case = a_case()
    worked(case, price, quote=an_approved_quote(case))

    room = quote_room.quote_room(case.ticket)

    assert (room.share, room.is_tight, room.is_spent) == (share, is_tight, is_spent)


def test_prepaid_minutes_have_a_ceiling_too():
    case = a_case(contract={"billing_mode": "package"})
    quote = an_approved_quote(case, ceiling_minutes=240)
    worked(case, "0", minutes=240, quote=quote)

    assert quote_room.quote_room(case.ticket).is_spent is True


def a_pricing(*prices: str) -> Pricing:
    return Pricing(tuple(Part(source=Source.CREDIT, minutes=60, price=Decimal(price), text="60 min") for price in prices))


@pytest.mark.parametrize(
    ("before", "prices", "charged"),
    [
        ("0", ["4800"], ["4800"]),
        ("0", ["4800.01"], ["4800"]),
        ("4000", ["500", "500"], ["500", "300"]),
        ("4800", ["1"], ["0.00"]),
    ],
)
def test_the_101st_per_cent_is_not_charged(before, prices, charged):
    case = a_case()
    quote = an_approved_quote(case)
    worked(case, before, quote=quote)
    entry = WorkEntry(ticket=case.ticket, quote=quote)

    cut = quote_room.within_ceiling(case.ticket, entry, a_pricing(*prices))

    assert [part.price for part in cut.parts] == [Decimal(price) for price in charged]


def test_an_entry_is_priced_anew_within_the_same_ceiling():
    case = a_case()
    quote = an_approved_quote(case)
    entry = worked(case, "4800", quote=quote)

    cut = quote_room.within_ceiling(case.ticket, entry, a_pricing("4700"))

    assert cut.price() == Decimal("4700")


def test_work_without_a_quote_has_no_ceiling():
    case = a_case()

    assert quote_room.within_ceiling(case.ticket, WorkEntry(ticket=case.ticket), a_pricing("99999")).price() == Decimal(99999)


# Warnings


def progress(case: Case) -> list[tuple[str, str]]:
    return written_by(lambda: quote_room.note_progress(case.ticket, by=backoffice(case.petr), at=LATER))


def test_four_fifths_are_told_once_to_the_approver_and_the_solver():
    case = a_case()
    quote = an_approved_quote(case)
    worked(case, "3000", quote=quote)
    assert progress(case) == []
    worked(case, "840", quote=quote)

    first, second = progress(case), progress(case)

    quote.refresh_from_db()
    assert first == [("quote_tight", case.hana.email)]  # Petr himself did it
    assert (second, quote.warned_at, quote.spent_at) == ([], LATER, None)
    assert moves(case.ticket)[-1] == ("quote_warned", "", "")


def test_the_whole_ceiling_is_told_once():
    case = a_case()
    quote = an_approved_quote(case)
    worked(case, "4800", quote=quote)

    first, second = progress(case), progress(case)

    quote.refresh_from_db()
    assert (first, second) == ([("quote_tight", case.hana.email)], [])
    assert (quote.warned_at, quote.spent_at) == (LATER, LATER)


# Reservations to the haler


@pytest.mark.req("C23")
def test_work_is_paid_from_the_reservation_and_the_rest_is_given_back():
    case = a_case()
    quote = an_approved_quote(case, ceiling_price=Decimal("4800.50"))
    worked(case, "1234.56", minutes=62, quote=quote)
    quote.hold.refresh_from_db()
    assert (quote.hold.captured, case.account.held, case.account.balance) == (
        Decimal("1234.56"),
        Decimal("3565.94"),
        Decimal("8765.44"),
    )

    lifecycle.resolve(ticket=case.ticket, resolution=a_resolution(), by=backoffice(case.petr), at=LATER)

    quote.refresh_from_db()
    assert (case.account.held, case.account.available) == (Decimal("0.00"), Decimal("8765.44"))
    assert (quote.final_price, quote.final_minutes, quote.ceiling_price) == (Decimal("1234.56"), 62, Decimal("4800.50"))


def test_a_new_version_reserves_only_what_is_not_worked_off():
    case = a_case(credit=6000)
    worked(case, "1200.40", quote=an_approved_quote(case))

    second = an_approved_quote(case, ceiling_price=Decimal(6000), at=LATER)

    assert (second.hold.amount, case.account.held, case.account.available) == (
        Decimal("4799.60"),
        Decimal("4799.60"),
        Decimal("0.00"),
    )


def test_a_new_version_below_what_is_worked_off_is_not_sent():
    case = a_case()
    worked(case, "1200", quote=an_approved_quote(case))

    with pytest.raises(quotes.QuoteIncomplete, match="Strop nové verze musí být vyšší"):
        a_sent_quote(case, ceiling_price=Decimal(1200), at=LATER)


@pytest.mark.req("C25", "S1-15")
def test_work_on_a_refused_quote_stays_billable():
    case = a_case(wants_quote=True)
    worked(case, "600", minutes=30, activity="quoting")
    quote = a_sent_quote(case)

    quote_decisions.refuse_quote(quote=quote, reason="", by=portal(case.hana), at=LATER)

    assert (case.account.balance, WorkEntry.objects.standing().count()) == (Decimal("9400.00"), 1)


def another_quote(case: Case) -> Quote:
    """A quote on another request of the same customer."""
    paragraph = a_paragraph(a_contract(case.ticket.customer))
    other = Case(
        an_escalated_ticket(author=case.alice, paragraph=paragraph, assignee=case.petr), case.alice, case.hana, case.petr
    )
    return a_sent_quote(other)


@pytest.mark.req("C23")
def test_two_quotes_cannot_reserve_the_same_crown():
    case = a_case(credit=9599)
    first, second = a_sent_quote(case), another_quote(case)
    quote_decisions.approve_quote(quote=first, by=portal(case.hana), at=LATER)

    with pytest.raises(ledger.NotCovered, match="Dobijte"):
        quote_decisions.approve_quote(quote=second, by=portal(case.hana), at=LATER)

    top_up(case.ticket, 1)
    quote_decisions.approve_quote(quote=second, by=portal(case.hana), at=LATER)
    assert (case.account.held, case.account.available) == (Decimal(9600), Decimal(0))


@pytest.mark.django_db(transaction=True)
def test_two_approvals_at_once_reserve_one_crown_once():
    case = a_case(credit=4800)
    both = [a_sent_quote(case), another_quote(case)]
    barrier = threading.Barrier(2)
    outcomes: list[Any] = []

    def approve(quote: Quote) -> None:
        try:
            barrier.wait()
            quote_decisions.approve_quote(quote=quote, by=portal(case.hana), at=LATER)
            outcomes.append("approved")
        except ledger.NotCovered:
            outcomes.append("not covered")
        finally:
            connection.close()

    threads = [threading.Thread(target=approve, args=[quote]) for quote in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["approved", "not covered"]
    assert (case.account.held, case.account.available) == (Decimal(4800), Decimal(0))
