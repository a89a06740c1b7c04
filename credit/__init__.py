"""The credit account of a customer: pricing of work and the append-only ledger.

Uses helpdesk.customers; knows no tickets. Used by tickets and billing.
"""
