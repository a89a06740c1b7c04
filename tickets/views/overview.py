"""„Přehled požadavků“: the list, its search, and the same rows as CSV."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import connection
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import HttpResponseClientRedirect

from helpdesk.customers.http import SignedInRequest, portal_page, record_at_door
from helpdesk.customers.models import AuditEvent
from helpdesk.formats import machine, moment
from helpdesk.statements import Condition, planned, read_rows
from tickets import clockface
from tickets.models import Status, Ticket
from tickets.views.filters import ORDERS, STATES, TABS, Filters, among, beside_rows, in_words
from tickets.views.paging import cut_page
from tickets.views.sheets import Echo, harmless
from tickets.views.turns import turns_of

PAGE_SIZE = 25
LABELS = dict(Status.choices)
CHUNK = 1000
FROM = "FROM tickets_ticket"
# Who solves it; „-“ until somebody does (S4-14).
SOLVER = "(SELECT trim(first_name || ' ' || last_name) FROM customers_user WHERE id = assignee_id)"
CONTRACT = "(SELECT number FROM customers_contract WHERE id = contract_id)"
CUSTOMER = "(SELECT name FROM customers_customer WHERE id = tickets_ticket.customer_id)"
NOBODY = "-"


@portal_page
@require_GET
@vary_on_headers("HX-Request")
def overview(request: SignedInRequest) -> HttpResponse:
    """The list; the htmx answer to its filters is the list part alone.

    source  S4-09, S4-12, S4-13, S4-54, C10, C11, D24
    """
    filters = Filters.read(request.GET, request.user.active_memberships)
    if filters.number and Ticket.objects.visible_to(request.user).filter(pk=filters.number).exists():
        target = reverse("tickets:detail", args=[filters.number])
        return HttpResponseClientRedirect(target) if request.htmx else redirect(target)
    part = request.htmx and not request.htmx.history_restore_request
    context = _list(request, filters) | ({} if part else {"turns": turns_of(request.user)})
    return render(request, "tickets/_list.html" if part else "tickets/list.html", context)


@portal_page
@require_GET
def export(request: SignedInRequest) -> StreamingHttpResponse:
    """All rows of the list with its filters as CSV for Excel, streamed."""
    filters = Filters.read(request.GET, request.user.active_memberships)
    where = filters.scope(request.user) & among(filters.tab.states) & filters.found(request.user)
    response = StreamingHttpResponse(_csv(filters, where), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="pozadavky-{filters.tab.name}.csv"'
    details = {"list": "tickets.ticket", "format": "csv", "narrowed": filters.address()}
    record_at_door(request, kind=AuditEvent.Kind.EXPORTED, repeats=True, after=details)
    response["Cache-Control"] = "private, no-store"
    return response


def _list(request: SignedInRequest, filters: Filters) -> dict[str, Any]:
    user = request.user
    scope, condition = filters.scope(user), filters.found(user)
    columns = _columns(filters) | clockface.COLUMNS

    def read(beyond: Condition, order: str, count: int) -> list[dict[str, Any]]:
        where = scope & among(filters.tab.states) & condition & beyond
        with filters.cursor() as cursor:
            return read_rows(cursor, columns, f"{FROM} WHERE {where.sql} ORDER BY {order} LIMIT {count}", where.values)

    page = cut_page(read, order=filters.sorting, cursor=request.GET.get("od", ""), size=PAGE_SIZE)
    with planned() as cursor:
        counts, contracts = beside_rows(cursor, scope, [one.customer_id for one in user.active_memberships])
    return {
        "filters": filters,
        "tabs": [_tab(tab, filters, counts[tab.name]) for tab in TABS.values()],
        "total": "" if filters.narrows else in_words(counts[filters.tab.name]),
        "rows": _in_words(page.rows, filters, user.pk, timezone.now()),
        "newer": _page_address(filters, page.newer),
        "older": _page_address(filters, page.older),
        "elsewhere": _elsewhere(filters, scope, condition) if filters.text and not page.rows else [],
        "states": STATES,
        "orders": ORDERS.items(),
        "contracts": contracts,
        "manages": any(one.is_manager for one in user.active_memberships),
        "all_address": filters.address(mine=False),
        "mine_address": filters.address(mine=True),
        "plain_address": filters.address(text="", state="", contract=None),
        "csv_address": filters.address(),
    }


def _tab(tab: Any, filters: Filters, count: int) -> dict[str, Any]:
    here = tab == filters.tab
    address = filters.address(tab=tab, state=filters.state if here else "")
    return {"label": tab.label, "address": address, "count": in_words(count), "here": here}


def _columns(filters: Filters) -> dict[str, str]:
    return {name: name for name in ("id", "subject", "status", filters.tab.column, "author_id")} | {"solver": SOLVER}


def _page_address(filters: Filters, cursor: str) -> str:
    address = filters.address()
    return f"{address}{'&' if address else ''}od={cursor}" if cursor else ""


def _in_words(rows: list[dict[str, Any]], filters: Filters, user_id: int, now: datetime) -> list[dict[str, Any]]:
    """Ready strings: formatting in the template would cost more than the query."""
    prefix = reverse("tickets:detail", args=[0]).removesuffix("0/")
    waiting = (Status.SUSPENDED, Status.RESOLVED)
    signs = [clockface.sign(row, now) for row in rows]
    return [
        {
            "number": str(row["id"]),
            "address": f"{prefix}{row['id']}/",
            "at": moment(row[filters.tab.column]),
            "machine": machine(row[filters.tab.column]),
            "subject": row["subject"],
            "state": row["status"],
            "state_label": LABELS[row["status"]],
            "sla": clock.tone.value,
            "clock": clock.text,
            "solver": row["solver"] or NOBODY,
            "yours": row["author_id"] == user_id and row["status"] in waiting,
        }
        for row, clock in zip(rows, signs, strict=True)
    ]


def _elsewhere(filters: Filters, scope: Condition, condition: Condition) -> list[dict[str, str]]:
    """What the same search finds in the other tabs, for the empty list."""
    if filters.state:
        return []
    with filters.cursor() as cursor:
        counts, _ = beside_rows(cursor, scope & condition)
    return [
        {"count": in_words(counts[tab.name]), "label": tab.label.lower(), "address": filters.address(tab=tab)}
        for tab in TABS.values()
        if tab != filters.tab and counts[tab.name]
    ]


def _csv(filters: Filters, where: Condition) -> Iterator[str]:
    writer = csv.writer(Echo(), delimiter=";")
    yield "\ufeff" + writer.writerow(["Číslo", filters.tab.column_label, "Předmět", "Stav", "Řeší", "Smlouva", "Zákazník"])
    columns = ", ".join(("id", filters.tab.column, "subject", "status", SOLVER, CONTRACT, CUSTOMER))
    with connection.chunked_cursor() as cursor:
        cursor.execute(f"SELECT {columns} {FROM} WHERE {where.sql} ORDER BY {filters.sorting.words()}", where.values)
        while rows := cursor.fetchmany(CHUNK):
            for number, at, subject, status, *words in rows:
                solver, contract, customer = (harmless(word or "") or NOBODY for word in words)
                when = moment(at).replace("\u00a0", " ")
                yield writer.writerow([number, when, harmless(subject), LABELS[status], solver, contract, customer])
