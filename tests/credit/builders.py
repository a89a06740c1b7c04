"""What tests of credit share."""

from __future__ import annotations

import itertools
from datetime import datetime
from decimal import Decimal

from credit.models import LedgerAccount, LedgerTransfer
from credit.services import ledger
from helpdesk.customers.actor import SYSTEM
from helpdesk.customers.models import Customer, User
from tests.builders import MONDAY, a_staff_member
from tickets.models import Ticket, WorkEntry

_serial = itertools.count(1)


def top_up(customer: Customer, amount: str, *, at: datetime = MONDAY, text: str = "Převodem") -> LedgerTransfer:
    return ledger.top_up(
        customer=customer, amount=Decimal(amount), source=LedgerAccount.Kind.BANK, key=f"bank:test-{next(_serial)}",
        text=text, at=at, by=SYSTEM,
    )  # fmt: skip


def spend(customer: Customer, amount: str, *, at: datetime = MONDAY, key: str = "", text: str = "Práce 20 min") -> LedgerTransfer:
    return ledger.charge_work(
        customer=customer, amount=Decimal(amount), text=text, key=key or f"spent:test-{next(_serial)}", at=at, by=SYSTEM
    )


def worked(ticket: Ticket, amount: str, *, at: datetime = MONDAY, person: User | None = None) -> WorkEntry:
    """A finished entry of twenty minutes, charged to the customer's credit."""
    entry = WorkEntry.objects.create(
        ticket=ticket, person=person or a_staff_member(), state="running", started_at=at, note="Analýza protokolu"
    )
    text = f"{ticket}: řešení, 20\u00a0min"
    entry.transfer = spend(ticket.customer, amount, at=at, key=f"work:{entry.pk}", text=text)
    entry.state, entry.finished_at, entry.seconds, entry.billed_minutes = "finished", at, 1200, 20
    entry.is_priced, entry.price = True, Decimal(amount)
    entry.save()
    return entry


def account_of(customer: Customer) -> LedgerAccount:
    return LedgerAccount.objects.get(customer=customer)
