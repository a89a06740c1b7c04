"""Customers, their contracts and people, and the way they sign in.

Owns Customer, Contract, User, Membership, the request types, entitlements and the supplier's own identity.
Uses sla and helpdesk.mail; is used by credit, tickets and everything above. Entry points: `services`, `entitlements`.
"""
