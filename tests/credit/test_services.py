"""Moving credit through its services."""

from __future__ import annotations

import threading
from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from credit.models import Hold, LedgerAccount, LedgerTransfer
from credit.services import ledger as services
from helpdesk.customers.actor import SYSTEM
from helpdesk.customers.models import Customer
from tests.builders import MONDAY, a_customer, a_staff_member, backoffice, prague

BANK = LedgerAccount.Kind.BANK


def a_funded_customer(amount: str = "1000") -> Customer:
    customer = a_customer()
    services.top_up(
        customer=customer, amount=Decimal(amount), source=BANK, key=f"bank:{customer.pk}", text="Dobití", at=MONDAY, by=SYSTEM
    )
    return customer


def charge(customer: Customer, amount: str, key: str, hold: Hold | None = None) -> LedgerTransfer:
    return services.charge_work(
        customer=customer, amount=Decimal(amount), text="Práce 30 min", key=key, at=MONDAY, by=SYSTEM, hold=hold
    )


def reserve(customer: Customer, amount: str, key: str = "quote:1") -> Hold:
    return services.reserve(customer=customer, amount=Decimal(amount), key=key, text="Kalkulace 1", at=MONDAY)


def state(customer: Customer) -> tuple[Decimal, Decimal, int]:
    account = LedgerAccount.objects.get(customer=customer)
    return account.balance, account.held, account.version


def drift() -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT account_id FROM credit_drift UNION ALL SELECT transfer_id FROM credit_broken_chain")
        return cursor.fetchall()


@pytest.mark.django_db
@pytest.mark.req("S1-18", "D12")
def test_work_is_taken_from_the_credit_and_the_statement_chains():
    customer = a_funded_customer("1000")

    charge(customer, "300.50", "work:1")
    charge(customer, "900", "work:2")

    rows = LedgerTransfer.objects.values_list("serial", "change", "balance_after")
    assert list(rows) == [
        (1, Decimal("1000.00"), Decimal("1000.00")),
        (2, Decimal("-300.50"), Decimal("699.50")),
        (3, Decimal("-900.00"), Decimal("-200.50")),
    ]
    assert state(customer) == (Decimal("-200.50"), Decimal("0"), 3)
    assert drift() == []


@pytest.mark.django_db
@pytest.mark.req("S1-18")
def test_the_same_cause_is_charged_once():
    customer = a_funded_customer()

    first, second = charge(customer, "100", "work:1"), charge(customer, "100", "work:1")

    assert first == second
    assert state(customer) == (Decimal("900.00"), Decimal("0"), 2)


@pytest.mark.django_db
@pytest.mark.req("S1-18")
def test_a_charge_is_four_statements_and_locks_nothing_but_the_account(django_assert_num_queries):
    customer = a_funded_customer()

    with django_assert_num_queries(6) as sent:  # lock, what is known, insert, what the database computed; a savepoint around
        charge(customer, "100", "work:1")

    assert [one["sql"].count("JOIN") for one in sent if "FOR NO KEY UPDATE" in one["sql"]] == [0]


@pytest.mark.django_db
def test_a_key_with_other_contents_is_an_error():
    customer = a_funded_customer()
    hold = reserve(customer, "50")
    taken = charge(customer, "100", "work:1")

    with pytest.raises(services.LedgerConflict):
        charge(customer, "101", "work:1")
    with pytest.raises(services.LedgerConflict):
        charge(a_customer(), "100", "work:1")
    with pytest.raises(services.LedgerConflict):
        charge(customer, "100", "work:1", hold)
    with pytest.raises(services.LedgerConflict):
        services.top_up(customer=customer, amount=taken.amount, source=BANK, key="work:1", text="", at=MONDAY, by=SYSTEM)


@pytest.mark.django_db
@pytest.mark.parametrize("amount", ["0", "-100", "0.004"])
def test_no_door_takes_an_amount_that_is_not_positive(amount: str):
    customer = a_funded_customer()

    with pytest.raises(IntegrityError), transaction.atomic():
        charge(customer, amount, "work:1")
    with pytest.raises(IntegrityError), transaction.atomic():
        services.top_up(customer=customer, amount=Decimal(amount), source=BANK, key="bank:x", text="", at=MONDAY, by=SYSTEM)
    with pytest.raises((IntegrityError, services.NotCovered)), transaction.atomic():
        reserve(customer, amount)

    assert state(customer) == (Decimal("1000.00"), Decimal("0"), 1)


@pytest.mark.django_db
def test_a_reversal_gives_back_what_was_taken():
    customer = a_funded_customer()
    taken = charge(customer, "100", "work:1")

    reversal = services.reverse(transfer=taken, reason="Zrušený požadavek", at=MONDAY, by=SYSTEM)

    assert (reversal.change, reversal.balance_after, reversal.reverses) == (Decimal("100.00"), Decimal("1000.00"), taken)
    assert services.reverse(transfer=taken, reason="Zrušený požadavek", at=MONDAY, by=SYSTEM) == reversal
    with pytest.raises(services.AlreadyReversed):
        services.reverse(transfer=reversal, reason="Storno storna", at=MONDAY, by=SYSTEM)


@pytest.mark.django_db
def test_a_correction_gives_or_takes_with_a_reason_and_a_name():
    customer, dana = a_funded_customer(), a_staff_member()
    for change, key in (("50", "oprava:1"), ("-20", "oprava:2")):
        services.correct(customer=customer, change=Decimal(change), reason="Oprava", key=key, at=MONDAY, by=backoffice(dana))

    written = LedgerTransfer.objects.filter(code="correction").values_list("change", "memo", "created_by")
    assert list(written) == [(Decimal("50.00"), "Oprava", dana.pk), (Decimal("-20.00"), "Oprava", dana.pk)]


@pytest.mark.django_db
@pytest.mark.req("S1-16")
def test_a_quote_reserves_credit_that_no_other_quote_can_take():
    customer = a_funded_customer("1000")

    reserve(customer, "700", "quote:1")

    with pytest.raises(services.NotCovered, match="300,00"):
        reserve(customer, "300.01", "quote:2")
    reserve(customer, "300", "quote:3")
    assert state(customer) == (Decimal("1000.00"), Decimal("1000.00"), 1)


@pytest.mark.django_db
@pytest.mark.req("S1-16", "S1-18")
def test_work_captures_its_reservation_and_the_rest_is_released():
    customer = a_funded_customer("1000")
    hold = reserve(customer, "500")

    charge(customer, "200", "work:1", hold)
    assert state(customer) == (Decimal("800.00"), Decimal("300.00"), 2)
    charge(customer, "400", "work:2", hold)  # 100 more than is left of the reservation
    assert state(customer) == (Decimal("400.00"), Decimal("0.00"), 3)
    services.release(hold=hold, at=MONDAY)

    hold.refresh_from_db()
    assert (hold.captured, hold.remaining) == (Decimal("500.00"), Decimal("0.00"))
    assert drift() == []


@pytest.mark.django_db
def test_releasing_gives_back_what_work_has_not_taken():
    customer = a_funded_customer("1000")
    hold = reserve(customer, "500")
    charge(customer, "200", "work:1", hold)

    services.release(hold=hold, at=MONDAY)
    services.release(hold=hold, at=MONDAY)

    assert state(customer) == (Decimal("800.00"), Decimal("0.00"), 2)
    assert drift() == []


@pytest.mark.django_db
def test_work_whose_reservation_was_released_is_taken_from_what_is_free():
    customer = a_funded_customer("1000")
    hold = reserve(customer, "500")
    services.release(hold=hold, at=MONDAY)

    taken = charge(customer, "200", "work:1", hold)

    assert (taken.hold, taken.captured, state(customer)) == (hold, Decimal(0), (Decimal("800.00"), Decimal(0), 2))
    assert drift() == []


@pytest.mark.django_db
def test_a_reservation_of_the_same_key_is_the_same_reservation():
    customer = a_funded_customer("1000")
    hold = reserve(customer, "500")

    assert reserve(customer, "500") == hold
    with pytest.raises(services.LedgerConflict):
        reserve(customer, "501")
    with pytest.raises(services.LedgerConflict):
        reserve(a_funded_customer("1000"), "500")
    assert Hold.objects.count() == 1


@pytest.mark.django_db
def test_reversed_work_goes_back_into_its_reservation():
    customer = a_funded_customer("1000")
    hold = reserve(customer, "500")
    taken = charge(customer, "200", "work:1", hold)

    services.reverse(transfer=taken, reason="Omyl", at=MONDAY, by=SYSTEM)

    assert state(customer) == (Decimal("1000.00"), Decimal("500.00"), 3)
    assert drift() == []


@pytest.mark.django_db
@pytest.mark.req("S1-21")
def test_work_of_a_closed_month_is_booked_on_the_first_open_day():
    customer = a_funded_customer()
    services.close_period(customer=customer, month=date(2026, 2, 1), at=MONDAY)
    services.close_period(customer=customer, month=date(2026, 3, 1), at=MONDAY)

    late = services.charge_work(
        customer=customer, amount=Decimal("10"), text="Práce", key="work:1", at=prague("2026-02-27T15:00"), by=SYSTEM
    )
    april = services.charge_work(
        customer=customer, amount=Decimal("10"), text="Práce", key="work:2", at=prague("2026-04-02T15:00"), by=SYSTEM
    )

    assert (late.booked_on, april.booked_on) == (date(2026, 4, 1), date(2026, 4, 2))


@pytest.mark.django_db
def test_a_hard_limit_is_refused_in_words():
    customer = a_funded_customer("100")
    LedgerAccount.objects.filter(customer=customer).update(has_hard_limit=True)

    with pytest.raises(services.NotCovered, match="Dobijte prosím kredit"):
        charge(customer, "100.01", "work:1")


@pytest.mark.django_db(transaction=True)
@pytest.mark.req("S1-18")
def test_eight_threads_with_replays_leave_an_exact_balance():
    customer = a_funded_customer("100000")
    failures: list[BaseException] = []

    def work(thread: int) -> None:
        try:
            for n in range(40):
                charge(customer, "7.01", f"work:{thread}:{n}")
                charge(customer, "1.01", f"shared:{n}")
        except BaseException as failure:
            failures.append(failure)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    expected = Decimal("100000") - 8 * 40 * Decimal("7.01") - 40 * Decimal("1.01")
    assert state(customer) == (expected, Decimal("0"), 1 + 8 * 40 + 40)
    assert drift() == []
