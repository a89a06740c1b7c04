"""Use cases walked from end to end through the real doors of the portal and the backoffice."""
