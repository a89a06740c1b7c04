"""How work under a paragraph would be paid, before anything is filed: reads the contract, the credit and the packages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils import timezone

from credit.models import LedgerAccount, PriceList
from credit.pricing import ABOVE_TEXT, ORDERS, Case, Scope, Source, covered_by
from credit.services.packages import minutes_left
from helpdesk.customers.models import ContractParagraph, RequestType
from helpdesk.money import czk
from tickets.services.work import CONSULTED


@dataclass(frozen=True, kw_only=True)
class Regime:
    """What the customer pays for work of this kind.

    text        one sentence
    rate        CZK an hour without VAT; None when nothing is paid by the hour, or when the price depends on who works
    credit      what the account has free, reservations and the allowed overdraft included; None when credit pays nothing
    minutes     how long the credit or the packages last; None when neither pays or the rate is unknown
    is_short    what is prepaid does not last for an hour of work: the customer had better top up first
    is_spent    no work begins until they do, by the rule of the credit gate
    """

    text: str
    rate: Decimal | None = None
    credit: Decimal | None = None
    minutes: int | None = None
    is_short: bool = False
    is_spent: bool = False


HOUR = 60


def price_regime(paragraph: ContractParagraph, kind: RequestType | None, *, at: datetime) -> Regime:
    """The price regime of a paragraph for a request of a kind, as far as it is known before the work.

    source  feature 7, C27, S3-16, S4-73
    """
    contract = paragraph.contract
    case = Case(
        scope=Scope(paragraph.scope),
        is_chargeable=bool(kind and kind.is_chargeable),
        is_statutory=bool(kind and kind.is_statutory),
    )
    if reason := covered_by(case):
        return Regime(text=f"Práce nic nestojí: {reason}.")
    order = ORDERS[contract.billing_mode]
    if Source.FLAT in order and case.scope != Scope.ABOVE and not case.is_chargeable:
        return Regime(text="Práce je v\u00a0paušálu smlouvy.")
    rate = _rate(paragraph, at)
    words = f"{czk(rate)} za hodinu bez DPH" if rate is not None else "podle ceníku"
    if case.scope == Scope.ABOVE or case.is_chargeable:
        words = f"{ABOVE_TEXT}, {words}"
    if contract.billing_mode == "package":
        return _from_package(minutes_left(contract=contract, at=at), words, rate)
    if Source.CREDIT in order:
        packaged = minutes_left(contract=contract, at=at) if paragraph.kind in CONSULTED else 0
        return _from_credit(contract.customer_id, words, rate, packaged)
    return Regime(text=f"Práce se fakturuje {words}.", rate=rate)


def _rate(paragraph: ContractParagraph, at: datetime) -> Decimal | None:
    """The hour as the contract agreed it, else as the price list of the day has it for anybody."""
    contract = paragraph.contract
    if paragraph.scope == Scope.ABOVE and contract.hypercare_rate > 0:
        return contract.hypercare_rate
    if contract.hourly_rate > 0:
        return contract.hourly_rate
    prices = PriceList.objects.valid_on(timezone.localdate(at))
    return prices.rate("solving", "") if prices else None


def _from_package(left: int, words: str, rate: Decimal | None) -> Regime:
    text = f"Práce se bere z\u00a0předplaceného balíku, nad něj {words}."
    return Regime(text=text, rate=rate, minutes=left, is_short=left < HOUR)


def _from_credit(customer: int, words: str, rate: Decimal | None, packaged: int) -> Regime:
    """Packages pay for consultations first, the credit for the rest."""
    account = LedgerAccount.objects.filter(customer=customer).first()
    free = account.available if account else Decimal("0.00")
    minutes = packaged + max(int(free * HOUR / rate), 0) if rate else None
    first = "z\u00a0předplaceného balíku, pak z\u00a0kreditu" if packaged else "z\u00a0kreditu"
    return Regime(
        text=f"Práce se bere {first}, {words}.",
        rate=rate,
        credit=free,
        minutes=minutes,
        is_short=(free <= 0 and packaged < HOUR) or (minutes is not None and minutes < HOUR),
        is_spent=free <= 0 and not packaged,
    )
