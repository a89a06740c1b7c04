"""What the list shows: its tab, the filters in the address, and the rows that fit them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.http import Http404, QueryDict

from helpdesk.customers.models import Membership, User
from helpdesk.numbers import row_key
from helpdesk.statements import Condition, planned
from tickets.models import Status, Ticket
from tickets.models.queryset import companies_of
from tickets.models.states import ACTIVE
from tickets.services.search import having_words
from tickets.views.paging import ALL, Order

COUNT_LIMIT = 1000


@dataclass(frozen=True)
class Tab:
    """A third of the list: requests in these states; its second column follows it (C10, C11)."""

    name: str
    label: str
    among: str
    column: str
    column_label: str
    states: Sequence[Status]


TABS = {
    tab.name: tab
    for tab in (
        Tab("aktualni", "Aktuální", "aktuálními", "created_at", "Vytvořeno", ACTIVE),
        Tab("vyrizene", "Vyřízené", "vyřízenými", "resolved_at", "Vyřešeno", [Status.RESOLVED]),
        Tab("uzavrene", "Uzavřené", "uzavřenými", "closed_at", "Uzavřeno", [Status.CLOSED]),
    )
}
FIRST_TAB = "aktualni"
ORDERS = {"nejnovejsi": "Nejnovější", "nejstarsi": "Nejstarší", "cislo": "Číslo"}
FIRST_ORDER = "nejnovejsi"


@dataclass(frozen=True, kw_only=True)
class Filters:
    """The list as its address describes it; wrong values mean the default, a foreign company is not found (D24)."""

    tab: Tab = TABS[FIRST_TAB]
    text: str = ""
    state: str = ""
    contract: int | None = None
    company: int | None = None
    mine: bool = False
    order: str = FIRST_ORDER

    @classmethod
    def read(cls, query: QueryDict, memberships: list[Membership]) -> Filters:
        tab = TABS.get(query.get("cast", ""), TABS[FIRST_TAB])
        company, contract = query.get("firma", ""), query.get("smlouva", "")
        if company and company not in {str(one.customer_id) for one in memberships}:
            raise Http404
        return cls(
            tab=tab,
            text=query.get("q", "").strip()[:200],
            state=query["stav"] if tab.name == FIRST_TAB and query.get("stav") in ACTIVE else "",
            contract=row_key(contract),
            company=int(company) if company else None,
            mine="moje" in query,
            order=query["razeni"] if query.get("razeni") in ORDERS else FIRST_ORDER,
        )

    @property
    def number(self) -> int | None:
        """The request's number when the search names one: 98570, #98570 or [98570] (S4-12)."""
        return row_key(self.text.strip("#[] "))

    @property
    def narrows(self) -> bool:
        """Whether less than the whole tab is shown."""
        return bool(self.text or self.state or self.contract)

    @property
    def sorting(self) -> Order:
        return Order("" if self.order == "cislo" else self.tab.column, forward=self.order == "nejstarsi")

    def address(self, **changes: object) -> str:
        """The query of the address for this list with some values changed; "" for the plain one."""
        other = replace(self, **changes)
        values = {
            "cast": other.tab.name if other.tab.name != FIRST_TAB else "",
            "q": other.text,
            "stav": other.state,
            "smlouva": other.contract,
            "firma": other.company,
            "moje": "1" if other.mine else "",
            "razeni": other.order if other.order != FIRST_ORDER else "",
        }
        return urlencode({key: value for key, value in values.items() if value})

    def scope(self, user: User) -> Condition:
        """All that the person sees in the chosen company, before tab and filters."""
        seen = _sight(user.pk, *map(tuple, companies_of(user)))
        if self.company:
            seen &= Condition("customer_id = %s", (self.company,))
        return seen & Condition("author_id = %s", (user.pk,)) if self.mine else seen

    def found(self, user: User) -> Condition:
        """The condition of filters and search, the same for every tab."""
        condition = among([self.state]) if self.state else ALL
        if self.contract:
            condition &= Condition("contract_id = %s", (self.contract,))
        if self.text:
            condition &= having_words(self.text, customers=[one.customer_id for one in user.active_memberships])
        return condition

    def cursor(self) -> CursorWrapper:
        """How the list is read; a search is planned for its words, all else once for everybody."""
        return connection.cursor() if self.text else planned()


def among(states: Sequence[str]) -> Condition:
    """Requests in these states of ours; written out, as indexes cover certain states."""
    return Condition(f"status IN ({', '.join(repr(Status(state).value) for state in states)})")


@lru_cache(maxsize=1000)
def _sight(person: int, managed: tuple[int, ...], own: tuple[int, ...]) -> Condition:
    """The rule of visibility for these rights; remembered, as Django takes longer to write it than PostgreSQL to count by it."""
    return Ticket.objects.visible_by(person, managed, own).condition()


COUNT = "(SELECT count(*) FROM (SELECT FROM tickets_ticket WHERE {} LIMIT {}) AS capped)"
CONTRACTS = """
(SELECT coalesce(json_agg(json_build_object('id', id, 'number', number, 'title', title) ORDER BY number, id), '[]')
   FROM customers_contract WHERE customer_id = ANY(%s))
"""


def beside_rows(
    cursor: CursorWrapper, scope: Condition, customers: Sequence[int] = ()
) -> tuple[dict[str, int], list[dict[str, Any]]]:
    """How many rows each tab has, counted no further than needed, and the customers' contracts, in one statement."""
    tabs = [scope & among(tab.states) for tab in TABS.values()]
    parts = ", ".join([*(COUNT.format(tab.sql, COUNT_LIMIT + 1) for tab in tabs), CONTRACTS])
    cursor.execute(f"SELECT {parts}", [*(value for tab in tabs for value in tab.values), list(customers)])
    *counts, contracts = cursor.fetchone()
    return dict(zip(TABS, counts, strict=True)), contracts


def in_words(count: int) -> str:
    """211, or 1000+ where counting stopped."""
    return str(count) if count <= COUNT_LIMIT else f"{COUNT_LIMIT}+"


STATES = [(value, Status(value).label) for value in ACTIVE]
