"""„Kredit“: the statement of a company, with the requests that its movements paid for.

It lives here and not beside the ledger, which knows no requests: a movement's key names the entry of work.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any, cast
from urllib.parse import urlencode

from django.db.models import Exists, OuterRef
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from credit.curve import Curve, draw
from credit.models import Activity, Hold, LedgerTransfer, PrepaidPackage
from credit.pricing import ABOVE_TEXT
from credit.statement import Key, Lines, Period, Statement, page_of_movements, read_statement
from helpdesk.customers.http import SignedInRequest, portal_page
from helpdesk.customers.models import Membership, User
from helpdesk.formats import day, duration, money, signed_money
from helpdesk.numbers import row_key
from tickets.models import Ticket, WorkEntry

PAGE_SIZE = 25
KEY_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
WORK_KEY = re.compile(r"work:(\d+)(?:\.\d+)?")
ACTIVITIES = dict(Activity.choices)
CODES = dict(LedgerTransfer.Code.choices)
NO_ENTRY = {"id": "", "ticket_id": "", "readable": False, "ticket__subject": ""}


@portal_page
@require_GET
def credit_page(request: SignedInRequest) -> HttpResponse:
    """Balance, reservations, the curve and the movements of a month or a year.

    source  S1-18, S1-32, D12, D22, D24
    """
    membership, companies = chosen(request)
    if serial := _number(request, "pohyb"):
        return _to_line(membership, serial)
    today = timezone.localdate()
    period = Period.read(month=request.GET.get("mesic", ""), year=request.GET.get("rok", ""), today=today)
    statement = read_statement(customer=membership.customer_id, period=period, today=today)
    context: dict[str, Any] = {"company": membership, "companies": companies, "statement": statement}
    context["packages"] = _packages(membership, today)
    if statement:
        lines = page_of_movements(statement, before=_key(request, "pred"), after=_key(request, "po"), size=PAGE_SIZE)
        context |= _shown(statement, lines, membership, today) | {"rows": _lines(in_words(lines.rows, request.user))}
    return render(request, "credit/credit.html", context)


def chosen(request: SignedInRequest) -> tuple[Membership, list[Membership]]:
    """The company in the address, or the first, and all whose credit the person may read; without any it is a 404."""
    companies = [one for one in request.user.active_memberships if one.reads_credit]
    wanted = request.GET.get("firma", "")
    found = next((one for one in companies if not wanted or str(one.customer_id) == wanted), None)
    if found is None:
        raise Http404
    return found, companies


def _to_line(membership: Membership, serial: int) -> HttpResponse:
    """The page that begins with the movement, of the month in which it was booked."""
    found = LedgerTransfer.objects.filter(account__customer=membership.customer_id, serial=serial).first()
    if found is None:
        raise Http404
    period = Period.of_month(found.booked_on)
    query = _query(membership, period, pred=_written((found.booked_on, serial + 1)))
    return redirect(f"{reverse('tickets:credit')}?{query}#pohyb-{serial}")


def _number(request: SignedInRequest, name: str) -> int | None:
    return row_key(request.GET.get(name))


def _key(request: SignedInRequest, name: str) -> Key | None:
    """A place in the statement as „2026-02-10.17“; None for nonsense."""
    text, _, number = request.GET.get(name, "").partition(".")
    serial = row_key(number)
    if serial is None or not KEY_DAY.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text), serial
    except ValueError:  # the 30th of February
        return None


def _written(key: Key) -> str:
    return f"{key[0].isoformat()}.{key[1]}"


def _query(membership: Membership, period: Period, **values: str) -> str:
    return urlencode({"firma": membership.customer_id, "rok" if period.is_year else "mesic": period.name, **values})


def _shown(statement: Statement, lines: Lines, membership: Membership, today: date) -> dict[str, Any]:
    """What stands around the movements."""
    period, year = statement.period, Period.of_year(statement.period.first.year)
    month = Period.of_month(min(max(today, period.first), period.last)) if period.is_year else period
    return {
        "query": _query(membership, period),
        "month_query": _query(membership, month),
        "year_query": _query(membership, year),
        "before_query": _query(membership, period.before),
        "after_query": _query(membership, period.after) if period.after.first <= today else "",
        "newer_query": _query(membership, period, po=_written(lines.newer)) if lines.newer is not None else "",
        "older_query": _query(membership, period, pred=_written(lines.older)) if lines.older is not None else "",
        "holds": _holds(statement, membership) if statement.held else [],
        "is_now": period.first <= today <= period.last,
    } | _picture(statement, today)


def _picture(statement: Statement, today: date) -> dict[str, Any]:
    """The curve until today, and the same in one sentence."""
    period = statement.period
    last = max([min(period.last, today), period.first, *(one.day for one in statement.days)])
    points = [(one.day, one.closing) for one in statement.days]
    curve: Curve = draw(opening=statement.opening, points=points, reserved=statement.reserved, first=period.first, last=last)
    highest = max(statement.days, key=lambda one: one.closing, default=None)
    parts = [f"začal na {money(statement.opening)}"]
    if highest and highest.closing > statement.opening:
        parts.append(f"nejvyšší byl {day(highest.day)}, {money(highest.closing)}")
    parts.append(f"{day(last)} je {money(statement.closing)}")
    if statement.held and period.first <= today <= period.last:
        parts.append(f"z\u00a0toho je rezervováno {money(statement.held)}")
    return {"curve": curve, "sentence": f"Zůstatek kreditu {period.words}: {', '.join(parts)}. Hodnoty jsou v tabulce."}


def _packages(membership: Membership, today: date) -> list[dict[str, Any]]:
    """Prepaid minutes of the company's contracts, the package that is used first on top (D22, S5-13)."""
    rows = PrepaidPackage.objects.filter(contract__customer=membership.customer_id).valid_on(today)
    fields = ("minutes", "drawn", "valid_until", "contract__number", "contract__title")
    return [
        row | {"left": row["minutes"] - row["drawn"], "contract": f"{row['contract__number']} {row['contract__title']}"}
        for row in rows.values(*fields)
    ]


def _holds(statement: Statement, membership: Membership) -> list[tuple[Hold, int | None]]:
    """What is reserved, with the quote for those who may open it."""
    opens = membership.is_manager or membership.is_approver
    holds = Hold.objects.active().filter(account=statement.account).select_related("quote").order_by("id")
    return [(hold, hold.quote.pk if opens and hasattr(hold, "quote") else None) for hold in holds]


def _lines(rows: list[dict[str, Any]]) -> list[dict[str, str]]:
    """Movements as texts for the page: `number` of the request where there is one, `address` for those who may open it."""
    prefix = reverse("tickets:detail", args=[0]).removesuffix("0/")
    return [_line(row, row["entry"] or NO_ENTRY, prefix) for row in rows]


def _line(row: dict[str, Any], entry: dict[str, Any], prefix: str) -> dict[str, str]:
    return {
        "serial": str(row["serial"]),
        "machine": row["booked_on"].isoformat(),
        "day": day(row["booked_on"]),
        "label": row["label"],
        "reverses": str(row["reverses__serial"] or ""),
        "number": str(entry["ticket_id"]),
        "address": f"{prefix}{entry['ticket_id']}/#prace-{entry['id']}" if entry["readable"] else "",
        "subject": entry["ticket__subject"],
        "text": row["text"],
        "memo": row["memo"],
        "change": signed_money(row["change"]),
        "balance": money(row["balance"]),
    }


def in_words(rows: list[dict[str, Any]], user: User) -> list[dict[str, Any]]:
    """Movements with the request whose work they paid for; its subject only for those who may open it."""
    entries = _entries(rows, user)
    return [_in_words(row, entries.get(_entry_id(row) or 0)) for row in rows]


def _in_words(row: dict[str, Any], entry: dict[str, Any] | None) -> dict[str, Any]:
    """What a line says: `text` beside the request, `memo` alone; a charge's memo names the subject, which not all may read."""
    text = row["memo"]
    if entry and row["code"] == LedgerTransfer.Code.WORK:
        above = f", {ABOVE_TEXT}" if any(part.get("above") for part in entry["pricing"]) else ""
        text = f"{ACTIVITIES[entry['activity']]}, {duration(entry['billed_minutes'])}{above}"
    memo = row["memo"] if entry is None or entry["readable"] else text
    return row | {"label": CODES[row["code"]], "entry": entry, "text": text, "memo": memo}


def _entry_id(row: dict[str, Any]) -> int | None:
    """The entry of work behind a charge or its reversal."""
    found = WORK_KEY.fullmatch(row["reverses__key"] or row["key"])
    return int(found[1]) if found else None


def _entries(rows: list[dict[str, Any]], user: User) -> dict[int, dict[str, Any]]:
    wanted = {entry for row in rows if (entry := _entry_id(row))}
    if not wanted:
        return {}
    readable = Exists(Ticket.objects.visible_to(user).filter(pk=OuterRef("ticket_id")))
    found = WorkEntry.objects.filter(pk__in=wanted).annotate(readable=readable)
    values = found.values("id", "ticket_id", "ticket__subject", "readable", "billed_minutes", "activity", "pricing")
    return {row["id"]: cast(dict[str, Any], row) for row in values}
