"""Service calendars and the clocks of the contract.

Owns working days, versioned calendars and, above them, the seven methods of the contract. Uses nothing of ours.
Entry points: `calendars`, and the pure `clock`, which stands on `methods`, `hours`, `table` and `served`.
"""
