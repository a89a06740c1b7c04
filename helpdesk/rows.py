"""Model instances of statements written by hand, for the pages that are opened most."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar

from django.db import connection
from django.db.models import Model

M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class Rows(Generic[M]):
    """Rows of one model by a statement; `raw()` looks up all columns anew each time and takes twice as long.

    statement  SELECT {columns} FROM …, what varies stays apart as %s
    only       the columns that are read; () for all
    alias      of the model's table in the statement
    further    what is selected after the columns, by the names of the attributes it becomes
    """

    model: type[M]
    statement: str
    only: tuple[str, ...] = ()
    alias: str = ""
    further: tuple[str, ...] = ()

    def read(self, *values: Any) -> list[M]:
        """The rows, with what is not among their columns as attributes."""
        names, converters, sql = self._prepared
        count = len(names)
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            found = cursor.fetchall()
        rows = []
        for columns in map(list, found):
            for place, convert in converters:
                columns[place] = convert(columns[place], None, connection)
            row = self.model.from_db(connection.alias, names, columns[:count])
            vars(row).update(zip(self.further, columns[count:], strict=True))
            rows.append(row)
        return rows

    @cached_property
    def _prepared(self) -> tuple[list[str], list[tuple[int, Callable[..., Any]]], str]:
        fields: list[Any] = [one for one in self.model._meta.concrete_fields if not self.only or one.attname in self.only]
        prefix = f"{self.alias}." if self.alias else ""
        columns = ", ".join(f'{prefix}"{one.column}"' for one in fields)
        converters = [(place, convert) for place, one in enumerate(fields) for convert in one.get_db_converters(connection)]
        return [one.attname for one in fields], converters, self.statement.replace("{columns}", columns)
