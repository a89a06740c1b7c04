"""Letters that leave the house: one row each, sent by a sweep.

Owns OutgoingMail. Knows no customers and no tickets. Entry points: `services.queue` for who writes a letter,
`tasks.send_due_letters` for the sweep, `services.backlog` for who watches over them.
"""
