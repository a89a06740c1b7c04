"""Service calendars and the clocks of the contract.

Owns working days and, above them, the seven methods of the contract. Uses nothing of ours.
Entry point: `calendars`.
"""
