"""Correcting work under a quote: never past the ceiling, and what is reserved is what the ceiling leaves."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import transaction

from credit.models import Hold
from tests.builders import an_operator, backoffice
from tests.tickets.quotes import Case, a_case, an_approved_quote
from tests.tickets.work_builders import TEN, a_taken_ticket, after, corrected, is_sound, worked, written
from tickets.models import Ticket, WorkEntry
from tickets.services import pricing, quote_room
from tickets.services.quote_room import NotApproved

pytestmark = pytest.mark.django_db


def reservation(case: Case) -> tuple[Decimal, Decimal]:
    """What is reserved, and what the ceiling leaves."""
    room = quote_room.quote_room(case.ticket)
    assert room is not None
    return case.account.held, room.left


def quoted(case: Case, minutes: int, *, start: int = 0) -> WorkEntry:
    return worked(case.ticket, by=case.petr, since=after(minutes=start), minutes=minutes)


@pytest.mark.req("S1-15", "C23")
def test_corrected_work_is_charged_no_further_than_the_ceiling():
    an_operator(second_person_above=100_000)
    case = a_case()
    an_approved_quote(case, ceiling_price=Decimal(1000), at=TEN)
    entry = quoted(case, 30)
    quoted(case, 15, start=120)

    made = corrected(entry, 90, by=case.petr).made

    assert (made.price, made.pricing[0]["text"].endswith("nad strop kalkulace se neúčtuje")) == (Decimal("700.00"), True)
    assert reservation(case) == (Decimal("0.00"), Decimal("0.00"))
    assert is_sound()


@pytest.mark.req("C23")
@pytest.mark.parametrize(("minutes", "left"), [(0, "2000.00"), (25, "1500.00"), (35, "1300.00"), (120, "0.00")])
def test_correction_of_work_under_an_earlier_version_leaves_reserved_what_the_ceiling_leaves(minutes, left):
    an_operator(second_person_above=100_000)
    case = a_case()
    an_approved_quote(case, ceiling_price=Decimal(1000), at=TEN)
    entry = quoted(case, 30)
    an_approved_quote(case, ceiling_price=Decimal(2000), at=after(hours=1))
    before = reservation(case)

    corrected(entry, minutes, by=case.petr)

    assert (before, reservation(case)) == ((Decimal("1400.00"), Decimal("1400.00")), (Decimal(left), Decimal(left)))
    assert is_sound()


@pytest.mark.req("C23")
def test_reversed_work_of_an_earlier_version_is_reserved_again_also_in_overdraft():
    an_operator(second_person_above=100_000)
    case = a_case(credit=2000)
    an_approved_quote(case, ceiling_price=Decimal(1000), at=TEN)
    entry = quoted(case, 30)
    an_approved_quote(case, ceiling_price=Decimal(2000), at=after(hours=1))
    other = a_taken_ticket(staff=case.petr, at=TEN, contract=case.contract)
    written(other, by=case.petr, until=after(hours=2), minutes=60)

    corrected(entry, 20, by=case.petr)

    assert (reservation(case), case.account.available) == ((Decimal("1600.00"), Decimal("1600.00")), Decimal("-1200.00"))
    assert is_sound()


@pytest.mark.req("C23", "S3-12")
def test_work_of_an_earlier_version_that_turns_out_free_is_reserved_again():
    case = a_case()
    an_approved_quote(case, ceiling_price=Decimal(1000), at=TEN)
    entry = quoted(case, 30)
    an_approved_quote(case, ceiling_price=Decimal(2000), at=after(hours=1))

    with transaction.atomic():
        ticket = Ticket.objects.locked(case.ticket.pk)
        ticket.root_cause = "data"
        pricing.lock_account(ticket)
        moved = pricing.reprice(ticket, WorkEntry.objects.locked(entry.pk), reason="příčina", by=backoffice(case.petr), at=TEN)

    assert (moved, reservation(case)) == (Decimal("-600.00"), (Decimal("2000.00"), Decimal("2000.00")))
    assert is_sound()


@pytest.mark.req("C23")
def test_correction_after_the_quote_has_ended_reserves_nothing_again():
    an_operator(second_person_above=100_000)
    case = a_case()
    quote = an_approved_quote(case, ceiling_price=Decimal(1000), at=TEN)
    entry = quoted(case, 30)
    with transaction.atomic():
        quote_room.end_quotes(case.ticket, at=after(hours=1), compares=False)

    corrected(entry, 20, by=case.petr)

    assert (case.account.held, case.account.balance) == (Decimal("0.00"), Decimal("9600.00"))
    assert Hold.objects.get(pk=quote.hold_id).released_at is not None
    assert is_sound()


@pytest.mark.req("S1-15")
def test_work_on_a_quote_is_not_made_paid_work_before_the_customer_agrees():
    case = a_case(wants_quote=True)
    entry = worked(case.ticket, by=case.petr, since=TEN, minutes=30, activity="quoting")

    with pytest.raises(NotApproved, match="ještě neschválil"):
        corrected(entry, 30, by=case.petr, activity="solving")
