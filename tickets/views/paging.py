"""Pages of a long list by keyset: each page begins after the last row of the one before, at any depth equally fast."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core import signing
from django.db.models import Q, QuerySet

SALT = "tickets.paging"


@dataclass(frozen=True)
class Order:
    """One way to sort: by a time and the number, or by the number alone.

    column   name of the time column; "" sorts by the number alone
    forward  True for oldest first
    """

    column: str
    forward: bool = False

    def sort(self, rows: QuerySet[Any], *, backward: bool) -> QuerySet[Any]:
        sign = "" if self.forward != backward else "-"
        return rows.order_by(*([f"{sign}{self.column}"] if self.column else []), f"{sign}id")

    def beyond(self, position: Position) -> Q:
        """Rows behind the position in the direction of its cursor; in the form that PostgreSQL bounds an index by."""
        comparison = "gt" if self.forward != position.backward else "lt"
        after = Q(**{f"id__{comparison}": position.id})
        if not self.column:
            return after
        bound = Q(**{f"{self.column}__{comparison}e": position.value})
        return bound & (Q(**{f"{self.column}__{comparison}": position.value}) | after)


@dataclass(frozen=True)
class Position:
    """Where a page begins: behind the row with this time and number, or before it when `backward`."""

    value: datetime | None
    id: int
    backward: bool

    def token(self) -> str:
        """An opaque signed cursor for the address."""
        moment = self.value.isoformat() if self.value else ""
        return signing.dumps([moment, self.id, self.backward], salt=SALT)

    @classmethod
    def read(cls, token: str) -> Position | None:
        """The position of a cursor; None for none and for a forged one, which means the first page."""
        try:
            moment, number, backward = signing.loads(token, salt=SALT)
        except signing.BadSignature:
            return None
        return cls(datetime.fromisoformat(moment) if moment else None, number, backward)


@dataclass(frozen=True)
class Page:
    """Rows of one page and the cursors beside it, "" where the list ends."""

    rows: list[dict[str, Any]]
    newer: str
    older: str


def cut_page(rows: QuerySet[Any], *, order: Order, cursor: str, size: int) -> Page:
    """One page of `values()` rows that contain "id" and the order's column."""
    position = Position.read(cursor)
    if position and bool(position.value) != bool(order.column):
        position = None  # a cursor of another order
    backward = bool(position and position.backward)
    if position:
        rows = rows.filter(order.beyond(position))
    found = list(order.sort(rows, backward=backward)[: size + 1])
    more, found = len(found) > size, found[:size]
    if backward:
        found.reverse()
    return Page(
        found,
        newer=_token(found, 0, order, backward=True) if (more if backward else position) else "",
        older=_token(found, -1, order, backward=False) if (position if backward else more) else "",
    )


def _token(rows: list[dict[str, Any]], index: int, order: Order, *, backward: bool) -> str:
    if not rows:
        return ""
    row = rows[index]
    return Position(row[order.column] if order.column else None, row["id"], backward).token()
