"""The queues of the work list: what waits for whom, in which order, and how many there are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.core import signing
from django.db.models import Q, QuerySet

from helpdesk.customers.models import ContractParagraph, StaffTask
from helpdesk.statements import Condition, planned
from tickets.models import Status, Ticket, Watcher
from tickets.models.ticket import TicketQuerySet

COUNT_LIMIT = 999
CURSOR_SALT = "tickets.worklist"


@dataclass(frozen=True)
class Order:
    """Columns of the keyset, the last one unique; all of them one way, so that PostgreSQL compares them as one."""

    columns: tuple[str, ...]
    descending: bool = False

    @property
    def words(self) -> str:
        """As ORDER BY takes it."""
        return ", ".join(f"{column} {'DESC' if self.descending else 'ASC'}" for column in self.columns)


BY_DEADLINE = Order(("next_due_at", "severity", "id"))
BY_CLOSING = Order(("complaint_until", "id"))
NEWEST_FIRST = Order(("created_at", "id"), descending=True)
QUESTIONS = ContractParagraph.objects.filter(kind=ContractParagraph.Kind.QUESTION).order_by().values("pk")


@dataclass(frozen=True)
class Queue:
    """One queue of the work list.

    slug   its name in the address
    rows   the requests in it, for the person of staff with that key
    order  the nearest deadline comes first, then the gravest and oldest (S4-10)
    """

    slug: str
    label: str
    rows: Callable[[int], TicketQuerySet]
    order: Order = BY_DEADLINE
    empty: str = "Tady nic nečeká."
    is_counted: bool = True


def _in(status: Status) -> Callable[[int], TicketQuerySet]:
    return lambda user: Ticket.objects.in_states([status])


QUEUES: tuple[Queue, ...] = (
    Queue("aktualni", "Aktuální", lambda user: Ticket.objects.active(), empty="Žádný požadavek teď nečeká na práci."),
    Queue("nove", "Nové", _in(Status.NEW), empty="Všechny nové požadavky už někdo převzal."),
    Queue(
        "moje",
        "Moje",
        lambda user: Ticket.objects.active().filter(assignee_id=user),
        empty="Nemáte nic rozdělaného. Podívejte se do nových.",
    ),
    Queue("eskalovane", "Eskalované", _in(Status.ESCALATED)),
    Queue("ceka", "Čeká na\u00a0zákazníka", _in(Status.SUSPENDED), empty="Od zákazníků teď nic nepotřebujeme."),
    Queue("reklamace", "Reklamace", _in(Status.DISPUTED), empty="Žádná reklamace nečeká na rozhodnutí."),
    Queue(
        "dotazy",
        "Dotazy",
        lambda user: Ticket.objects.active().filter(paragraph__in=QUESTIONS),
        empty="Žádný dotaz nečeká na odpověď.",
    ),
    Queue("k-uzavreni", "K\u00a0uzavření", _in(Status.RESOLVED), BY_CLOSING, empty="Nic nečeká na potvrzení zákazníkem."),
    Queue(
        "sledovane",
        "Sledované",
        lambda user: Ticket.objects.active().filter(pk__in=Watcher.objects.filter(user_id=user).values("ticket_id")),
        empty="Nic nesledujete. Na stránce požadavku použijte Sledovat.",
    ),
    Queue(
        "vsechny",
        "Všechny",
        lambda user: Ticket.objects.all(),
        NEWEST_FIRST,
        empty="Hledání nic nenašlo. Zkuste méně slov, nebo zrušte filtr.",
        is_counted=False,
    ),
)
BY_SLUG = {queue.slug: queue for queue in QUEUES}
TASKS = "ukoly"


def counts(user: int) -> dict[str, str]:
    """How many are in each counted queue and among the person's tasks, in one statement; more than 999 is „999+“."""
    names, statement = _counting(user)
    with planned() as cursor:
        cursor.execute(statement.sql, statement.values)
        found = cursor.fetchone()
    return {name: str(number) if number <= COUNT_LIMIT else f"{COUNT_LIMIT}+" for name, number in zip(names, found, strict=True)}


@lru_cache(maxsize=100)
def _counting(user: int) -> tuple[tuple[str, ...], Condition]:
    """What is counted, and by which statement; remembered, as Django takes longer to write it than to run it."""
    sets: dict[str, QuerySet[Any]] = {queue.slug: queue.rows(user) for queue in QUEUES if queue.is_counted}
    sets[TASKS] = StaffTask.objects.open().filter(Q(assignee_id=user) | Q(assignee=None))
    parts: list[str] = []
    values: list[Any] = []
    for rows in sets.values():
        sql, given = rows.order_by().values("pk")[: COUNT_LIMIT + 1].query.sql_with_params()
        parts.append(f"(SELECT count(*) FROM ({sql}) AS counted)")  # noqa: S608 - Django's own SQL, values apart
        values += given
    return tuple(sets), Condition(f"SELECT {', '.join(parts)}", tuple(values)).spelt_out()


@lru_cache(maxsize=1000)
def whole(slug: str, user: int) -> Condition:
    """What a queue holds for a person while no filter narrows it."""
    return BY_SLUG[slug].rows(user).listed().condition().spelt_out()


def after(order: Order, cursor: str) -> Condition:
    """The rows behind the cursor; all of them for one that nobody of us signed."""
    try:
        values = signing.loads(cursor, salt=CURSOR_SALT) if cursor else []
    except signing.BadSignature:
        values = []
    if len(values) != len(order.columns):
        return Condition("true")
    places = ", ".join(["%s"] * len(values))
    return Condition(f"({', '.join(order.columns)}) {'<' if order.descending else '>'} ({places})", tuple(values))


def cursor_of(row: Mapping[str, Any], order: Order) -> str:
    """The opaque mark of a row's place in the list."""
    values = [row[column] for column in order.columns]
    return signing.dumps([one.isoformat() if hasattr(one, "isoformat") else one for one in values], salt=CURSOR_SALT)
