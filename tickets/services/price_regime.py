"""How work under a paragraph would be paid, before anything is filed: reads the contract, the credit and the packages.

The rules are those of the charge: `credit.rates` says the rate, `credit.pricing` who pays.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property

from django.db.models import prefetch_related_objects
from django.utils import timezone

from credit import pricing as pure
from credit.models import LedgerAccount, PriceList
from credit.pricing import ABOVE_TEXT, Case, Scope, Terms
from credit.rates import Rates, agreed_rate, possible_rates
from credit.services.packages import minutes_left
from helpdesk.customers.models import Contract, ContractParagraph, RequestType
from helpdesk.formats import day
from helpdesk.payment import Source
from tickets.services.activities import CONSULTED
from tickets.services.pricing import free_minutes_left

HOUR = 60
MONEY = (Source.CREDIT, Source.INVOICE)


@dataclass(frozen=True, kw_only=True)
class Regime:
    """What the customer pays for work of this kind.

    text         one sentence; notes are more of them: what else may be charged or spared
    rates        that an hour may have before surcharges; None when the work itself is not paid by the hour
    credit       what the account has free, reservations and the allowed overdraft included; None when credit pays nothing
    minutes      how long the credit or the packages last at the highest rate; None when neither pays or no rate is known
    is_short     what is prepaid does not last for an hour of work: the customer had better top up first
    is_spent     no work begins until they do, by the rule of the credit gate
    """

    text: str
    notes: tuple[str, ...] = ()
    rates: Rates | None = None
    credit: Decimal | None = None
    minutes: int | None = None
    is_short: bool = False
    is_spent: bool = False


@dataclass
class Tariff:
    """What prices of a contract are made of at one moment, each part read when it is first asked for."""

    contract: Contract
    at: datetime

    @cached_property
    def prices(self) -> PriceList | None:
        """The price list of the day."""
        return PriceList.objects.with_replacement().valid_on(timezone.localdate(self.at))

    def rates(self, paragraph: ContractParagraph) -> Rates:
        """What `credit.rates` says; the list's rates are read once, and only where the contract agrees none."""
        if self.prices and agreed_rate(paragraph) is None:
            prefetch_related_objects([self.prices], "rates")
        return possible_rates(paragraph, self.prices)

    @cached_property
    def package_minutes(self) -> int:
        return minutes_left(contract=self.contract, at=self.at)

    @cached_property
    def free_minutes(self) -> int:
        return free_minutes_left(self.contract, self.at)

    @cached_property
    def available(self) -> Decimal:
        account = LedgerAccount.objects.filter(customer=self.contract.customer_id).first()
        return account.available if account else Decimal("0.00")


def price_regime(paragraph: ContractParagraph, kind: RequestType | None, *, at: datetime, tariff: Tariff | None = None) -> Regime:
    """The price regime of a paragraph for a request of a kind: what is charged later lies in what it says.

    tariff  of the paragraph's contract, when several paragraphs are asked for
    source  feature 7, C27, S3-01, S3-16, S4-73
    """
    tariff = tariff or Tariff(paragraph.contract, at)
    terms = _terms(paragraph, kind, tariff)
    if reason := pure.covered_by(terms.case):
        notes = _if_spoiled(paragraph, terms, tariff)
        return Regime(text=f"Práce nic nestojí: {reason}.", notes=notes)
    sources = pure.payers(terms, is_consulting=paragraph.kind in CONSULTED)
    gifts = _gifts(paragraph, terms, sources)
    if sources[-1] == Source.FLAT:
        first = "se bere z\u00a0předplaceného balíku, pak je" if Source.PACKAGE in sources else "je"
        return Regime(text=f"Práce {first} v\u00a0paušálu smlouvy.", notes=(*gifts, *_if_spoiled(paragraph, terms, tariff)))
    rates = tariff.rates(paragraph)
    words = f"{ABOVE_TEXT}, {rates.words}" if pure.is_above(terms) else rates.words
    regime = Regime(text="", notes=(*gifts, *_conditions(kind, tariff)), rates=rates)
    if sources[-1] == Source.CREDIT:
        return _from_credit(regime, words, tariff, sources, kind)
    return _from_invoice(regime, words, tariff, sources)


def _terms(paragraph: ContractParagraph, kind: RequestType | None, tariff: Tariff) -> Terms:
    case = Case(
        scope=Scope(paragraph.scope),
        is_chargeable=bool(kind and kind.is_chargeable),
        is_statutory=bool(kind and kind.is_statutory),
    )
    terms = Terms(order=tariff.contract.sources, case=case, hourly_rate=None)
    if pure.covered_by(case):
        return terms
    return replace(terms, package_minutes=tariff.package_minutes, free_minutes=tariff.free_minutes)


def _gifts(paragraph: ContractParagraph, terms: Terms, sources: tuple[Source, ...]) -> tuple[str, ...]:
    """What part of the work costs less than the sentence says."""
    notes = []
    if Source.PACKAGE not in sources and Source.PACKAGE in pure.payers(terms, is_consulting=True):
        notes.append("Konzultace se berou nejdřív z\u00a0předplaceného balíku.")
    if Source.FREE_PHONE in pure.payers(terms, is_consulting=True, is_phone=True):
        notes.append(f"Konzultace po\u00a0telefonu se berou nejdřív z\u00a0bezplatných minut, zbývá jich {terms.free_minutes}.")
    return tuple(notes)


def _conditions(kind: RequestType | None, tariff: Tariff) -> tuple[str, ...]:
    """What the price of an hour does not say: surcharges, the billing step, and a price list that is to come.

    source  S5-14, D10
    """
    contract, prices, notes = tariff.contract, tariff.prices, []
    if contract.billing_step_minutes > 1:
        notes.append(f"Účtuje se po\u00a0{contract.billing_step_minutes}\u00a0min.")
    if prices and (surcharges := surcharges_of(prices)):
        first = "Expresní příplatek se u\u00a0tohoto druhu připočte. " if _is_express(kind) and prices.express_percent else ""
        notes.append(f"{first}Příplatky: {', '.join(surcharges)}.")
    if replaced_on := replaced_on_of(prices):
        notes.append(f"Od\u00a0{day(replaced_on)} platí nový ceník.")
    return tuple(notes)


def _is_express(kind: RequestType | None) -> bool:
    return bool(kind and kind.is_express)


def surcharges_of(prices: PriceList | None) -> list[str]:
    """The surcharges of a price list in words, those above zero."""
    if prices is None:
        return []
    named = (("expresní zásah", prices.express_percent), ("práce mimo dobu poskytování služby", prices.outside_percent))
    return [f"{name} +{pure.in_percent(value)}" for name, value in named if value > 0]


def replaced_on_of(prices: PriceList | None) -> date | None:
    """From when a later price list holds that is published already; `prices` is read by `with_replacement`."""
    return getattr(prices, "replaced_on", None)


def _if_spoiled(paragraph: ContractParagraph, terms: Terms, tariff: Tariff) -> tuple[str, ...]:
    """What repairs after improper use cost where the contract covers the work (S3-16)."""
    spoiled = replace(terms, case=replace(terms.case, is_user_error=True), package_minutes=tariff.package_minutes)
    sources = pure.payers(spoiled)
    if sources[-1] not in MONEY:
        return ()
    first = "bere z\u00a0předplaceného balíku, nad něj se " if Source.PACKAGE in sources else ""
    rates = tariff.rates(paragraph)
    sentence = f"Oprava po\u00a0neodborném užívání se {first}účtuje {ABOVE_TEXT}, {rates.words}."
    return (sentence, *_conditions(None, tariff))


def _from_invoice(regime: Regime, words: str, tariff: Tariff, sources: tuple[Source, ...]) -> Regime:
    left = tariff.package_minutes
    if Source.PACKAGE in sources:
        text = f"Práce se bere z\u00a0předplaceného balíku, nad něj se fakturuje {words}."
    elif Source.PACKAGE in tariff.contract.sources:
        text = f"Předplacený balík je vyčerpaný, práce se fakturuje {words}."
    else:
        return replace(regime, text=f"Práce se fakturuje {words}.")
    return replace(regime, text=text, minutes=left, is_short=left < HOUR)


def _from_credit(regime: Regime, words: str, tariff: Tariff, sources: tuple[Source, ...], kind: RequestType | None) -> Regime:
    """Packages pay first, the credit for the rest."""
    free, packaged = tariff.available, tariff.package_minutes if Source.PACKAGE in sources else 0
    rate = regime.rates.highest if regime.rates else None
    if rate and _is_express(kind) and tariff.prices:
        rate = rate * (100 + tariff.prices.express_percent) / 100
    minutes = packaged + max(int(free * HOUR / rate), 0) if rate else None
    first = "z\u00a0předplaceného balíku, pak z\u00a0kreditu" if packaged else "z\u00a0kreditu"
    return replace(
        regime,
        text=f"Práce se bere {first}, {words}.",
        credit=free,
        minutes=minutes,
        is_short=(free <= 0 and packaged < HOUR) or (minutes is not None and minutes < HOUR),
        is_spent=free <= 0 and not packaged,
    )
