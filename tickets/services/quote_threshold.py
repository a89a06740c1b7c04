"""How far chargeable work on a request goes without an approved quote: the threshold of its contract (S3-17, D34).

Pricing asks here; nothing here knows how work is measured.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import ROUND_DOWN, Decimal
from typing import Any

from django.db.models import Q

from credit.models import Activity
from credit.pricing import Pricing
from helpdesk.formats import duration
from helpdesk.money import czk
from helpdesk.payment import Source
from tickets.models import QuoteWaiver, Ticket, WorkEntry
from tickets.models.work import WorkEntryQuerySet

WARNED_AT = 80  # per cent of the threshold
ZERO = Decimal("0.00")
CHARGEABLE = (Source.PACKAGE, Source.CREDIT, Source.INVOICE)
WHY = "nad práh bez kalkulace se neúčtuje"
Way = QuoteWaiver.Way


@dataclass(frozen=True, kw_only=True)
class Threshold:
    """The threshold of a request and what chargeable work has taken of it.

    most_price, most_minutes  what the contract says; None for no such limit
    price, minutes            charged by finished work under no quote, work on quotes apart
    waivers                   what a leader has recorded, the oldest first
    """

    most_price: Decimal | None
    most_minutes: int | None
    price: Decimal
    minutes: int
    waivers: tuple[QuoteWaiver, ...] = ()

    @property
    def is_agreed(self) -> bool:
        """The customer has agreed in writing: there is no threshold any more."""
        return any(one.way == Way.AGREED for one in self.waivers)

    @property
    def is_uncharged(self) -> bool:
        """Work goes on past the threshold and is not charged there."""
        return not self.is_agreed and bool(self.waivers)

    @property
    def share(self) -> int:
        """Used up, in whole per cent rounded down; at most 100."""
        shares = [Decimal(0)]
        if self.most_price is not None:
            shares.append(self.price / self.most_price if self.most_price else Decimal(1))
        if self.most_minutes is not None:
            shares.append(Decimal(self.minutes) / self.most_minutes if self.most_minutes else Decimal(1))
        return min(int((max(shares) * 100).to_integral_value(ROUND_DOWN)), 100)

    @property
    def is_near(self) -> bool:
        return self.share >= WARNED_AT

    @property
    def is_reached(self) -> bool:
        return self.share >= 100

    @property
    def words(self) -> str:
        """„20 000,00 Kč nebo 16 h“."""
        price = [] if self.most_price is None else [czk(self.most_price)]
        minutes = [] if self.most_minutes is None else [f"{duration(self.most_minutes)} práce"]
        return " nebo ".join(price + minutes)

    def and_also(self, *, price: Decimal, minutes: int) -> Threshold:
        """As it would be with so much more."""
        return replace(self, price=self.price + price, minutes=self.minutes + minutes)


def threshold_of(ticket: Ticket, *, apart_from: WorkEntry | None = None, has_quote: bool | None = None) -> Threshold | None:
    """The threshold that holds for the request now; None for none, or with an approved quote, which has a ceiling.

    has_quote  whether there is an approved one, where the caller knows
    """
    contract = ticket.contract
    if not contract.limits_unquoted_work:
        return None
    if ticket.quotes.in_force().exists() if has_quote is None else has_quote:
        return None
    price, minutes = _charged(ticket, apart_from)
    return Threshold(
        most_price=contract.specification_above,
        most_minutes=contract.specification_above_minutes,
        price=price,
        minutes=minutes,
        waivers=tuple(ticket.waivers.select_related("message", "recorded_by").order_by("id")),
    )


def _charged(ticket: Ticket, apart_from: WorkEntry | None) -> tuple[Decimal, int]:
    rows = list(_without_quote(ticket, apart_from).exclude(activity=Activity.QUOTING).values_list("price", "pricing"))
    return sum((price for price, _ in rows), ZERO), _paid_minutes(parts for _, parts in rows)


def _without_quote(ticket: Ticket, apart_from: WorkEntry | None) -> WorkEntryQuerySet:
    standing = WorkEntry.objects.finished().standing().filter(ticket=ticket, quote__isnull=True)
    return standing.exclude(pk=apart_from.pk) if apart_from and apart_from.pk else standing


def _paid_minutes(pricings: Iterable[list[dict[str, Any]]]) -> int:
    return sum(part["minutes"] for parts in pricings for part in parts if part["source"] in CHARGEABLE)


def chargeable_minutes(worked_out: Pricing) -> int:
    """Minutes that somebody pays for: in advance, from credit, or later."""
    return sum(worked_out.minutes(source) for source in CHARGEABLE)


def within_threshold(ticket: Ticket, entry: WorkEntry, worked_out: Pricing) -> Pricing:
    """The same minutes, charged no further than the threshold; work that ended after the customer had agreed has none.

    entry   finished, on a request without an approved quote
    source  D34
    """
    if entry.activity == Activity.QUOTING or not ticket.contract.limits_unquoted_work:
        return worked_out
    if agreed_by(ticket, entry.finished_at or entry.started_at):
        return worked_out
    threshold = threshold_of(ticket, apart_from=entry, has_quote=False)
    if threshold is None or not chargeable_minutes(worked_out):
        return worked_out
    if threshold.most_minutes is not None:
        worked_out = worked_out.limited_minutes(threshold.most_minutes - threshold.minutes, WHY, of=CHARGEABLE)
    if threshold.most_price is not None:
        worked_out = worked_out.limited(threshold.most_price - threshold.price, WHY)
    return worked_out


def agreed_by(ticket: Ticket, at: datetime) -> bool:
    """Whether the customer had agreed by then to go on without a quote."""
    return ticket.waivers.filter(Q(way=Way.AGREED) & Q(message__at__lte=at)).exists()


def within_quoting(ticket: Ticket, entry: WorkEntry, worked_out: Pricing) -> Pricing:
    """The same minutes, charged no further than the contract lets work on a quote go without consent.

    entry   finished work on a quote
    source  C24
    """
    if ticket.agreed_at:
        return worked_out
    quoting = _without_quote(ticket, entry).filter(activity=Activity.QUOTING).values_list("pricing", flat=True)
    left = ticket.contract.quote_minutes - _paid_minutes(quoting)
    return worked_out.limited_minutes(left, "přípravy kalkulace nad dohodnutý čas se neúčtuje", of=CHARGEABLE)
