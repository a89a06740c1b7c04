"""The ledger, its reservations, prepaid packages and price lists."""

from credit.models.holds import Hold
from credit.models.ledger import CreditThreshold, LedgerAccount, LedgerTransfer, PeriodClose
from credit.models.packages import PackageDraw, PrepaidPackage
from credit.models.prices import Activity, PriceList, PriceRate, Role

__all__ = [
    "Activity",
    "CreditThreshold",
    "Hold",
    "LedgerAccount",
    "LedgerTransfer",
    "PackageDraw",
    "PeriodClose",
    "PrepaidPackage",
    "PriceList",
    "PriceRate",
    "Role",
]
