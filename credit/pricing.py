"""Who pays for a piece of work and how much: a pure function of the work and of the contract's data.

Sources of payment are asked in the order that the contract gives; each takes the minutes that it can, the rest goes on.
All prices are CZK without VAT, rounded once per part to whole halers.

source  C27, D35, S1-18, S3-12, S3-16, S4-73, S5-12 to S5-14, D10, D17, D22
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from helpdesk.money import czk, to_halers
from helpdesk.payment import Order, Source

MINUTES_PER_HOUR = 60
PERCENT = Decimal(100)
UNLIMITED = 10**6  # minutes, more than any package holds


LABELS = {
    Source.COVERED: "v ceně smlouvy",
    Source.FREE_PHONE: "z bezplatných telefonických minut",
    Source.PACKAGE: "z předplaceného balíku",
    Source.FLAT: "v paušálu",
    Source.CREDIT: "z kreditu",
    Source.INVOICE: "k fakturaci",
}


PAID_FROM = {Source.CONSULTING_PACKAGE: Source.PACKAGE}  # the same minutes, whatever they are kept for

ABOVE_TEXT = "nad rámec smlouvy"


class Scope(StrEnum):
    """What the contract's paragraph says about the price of work under it."""

    INCLUDED = "included"  # in the price of the contract
    PAID = "paid"  # by the contract's billing mode
    ABOVE = "above"  # above the contract, at the rate agreed for that (S4-73)


@dataclass(frozen=True, kw_only=True)
class Case:
    """What about the request decides whether its work is free.

    scope          of the paragraph
    is_chargeable  the kind of request is one of the paid ones (S3-16)
    is_statutory   it follows a change of law (S3-12)
    is_data_error  the cause is wrong data that the user did not spoil (S3-12)
    is_user_error  the cause is improper use: covered work becomes paid, with a reason (S3-16)
    is_complaint   a complaint was upheld and the work came after it (D17)
    is_free_quote  work on a quote that the contract gives free (C24)
    is_intake      the request was registered, confirmed or handed over (S3-08, D30)
    """

    scope: Scope
    is_chargeable: bool = False
    is_statutory: bool = False
    is_data_error: bool = False
    is_user_error: bool = False
    is_complaint: bool = False
    is_free_quote: bool = False
    is_intake: bool = False


def covered_by(case: Case) -> str:
    """Why the work costs nothing, as people read it; "" when it does."""
    if case.is_intake:
        return "příjem požadavku zdarma"
    if case.is_complaint:
        return "uznaná reklamace"
    if case.is_user_error:
        return ""
    if case.is_free_quote:
        return "kalkulace zdarma podle smlouvy"
    if case.is_statutory:
        return "změna právních předpisů"
    if case.is_data_error:
        return "chyba dat, kterou nezpůsobil uživatel"
    if case.scope == Scope.INCLUDED and not case.is_chargeable:
        return "v ceně smlouvy"
    return ""


@dataclass(frozen=True, kw_only=True)
class Work:
    """A finished piece of work.

    minutes          billed, already rounded up to the contract's step (D10)
    outside_minutes  how many of them lie outside the service hours
    is_consulting    a consultation: packages of any contract pay for it
    is_phone         it was a call: free phone minutes pay for consultations by phone and nothing else
    """

    minutes: int
    outside_minutes: int = 0
    is_consulting: bool = False
    is_phone: bool = False
    is_express: bool = False


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What the contract and the price list of the day say.

    order            in which the sources pay, a sound one (`helpdesk.payment`)
    free_minutes     phone minutes left this month; package_minutes, what is left in prepaid packages
    hourly_rate      None when nobody has set one: the work stays unpriced until somebody does
    express_percent  surcharge for express work; outside_percent, for minutes outside the service hours
    """

    order: Order
    case: Case
    hourly_rate: Decimal | None
    express_percent: Decimal = Decimal(0)
    outside_percent: Decimal = Decimal(0)
    free_minutes: int = 0
    package_minutes: int = 0


def is_above(terms: Terms) -> bool:
    """Whether what is charged for such work is charged above the contract.

    source  S4-73; S3-16: the paid kinds, and repairs after improper use where the contract would have covered them
    """
    case = terms.case
    if case.scope == Scope.ABOVE or case.is_chargeable:
        return True
    would_be_covered = Source.FLAT in terms.order or bool(covered_by(replace(case, is_user_error=False)))
    return case.is_user_error and would_be_covered


@dataclass(frozen=True, kw_only=True)
class Part:
    """Minutes that one source pays; price is CZK without VAT, zero where nothing is charged.

    is_above  charged above the contract: a section of its own on the invoice (S4-73)
    cut       what a limit agreed with the customer keeps from being charged, CZK without VAT
    """

    source: Source
    minutes: int
    price: Decimal
    text: str
    is_above: bool = False
    cut: Decimal = Decimal("0.00")


@dataclass(frozen=True)
class Pricing:
    """How a piece of work is paid, part by part („rozpad ceny“).

    is_priced  False when a rate is missing; nothing is charged then
    """

    parts: tuple[Part, ...]
    is_priced: bool = True

    def minutes(self, source: Source) -> int:
        return sum(part.minutes for part in self.parts if part.source == source)

    def limited_minutes(self, left: int, why: str, *, of: Collection[Source]) -> Pricing:
        """The same minutes, of which those sources pay for no more than are left; the rest is covered."""
        left, parts = max(left, 0), []
        for part in self.parts:
            kept = min(part.minutes, left) if part.source in of else part.minutes
            left -= kept if part.source in of else 0
            price = to_halers(part.price * kept / part.minutes) if part.minutes else part.price
            if kept == part.minutes:
                parts.append(part)
                continue
            if kept:
                parts.append(replace(part, minutes=kept, price=price, text=f"{part.text}, z\u00a0toho {kept}\u00a0min"))
            rest = part.minutes - kept
            parts.append(Part(source=Source.COVERED, minutes=rest, price=Decimal("0.00"), text=f"{rest}\u00a0min {why}"))
        return replace(self, parts=tuple(parts))

    def limited(self, left: Decimal, why: str) -> Pricing:
        """The same parts, charged no more than what is left of some limit."""
        left, parts = max(left, Decimal("0.00")), []
        for part in self.parts:
            if part.price > left:
                part = replace(part, price=left, cut=part.cut + part.price - left, text=f"{part.text}, {why}")
            left -= part.price
            parts.append(part)
        return replace(self, parts=tuple(parts))

    def price(self, *sources: Source) -> Decimal:
        """The sum of the parts, of all of them when no source is named."""
        return sum((part.price for part in self.parts if not sources or part.source in sources), Decimal("0.00"))


def price_work(work: Work, terms: Terms) -> Pricing:
    """Share the minutes among the sources in the order of the contract.

    Free sources take the minutes outside the service hours first, as those would cost more.
    """
    parts: list[Part] = []
    left, outside = work.minutes, min(work.outside_minutes, work.minutes)
    for step in terms.order:
        source = PAID_FROM.get(step, step)
        taken = min(left, _capacity(step, work, terms))
        if taken <= 0:
            continue
        dearer = min(taken, outside)
        if source in (Source.CREDIT, Source.INVOICE):
            if terms.hourly_rate is None:
                return Pricing(tuple(parts), is_priced=False)
            parts.append(_charged(source, taken, dearer, terms.hourly_rate, work, terms))
        else:
            parts.append(Part(source=source, minutes=taken, price=Decimal("0.00"), text=_free_text(source, taken, terms)))
        left, outside = left - taken, outside - dearer
    return Pricing(tuple(parts))


def payers(terms: Terms, *, is_consulting: bool = False, is_phone: bool = False) -> tuple[Source, ...]:
    """Who would pay such work, one after the other and whatever its rate: for what must be known before the work.

    returns  at least one; the last pays however much is left
    """
    work, found = Work(minutes=UNLIMITED, is_consulting=is_consulting, is_phone=is_phone), []
    for step in terms.order:
        capacity = _capacity(step, work, terms)
        if capacity > 0:
            found.append(PAID_FROM.get(step, step))
        if capacity >= UNLIMITED:
            break
    return tuple(found)


def _capacity(source: Source, work: Work, terms: Terms) -> int:
    """How many minutes the source could pay."""
    everything = work.minutes
    if source == Source.COVERED:
        return everything if covered_by(terms.case) else 0
    if source == Source.FREE_PHONE:
        return terms.free_minutes if work.is_consulting and work.is_phone else 0
    if source == Source.PACKAGE:
        return terms.package_minutes
    if source == Source.CONSULTING_PACKAGE:
        return terms.package_minutes if work.is_consulting else 0
    if source == Source.FLAT:
        case = terms.case
        is_within = case.scope != Scope.ABOVE and not case.is_chargeable and not case.is_user_error
        return everything if is_within else 0
    return everything


def _free_text(source: Source, minutes: int, terms: Terms) -> str:
    reason = covered_by(terms.case) if source == Source.COVERED else LABELS[source]
    return f"{minutes}\u00a0min {reason}"


def _charged(source: Source, minutes: int, outside: int, rate: Decimal, work: Work, terms: Terms) -> Part:
    express = terms.express_percent if work.is_express else Decimal(0)
    hundredths = minutes * (PERCENT + express) + outside * terms.outside_percent  # minutes, weighted by their percents
    price = to_halers(rate * hundredths / PERCENT / MINUTES_PER_HOUR)
    text = f"{minutes}\u00a0min × {czk(rate)}/h"
    if express:
        text += f", expres +{in_percent(express)}"
    if outside and terms.outside_percent:
        text += f", {outside}\u00a0min mimo provozní dobu +{in_percent(terms.outside_percent)}"
    above = is_above(terms)
    text += f", {ABOVE_TEXT}, {LABELS[source]}" if above else f", {LABELS[source]}"
    return Part(source=source, minutes=minutes, price=price, text=text, is_above=above)


def in_percent(value: Decimal) -> str:
    """„12,5 %“, with an unbreakable space."""
    return f"{value.normalize():f}".replace(".", ",") + "\u00a0%"


def billed_minutes(seconds: int, *, step: int) -> int:
    """Minutes to bill for worked seconds: rounded up once to the contract's step, at least one step for any work.

    source  D10
    """
    return -(-seconds // (step * 60)) * step
