"""Requests whose work is measured, and a look at what it cost."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection

from credit.models import LedgerTransfer
from credit.services.ledger import account_of
from helpdesk.customers.models import User
from tests.builders import a_contract, a_paragraph, a_ticket, backoffice, prague
from tickets.models import Ticket, WorkCorrection, WorkEntry
from tickets.services.corrections import Change, correct_entry
from tickets.services.lifecycle import accept
from tickets.services.work import ManualWork, add_manual_entry, start_timer, stop_timer

TEN = prague("2026-03-02T10:00")  # a Monday


def after(**time: int) -> datetime:
    """So long after TEN."""
    return TEN + timedelta(**time)


def a_taken_ticket(
    *, staff: User, at: datetime, contract: Any = None, paragraph: dict[str, Any] | None = None, **fields: Any
) -> Ticket:
    """A request that support has taken over, with nobody's timer running."""
    clause = a_paragraph(contract or a_contract(), **paragraph or {})
    return accept(ticket=a_ticket(paragraph=clause, at=at, **fields), by=backoffice(staff), at=at, starts_work=False)


def worked(ticket: Ticket, *, by: User, since: datetime, minutes: int, **how: Any) -> WorkEntry:
    """A finished entry that a timer measured."""
    actor = backoffice(by)
    entry = start_timer(ticket=ticket, by=actor, at=since, **how)
    finished = stop_timer(entry=entry, by=actor, at=since + timedelta(minutes=minutes))
    assert finished is not None
    return finished


def written(ticket: Ticket, *, by: User, until: datetime, minutes: int, at: datetime | None = None, **how: Any) -> WorkEntry:
    """A finished entry that was written down by hand."""
    work = ManualWork(minutes=minutes, ended_at=until, **how)
    return add_manual_entry(ticket=ticket, work=work, by=backoffice(by), at=at or until)


def corrected(entry: WorkEntry, minutes: int, *, by: User, hours: int = 3, **fields: Any) -> WorkCorrection:
    """What became of a correction to so many minutes."""
    change = Change(**{"minutes": minutes, "activity": entry.activity} | fields)
    return correct_entry(entry=entry, change=change, reason="Trvalo to jinak", by=backoffice(by), at=after(hours=hours))


def balance(ticket: Ticket) -> Decimal:
    return account_of(ticket.customer).balance


def charges(ticket: Ticket) -> list[tuple[str, Decimal]]:
    """What moved on the customer's account, oldest first."""
    rows = LedgerTransfer.objects.filter(account=account_of(ticket.customer)).order_by("serial")
    return [(row.code, row.change) for row in rows]


def is_sound() -> bool:
    """The ledger adds up: both views of drift are empty."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT (SELECT count(*) FROM credit_drift) + (SELECT count(*) FROM credit_broken_chain)")
        return bool(cursor.fetchone()[0] == 0)
