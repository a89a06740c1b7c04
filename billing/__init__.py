"""Top-ups, tax documents and month-end invoices by Czech law.

Uses tickets, credit and helpdesk.customers; is used by the shell only.
"""
