"""Querysets that Django writes once in a process: on the pages opened most, writing costs more than PostgreSQL's answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar

from django.db import connection
from django.db.models import Model, QuerySet

from helpdesk.statements import Condition, planned

M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class Written(Generic[M]):
    """Rows of one model by a queryset in which -1, -2, … stand for what varies; no row of ours has such a number.

    build  the queryset, asked for at the first reading; without related rows
    """

    build: Callable[[], QuerySet[Any, Any]]

    def read(self, *values: Any) -> list[M]:
        """The rows with `values` in place of -1, -2, …, and with the queryset's annotations."""
        compiler, *_ = self._written
        select, names, annotations, converters = self._columns
        found = []
        for row in compiler.apply_converters(self.tuples(*values), converters):
            one = compiler.klass_info["model"].from_db(connection.alias, names, row[select])
            vars(one).update({name: row[place] for name, place in annotations})
            found.append(one)
        return found

    def tuples(self, *values: Any) -> list[tuple[Any, ...]]:
        """The same as PostgreSQL gives it, for a queryset of values."""
        _, statement, places = self._written
        with planned() as cursor:
            cursor.execute(statement, [values[-one - 1] if type(one) is int and one < 0 else one for one in places])
            return cursor.fetchall()

    @cached_property
    def _written(self) -> tuple[Any, str, tuple[Any, ...]]:
        """Django's compiler, which knows the columns once it has written the statement, the statement and its values."""
        compiler: Any = self.build().query.get_compiler(connection=connection)
        statement = Condition(*compiler.as_sql()).spelt_out()
        return compiler, statement.sql, statement.values

    @cached_property
    def _columns(self) -> tuple[slice, list[str], list[tuple[str, int]], dict[int, Any]]:
        """Where the model's columns are in a row, their names, places of the annotations, and what converts values."""
        compiler, *_ = self._written
        places = compiler.klass_info["select_fields"]
        select = slice(places[0], places[-1] + 1)
        columns = [column for column, *_ in compiler.select]
        names = [column.target.attname for column in columns[select]]
        return select, names, list(compiler.annotation_col_map.items()), compiler.get_converters(columns)
