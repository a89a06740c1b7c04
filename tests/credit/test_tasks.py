"""Sweeps over credit: expired reservations, and the nightly comparison of balances with movements."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import connection

from credit.models import Hold, LedgerCheck
from credit.services import checks, ledger
from credit.tasks import check_credit, release_expired_holds
from helpdesk.customers.models import StaffTask
from tests.builders import MONDAY, a_customer, a_staff_member, prague
from tests.credit.builders import account_of, spend, top_up

pytestmark = pytest.mark.django_db


@pytest.mark.req("S1-18")
def test_reservation_past_its_end_is_released_and_others_stay():
    customer = a_customer()
    top_up(customer, "1000")
    for number, expires_at in enumerate([MONDAY, MONDAY + timedelta(days=1), None], start=1):
        ledger.reserve(
            customer=customer, amount=Decimal(100), key=f"quote:{number}", text="Kalkulace", at=MONDAY, expires_at=expires_at
        )

    with time_machine.travel(MONDAY + timedelta(hours=1), tick=False):
        release_expired_holds()
        release_expired_holds()

    assert list(Hold.objects.order_by("id").values_list("key", "released_at")) == [
        ("quote:1", MONDAY + timedelta(hours=1)),
        ("quote:2", None),
        ("quote:3", None),
    ]
    assert account_of(customer).held == Decimal("200.00")


def as_replica(sql: str) -> None:
    """Write past the triggers, as a careless administrator could."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(sql)
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")


@pytest.mark.req("S1-18", "D12")
def test_sound_ledger_is_checked_in_silence():
    customer = a_customer()
    top_up(customer, "1000")
    spend(customer, "300")

    check = checks.check_ledger(at=MONDAY)

    assert check.differing == 0
    assert not StaffTask.objects.exists()


@pytest.mark.broken_ledger
@pytest.mark.req("S1-18", "D12")
@pytest.mark.parametrize(
    "harm",
    [
        "UPDATE credit_ledgeraccount SET balance = balance + 1 WHERE kind = 'customer'",
        "UPDATE credit_ledgeraccount SET held = 5 WHERE kind = 'customer'",
        "UPDATE credit_ledgertransfer SET balance_after = 5 WHERE serial = 1",
        "DELETE FROM credit_ledgertransfer WHERE serial = 1",
    ],
)
def test_whatever_differs_is_a_task_for_the_leader_once(harm: str):
    leader = a_staff_member("Věra Nová", group="vedoucí")
    customer = a_customer()
    top_up(customer, "1000")
    spend(customer, "300")
    as_replica(harm)

    first, second = checks.check_ledger(at=MONDAY), checks.check_ledger(at=MONDAY + timedelta(days=1))

    assert (first.differing, second.differing) == (1, 1)
    assert list(StaffTask.objects.values_list("customer", "assignee", "text")) == [(customer.pk, leader.pk, checks.TASK)]


@pytest.mark.req("S1-18")
@pytest.mark.parametrize(
    ("last", "now", "due"),
    [
        (None, "2026-03-02T12:00", True),
        ("2026-03-02T03:00", "2026-03-02T12:00", False),
        ("2026-03-01T23:00", "2026-03-02T02:59", False),
        ("2026-03-01T23:00", "2026-03-02T03:00", True),
        ("2026-02-27T03:00", "2026-03-02T01:00", True),
    ],
)
def test_check_is_made_once_a_night(last: str | None, now: str, due: bool):
    if last:
        LedgerCheck.objects.create(checked_at=prague(last), accounts=0)
    before = LedgerCheck.objects.count()

    with time_machine.travel(prague(now), tick=False):
        check_credit()
        check_credit()

    assert LedgerCheck.objects.count() - before == int(due)
