"""Whether the customer's credit lets work begin: a gate before the timer, never before the record of what was done."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from credit.models import Activity, LedgerAccount
from helpdesk.errors import DomainError
from helpdesk.money import czk
from helpdesk.payment import Source
from tickets.models import Ticket
from tickets.services import pricing, quote_room

FREE_TO_BEGIN = (Activity.INTAKE, Activity.QUOTING)


class CreditSpent(DomainError):
    """The credit with its allowed overdraft is used up: no new work from it is started."""


def may_start(ticket: Ticket, *, activity: str, at: datetime) -> bool:
    """Whether the credit lets a timer start on the request.

    The account is read without a lock: two timers that start at the edge both run, because a start charges nothing and what
    they measure is recorded in any case.
    """
    return not holds_back(ticket, activity=activity, at=at, available=_available(ticket))


def check_may_start(ticket: Ticket, *, activity: str, at: datetime) -> None:
    """Refuse what `may_start` does not allow.

    raises  CreditSpent
    """
    available = _available(ticket)
    if holds_back(ticket, activity=activity, at=at, available=available):
        raise CreditSpent(in_words(available))


def in_words(available: Decimal) -> str:
    """What happened and what to do, for whoever would work."""
    return (
        f"Kredit zákazníka na\u00a0novou práci nestačí: k\u00a0dispozici je {czk(available)} včetně povoleného přečerpání. "
        "Požádejte zákazníka o\u00a0dobití, nebo vedoucího o\u00a0zvýšení povoleného přečerpání. "
        "Hotovou práci zapište ručně, ta se zaznamená vždy."
    )


def _available(ticket: Ticket) -> Decimal:
    """Balance − reservations + allowed overdraft; zero as long as the account was never opened."""
    account = LedgerAccount.objects.filter(customer=ticket.customer_id).first()
    return account.available if account else Decimal("0.00")


def holds_back(
    ticket: Ticket,
    *,
    activity: str,
    at: datetime,
    available: Decimal,
    has_quotes: bool = True,
    has_complaints: bool = True,
) -> bool:
    """Whether work of that kind would be paid from a credit that has nothing left.

    available  of the customer's account, CZK without VAT
    has_*      False where the caller knows that the request has none of them
    source     the seed allows an overdraft and bills it; the limit of the account says how far work may be begun. C24: work on
               a quote has a limit of its own, and the customer needs the quote to know how much to top up. D30: intake is free
    """
    if available > 0 or activity in FREE_TO_BEGIN or Source.CREDIT not in ticket.contract.sources:
        return False
    if (has_quotes and _is_reserved(ticket)) or (has_complaints and ticket.complaints.exists()):
        return False  # after a complaint nothing is priced until it is decided, and then free: rejected, it ends the work (D17)
    return pricing.next_source(ticket, activity=activity, at=at) == Source.CREDIT


def _is_reserved(ticket: Ticket) -> bool:
    """The approved quote brought credit of its own; its ceiling is the gate then."""
    quote = quote_room.in_force(ticket)
    return bool(quote and quote.hold and not quote.hold.released_at and quote.hold.remaining)
