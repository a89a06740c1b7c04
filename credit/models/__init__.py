"""The ledger, its reservations, prepaid packages and price lists."""

from credit.models.checks import LedgerCheck
from credit.models.corrections import CorrectionRequest
from credit.models.holds import Hold
from credit.models.ledger import CreditThreshold, LedgerAccount, LedgerTransfer, PeriodClose
from credit.models.packages import PackageDraw, PrepaidPackage
from credit.models.prices import Activity, PriceList, PriceRate, Role

__all__ = [
    "Activity",
    "CorrectionRequest",
    "CreditThreshold",
    "Hold",
    "LedgerAccount",
    "LedgerCheck",
    "LedgerTransfer",
    "PackageDraw",
    "PeriodClose",
    "PrepaidPackage",
    "PriceList",
    "PriceRate",
    "Role",
]
