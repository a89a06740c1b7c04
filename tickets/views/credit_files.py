"""The statement of a month or a year as CSV and XLSX."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import BytesIO
from itertools import islice
from typing import Any

import xlsxwriter
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.views.decorators.http import require_GET

from credit.statement import Period, Statement, movements, read_statement, with_balances
from helpdesk.customers.http import SignedInRequest, portal_page, record_at_door
from helpdesk.customers.models import AuditEvent, User
from helpdesk.errors import DomainError
from helpdesk.formats import moment
from tickets.views.credit import chosen, in_words
from tickets.views.sheets import Echo, harmless

BATCH = 1000
MOST_ROWS = 50_000  # of one workbook, which is made in memory
HEAD = ("Pořadí", "Zaúčtováno", "Nastalo", "Pohyb", "Text", "Požadavek", "Částka (Kč bez DPH)", "Zůstatek (Kč bez DPH)")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class TooManyMovements(DomainError):
    """A workbook holds only so many."""


@portal_page
@require_GET
def credit_csv(request: SignedInRequest) -> HttpResponseBase:
    """All movements of the period for Excel, streamed."""
    period, statement = _asked(request)
    response = StreamingHttpResponse(_csv(statement, request.user), content_type="text/csv; charset=utf-8")
    return _named(request, response, period, "csv")


@portal_page
@require_GET
def credit_xlsx(request: SignedInRequest) -> HttpResponseBase:
    """The same as a workbook with dates and numbers.

    raises  TooManyMovements
    """
    period, statement = _asked(request)
    if statement and statement.count > MOST_ROWS:
        raise TooManyMovements("Pohybů je na jeden sešit moc. Stáhněte je po měsících, nebo jako CSV.")
    return _named(request, HttpResponse(_workbook(statement, request.user), content_type=XLSX), period, "xlsx")


def _asked(request: SignedInRequest) -> tuple[Period, Statement | None]:
    membership, _ = chosen(request)
    today = timezone.localdate()
    period = Period.read(month=request.GET.get("mesic", ""), year=request.GET.get("rok", ""), today=today)
    return period, read_statement(customer=membership.customer_id, period=period, today=today)


def _named(request: SignedInRequest, response: HttpResponseBase, period: Period, ending: str) -> HttpResponseBase:
    details = {"list": "credit.ledgertransfer", "format": ending, "narrowed": period.name}
    record_at_door(request, kind=AuditEvent.Kind.EXPORTED, repeats=True, after=details)
    response["Content-Disposition"] = f'attachment; filename="kredit-{period.name}.{ending}"'
    response["Cache-Control"] = "private, no-store"
    return response


def _rows(statement: Statement | None, user: User) -> Iterator[dict[str, Any]]:
    """Oldest first, with their requests, a batch at a time."""
    if statement is None:
        return
    found = with_balances(movements(statement).iterator(chunk_size=BATCH), opening=statement.opening)
    while batch := list(islice(found, BATCH)):
        yield from in_words(batch, user)


def _csv(statement: Statement | None, user: User) -> Iterator[str]:
    writer = csv.writer(Echo(), delimiter=";")
    yield "\ufeff" + writer.writerow(HEAD)
    for row in _rows(statement, user):
        day, amounts = row["booked_on"], [f"{row[name]:f}".replace(".", ",") for name in ("change", "balance")]
        yield writer.writerow(
            [
                row["serial"],
                f"{day.day}. {day.month}. {day.year}",
                moment(row["occurred_at"]).replace("\u00a0", " "),
                row["label"],
                harmless(row["memo"]),
                row["entry"]["ticket_id"] if row["entry"] else "",
                *amounts,
            ]
        )


def _workbook(statement: Statement | None, user: User) -> bytes:
    target = BytesIO()
    book = xlsxwriter.Workbook(target, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet("Kredit")
    bold, money = book.add_format({"bold": True}), book.add_format({"num_format": "#,##0.00"})
    day, moment_format = book.add_format({"num_format": "d. m. yyyy"}), book.add_format({"num_format": "d. m. yyyy h:mm"})
    for column, width in enumerate((8, 12, 17, 22, 60, 11, 20, 20)):
        sheet.set_column(column, column, width)
    sheet.freeze_panes(1, 0)
    sheet.write_row(0, 0, HEAD, bold)
    for number, row in enumerate(_rows(statement, user), start=1):
        sheet.write_number(number, 0, row["serial"])
        sheet.write_datetime(number, 1, row["booked_on"], day)
        sheet.write_datetime(number, 2, timezone.localtime(row["occurred_at"]).replace(tzinfo=None, microsecond=0), moment_format)
        sheet.write_string(number, 3, row["label"])
        sheet.write_string(number, 4, row["memo"])
        if row["entry"]:
            sheet.write_number(number, 5, row["entry"]["ticket_id"])
        sheet.write_number(number, 6, row["change"], money)
        sheet.write_number(number, 7, row["balance"], money)
    book.close()
    return target.getvalue()
