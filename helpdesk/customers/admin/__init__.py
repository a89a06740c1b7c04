"""Master data in the backoffice, one module a noun."""

from helpdesk.customers.admin import access, assets, companies, contracts, entitlements, operator, others, people

__all__ = ["access", "assets", "companies", "contracts", "entitlements", "operator", "others", "people"]
