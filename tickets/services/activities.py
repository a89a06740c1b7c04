"""What work on a request is, and which activities may be tracked on it now."""

from __future__ import annotations

from credit.models import Activity
from helpdesk.customers.models import ContractParagraph
from helpdesk.errors import DomainError
from tickets.models import Ticket
from tickets.services import quote_room

CONSULTED = (ContractParagraph.Kind.QUESTION, ContractParagraph.Kind.CONSULTATION)


class WorkRefused(DomainError):
    """Work of this kind cannot be tracked on the request now."""


def first_activity(ticket: Ticket, *, has_quotes: bool = True) -> str:
    """What work on the request is as long as nobody says otherwise.

    has_quotes  False where the caller knows that it never had any
    """
    activity = Activity.CONSULTING if ticket.paragraph.kind in CONSULTED else Activity.SOLVING
    if not has_quotes and not ticket.wants_quote:
        return activity
    return Activity.QUOTING if quote_room.tickable(ticket, activity, is_billable=False) else activity


def check_activity(ticket: Ticket, activity: str) -> None:
    """Before the customer agrees to a price only the quote is worked on, and no longer than the contract allows.

    raises  quote_room.NotApproved, quote_room.CeilingReached, WorkRefused
    source  S1-15, C24
    """
    quote_room.check_may_track(ticket, activity)
    if activity == Activity.QUOTING and not may_quote(ticket):
        raise WorkRefused(
            f"Na kalkulaci už padlo {ticket.contract.quote_minutes}\u00a0min, víc smlouva bez souhlasu nedovoluje. "
            "Požádejte zákazníka o souhlas a zapište dohodu."
        )


def may_quote(ticket: Ticket) -> bool:
    """Whether the contract leaves time for a quote, or the customer has agreed to something already."""
    return bool(ticket.agreed_at) or quoted_minutes(ticket) < ticket.contract.quote_minutes


def quoted_minutes(ticket: Ticket) -> int:
    """Minutes that went into quotes of the request so far."""
    seconds = ticket.work.standing().filter(activity=Activity.QUOTING).values_list("seconds", flat=True)
    return sum(seconds) // 60
