"""Pages of a long list by keyset: each page begins after the last row of the one before, at any depth equally fast."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core import signing

from helpdesk.statements import Condition

SALT = "tickets.paging"
ALL = Condition("true")

Read = Callable[[Condition, str, int], list[dict[str, Any]]]  # by a condition, an ORDER BY, and how many at most


@dataclass(frozen=True)
class Order:
    """One way to sort: by a time and the number, or by the number alone.

    column   name of the time column; "" sorts by the number alone
    forward  True for oldest first
    """

    column: str
    forward: bool = False

    def words(self, *, backward: bool = False) -> str:
        """As ORDER BY takes it."""
        way = "ASC" if self.forward != backward else "DESC"
        return f"{self.column} {way}, id {way}" if self.column else f"id {way}"

    def beyond(self, position: Position) -> Condition:
        """Rows behind the position in the direction of its cursor; in the form that PostgreSQL bounds an index by."""
        comparison = ">" if self.forward != position.backward else "<"
        if not self.column:
            return Condition(f"id {comparison} %s", (position.id,))
        return Condition(f"({self.column}, id) {comparison} (%s, %s)", (position.value, position.id))


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


def cut_page(read: Read, *, order: Order, cursor: str, size: int) -> Page:
    """One page of the rows that `read` finds, with "id" and the order's column among their names."""
    position = Position.read(cursor)
    if position and bool(position.value) != bool(order.column):
        position = None  # a cursor of another order
    backward = bool(position and position.backward)
    found = read(order.beyond(position) if position else ALL, order.words(backward=backward), size + 1)
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
