"""Pages of access, accounts and the supplier itself."""
