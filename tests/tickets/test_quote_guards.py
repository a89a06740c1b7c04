"""What the database itself refuses of quotes and their links."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from tests.builders import MONDAY, a_member, a_staff_member, an_accepted_ticket
from tickets.models import Quote, QuoteLink, Ticket

pytestmark = pytest.mark.django_db

STATES = ("draft", "sent", "approved", "refused", "expired", "superseded", "withdrawn", "told")
WAYS = {
    "draft": {"sent", "withdrawn"},
    "sent": {"approved", "refused", "expired", "superseded", "withdrawn"},
    "approved": {"superseded"},
}


def a_row(ticket: Ticket | None = None, *, state: str = "draft", version: int = 1, **fields: Any) -> Quote:
    """A quote written past the services."""
    ticket = ticket or an_accepted_ticket()
    dana = a_staff_member()
    values: dict[str, Any] = {
        "origin": "customer",
        "ceiling_price": Decimal("4800"),
        "valid_until": date(2026, 3, 16),
        "created_at": MONDAY,
        "created_by": dana,
    }
    if state not in ("draft", "withdrawn"):
        values |= {"sent_at": MONDAY, "sent_by": dana, "preparation_price": Decimal(600), "done_price": Decimal(0)}
    if state in ("approved", "refused"):
        values |= {"decided_at": MONDAY, "decided_by": ticket.author, "decided_name": "Alice Dvořáková"}
    return Quote.objects.create(ticket=ticket, version=version, state=state, **values | fields)


def refused(act: Any) -> str:
    """The constraint, or the code of the error, by which the database refuses an act."""
    with pytest.raises(DatabaseError) as failure, transaction.atomic():
        act()
    diagnosis = failure.value.__cause__.diag
    return diagnosis.constraint_name or diagnosis.sqlstate


@pytest.mark.parametrize(
    ("state", "constraint"), [("draft", "quote_one_draft"), ("sent", "quote_one_sent"), ("approved", "quote_one_in_force")]
)
def test_one_draft_one_sent_and_one_approved_version_at_a_time(state, constraint):
    first = a_row(state=state)

    assert refused(lambda: a_row(first.ticket, state=state, version=2)) == constraint


def test_a_version_number_stands_once():
    first = a_row(state="sent")

    assert refused(lambda: a_row(first.ticket, state="draft")) == "quote_version"


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"ceiling_price": None}, "quote_price_or_effort"),
        ({"ceiling_price": Decimal(0)}, "quote_price_or_effort"),
        ({"valid_until": None}, "quote_price_or_effort"),
        ({"origin": "estimate", "ceiling_minutes": 60}, "quote_price_or_effort"),
        ({"hourly_rate": Decimal(1200)}, "quote_rate_needs_minutes"),
        ({"state": "sent", "sent_by": None, "sent_at": None}, "quote_sent_is_signed"),
        ({"state": "approved", "decided_name": ""}, "quote_decided_is_signed"),
        ({"state": "refused", "decided_by": None}, "quote_decided_is_signed"),
        ({"decided_at": MONDAY}, "quote_decided_is_signed"),
        ({"state": "sent", "preparation_price": None}, "quote_says_the_most"),
        ({"state": "approved", "done_price": None}, "quote_says_the_most"),
        ({"state": "sent", "done_price": Decimal(-1)}, "quote_says_the_most"),
        (
            {"state": "sent", "origin": "estimate", "ceiling_price": None, "ceiling_minutes": 60},
            "quote_estimate_is_told",
        ),
    ],
)
def test_a_quote_that_makes_no_sense_is_refused(fields, constraint):
    assert refused(lambda: a_row(**fields)) == constraint


@pytest.mark.req("C23")
@pytest.mark.parametrize("before", ["draft", "sent", "approved", "refused", "expired", "superseded", "withdrawn"])
def test_states_move_one_way(before):
    moved = set()
    for after in STATES:
        row = a_row(state=before)
        change = {"state": after}
        if after in ("approved", "refused"):
            change |= {"decided_at": MONDAY, "decided_by": row.ticket.author, "decided_name": "Alice"}
        if before == "draft":
            change |= {"sent_at": MONDAY, "sent_by": row.created_by, "preparation_price": 0, "done_price": 0}
        try:
            with transaction.atomic():
                Quote.objects.filter(pk=row.pk).update(**change)
            moved |= {after} - {before}
        except IntegrityError:
            pass

    assert moved == WAYS.get(before, set())


TERMS = {
    "origin": "supplier",
    "ceiling_price": Decimal("9999"),
    "ceiling_minutes": 999,
    "specification": "Jiná.",
    "text": "Jiný.",
    "term_on": date(2026, 4, 1),
    "valid_until": date(2026, 4, 1),
    "sent_at": MONDAY + timedelta(hours=1),
    "preparation_price": Decimal("0.00"),
    "done_price": Decimal("100.00"),
}
DECISION = {"decided_name": "Někdo jiný", "decided_at": MONDAY + timedelta(hours=1), "refusal_reason": "Jiný."}


@pytest.mark.parametrize("state", ["sent", "approved", "refused", "expired"])
@pytest.mark.parametrize("field", TERMS)
def test_what_was_sent_is_never_changed(state, field):
    row = a_row(state=state)

    assert refused(lambda: Quote.objects.filter(pk=row.pk).update(**{field: TERMS[field]})) == "23001"


@pytest.mark.parametrize("field", DECISION)
def test_what_was_decided_is_never_changed(field):
    row = a_row(state="approved")

    assert refused(lambda: Quote.objects.filter(pk=row.pk).update(**{field: DECISION[field]})) == "23001"


def test_neither_quotes_nor_links_are_deleted():
    row = a_row()
    link = a_link(row)

    assert refused(lambda: QuoteLink.objects.filter(pk=link.pk).delete()) == "23001"
    assert refused(lambda: Quote.objects.filter(pk=row.pk)._raw_delete("default")) in ("23001", "23503")
    with connection.cursor() as cursor:
        assert refused(lambda: cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; TRUNCATE tickets_quotelink")) == "23001"
    with pytest.raises(IntegrityError, match="TRUNCATE of tickets_quote refused"), transaction.atomic():
        connection.cursor().execute("SET CONSTRAINTS ALL IMMEDIATE; TRUNCATE tickets_quote CASCADE")


def a_link(row: Quote, **fields: Any) -> QuoteLink:
    approver = a_member(row.ticket.customer, "Hana Malá", is_approver=True)
    values = {"token_hash": f"{row.pk:064}", "created_at": MONDAY, "expires_at": MONDAY + timedelta(days=14)}
    return QuoteLink.objects.create(quote=row, approver=approver, **values | fields)


@pytest.mark.req("D19")
def test_a_link_is_used_once_and_is_otherwise_as_it_was_made():
    link = a_link(a_row(state="sent"))

    QuoteLink.objects.filter(pk=link.pk).update(used_at=MONDAY)

    assert refused(lambda: QuoteLink.objects.filter(pk=link.pk).update(used_at=None)) == "23001"
    assert refused(lambda: QuoteLink.objects.filter(pk=link.pk).update(expires_at=MONDAY + timedelta(days=99))) == "23001"


def test_a_link_ends_after_it_begins():
    assert refused(lambda: a_link(a_row(state="sent"), expires_at=MONDAY)) == "quote_link_expires_later"
