"""What a change of terms weighs against the limit of the second person, CZK without VAT, by guarded field.

source  our choice, docs/decisions.md
"""

from __future__ import annotations

from decimal import Decimal

from helpdesk.customers.models import Contract, Operator
from helpdesk.customers.services import second_person

RATE_HOURS = 40  # a rate weighs what it changes in a week of one person's work
RATES = ("hourly_rate", "hypercare_rate")
PAYMENT = ("billing_mode", "payment_order")
THRESHOLDS = ("specification_above", "specification_above_minutes", "signed_in_approval_above")


def weigh_contract(before: Contract, after: Contract) -> dict[str, Decimal]:
    """Rates, the mode and order of payment and thresholds of quotes; a new contract is weighed against an empty one."""
    weights = {name: _rate(getattr(before, name), getattr(after, name)) for name in RATES}
    weights |= {name: threshold(getattr(before, name), getattr(after, name)) for name in THRESHOLDS if before.pk}
    weights |= {name: second_person.whole() for name in PAYMENT if before.pk and getattr(after, name) != getattr(before, name)}
    return {name: weight for name, weight in weights.items() if weight}


def weigh_operator(before: Operator, after: Operator) -> dict[str, Decimal]:
    """Nobody raises alone the limit below which they act alone."""
    raised = after.second_person_above > before.second_person_above
    return {"second_person_above": second_person.whole()} if raised else {}


def _rate(before: Decimal, after: Decimal) -> Decimal:
    """A rate of 0 is that of the price list: leaving or entering it is no matter of so many crowns."""
    if before != after and not (before and after):
        return second_person.whole()
    return abs(after - before) * RATE_HOURS


def threshold(before: Decimal | int | None, after: Decimal | int | None) -> Decimal:
    """The new amount when the threshold rises; nothing when it falls, and all when it is taken away."""
    if before is None or (after is not None and after <= before):
        return Decimal(0)
    return second_person.whole() if after is None else Decimal(after)
