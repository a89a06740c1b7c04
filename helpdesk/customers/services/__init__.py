"""The acts around people: invitations, access, contracts' people, sign-in delays. The only code that writes these rows."""

from helpdesk.customers.services.access import approve_access, reject_access, request_access
from helpdesk.customers.services.contracts import register_contract_people
from helpdesk.customers.services.invitations import accept_invitation, invite_person, renew_invitation
from helpdesk.customers.services.people import deactivate_person

__all__ = [
    "accept_invitation",
    "approve_access",
    "deactivate_person",
    "invite_person",
    "register_contract_people",
    "reject_access",
    "renew_invitation",
    "request_access",
]
