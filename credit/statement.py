"""A customer's statement: balance, movements of a month or a year, and what they add up to.

The ledger knows no requests; who shows a statement joins them by the movement's key.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.db.models import DecimalField, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from credit.forecast import WINDOW_DAYS, runs_out_on
from credit.models import LedgerTransfer
from credit.models.ledger import ZERO
from helpdesk.statements import planned
from sla.calendars import PRAGUE

LOCATIVES = (
    "lednu",
    "únoru",
    "březnu",
    "dubnu",
    "květnu",
    "červnu",
    "červenci",
    "srpnu",
    "září",
    "říjnu",
    "listopadu",
    "prosinci",
)
YEARS = range(2000, 2100)
NEVER_READ = -1
COLUMNS = (
    "id",
    "serial",
    "code",
    "key",
    "memo",
    "booked_on",
    "occurred_at",
    "change",
    "captured",
    "reverses__key",
    "reverses__serial",
)

# One statement, so that the balance and the sums are of one moment. The sums read the covering index alone, and only when there
# was a movement since they were read: each takes the account's next version. Reservations come and go without one.
FIGURES = """
SELECT a.id, a.balance, a.held, a.overdraft_limit, a.version, CASE WHEN a.version <> %(known)s THEN json_build_object(
       'later', (SELECT coalesce(sum(change), 0)::text FROM credit_ledgertransfer
         WHERE account_id = a.id AND booked_on > %(last)s),
       'consumed', (SELECT coalesce(sum(-change), 0)::text FROM credit_ledgertransfer
         WHERE account_id = a.id AND booked_on > %(since)s AND (code = 'work' OR code = 'reversal' AND change > 0)),
       'days', (SELECT coalesce(json_agg(d ORDER BY day), '[]') FROM (
            SELECT booked_on AS day, coalesce(sum(change) FILTER (WHERE change > 0), 0)::text AS received,
                   coalesce(sum(-change) FILTER (WHERE change < 0), 0)::text AS spent,
                   max(serial) AS most, count(*) AS count
              FROM credit_ledgertransfer
             WHERE account_id = a.id AND booked_on BETWEEN %(first)s AND %(last)s GROUP BY booked_on) d))::text END,
       (SELECT coalesce(json_agg(json_build_array(day, delta) ORDER BY day), '[]')::text FROM (
          SELECT day, sum(delta)::text AS delta FROM (
            SELECT id, (created_at AT TIME ZONE 'Europe/Prague')::date AS day, amount AS delta FROM credit_hold
             WHERE account_id = a.id AND (released_at IS NULL OR released_at >= %(begin)s)
            UNION ALL
            SELECT id, (released_at AT TIME ZONE 'Europe/Prague')::date, captured - amount FROM credit_hold
             WHERE account_id = a.id AND released_at >= %(begin)s
            UNION ALL
            SELECT t.id, t.booked_on, -t.captured FROM credit_hold h JOIN credit_ledgertransfer t ON t.hold_id = h.id
             WHERE h.account_id = a.id AND (h.released_at IS NULL OR h.released_at >= %(begin)s)) e
           GROUP BY day HAVING sum(delta) <> 0) d)
  FROM credit_ledgeraccount a WHERE a.customer_id = %(customer)s
"""


@dataclass(frozen=True)
class Period:
    """A month or a year of a statement, by its first and last day."""

    first: date
    last: date

    @classmethod
    def of_month(cls, day: date) -> Period:
        return cls(day.replace(day=1), _next_month(day) - timedelta(days=1))

    @classmethod
    def of_year(cls, year: int) -> Period:
        return cls(date(year, 1, 1), date(year, 12, 31))

    @classmethod
    def read(cls, *, month: str, year: str, today: date) -> Period:
        """The period named by „2026-10“ or „2026“; the present month for neither and for nonsense."""
        if year.isdecimal() and len(year) == 4 and int(year) in YEARS:
            return cls.of_year(int(year))
        wanted, _, number = month.partition("-")
        if len(month) == 7 and wanted.isdecimal() and number.isdecimal() and int(wanted) in YEARS and 1 <= int(number) <= 12:
            return cls.of_month(date(int(wanted), int(number), 1))
        return cls.of_month(today)

    @property
    def is_year(self) -> bool:
        return (self.last - self.first).days > 31

    @property
    def name(self) -> str:
        """As addresses and files have it: 2026-10 or 2026."""
        return f"{self.first:%Y}" if self.is_year else f"{self.first:%Y-%m}"

    @property
    def words(self) -> str:
        """„v říjnu 2026“ or „v roce 2026“, with unbreakable spaces."""
        return f"v\u00a0{'roce' if self.is_year else LOCATIVES[self.first.month - 1]}\u00a0{self.first.year}"

    @property
    def before(self) -> Period:
        day = self.first - timedelta(days=1)
        return Period.of_year(day.year) if self.is_year else Period.of_month(day)

    @property
    def after(self) -> Period:
        day = self.last + timedelta(days=1)
        return Period.of_year(day.year) if self.is_year else Period.of_month(day)


@dataclass(frozen=True)
class Stretch:
    """A day or a month with movements: what came, what went, and the balance at its end."""

    day: date
    received: Decimal
    spent: Decimal
    closing: Decimal


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What the movements of an account up to one version add up to in a period.

    version           of the account
    opening, closing  balance at the beginning and at the end of the period, by booking days
    days              those with movements, oldest first
    newest            by such a day, the serial of its last movement
    """

    version: int
    consumed: Decimal
    opening: Decimal
    closing: Decimal
    days: list[Stretch]
    newest: dict[date, int]
    count: int


@dataclass(frozen=True, kw_only=True)
class Statement(Figures):
    """Where the credit stands now, and the sums of one period.

    balance, held  CZK without VAT, of this moment; `limit` is how far an overdraft may go
    reserved       by day, oldest first: how much was reserved at its end, from the last day before the period on
    runs_out_on    how long the unreserved credit lasts, None when nobody can tell
    source         S1-18
    """

    account: int
    period: Period
    balance: Decimal
    held: Decimal
    limit: Decimal
    reserved: list[tuple[date, Decimal]]
    runs_out_on: date | None

    @property
    def unreserved(self) -> Decimal:
        return self.balance - self.held

    @property
    def overdrawn(self) -> Decimal:
        return max(-self.balance, ZERO)

    @property
    def stretches(self) -> list[Stretch]:
        """The days of a month, the months of a year."""
        if not self.period.is_year:
            return self.days
        months: dict[date, Stretch] = {}
        for one in self.days:
            first = one.day.replace(day=1)
            so_far = months.get(first, Stretch(first, ZERO, ZERO, ZERO))
            months[first] = Stretch(first, so_far.received + one.received, so_far.spent + one.spent, one.closing)
        return list(months.values())


def read_statement(*, customer: int, period: Period, today: date) -> Statement | None:
    """The statement of a customer for a period; None while the customer has no account.

    customer  key of the Customer
    """
    memory = _last_read(customer, period, today)
    known = memory[-1] if memory else None
    values: dict[str, int | date] = {
        "customer": customer,
        "first": period.first,
        "begin": datetime.combine(period.first, time.min, tzinfo=PRAGUE),
        "last": period.last,
        "since": today - timedelta(days=WINDOW_DAYS),
        "known": known.version if known else NEVER_READ,
    }
    with planned() as cursor:
        cursor.execute(FIGURES, values)
        row = cursor.fetchone()
    if row is None:
        return None
    account, balance, held, limit, version, text, reserved = row
    figures = known if known and text is None else _figures(version, balance, json.loads(text))
    memory[:] = [figures]
    return Statement(
        **vars(figures),
        account=account,
        period=period,
        balance=balance,
        held=held,
        limit=limit,
        reserved=_reserved(json.loads(reserved)),
        runs_out_on=runs_out_on(today=today, credit=balance - held, consumed=figures.consumed),
    )


@lru_cache(maxsize=16)
def _last_read(customer: int, period: Period, today: date) -> list[Figures]:
    """What this process read last of the period, to be put there by the reader: who pages through a year reads it once."""
    return []


def _figures(version: int, balance: Decimal, sums: dict[str, Any]) -> Figures:
    days = sums["days"]
    closing = balance - Decimal(sums["later"])
    opening = closing - sum((Decimal(one["received"]) - Decimal(one["spent"]) for one in days), ZERO)
    return Figures(
        version=version,
        consumed=Decimal(sums["consumed"]),
        opening=opening,
        closing=closing,
        days=_stretches(days, opening),
        newest={date.fromisoformat(one["day"]): one["most"] for one in days},
        count=sum(one["count"] for one in days),
    )


def _reserved(changes: list[tuple[str, str]]) -> list[tuple[date, Decimal]]:
    """Sums of the changes; work dated before its reservation takes nothing of it that is not there yet."""
    found, total = [], ZERO
    for day, delta in changes:
        total += Decimal(delta)
        found.append((date.fromisoformat(day), max(total, ZERO)))
    return found


def _stretches(days: list[dict[str, Any]], opening: Decimal) -> list[Stretch]:
    found, balance = [], opening
    for one in days:
        received, spent = Decimal(one["received"]), Decimal(one["spent"])
        balance += received - spent
        found.append(Stretch(date.fromisoformat(one["day"]), received, spent, balance))
    return found


Key = tuple[date, int]  # of a movement on the statement: the day that it is dated by, and its serial
Rows = QuerySet[LedgerTransfer, dict[str, Any]]


def movements(statement: Statement) -> Rows:
    """Rows of the period as `values`, oldest first: by the day that they are dated by, then in the order of booking."""
    booked = (statement.period.first, statement.period.last)
    rows = LedgerTransfer.objects.filter(account=statement.account, booked_on__range=booked)
    found: Rows = rows.order_by("booked_on", "serial").values(*COLUMNS)
    return found


def with_balances(rows: Iterable[dict[str, Any]], *, opening: Decimal) -> Iterator[dict[str, Any]]:
    """Movements that follow each other, oldest first, each with the balance after it in that order.

    opening  the balance before the first of them
    """
    balance = opening
    for row in rows:
        balance += row["change"]
        yield row | {"balance": balance}


@dataclass(frozen=True)
class Lines:
    """A page of movements, newest first, and the keys behind and before which the next ones are; None at an end."""

    rows: list[dict[str, Any]]
    newer: Key | None
    older: Key | None


def page_of_movements(statement: Statement, *, before: Key | None = None, after: Key | None = None, size: int) -> Lines:
    """One page by keyset over (account, day, serial), one query however deep it lies.

    before  only movements below that key; after, only above it, the nearest of them
    """
    if after is not None:
        day, serial = after
        above = Q(booked_on__gt=day) | Q(booked_on=day, serial__gt=serial)
        rows = movements(statement).filter(above, booked_on__gte=day)
        found = list(rows.annotate(later=_later(statement, after))[: size + 1])
        more, found = len(found) > size, found[:size]
        opening = _closing(statement, day) - found[0]["later"] if found else ZERO
        shown = list(with_balances(found, opening=opening))[::-1]
        return Lines(shown, _key(shown, 0) if more else None, _key(shown, -1))
    rows = movements(statement)
    if before is not None:
        day, serial = before
        below = Q(booked_on__lt=day) | Q(booked_on=day, serial__lt=serial)
        rows = rows.filter(below, booked_on__lte=day).annotate(later=_later(statement, (day, serial - 1)))
    found = list(rows.order_by("-booked_on", "-serial")[: size + 1])
    more, found = len(found) > size, found[:size]
    shown = _downwards(statement, found, before)
    newest = max(statement.newest.items(), default=None)
    is_first = before is None or newest is None or before > newest
    return Lines(shown, None if is_first else _key(shown, 0), _key(shown, -1) if more else None)


def _downwards(statement: Statement, rows: list[dict[str, Any]], before: Key | None) -> list[dict[str, Any]]:
    """Rows of a page, newest first, with their balances: the first ends its day, unless the page before had more of it."""
    if not rows:
        return rows
    balance = _closing(statement, rows[0]["booked_on"])
    if before and rows[0]["booked_on"] == before[0]:
        balance -= rows[0]["later"]
    shown = []
    for row in rows:
        shown.append(row | {"balance": balance})
        balance -= row["change"]
    return shown


def _later(statement: Statement, key: Key) -> Coalesce:
    """What the movements of the key's day above it add up to; PostgreSQL works it out once for a whole page."""
    rows = LedgerTransfer.objects.filter(account=statement.account, booked_on=key[0], serial__gt=key[1])
    total = rows.order_by().values("account").annotate(total=Sum("change")).values("total")
    return Coalesce(Subquery(total), Value(ZERO), output_field=DecimalField(max_digits=16, decimal_places=2))


def _closing(statement: Statement, day: date) -> Decimal:
    """The balance at the end of a day of the period, also of one without movements."""
    return next((one.closing for one in reversed(statement.days) if one.day <= day), statement.opening)


def _key(rows: list[dict[str, Any]], index: int) -> Key | None:
    return (rows[index]["booked_on"], int(rows[index]["serial"])) if rows else None


def _next_month(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)
