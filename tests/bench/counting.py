"""Counts the SQL statements of a request that asks for it; others pass untouched."""

from collections.abc import Callable
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse


class CountSql:
    """Answers a request with the header `X-Bench` with the number of statements in `X-Bench-SQL`."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "X-Bench" not in request.headers:
            return self.get_response(request)
        statements: list[str] = []

        def remember(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
            statements.append(sql)
            return execute(sql, params, many, context)

        with connection.execute_wrapper(remember):
            response = self.get_response(request)
        response["X-Bench-SQL"] = str(len(statements))
        return response
