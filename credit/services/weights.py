"""What a change of credit's own terms weighs against the limit of the second person, CZK without VAT, by guarded field.

source  our choice, docs/decisions.md
"""

from __future__ import annotations

from decimal import Decimal

from credit.models import LedgerAccount, PrepaidPackage, PriceList
from helpdesk.customers.services import second_person

SOLD = ("contract", "minutes", "price", "sold_on", "valid_until")


def weigh_account(before: LedgerAccount, after: LedgerAccount) -> dict[str, Decimal]:
    """An allowed overdraft that rises weighs what it is to be: so much may be lost."""
    raised = after.overdraft_limit > before.overdraft_limit
    return {"overdraft_limit": after.overdraft_limit} if raised else {}


def weigh_package(package: PrepaidPackage) -> Decimal:
    """What is paid for the minutes, or what they would cost otherwise, whichever is more."""
    rate = package.contract.hourly_rate or _highest_rate(package)
    if not rate:
        return max(package.price, second_person.whole())
    return max(package.price, (rate * package.minutes / 60).quantize(Decimal("0.01")))


def _highest_rate(package: PrepaidPackage) -> Decimal:
    prices = PriceList.objects.valid_on(package.sold_on)
    return max((rate.hourly_rate for rate in prices.rates.all()), default=Decimal(0)) if prices else Decimal(0)


def weigh_sale(before: PrepaidPackage, after: PrepaidPackage) -> dict[str, Decimal]:
    """All that is changed of a package weighs as much as the package, once."""
    changed = [name for name in SOLD if getattr(before, f"{name}_id" if name == "contract" else name)
               != getattr(after, f"{name}_id" if name == "contract" else name)]  # fmt: skip
    weights = dict.fromkeys(changed, Decimal(0))
    return weights | {changed[0]: weigh_package(after)} if changed else {}
