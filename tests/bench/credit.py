"""One long account for the bench: as many movements as there are requests, each with its entry of work.

The first movements and the first entry are made by the services, the others are copied in SQL.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

YEARS = timedelta(days=3 * 365)


def make_prototypes() -> dict[str, int]:
    """A top-up and a charge of the first customer, from the time before the copies; to be called while triggers are on."""
    from django.utils import timezone

    from helpdesk.customers.models import User
    from tests import builders
    from tests.credit.builders import top_up, worked

    person = User.objects.get(username="osoba0")
    customer = person.memberships.get().customer
    paragraph = customer.contracts.get().paragraphs.first()
    at = timezone.now() - YEARS
    top_up(customer, "9000000", at=at)
    entry = worked(builders.a_ticket(author=person, paragraph=paragraph), "12.50", at=at)
    return {"account": entry.transfer.account_id, "transfer": entry.transfer_id, "entry": entry.pk, "customer": customer.pk}


def copy_movements(cursor: Any, made: dict[str, int], count: int) -> None:
    """`count` charges over three years, on requests of the same customer; to be called while triggers are off."""
    from credit.models import LedgerTransfer
    from tickets.models import WorkEntry

    values = made | {"count": count, "span": YEARS}
    at = "now() - %(span)s * (%(count)s - n) / %(count)s"
    told = {
        "id": "nextval(pg_get_serial_sequence('credit_ledgertransfer', 'id'))",
        "key": "'work:' || %(entry)s + n",
        "serial": "p.serial + n",
        "balance_after": "p.balance_after + p.change * n",
        "booked_on": f"({at})::date",
        **dict.fromkeys(("occurred_at", "created_at"), at),
    }
    cursor.execute(_copy(LedgerTransfer, told, "p.id = %(transfer)s"), values)
    told = {
        "id": "%(entry)s + n",
        "ticket_id": "(%(tickets)s::bigint[])[1 + n %% %(width)s]",
        "transfer_id": "(SELECT id FROM credit_ledgertransfer WHERE key = 'work:' || %(entry)s + n)",
        **dict.fromkeys(("started_at", "finished_at"), at),
    }
    cursor.execute("SELECT array_agg(id) FROM tickets_ticket WHERE customer_id = %(customer)s", values)
    tickets = cursor.fetchone()[0]
    cursor.execute(_copy(WorkEntry, told, "p.id = %(entry)s"), values | {"tickets": tickets, "width": len(tickets)})
    cursor.execute("SELECT setval(pg_get_serial_sequence('tickets_workentry', 'id'), (SELECT max(id) FROM tickets_workentry))")
    cursor.execute(
        "UPDATE credit_ledgeraccount a SET version = t.serial, balance = t.balance_after FROM credit_ledgertransfer t"
        " WHERE a.id = %(account)s AND t.account_id = a.id"
        " AND t.serial = (SELECT max(serial) FROM credit_ledgertransfer WHERE account_id = a.id)",
        values,
    )
    cursor.execute("SELECT (SELECT count(*) FROM credit_drift) + (SELECT count(*) FROM credit_broken_chain)")
    if cursor.fetchone()[0]:
        raise ValueError("The copied movements do not add up.")


def _copy(model: Any, told: dict[str, str], where: str) -> str:
    """INSERT of the prototype's columns, those in `told` instead; `n` counts the copies."""
    chosen = {field.column: told.get(field.column, f'p."{field.column}"') for field in model._meta.concrete_fields}
    names, table = ", ".join(f'"{name}"' for name in chosen), model._meta.db_table
    copies = f"SELECT {', '.join(chosen.values())} FROM {table} p, generate_series(1, %(count)s) n WHERE {where}"
    return f"INSERT INTO {table} ({names}) {copies}"
