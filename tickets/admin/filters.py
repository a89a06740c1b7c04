"""What narrows the work list: customer, contract, solver, state, channel, words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import QueryDict

from helpdesk.customers.channels import Channel
from helpdesk.customers.models import Contract, Customer
from helpdesk.numbers import row_key
from helpdesk.statements import Condition
from tickets.models import Status
from tickets.models.ticket import TicketQuerySet
from tickets.services.search import having_words

NOBODY = "nikdo"
NAMES = {
    "customer": "zakaznik",
    "contract": "smlouva",
    "assignee": "resi",
    "status": "stav",
    "channel": "kanal",
    "words": "q",
    "deadline": "termin",
}
LATE = "po"
ICO = re.compile(r"\b[0-9]{8}\b")


@dataclass(frozen=True)
class Filters:
    """The filters of an address; what makes no sense narrows nothing.

    customer  a name or IČO as typed; the list of suggestions fills in „name (IČO)“
    assignee  a person's key, „nikdo“ or ""
    deadline  „po“ for requests with a broken clock that is still open
    """

    customer: str = ""
    contract: str = ""
    assignee: str = ""
    status: str = ""
    channel: str = ""
    words: str = ""
    deadline: str = ""

    @classmethod
    def of(cls, given: QueryDict) -> Filters:
        return cls(**{field: given.get(name, "").strip()[:200] for field, name in NAMES.items()})

    @property
    def is_empty(self) -> bool:
        return self == Filters()

    def query(self, **more: Any) -> str:
        """The address part that keeps these filters."""
        kept = {name: getattr(self, field) for field, name in NAMES.items() if getattr(self, field)}
        return urlencode(kept | {name: value for name, value in more.items() if value})

    def narrow(self, rows: TicketQuerySet, now: datetime) -> Condition:
        """Which of the rows fit; cancelled ones only where they were asked for (S4-22)."""
        if self.customer:
            rows = rows.filter(customer__in=customers_like(self.customer).values("pk"))
        if self.contract:
            rows = rows.filter(contract__in=Contract.objects.filter(number__icontains=self.contract).values("pk"))
        if self.assignee == NOBODY:
            rows = rows.filter(assignee=None)
        elif solver := row_key(self.assignee):
            rows = rows.filter(assignee=solver)
        rows = rows.filter(status=self.status) if self.status in Status.values else rows.listed()
        if self.channel in Channel.values:
            rows = rows.filter(channel=self.channel)
        condition = (rows.overdue(now) if self.deadline == LATE else rows).condition()
        return condition & having_words(self.words) if self.words else condition


def customers_like(text: str) -> QuerySet[Customer]:
    """Active customers by IČO or by a part of the name, blind to diacritics."""
    ico = ICO.search(text)
    customers = Customer.objects.active()
    return customers.filter(ico=ico.group()) if ico else customers.filter(name__unaccent__icontains=text)
