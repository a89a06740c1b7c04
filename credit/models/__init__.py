"""Accounts, transfers, reservations and closed months of the credit ledger."""

from credit.models.holds import Hold
from credit.models.ledger import CreditThreshold, LedgerAccount, LedgerTransfer, PeriodClose

__all__ = ["CreditThreshold", "Hold", "LedgerAccount", "LedgerTransfer", "PeriodClose"]
