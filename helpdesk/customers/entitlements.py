"""What a contract entitles to: which doors are open, and what to say at a closed one.

The rules are rows (TierEntitlement, ContractEntitlement); this module only reads them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone

from helpdesk.customers.channels import Channel
from helpdesk.customers.models import Contract, ContractEntitlement, Operator, TierEntitlement
from helpdesk.customers.models.entitlements import DOORS, Access

DOOR_OF = {
    Channel.PORTAL: Channel.PORTAL,
    Channel.API: Channel.PORTAL,
    Channel.EMAIL: Channel.EMAIL,
    Channel.PHONE: Channel.PHONE,
    Channel.HOTLINE: Channel.PHONE,
    Channel.ENQUIRY: Channel.ENQUIRY,
}


@dataclass(frozen=True)
class Door:
    """One channel as the contract opens it; `note` explains it to the customer."""

    channel: Channel
    access: Access
    note: str

    @property
    def is_open(self) -> bool:
        return self.access != Access.CLOSED


def doors(contract: Contract) -> list[Door]:
    """The four channels of a contract: the contract's own row, else its tier's, else closed.

    source  S5-18 to S5-23, C21, S4-75
    """
    rows: dict[str, TierEntitlement | ContractEntitlement] = {}
    rows.update({row.channel: row for row in TierEntitlement.objects.filter(tier=contract.kind)})
    rows.update({row.channel: row for row in ContractEntitlement.objects.filter(contract=contract)})
    return [
        Door(Channel(value), Access(rows[value].access), rows[value].note)
        if value in rows
        else Door(Channel(value), Access.CLOSED, "")
        for value, _ in DOORS
    ]


def filing_refusal(*, contract: Contract, channel: Channel, at: datetime) -> str:
    """Why no request may be filed through `channel` now: a Czech sentence that says whom to contact; "" if it may.

    Staff who record a letter or a visit (channel outside the table) are refused by the validity alone.

    source  S5-02, S5-20, S5-21
    """
    operator = Operator.objects.first()
    contact = f" Ozvěte se nám prosím na {operator.help_phone.as_national} nebo {operator.help_email}." if operator else ""
    if not contract.is_valid_on(timezone.localdate(at)):
        ended = f", skončila {_czech(contract.valid_until)}" if contract.valid_until else ""
        return f"Smlouva {contract.number} neplatí{ended}. Požadavky můžete číst, zakládat ne.{contact}"
    wanted = DOOR_OF.get(channel)
    if wanted and not next(door for door in doors(contract) if door.channel == wanted).is_open:
        return f"Smlouva {contract.number} nezahrnuje kanál {channel.label}.{contact}"
    return ""


def _czech(day: date) -> str:
    return f"{day.day}. {day.month}. {day.year}"
