"""Random lives of two accounts against a plain list of decimals."""

from __future__ import annotations

import os
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule, run_state_machine_as_test

from credit.models import Hold, LedgerTransfer
from credit.services import ledger as services
from helpdesk.customers.actor import SYSTEM
from tests.builders import MONDAY, a_customer
from tests.credit.test_services import BANK, drift

STEPS = int(os.environ.get("HELPDESK_FUZZ_STEPS", "50"))
EXAMPLES = int(os.environ.get("HELPDESK_FUZZ_EXAMPLES", "40"))
AMOUNTS = st.decimals(min_value="0.01", max_value="999.99", places=2)
WHICH = st.integers(0, 1)


class LedgerLife(RuleBasedStateMachine):
    """The model: of each account the changes in order, and of each reservation what it still holds."""

    transfers = Bundle("transfers")
    holds = Bundle("holds")

    @initialize()
    def open_accounts(self) -> None:
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()
        self.customers = [a_customer(), a_customer()]
        self.changes: list[list[Decimal]] = [[], []]
        self.left: dict[int, tuple[int, Decimal]] = {}
        self.taken: dict[int, tuple[int, Decimal]] = {}  # by transfer: its hold and what it captured
        self.reversed: set[int] = set()
        self.closed = [MONDAY.date().replace(day=1) - timedelta(days=1)] * 2
        self.serial = 0
        self.at = MONDAY

    def key(self) -> str:
        self.serial += 1
        return f"cause:{self.serial}"

    def balance(self, which: int) -> Decimal:
        return sum(self.changes[which], Decimal("0"))

    def held(self, which: int) -> Decimal:
        return sum((left for owner, left in self.left.values() if owner == which), Decimal("0"))

    @rule(target=transfers, which=WHICH, amount=AMOUNTS)
    def top_up(self, which: int, amount: Decimal) -> object:
        made = services.top_up(
            customer=self.customers[which], amount=amount, source=BANK, key=self.key(), text="Dobití", at=self.at, by=SYSTEM
        )
        self.changes[which].append(amount)
        return which, made

    @rule(target=transfers, which=WHICH, amount=AMOUNTS)
    def work(self, which: int, amount: Decimal) -> object:
        made = services.charge_work(
            customer=self.customers[which], amount=amount, text="Práce", key=self.key(), at=self.at, by=SYSTEM
        )
        self.changes[which].append(-amount)
        return which, made

    @rule(target=transfers, amount=AMOUNTS, hold=holds)
    def work_on_a_quote(self, amount: Decimal, hold: tuple[int, Hold]) -> object:
        which, reserved = hold
        made = services.charge_work(
            customer=self.customers[which], amount=amount, text="Práce", key=self.key(), at=self.at, by=SYSTEM, hold=reserved
        )
        if reserved.pk in self.left:
            captured = min(amount, self.left[reserved.pk][1])
            self.left[reserved.pk] = (which, self.left[reserved.pk][1] - captured)
            self.taken[made.pk] = (reserved.pk, captured)
        self.changes[which].append(-amount)
        return which, made

    @rule(done=transfers)
    def replay(self, done: tuple[int, LedgerTransfer]) -> None:
        _, made = done
        movement = services.Movement(
            key=made.key,
            code=LedgerTransfer.Code(made.code),
            customer=made.account.customer,
            other=services.Kind((made.credit if made.debit_id == made.account_id else made.debit).kind),
            gives=made.credit_id == made.account_id,
            amount=made.amount,
            memo=made.memo,
            occurred_at=made.occurred_at,
            hold=None if made.reverses else made.hold,
            reverses=made.reverses,
        )
        assert services.post(movement, by=SYSTEM) == made

    @rule(done=transfers, other=AMOUNTS)
    def replay_something_else(self, done: tuple[int, LedgerTransfer], other: Decimal) -> None:
        which, made = done
        if other == made.amount and made.code == "work":
            return
        with pytest.raises(services.LedgerConflict):
            services.charge_work(customer=self.customers[which], amount=other, text="Práce", key=made.key, at=self.at, by=SYSTEM)

    @rule(target=transfers, done=transfers)
    def reverse(self, done: tuple[int, LedgerTransfer]) -> object:
        which, made = done
        if made.reverses_id:
            with pytest.raises(services.AlreadyReversed):
                services.reverse(transfer=made, reason="Storno", at=self.at, by=SYSTEM)
            return multiple()
        reversal = services.reverse(transfer=made, reason="Storno", at=self.at, by=SYSTEM)
        if made.pk in self.reversed:
            return multiple()
        self.reversed.add(made.pk)
        self.changes[which].append(-made.change)
        hold, captured = self.taken.get(made.pk, (0, Decimal("0")))
        if hold in self.left:
            self.left[hold] = (which, self.left[hold][1] + captured)
        return which, reversal

    @rule(target=holds, which=WHICH, amount=AMOUNTS)
    def reserve(self, which: int, amount: Decimal) -> object:
        wanted = {"customer": self.customers[which], "amount": amount, "key": self.key(), "text": "Kalkulace", "at": self.at}
        if self.balance(which) - self.held(which) < amount:
            with pytest.raises(services.NotCovered):
                services.reserve(**wanted)
            return multiple()
        hold = services.reserve(**wanted)
        self.left[hold.pk] = (which, amount)
        return which, hold

    @rule(hold=holds)
    def release(self, hold: tuple[int, Hold]) -> None:
        services.release(hold=hold[1], at=self.at)
        self.left.pop(hold[1].pk, None)

    @rule(which=WHICH)
    def close_the_month(self, which: int) -> None:
        services.close_period(customer=self.customers[which], month=self.at.date(), at=self.at)
        self.closed[which] = max(self.closed[which], self.at.date().replace(day=1))

    @rule(days=st.integers(1, 40))
    def time_passes(self, days: int) -> None:
        self.at += timedelta(days=days)

    @invariant()
    def the_ledger_is_the_list(self) -> None:
        for which, customer in enumerate(self.customers):
            account = services.account_of(customer)
            written = list(account.transfers.order_by("serial").values_list("change", "balance_after"))
            sums = [sum(self.changes[which][: n + 1], Decimal("0")) for n in range(len(self.changes[which]))]
            assert written == list(zip(self.changes[which], sums, strict=True))
            assert (account.balance, account.held) == (self.balance(which), self.held(which))
        assert drift() == []

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.savepoint.__exit__(None, None, None)


@pytest.mark.django_db
@pytest.mark.req("S1-18", "D12")
def test_random_lives_of_two_accounts_agree_with_the_list():
    run_state_machine_as_test(
        LedgerLife, settings=settings(max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None, database=None)
    )
