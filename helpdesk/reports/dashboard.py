"""The start page of the backoffice: what is open, how old, who has it, what comes in, what got stuck."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Case, Count, F, QuerySet, Value, When
from django.db.models.functions import TruncDate
from django.utils import timezone

from helpdesk.customers.models import StaffTask, User
from helpdesk.formats import day
from helpdesk.mail.models import OutgoingMail
from tickets.models import Status, Ticket
from tickets.models.ticket import ACTIVE

INFLOW_DAYS = 30
ROWS = 6
AGES = ((1, "do\u00a01\u00a0dne"), (3, "do\u00a03\u00a0dnů"), (7, "do\u00a0týdne"), (30, "do\u00a0měsíce"))
OLDER = "déle než měsíc"


@dataclass(frozen=True)
class Row:
    """One figure with its words and the part of the work list that it counts.

    query  of the work list's address, "" for none
    """

    label: str
    count: int
    query: str = ""
    value: str = ""


@dataclass(frozen=True)
class Figures:
    """Counts of requests; the cancelled ones are in none of them (S4-22).

    ages    by whole days of 24 hours since they were filed, not by dates
    inflow  (day, requests filed on it) for INFLOW_DAYS days up to today
    """

    at: datetime
    states: list[Row]
    ages: list[Row]
    solvers: list[Row]
    inflow: list[tuple[date, int]]

    @property
    def open(self) -> int:
        return sum(row.count for row in self.states)

    @property
    def filed(self) -> int:
        return sum(count for _, count in self.inflow)

    @property
    def daily(self) -> list[int]:
        return [count for _, count in self.inflow]

    @property
    def first_day(self) -> date:
        return self.inflow[0][0]

    @property
    def inflow_sentence(self) -> str:
        """What the chart of the inflow shows, for those who do not see it."""
        busiest, most = max(self.inflow, key=lambda pair: pair[1])
        return f"Nové požadavky po dnech za {INFLOW_DAYS} dnů: celkem {self.filed}, nejvíc {day(busiest)}, a to {most}."


def figures(at: datetime) -> Figures:
    """All counts in two statements over the open and the recent requests.

    source  S4-10, S4-22
    """
    today = timezone.localdate(at)
    younger = [When(created_at__gt=at - timedelta(days=days), then=Value(label)) for days, label in AGES]
    grouped = list(
        Ticket.objects.active()
        .order_by()
        .annotate(age=Case(*younger, default=Value(OLDER)))
        .values_list("status", "assignee_id", "age")
        .annotate(Count("id"))
    )
    return Figures(
        at=at,
        states=_states(grouped),
        ages=_ages(grouped),
        solvers=_solvers(grouped),
        inflow=_inflow(today),
    )


def _states(grouped: Sequence[Any]) -> list[Row]:
    counts: Counter[str] = Counter()
    for status, _, _, count in grouped:
        counts[status] += count
    return [Row(Status(one).label, counts[one], f"fronta=vsechny&stav={one.value}", one.value) for one in ACTIVE]


def _ages(grouped: Sequence[Any]) -> list[Row]:
    counts: Counter[str] = Counter()
    for _, _, age, count in grouped:
        counts[age] += count
    return [Row(label, counts[label]) for label in [*(label for _, label in AGES), OLDER]]


def _solvers(grouped: Sequence[Any]) -> list[Row]:
    """The busiest solvers first; what nobody has yet comes last."""
    counts: Counter[int | None] = Counter()
    for _, assignee, _, count in grouped:
        counts[assignee] += count
    nobody = counts.pop(None, 0)
    names = {user.pk: str(user) for user in User.objects.filter(pk__in=[pk for pk in counts if pk])}
    rows = [Row(names[pk], count, f"fronta=aktualni&resi={pk}") for pk, count in counts.most_common() if pk]
    return [*rows, Row("bez řešitele", nobody, "fronta=aktualni&resi=nikdo")]


def _inflow(today: date) -> list[tuple[date, int]]:
    days = [today - timedelta(days=back) for back in range(INFLOW_DAYS - 1, -1, -1)]
    start = timezone.make_aware(datetime.combine(days[0], datetime.min.time()))
    counts = dict(
        Ticket.objects.listed()
        .filter(created_at__gte=start)
        .order_by()
        .annotate(day=TruncDate("created_at"))
        .values_list("day")
        .annotate(Count("id"))
    )
    return [(one, counts.get(one, 0)) for one in days]


def overdue_tasks(at: datetime) -> Sequence[Any]:
    """The tasks that are late for the longest time; `link__ticket_id` is the request, None without one."""
    late = StaffTask.objects.overdue(at).order_by(F("due_at").asc(), "id")
    return list(late.values("text", "due_at", "link__ticket_id", "assignee__first_name", "assignee__last_name")[:ROWS])


def last_letters() -> QuerySet[OutgoingMail]:
    """The newest letters, without their texts."""
    return OutgoingMail.objects.only("id", "recipient", "subject", "state", "created_at").order_by("-id")[:ROWS]
