"""Statements written by hand: planned by PostgreSQL once for each connection, and the conditions they are put together from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from django.db import connection
from django.db.backends.utils import CursorWrapper
from psycopg import Cursor
from psycopg.types.datetime import TimestamptzLoader


@dataclass(frozen=True)
class Condition:
    """A condition in SQL, with %s for each of its values."""

    sql: str
    values: tuple[Any, ...] = ()

    def __and__(self, other: Condition) -> Condition:
        return Condition(f"{self.sql} AND {other.sql}", (*self.values, *other.values))


class _PlannedCursor(Cursor[Any]):
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.adapters.register_loader("timestamptz", TimestamptzLoader)  # psycopg's in C; Django's takes as long as the query

    def execute(self, query: Any, params: Any = None, **options: Any) -> _PlannedCursor:
        return super().execute(query, params, **options | {"prepare": True})


def planned() -> CursorWrapper:
    """A cursor whose statements are planned once: for those of few different texts, whose values stay apart.

    Planning takes most lists longer than reading. It is no help where the best plan depends on the values, as in a search
    for words, and the wrong one where an index covers certain states only and these come as values: write them into the text.
    """
    if connection.queries_logged:  # of a prepared statement psycopg tells no text for the log
        return connection.cursor()
    connection.ensure_connection()
    return connection.make_cursor(cast(Any, _PlannedCursor(connection.connection)))
