"""What tests of quotes share: a customer with credit, an approver, and a quote in whichever state."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from credit.models import LedgerAccount
from credit.services import ledger
from helpdesk.customers.models import Contract, User
from helpdesk.mail.models import OutgoingMail
from tests.builders import (
    MONDAY,
    a_contract,
    a_customer,
    a_member,
    a_paragraph,
    a_staff_member,
    an_escalated_ticket,
    backoffice,
    portal,
)
from tickets.models import Quote, Ticket
from tickets.services import quote_decisions, quotes


@dataclass
class Case:
    """One request of Alice's that Petr solves; Hana approves quotes of the company."""

    ticket: Ticket
    alice: User
    hana: User
    petr: User

    @property
    def contract(self) -> Contract:
        return self.ticket.contract

    @property
    def account(self) -> LedgerAccount:
        return LedgerAccount.objects.get(customer=self.ticket.customer_id)


def a_case(*, credit: int = 10_000, contract: dict[str, Any] | None = None, **fields: Any) -> Case:
    customer = a_customer()
    alice = a_member(customer, "Alice Dvořáková")
    hana = a_member(customer, "Hana Malá", is_approver=True)
    petr = a_staff_member("Petr Vaníček", group="řešitel")
    paragraph = a_paragraph(a_contract(customer, **{"overdraft": 0} | (contract or {})))
    ticket = an_escalated_ticket(author=alice, paragraph=paragraph, assignee=petr, **fields)
    if credit:
        top_up(ticket, credit)
    return Case(ticket, alice, hana, petr)


def top_up(ticket: Ticket, amount: int) -> None:
    source = LedgerAccount.Kind.BANK
    key = f"bank:1:{amount}:{ticket.customer_id}"
    ledger.top_up(
        customer=ticket.customer,
        amount=Decimal(amount),
        source=source,
        key=key,
        text="Dobití",
        at=MONDAY,
        by=backoffice(a_staff_member()),
    )


def terms(**fields: Any) -> quotes.Terms:
    values: dict[str, Any] = {"origin": "customer", "ceiling_price": Decimal("4800"), "valid_until": date(2026, 3, 16)}
    return quotes.Terms(**values | fields)


def a_draft(case: Case, *, at: datetime = MONDAY, **fields: Any) -> Quote:
    return quotes.draft_quote(ticket=case.ticket, terms=terms(**fields), by=backoffice(case.petr), at=at)


def a_sent_quote(case: Case, *, at: datetime = MONDAY, **fields: Any) -> Quote:
    return quotes.send_quote(quote=a_draft(case, at=at, **fields), by=backoffice(case.petr), at=at)


def an_approved_quote(case: Case, *, at: datetime = MONDAY, **fields: Any) -> Quote:
    quote = quote_decisions.approve_quote(quote=a_sent_quote(case, at=at, **fields), by=portal(case.hana), at=at)
    case.ticket.refresh_from_db()
    return quote


def token_for(person: User) -> str:
    """The secret of the newest link in the person's letters."""
    letter = OutgoingMail.objects.filter(kind="quote_sent", recipient=person.email).latest("id")
    return re.search(r"/kalkulace/odkaz/([\w-]+)/", letter.text).group(1)


def moves(ticket) -> list[tuple[str, str, str]]:
    """Kind, from and to of the request's events after it was handed over."""
    return list(ticket.events.order_by("id").values_list("kind", "from_status", "to_status"))[3:]
