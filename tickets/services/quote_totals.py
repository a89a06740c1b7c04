"""The most that a customer pays for a request by a quote: its ceiling, and beside it what the ceiling does not cover."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from credit.models import Activity
from helpdesk.customers.actor import Actor
from tickets.models import Quote, Ticket, WorkEntry
from tickets.services import pricing, quote_room

ZERO = Decimal("0.00")


@dataclass(frozen=True, kw_only=True)
class Outside:
    """What finished work under no quote costs, CZK without VAT.

    preparation  work on the quotes themselves (C24), also what was put off until the version that it prepared is approved
    done         all other work
    waiting      pieces whose price nobody knows yet
    """

    preparation: Decimal
    done: Decimal
    waiting: int


def outside_of(ticket: Ticket) -> Outside:
    """From the very rows that are charged; a timer that runs is in none of them (S1-13).

    source  S1-15, C24
    """
    preparation, done, waiting = ZERO, ZERO, 0
    for entry in _entries(ticket):
        price = entry.price
        if entry.waits_for == WorkEntry.Wait.CREDIT:  # its price is known, the credit is short of it
            price = pricing.work_out(ticket, entry)[0].price()
        elif not entry.is_priced:
            waiting += 1
        if entry.activity == Activity.QUOTING:
            preparation += price + sum((Decimal(part["cut"]) for part in entry.pricing if "cut" in part), ZERO)
        else:
            done += price
    return Outside(preparation=preparation, done=done, waiting=waiting)


def settle_outside(quote: Quote, ticket: Ticket, *, by: Actor, at: datetime) -> None:
    """Charge outside the ceiling what the approved version says, no more and for its preparation no less.

    Part of an act that has locked the request and approved the quote. The newest work gives way first.
    """
    charged = quote_room.charged_outside(ticket)
    if charged == quote.outside_price:
        return
    pricing.lock_account(ticket)
    for each in reversed(_entries(ticket)):
        is_put_off = each.activity == Activity.QUOTING and any("cut" in part for part in each.pricing)
        if is_put_off or charged > quote.outside_price:
            entry = WorkEntry.objects.locked(each.pk)
            pricing.reprice(ticket, entry, reason=f"schválená kalkulace {quote.version}", by=by, at=at)


def _entries(ticket: Ticket) -> list[WorkEntry]:
    return list(ticket.work.finished().standing().filter(quote__isnull=True).select_related("person").order_by("id"))
