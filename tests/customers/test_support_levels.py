"""„Podle úrovně SLA“: a level of support says the free phone minutes and whether the phone is open (D32)."""

from __future__ import annotations

import pytest

from helpdesk.customers.channels import Channel
from helpdesk.customers.entitlements import doors, filing_refusal
from helpdesk.customers.models import ContractEntitlement, SupportLevel, TierEntitlement
from tests.builders import MONDAY, a_contract, a_staff_member
from tests.tickets.work_builders import TEN, a_taken_ticket, written

pytestmark = pytest.mark.django_db


@pytest.mark.req("S5-12")
@pytest.mark.parametrize(
    ("of_level", "agreed", "minutes"), [(60, None, 60), (60, 15, 15), (60, 0, 0), (None, None, 0), (None, 30, 30)]
)
def test_contract_has_the_minutes_of_its_level_unless_it_agreed_others(of_level, agreed, minutes):
    level = None if of_level is None else SupportLevel.objects.create(name="Plus", free_phone_minutes=of_level)

    assert a_contract(support_level=level, free_phone_minutes=agreed).phone_minutes == minutes


@pytest.mark.req("S5-12")
def test_minutes_of_the_level_pay_for_a_call():
    dana = a_staff_member()
    contract = a_contract(support_level=SupportLevel.objects.create(name="Plus", free_phone_minutes=10))
    ticket = a_taken_ticket(staff=dana, at=TEN, contract=contract)

    entry = written(ticket, by=dana, until=TEN, minutes=16, activity="consulting", source="phone")

    assert [(part["source"], part["minutes"], part["price"]) for part in entry.pricing] == [
        ("free_phone", 10, "0.00"),
        ("credit", 6, "120.00"),
    ]


@pytest.mark.req("S5-19")
def test_level_without_a_phone_closes_it_where_the_tier_asks_the_level():
    contract = a_contract(support_level=SupportLevel.objects.create(name="Základ", has_phone=False))
    TierEntitlement.objects.filter(tier=contract.kind, channel="phone").update(access="sla_level")

    refusal = filing_refusal(contract=contract, channel=Channel.PHONE, at=MONDAY)
    [door] = [door for door in doors(contract) if door.channel == Channel.PHONE]
    assert refusal.startswith(f"Smlouva {contract.number} nezahrnuje kanál")
    assert (door.is_open, door.note) == (False, "Úroveň podpory Základ telefon nezahrnuje.")

    ContractEntitlement.objects.create(contract=contract, channel="phone", access="open")
    assert filing_refusal(contract=contract, channel=Channel.PHONE, at=MONDAY) == ""
