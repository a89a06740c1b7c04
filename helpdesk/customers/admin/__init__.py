"""Master data in the backoffice, one module a noun."""

from helpdesk.customers.admin import (
    access,
    assets,
    audit,
    calendars,
    companies,
    contracts,
    entitlements,
    operator,
    others,
    paragraphs,
    people,
    two_people,
)

__all__ = [
    "access",
    "assets",
    "audit",
    "calendars",
    "companies",
    "contracts",
    "entitlements",
    "operator",
    "others",
    "paragraphs",
    "people",
    "two_people",
]
