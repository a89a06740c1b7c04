"""What a contract entitles to: which doors are open, and what to say at a closed one.

The rules are rows (TierEntitlement, ContractEntitlement); this module only reads them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone

from helpdesk.customers.channels import Channel
from helpdesk.customers.models import Asset, Contract, ContractEntitlement, Operator, RequestType, SupportLevel, TierEntitlement
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


def doors_of(contracts: Sequence[Contract]) -> dict[int, list[Door]]:
    """The four channels of each contract by its id: the contract's own row, else its tier's, else closed.

    source  S5-18 to S5-23, C21, S4-75; D32: „podle úrovně SLA“ asks the contract's level of support about the phone
    """
    preset = {(row.tier, row.channel): row for row in TierEntitlement.objects.filter(tier__in={one.kind for one in contracts})}
    wanted = {contract.support_level_id for contract in contracts if contract.support_level_id}
    levels = SupportLevel.objects.in_bulk(wanted) if wanted else {}
    own = {(row.contract_id, row.channel): row for row in ContractEntitlement.objects.filter(contract__in=contracts)}
    return {
        contract.pk: [
            _door(
                channel,
                own.get((contract.pk, channel)) or preset.get((contract.kind, channel)),
                levels.get(contract.support_level_id),
            )
            for channel, _ in DOORS
        ]
        for contract in contracts
    }


def _door(channel: str, row: TierEntitlement | ContractEntitlement | None, level: SupportLevel | None) -> Door:
    if row is None:
        return Door(Channel(channel), Access.CLOSED, "")
    if channel == Channel.PHONE and row.access == Access.SLA_LEVEL and level and not level.has_phone:
        return Door(Channel.PHONE, Access.CLOSED, f"Úroveň podpory {level} telefon nezahrnuje.")
    return Door(Channel(channel), Access(row.access), row.note)


def doors(contract: Contract) -> list[Door]:
    return doors_of([contract])[contract.pk]


def filing_refusals(*, contracts: Sequence[Contract], channel: Channel, at: datetime) -> dict[int, str]:
    """Why no request may be filed by a contract through `channel` now, by the contract's id; "" where it may.

    A refusal is a Czech sentence that says whom to contact. Staff who record a letter or a visit (channel outside the
    table) are refused by the validity alone.

    source  S5-02, S5-20, S5-21
    """
    operator = Operator.objects.first()
    contact = f" Ozvěte se nám prosím na {operator.help_phone.as_national} nebo {operator.help_email}." if operator else ""
    wanted = DOOR_OF.get(channel)
    opened = {pk: {door.channel for door in found if door.is_open} for pk, found in doors_of(contracts).items()}
    refusals = {}
    for contract in contracts:
        if not contract.is_valid_on(timezone.localdate(at)):
            refusals[contract.pk] = f"{_validity(contract, timezone.localdate(at))} Požadavky můžete číst, zakládat ne.{contact}"
        elif wanted and wanted not in opened[contract.pk]:
            refusals[contract.pk] = f"Smlouva {contract.number} nezahrnuje kanál {channel.label}.{contact}"
        else:
            refusals[contract.pk] = ""
    return refusals


def filing_refusal(*, contract: Contract, channel: Channel, at: datetime) -> str:
    """The refusal of one contract, "" if a request may be filed."""
    return filing_refusals(contracts=[contract], channel=channel, at=at)[contract.pk]


def _validity(contract: Contract, day: date) -> str:
    if contract.valid_until and contract.valid_until < day:
        return f"Smlouva {contract.number} neplatí, skončila {_czech(contract.valid_until)}."
    if contract.valid_from > day:
        return f"Smlouva {contract.number} ještě neplatí, začíná {_czech(contract.valid_from)}."
    return f"Smlouva {contract.number} neplatí."


def kind_refusal(kind: RequestType) -> str:
    """Why support does not take a request of this kind, with the way that is open; "" if it does (S5-05)."""
    return "" if kind.is_covered else f"{kind}: podpora nepokrývá. {kind.way_out}"


def asset_refusal(*, asset: Asset, kind: RequestType | None, day: date) -> str:
    """Why support does not take a request about this application, "" if it does.

    source  S5-03, S5-06
    """
    if not asset.is_supported_on(day):
        return f"Podpora verze {asset} už skončila. Objednejte prosím přechod na novější verzi, nebo vyberte jinou aplikaci."
    if kind and kind.on_premise_only and asset.hosting != Asset.Hosting.ON_PREMISE:
        return f"{kind} je jen pro aplikace provozované u vás. Aplikaci {asset} provozujeme my, vyberte jiný druh požadavku."
    return ""


def modules_refusal(*, contract: Contract, asset: Asset, channel: Channel) -> str:
    """Why a contract in implementation does not take this application through `channel`, "" if it does (S5-18)."""
    access = {door.channel: door.access for door in doors(contract)}.get(DOOR_OF.get(channel, channel))
    if access != Access.IMPLEMENTED_MODULES or asset.modules.filter(in_implementation=True).exists():
        return ""
    return f"Smlouva {contract.number} tu zahrnuje jen právě zaváděné moduly, {asset} žádný nemá. Vyberte jinou aplikaci."


def _czech(day: date) -> str:
    return f"{day.day}. {day.month}. {day.year}"
