"""Credit in the backoffice, one module a noun."""

from credit.admin import accounts, corrections, packages, prices, transfers

__all__ = ["accounts", "corrections", "packages", "prices", "transfers"]
