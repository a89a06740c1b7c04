"""What an hour of work costs: one function, for the charge and for every page that foretells it.

source  S3-01, S4-73, S5-14, C27
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from credit.models import Activity, PriceList, Role
from credit.pricing import Scope
from helpdesk.customers.models import ContractParagraph
from helpdesk.money import czk, czk_between

UNKNOWN = "podle ceníku"


def agreed_rate(paragraph: ContractParagraph) -> Decimal | None:
    """CZK an hour that the contract itself agrees for work under the paragraph; None where the price list decides."""
    contract = paragraph.contract
    if paragraph.scope == Scope.ABOVE and contract.hypercare_rate > 0:
        return contract.hypercare_rate
    return contract.hourly_rate if contract.hourly_rate > 0 else None


def hourly_rate(paragraph: ContractParagraph, prices: PriceList | None, *, activity: str, role: str) -> Decimal | None:
    """CZK an hour without VAT and surcharges: what the contract agreed, else the price list; None when nobody set one.

    prices  the list of the day on which the work ends
    role    of whoever works, a Role
    """
    agreed = agreed_rate(paragraph)
    if agreed is None and prices:
        return prices.rate(activity, role)
    return agreed


@dataclass(frozen=True, kw_only=True)
class Rates:
    """All rates that work under a paragraph may have.

    lowest, highest  CZK an hour without VAT; None when there is none
    by_activity      whether the rate depends on what is done; by_role, on who does it
    is_complete      False when the price list leaves something out: such work waits until somebody sets its rate
    """

    lowest: Decimal | None
    highest: Decimal | None
    by_activity: bool
    by_role: bool
    is_complete: bool

    @property
    def words(self) -> str:
        """„1 200,00 Kč za hodinu bez DPH“, or the range and what it depends on."""
        if self.lowest is None or self.highest is None:
            return UNKNOWN
        if self.lowest == self.highest:
            text = f"{czk(self.lowest)} za\u00a0hodinu bez\u00a0DPH"
        else:
            causes = [word for is_cause, word in ((self.by_activity, "činnosti"), (self.by_role, "pracovníka")) if is_cause]
            reasons = " a\u00a0".join(causes)
            text = f"{czk_between(self.lowest, self.highest)} za\u00a0hodinu bez\u00a0DPH podle {reasons}"
        return text if self.is_complete else f"{text}, práce mimo ceník až po\u00a0dohodě"


def possible_rates(paragraph: ContractParagraph, prices: PriceList | None) -> Rates:
    """Every rate that `hourly_rate` may give for the paragraph, whoever works and whatever they do."""
    table = [
        [hourly_rate(paragraph, prices, activity=activity, role=role) for role in Role.values] for activity in Activity.priced()
    ]
    known = [rate for row in table for rate in row if rate is not None]
    by_role = any(len({rate for rate in row if rate is not None}) > 1 for row in table)
    return Rates(
        lowest=min(known, default=None),
        highest=max(known, default=None),
        by_activity=any(len({row[number] for row in table} - {None}) > 1 for number in range(len(Role.values))),
        by_role=by_role,
        is_complete=all(rate is not None for row in table for rate in row),
    )
