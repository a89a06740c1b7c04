"""The credit account of a customer: the append-only ledger and its reservations.

Uses helpdesk.customers; knows no requests: a movement carries the text of its cause and a key. Used by tickets and billing.
Entry points: services.ledger (top_up, charge_work, correct, reverse, reserve, release, close_period), services.packages,
services.prices and the pure pricing.price_work.
"""
