"""What the stories need of the catalogues, made where it is missing."""

from __future__ import annotations

from helpdesk.customers.channels import Channel
from helpdesk.customers.models import Contract, RequestType, TierEntitlement
from helpdesk.customers.models.entitlements import Access
from tickets.demo import content

PRESETS = {
    Contract.Kind.IMPLEMENTATION: {Channel.PORTAL: Access.OPEN, Channel.PHONE: Access.IMPLEMENTED_MODULES},
    Contract.Kind.SUPPORT: {Channel.PORTAL: Access.OPEN, Channel.EMAIL: Access.OPEN, Channel.PHONE: Access.SLA_LEVEL},
    Contract.Kind.ONE_OFF: {Channel.PHONE: Access.PACKAGE, Channel.ENQUIRY: Access.OPEN},
    Contract.Kind.PROSPECT: {Channel.ENQUIRY: Access.OPEN},
}


def make_missing_catalogues() -> None:
    """Presets of the four tiers and the kinds of request that the stories name."""
    for tier, doors in PRESETS.items():
        for channel, access in doors.items():
            TierEntitlement.objects.get_or_create(tier=tier, channel=channel, defaults={"access": access})
    for name in {story["type"] for story in content.requests() if "type" in story}:
        RequestType.objects.get_or_create(name=name)
