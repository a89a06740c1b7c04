"""Work on an invoice: nothing of it changes any more, whoever writes the SQL."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError

from tests.builders import a_contract, a_staff_member, backoffice
from tests.tickets.work_builders import TEN, a_taken_ticket, after, balance, is_sound, worked
from tickets.models import Ticket, WorkEntry
from tickets.services import pricing
from tickets.services.corrections import reverse_entry
from tickets.services.work import start_timer

pytestmark = pytest.mark.django_db


@pytest.fixture
def dana():
    return a_staff_member()


@pytest.fixture
def invoiced(dana):
    ticket = a_taken_ticket(staff=dana, at=TEN)
    entry = worked(ticket, by=dana, since=TEN, minutes=30)
    WorkEntry.objects.filter(pk=entry.pk).update(locked_at=after(hours=1))
    entry.refresh_from_db()
    return entry


@pytest.mark.req("S1-21", "S1-18")
@pytest.mark.parametrize(
    "assignment",
    [
        "locked_at = NULL",
        "locked_at = locked_at + interval '1 second'",
        "price = 1",
        "pricing = '[]'",
        "is_priced = false, price = 0, transfer_id = NULL, waits_for = 'rate'",
        "transfer_id = NULL",
        "free_minutes = 5",
        "revision = 1",
        "quote_id = NULL, needs_check = true",
        "checked_at = now(), checked_by_id = person_id",
        "billed_minutes = 1",
        "discount_percent = 10",
    ],
)
def test_database_never_changes_invoiced_work(invoiced, assignment):
    with (
        pytest.raises(IntegrityError, match=r"invoiced work|reversing entry"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"UPDATE tickets_workentry SET {assignment} WHERE id = %s", [invoiced.pk])


@pytest.mark.req("S1-21")
def test_invoiced_work_is_not_deleted(invoiced):
    with pytest.raises((IntegrityError, ProtectedError)), transaction.atomic():
        invoiced.delete()


@pytest.mark.req("S1-21")
@pytest.mark.parametrize("state", ["open", "unpriced"])
def test_only_finished_and_priced_work_is_invoiced(dana, state):
    rate = 0 if state == "unpriced" else 1200
    ticket = a_taken_ticket(staff=dana, at=TEN, contract=a_contract(hourly_rate=rate))
    if state == "open":
        entry = start_timer(ticket=ticket, by=backoffice(dana), at=TEN)
    else:
        entry = worked(ticket, by=dana, since=TEN, minutes=30)

    with pytest.raises(IntegrityError, match="work_invoiced_is_priced"), transaction.atomic():
        WorkEntry.objects.filter(pk=entry.pk).update(locked_at=after(hours=1))


@pytest.mark.req("S1-21")
def test_billing_reverses_invoiced_work_by_an_entry_that_is_invoiced_later(invoiced, dana):
    with transaction.atomic():
        ticket = Ticket.objects.locked(invoiced.ticket_id)
        pricing.lock_account(ticket)
        entry = WorkEntry.objects.locked(invoiced.pk)
        mirror = reverse_entry(ticket, entry, reason="opravný doklad", by=backoffice(dana), at=after(hours=2))
    WorkEntry.objects.filter(pk=mirror.pk).update(locked_at=after(hours=3))

    again = WorkEntry.objects.get(pk=invoiced.pk)
    assert (again.locked_at, again.price, mirror.price) == (after(hours=1), Decimal("600.00"), Decimal("-600.00"))
    assert balance(ticket) == Decimal("0.00")
    with pytest.raises(IntegrityError, match="invoiced work"), transaction.atomic():
        WorkEntry.objects.filter(pk=mirror.pk).update(locked_at=None)
    assert is_sound()
