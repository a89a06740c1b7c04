"""What the ledger's database refuses, whoever writes and by whatever statement."""

from __future__ import annotations

import re
import threading
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from credit.models import Hold, LedgerAccount, LedgerTransfer, PeriodClose
from credit.services import ledger as services
from helpdesk.customers.actor import SYSTEM
from tests.builders import MONDAY, a_customer

pytestmark = [pytest.mark.django_db, pytest.mark.req("S1-18", "D12")]

WORK = "(SELECT id FROM credit_ledgeraccount WHERE kind = 'work')"


def a_funded_account(amount: str = "1000") -> LedgerAccount:
    customer = a_customer()
    services.top_up(
        customer=customer,
        amount=Decimal(amount),
        source=LedgerAccount.Kind.BANK,
        key=f"bank:{customer.pk}",
        text="Dobití",
        at=MONDAY,
        by=SYSTEM,
    )
    return LedgerAccount.objects.get(customer=customer)


def a_charge(account: LedgerAccount, amount: str = "100", key: str = "work:1", **fields: Any) -> LedgerTransfer:
    assert account.customer
    return services.charge_work(
        customer=account.customer, amount=Decimal(amount), text="Práce", key=key, at=MONDAY, by=SYSTEM, **fields
    )


def execute(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(statement, values)


def insert(
    account: LedgerAccount, *rows: tuple[str, str], tail: str = "", reverses: str = "NULL", booked: str = "2026-03-02"
) -> None:
    """Charge work of the account by hand: rows of key and amount."""
    values = ", ".join(
        f"('{key}', '{'work' if reverses == 'NULL' else 'reversal'}', {account.pk}, {WORK}, {amount}, {reverses},"
        f" '{booked}', now(), now(), 'ručně', 0)"
        for key, amount in rows
    )
    execute(
        "INSERT INTO credit_ledgertransfer"
        " (key, code, debit_id, credit_id, amount, reverses_id, booked_on, occurred_at, created_at, memo, captured)"
        f" VALUES {values} {tail}"
    )


def refuses(act: Any, *arguments: Any, words: str, **options: Any) -> None:
    """The database refuses the act in those words, and no balance moved."""
    before = sorted(LedgerAccount.objects.values_list("id", "balance", "held", "version"))
    with pytest.raises(DatabaseError, match=words), transaction.atomic():
        act(*arguments, **options)
    assert sorted(LedgerAccount.objects.values_list("id", "balance", "held", "version")) == before


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE credit_ledgertransfer SET amount = 1",
        "DELETE FROM credit_ledgertransfer",
        "TRUNCATE credit_ledgertransfer CASCADE",
        "UPDATE credit_periodclose SET month = '2025-01-01'",
        "DELETE FROM credit_periodclose",
        "TRUNCATE credit_periodclose",
        "DELETE FROM credit_hold",
        "TRUNCATE credit_hold CASCADE",
    ],
)
def test_what_is_written_stays(statement: str):
    account = a_funded_account()
    a_charge(account)
    services.reserve(customer=account.customer, amount=Decimal("10"), key="quote:1", text="Kalkulace", at=MONDAY)
    services.close_period(customer=account.customer, month=date(2026, 2, 1), at=MONDAY)

    table = re.search("credit_[a-z]+", statement)
    assert table
    refuses(execute, statement, words=f"{table[0]} is append-only")


@pytest.mark.parametrize("column", ["balance = 5000", "held = 10", "version = 7"])
def test_no_balance_is_written_directly(column: str):
    account = a_funded_account()

    refuses(execute, f"UPDATE credit_ledgeraccount SET {column} WHERE id = %s", account.pk, words="only transfers and holds")


def test_an_account_opens_at_zero():
    customer = a_customer()

    refuses(LedgerAccount.objects.create, kind="customer", customer=customer, balance=Decimal("5"), words="opens at zero")


def test_an_account_keeps_its_owner_and_is_not_deleted():
    account = a_funded_account()

    refuses(
        execute,
        "UPDATE credit_ledgeraccount SET customer_id = %s WHERE id = %s",
        a_customer().pk,
        account.pk,
        words="keeps its owner",
    )
    refuses(execute, "DELETE FROM credit_ledgeraccount WHERE id = %s", account.pk, words="refused")
    refuses(execute, "TRUNCATE credit_ledgeraccount CASCADE", words="credit_ledgeraccount is append-only")


@pytest.mark.parametrize("amount", ["0", "-1", "'NaN'"])
def test_an_amount_is_positive(amount: str):
    refuses(insert, a_funded_account(), ("work:1", amount), words="ledger_transfer_positive")


@pytest.mark.parametrize("amount", ["1e12", "'Infinity'"])
def test_an_amount_has_a_measure(amount: str):
    refuses(insert, a_funded_account(), ("work:1", amount), words="numeric field overflow")


def test_a_limit_is_a_number():
    account = a_funded_account()

    refuses(execute, "UPDATE credit_ledgeraccount SET overdraft_limit = 'NaN' WHERE id = %s", account.pk, words="is_number")


def test_a_transfer_needs_exactly_one_customer():
    account, other = a_funded_account(), a_funded_account()
    move = (
        "INSERT INTO credit_ledgertransfer (key, code, debit_id, credit_id, amount, booked_on, occurred_at, created_at, memo,"
        " captured) VALUES ('x', 'work', %s, %s, 1, now(), now(), now(), '', 0)"
    )
    bank, work = (LedgerAccount.objects.get(kind=kind).pk for kind in ("bank", "work"))

    refuses(execute, move, account.pk, account.pk, words="exactly one customer|two_accounts")
    refuses(execute, move, account.pk, other.pk, words="exactly one customer")
    refuses(execute, move, bank, work, words="exactly one customer")


def test_a_key_moves_credit_once():
    account = a_funded_account()
    insert(account, ("work:1", "100"))

    refuses(insert, account, ("work:1", "100"), words="in the ledger already")


def test_a_bulk_insert_with_ignored_conflicts_is_refused():
    account = a_funded_account()
    insert(account, ("work:1", "100"))

    refuses(insert, account, ("work:2", "100"), tail="ON CONFLICT DO NOTHING", words="ON CONFLICT does not support")
    by_key = "ON CONFLICT (key) DO NOTHING"
    refuses(insert, account, ("work:1", "100"), tail=by_key, words="in the ledger already")
    refuses(insert, account, ("work:2", "100"), ("work:3", "100"), tail=by_key, words="one transfer of an account|serial")


def test_two_transfers_of_an_account_in_one_statement_are_refused():
    refuses(insert, a_funded_account(), ("work:1", "1"), ("work:2", "1"), words="one transfer of an account|serial")


def test_a_reversal_mirrors_its_original_once_and_is_not_reversed():
    account = a_funded_account()
    charge = a_charge(account)
    refuses(insert, account, ("rev:1", "100"), reverses=str(charge.pk), words="mirrors its original")

    reversal = services.reverse(transfer=charge, reason="Omyl", at=MONDAY, by=SYSTEM)

    again = (
        "INSERT INTO credit_ledgertransfer (key, code, debit_id, credit_id, amount, reverses_id, booked_on, occurred_at,"
        " created_at, memo, captured) VALUES ('rev:again', 'reversal', %s, %s, 100, %s, '2026-03-02', now(), now(), '', 0)"
    )
    refuses(execute, again, charge.credit_id, charge.debit_id, charge.pk, words="reverses_id")
    refuses(execute, again, charge.debit_id, charge.credit_id, reversal.pk, words="mirrors its original")


def test_a_closed_month_takes_nothing():
    account = a_funded_account()
    services.close_period(customer=account.customer, month=date(2026, 3, 1), at=MONDAY)

    refuses(insert, account, ("work:1", "100"), booked="2026-03-31", words="closed")
    refuses(insert, account, ("work:2", "100"), booked="2026-02-28", words="closed")
    insert(account, ("work:3", "100"), booked="2026-04-01")


def test_a_hard_limit_refuses_done_work_too():
    account = a_funded_account("100")
    LedgerAccount.objects.filter(pk=account.pk).update(has_hard_limit=True, overdraft_limit=50)

    refuses(insert, account, ("work:1", "150.01"), words="hard limit")
    insert(account, ("work:2", "150.00"))


def test_reservations_never_exceed_what_is_available():
    account = a_funded_account("100")
    services.reserve(customer=account.customer, amount=Decimal("60"), key="quote:1", text="Kalkulace", at=MONDAY)
    hold = "INSERT INTO credit_hold (account_id, key, amount, captured, memo, created_at) VALUES {}"
    row = f"({account.pk}, '{{}}', {{}}, 0, '', now())"

    refuses(execute, hold.format(row.format("quote:2", "40.01")), words="does not cover")
    two = ", ".join([row.format("quote:3", "30"), row.format("quote:4", "30")])
    refuses(execute, hold.format(two), words="does not cover")
    execute(hold.format(row.format("quote:5", "40")))


@pytest.mark.parametrize("column", ["captured = 5", "amount = 5", "key = 'x'", "account_id = NULL"])
def test_a_reservation_is_not_changed_by_hand(column: str):
    account = a_funded_account()
    services.reserve(customer=account.customer, amount=Decimal("60"), key="quote:1", text="Kalkulace", at=MONDAY)

    refuses(execute, f"UPDATE credit_hold SET {column}", words="only captured|captured|null value")


def test_a_released_reservation_stays_released():
    account = a_funded_account()
    hold = services.reserve(customer=account.customer, amount=Decimal("60"), key="quote:1", text="Kalkulace", at=MONDAY)
    services.release(hold=hold, at=MONDAY)

    refuses(execute, "UPDATE credit_hold SET released_at = NULL", words="released once")
    assert Hold.objects.get().released_at == MONDAY


MOVE = (
    "INSERT INTO credit_ledgertransfer (key, code, debit_id, credit_id, amount, hold_id, booked_on, occurred_at, created_at,"
    " memo, captured) VALUES (%s, %s, %s, %s, 10, %s, '2026-03-02', now(), now(), '', 0)"
)


def test_a_reservation_pays_for_work_of_its_own_account_alone():
    account, other = a_funded_account(), a_funded_account()
    hold = services.reserve(customer=account.customer, amount=Decimal("60"), key="quote:1", text="Kalkulace", at=MONDAY)
    work, bank = (LedgerAccount.objects.get(kind=kind).pk for kind in ("work", "bank"))

    refuses(execute, MOVE, "work:1", "work", other.pk, work, hold.pk, words="work of its own account")
    refuses(execute, MOVE, "bank:1", "top_up", bank, account.pk, hold.pk, words="work of its own account")
    execute(MOVE, "work:2", "work", account.pk, work, hold.pk)


@pytest.mark.parametrize("fields", [{"captured": "5"}, {"released_at": MONDAY}])
def test_a_reservation_begins_whole(fields: dict[str, Any]):
    account = a_funded_account()

    refuses(Hold.objects.create, account=account, key="x", amount=10, created_at=MONDAY, words="begins whole", **fields)


def test_only_customers_have_reservations_and_closed_months():
    bank = LedgerAccount.objects.get(kind="bank")

    refuses(Hold.objects.create, account=bank, key="x", amount=10, created_at=MONDAY, words="begins whole")
    refuses(PeriodClose.objects.create, account=bank, month=date(2026, 3, 1), closed_at=MONDAY, words="closed for a customer")


@pytest.mark.django_db(transaction=True)
def test_movements_and_closings_past_the_services_take_turns():
    account, failures = a_funded_account(), []
    barrier = threading.Barrier(9)

    def move(number: int) -> None:
        try:
            barrier.wait()
            if number:
                insert(account, (f"work:{number}", "10"), booked="2026-05-02")
            else:
                PeriodClose.objects.create(account=account, month=date(2026, 4, 1), closed_at=MONDAY)
        except Exception as failure:
            failures.append(failure)
        finally:
            connection.close()

    threads = [threading.Thread(target=move, args=[number]) for number in range(9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    account.refresh_from_db()
    assert failures == []
    assert (account.balance, account.version) == (Decimal("920.00"), 9)


@pytest.mark.django_db(transaction=True)
def test_closing_waits_for_the_movement_that_was_first():
    account = a_funded_account()
    waits = threading.Event()

    def close() -> None:
        waits.set()
        PeriodClose.objects.create(account=account, month=date(2026, 3, 1), closed_at=MONDAY)
        connection.close()

    with transaction.atomic():
        insert(account, ("work:1", "10"))
        thread = threading.Thread(target=close)
        thread.start()
        waits.wait()
        thread.join(timeout=0.5)
        is_waiting = thread.is_alive()
    thread.join()

    assert is_waiting
    assert PeriodClose.objects.count() == 1
