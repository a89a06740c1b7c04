"""Letters that leave the house: one row each, sent by a sweep.

Owns OutgoingMail. Knows no customers and no tickets. Entry points: `services.queue` for who writes a letter,
`services.send_due` for the sweep.
"""
