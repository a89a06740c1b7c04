"""What the customer learns of the work on a request: closed time only, never the timer that runs, never internal notes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models.functions import Coalesce

from credit.models import Activity
from tickets.models import Ticket, WorkEntry

SHOWN = (
    "transfer__serial",
    *("ticket", "state", "activity", "note", "seconds", "billed_minutes"),
    *("price", "is_priced", "pricing", "started_at", "finished_at"),
)


@dataclass(frozen=True)
class Piece:
    """One finished entry; price is None until it is known, serial is that of the credit's movement."""

    entry: int
    at: datetime
    activity: str
    note: str
    minutes: int
    billed_minutes: int
    price: Decimal | None
    parts: tuple[str, ...]
    serial: int | None


@dataclass(frozen=True)
class Effort:
    """„Pracnost“: real minutes of everything closed, also of work that is interrupted; the list has what is finished.

    price  CZK without VAT of what is priced
    """

    minutes: int
    price: Decimal
    pieces: tuple[Piece, ...]
    is_complete: bool


def effort(ticket: Ticket) -> Effort:
    """What the customer may see of the work, in one query.

    source  S1-12, S1-13, S1-32, C26
    """
    rows = ticket.work.visible_to_customer().select_related("transfer").order_by(Coalesce("finished_at", "started_at"), "id")
    entries = list(rows.only(*SHOWN))
    finished = [entry for entry in entries if not entry.is_open]
    return Effort(
        minutes=sum(entry.worked_minutes for entry in entries),
        price=sum((entry.price for entry in finished), Decimal(0)),
        pieces=tuple(_piece(entry) for entry in finished),
        is_complete=all(entry.is_priced for entry in entries),
    )


def _piece(entry: WorkEntry) -> Piece:
    return Piece(
        entry=entry.pk,
        at=entry.finished_at or entry.started_at,
        activity=Activity(entry.activity).label,
        note=entry.note,
        minutes=entry.worked_minutes,
        billed_minutes=entry.billed_minutes,
        price=entry.price if entry.is_priced else None,
        parts=tuple(part["text"] for part in entry.pricing),
        serial=entry.transfer.serial if entry.transfer else None,
    )
