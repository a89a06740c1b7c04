"""The phone line: dialogue, authorisation codes and recordings.

Uses tickets and helpdesk.customers; is used by the shell only.
"""
