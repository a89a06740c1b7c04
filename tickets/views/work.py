"""What the customer learns of the work on a request: closed time only, never the timer that runs, never internal notes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce

from credit.models import Activity
from helpdesk.formats import duration, machine, moment, money
from helpdesk.written import Written
from tickets.models import Ticket, WorkEntry

ACTIVITIES = dict(Activity.choices)


class Row(NamedTuple):
    """An entry as it is read for the page; pricing is JSON, serial that of the credit's movement."""

    id: int
    state: str
    activity: str
    note: str
    seconds: int
    billed_minutes: int
    price: Decimal
    is_priced: bool
    pricing: str
    serial: int | None
    ended_at: datetime

    @property
    def minutes(self) -> int:
        return WorkEntry.whole_minutes(self.seconds)


def _entries() -> QuerySet[WorkEntry, Any]:
    rows = WorkEntry.objects.filter(ticket=-1).visible_to_customer()
    rows = rows.annotate(serial=F("transfer__serial"), ended_at=Coalesce("finished_at", "started_at"))
    return rows.order_by("ended_at", "id").values_list(*Row._fields)


ENTRIES: Written[WorkEntry] = Written(_entries)


@dataclass(frozen=True)
class Effort:
    """„Pracnost“: real minutes of everything closed, also of work that is interrupted; the list has what is finished.

    price   CZK without VAT of what is priced
    pieces  finished entries in words, for `{% each %}`
    """

    minutes: int
    price: Decimal
    pieces: list[dict[str, str]]
    is_complete: bool


def effort(ticket: Ticket) -> Effort:
    """What the customer may see of the work, in one query.

    source  S1-12, S1-13, S1-32, C26
    """
    rows = [Row(*row) for row in ENTRIES.tuples(ticket.pk)]
    finished = [row for row in rows if row.state == WorkEntry.State.FINISHED]
    return Effort(
        minutes=sum(row.minutes for row in rows),
        price=sum((row.price for row in finished), Decimal(0)),
        pieces=[_piece(row) for row in finished],
        is_complete=all(row.is_priced for row in rows),
    )


def _piece(row: Row) -> dict[str, str]:
    billed = f"účtuje se {duration(row.billed_minutes)} · " if row.billed_minutes != row.minutes else ""
    return {
        "entry": str(row.id),
        "at": moment(row.ended_at),
        "machine": machine(row.ended_at),
        "activity": ACTIVITIES[row.activity],
        "note": row.note,
        "duration": duration(row.minutes),
        "facts": billed + (money(row.price) if row.is_priced else "cena se ještě určí"),
        "parts": "\n".join(part["text"] for part in json.loads(row.pricing)),
        "serial": str(row.serial or ""),
    }
