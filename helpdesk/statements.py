"""Statements written by hand: planned by PostgreSQL once for each connection, and the conditions they are put together from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from django.db import connection
from django.db.backends.utils import CursorWrapper
from psycopg import Cursor
from psycopg.types.datetime import TimestamptzLoader


@dataclass(frozen=True)
class Condition:
    """A condition in SQL, with %s for each of its values; an OR stands in brackets."""

    sql: str
    values: tuple[Any, ...] = ()

    def __and__(self, other: Condition) -> Condition:
        return Condition(f"{self.sql} AND {other.sql}", (*self.values, *other.values))

    def spelt_out(self) -> Condition:
        """With texts written into the SQL, as states must be for `planned`; only numbers and instants stay values."""
        first, *rest = self.sql.split("%s")
        places = [_quoted(value) if isinstance(value, str) else "%s" for value in self.values]
        sql = first + "".join(place + text for place, text in zip(places, rest, strict=True))
        return Condition(sql, tuple(value for value in self.values if not isinstance(value, str)))


def _quoted(text: str) -> str:
    doubled = text.replace("'", "''").replace("%", "%%")
    return f"'{doubled}'"


def read_rows(cursor: CursorWrapper, columns: Mapping[str, str], rest: str, values: Sequence[Any]) -> list[dict[str, Any]]:
    """Rows by name.

    columns  SQL of each, by the name it has in the row
    rest     of the statement, from FROM on
    """
    cursor.execute(f"SELECT {', '.join(columns.values())} {rest}", values)
    return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]


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
