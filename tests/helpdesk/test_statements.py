"""Statements that are planned once for a connection."""

from datetime import UTC, datetime

import pytest
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext

from helpdesk.statements import Condition, planned, read_rows

pytestmark = pytest.mark.django_db

STATEMENT = "SELECT id, created_at FROM tickets_ticket WHERE customer_id = %s AND created_at < %s"
NOON = datetime(2026, 3, 29, 12, tzinfo=UTC)


def plans_of(statement: str) -> int:
    """How often PostgreSQL has run it without reading its text anew."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(generic_plans + custom_plans), 0) FROM pg_prepared_statements WHERE statement LIKE %s",
            [f"{statement}%"],
        )
        return int(cursor.fetchone()[0])


def test_statement_is_prepared_at_its_first_run_and_taken_again_with_other_values():
    for customer in (1, 2, 3):
        with planned() as cursor:
            cursor.execute(STATEMENT, [customer, NOON])

    assert plans_of("SELECT id, created_at FROM tickets_ticket WHERE customer_id = $1") == 3


def test_other_statements_are_not_prepared():
    with connection.cursor() as cursor:
        for customer in range(10):
            cursor.execute("SELECT subject FROM tickets_ticket WHERE customer_id = %s", [customer])

    assert plans_of("SELECT subject FROM tickets_ticket") == 0


def test_instants_come_back_as_they_were_given():
    with planned() as cursor:
        cursor.execute("SELECT %s::timestamptz, NULL::timestamptz", [NOON])
        [(instant, none)] = cursor.fetchall()

    assert (instant, instant.utcoffset().total_seconds(), none) == (NOON, 0, None)


def test_statement_can_be_logged_and_its_failure_is_one_of_django():
    with CaptureQueriesContext(connection) as queries, planned() as cursor:
        cursor.execute("SELECT %s::int", [7])

    assert [query["sql"] for query in queries] == ["SELECT 7::int"]
    with pytest.raises(DatabaseError), planned() as cursor:
        cursor.execute("SELECT missing")


def test_conditions_keep_their_values_in_order():
    both = Condition("customer_id = %s", (1,)) & Condition("status = 'new'") & Condition("(created_at, id) < (%s, %s)", (NOON, 5))

    assert both == Condition("customer_id = %s AND status = 'new' AND (created_at, id) < (%s, %s)", (1, NOON, 5))


def test_texts_are_written_into_the_statement_and_numbers_stay_apart():
    spelt = Condition("status = %s AND author_id = %s AND subject = %s", ("new", 7, "50 % 'x'")).spelt_out()

    assert spelt == Condition("status = 'new' AND author_id = %s AND subject = '50 %% ''x'''", (7,))


def test_rows_are_read_by_the_names_of_their_columns():
    with planned() as cursor:
        found = read_rows(cursor, {"number": "n", "double": "n * 2"}, "FROM generate_series(1, %s) AS n", [2])

    assert found == [{"number": 1, "double": 2}, {"number": 2, "double": 4}]
