"""Master data: who the supplier serves, by which contract, and who may act."""

from helpdesk.customers.models.access import AccessRequest, AuthorisedSender, Invitation, PasswordResetRequest, SignInDelay
from helpdesk.customers.models.assets import Asset, AssetModule, RequestType
from helpdesk.customers.models.audit import AuditEvent, AuditTally
from helpdesk.customers.models.companies import Customer
from helpdesk.customers.models.contracts import Contract, ContractParagraph, ContractPerson, ContractPhone
from helpdesk.customers.models.entitlements import ContractEntitlement, TierEntitlement
from helpdesk.customers.models.limits import SentCount
from helpdesk.customers.models.operator import Operator, PageText
from helpdesk.customers.models.people import Membership, User
from helpdesk.customers.models.second_person import PendingChange, UnconfirmedChange
from helpdesk.customers.models.sla import EscalationLevel, SlaLine
from helpdesk.customers.models.support_levels import SupportLevel
from helpdesk.customers.models.tasks import StaffTask

__all__ = [
    "AccessRequest",
    "Asset",
    "AssetModule",
    "AuditEvent",
    "AuditTally",
    "AuthorisedSender",
    "Contract",
    "ContractEntitlement",
    "ContractParagraph",
    "ContractPerson",
    "ContractPhone",
    "Customer",
    "EscalationLevel",
    "Invitation",
    "Membership",
    "Operator",
    "PageText",
    "PasswordResetRequest",
    "PendingChange",
    "RequestType",
    "SentCount",
    "SignInDelay",
    "SlaLine",
    "StaffTask",
    "SupportLevel",
    "TierEntitlement",
    "UnconfirmedChange",
    "User",
]
