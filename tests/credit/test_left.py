"""What is left of a contract, on „Na co mám nárok“."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import pytest
import time_machine
from django.test import Client

from credit.models import PrepaidPackage
from credit.services import ledger, packages
from helpdesk.customers.models import Contract
from tests.builders import a_contract, a_customer, a_member, a_paragraph, a_staff_member, a_ticket, prague
from tests.credit.builders import top_up
from tickets.models import WorkEntry

pytestmark = pytest.mark.django_db

NOW = prague("2026-03-20T12:00")


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(NOW, tick=False):
        yield


def tiles(person) -> list[str]:
    """The part „Co zbývá“ as words; [] when the page has none."""
    client = Client()
    client.force_login(person)
    page = client.get("/narok/").content.decode().replace("\u00a0", " ")
    part = re.search(r'id="zbyva">.*?<div class="tiles">(.*?)</section>', page, re.DOTALL)
    found = re.findall(r"<div>(.*?)</div>", part[1]) if part else []
    return [" ".join(re.sub(r"<[^>]+>", " ", one).split()) for one in found]


def a_phone_call(contract: Contract, minutes: int, at: str) -> WorkEntry:
    return WorkEntry.objects.create(
        ticket=a_ticket(paragraph=a_paragraph(contract)), person=a_staff_member(), state="finished", source="phone",
        started_at=prague(at), finished_at=prague(at), seconds=minutes * 60, free_minutes=minutes, is_priced=True,
    )  # fmt: skip


@pytest.mark.req("S1-18")
def test_free_credit_is_said_to_those_who_care_for_it_only():
    contract = a_contract()
    top_up(contract.customer, "12480.50")
    ledger.reserve(customer=contract.customer, amount=Decimal(3600), key="quote:1", text="Kalkulace", at=NOW)

    assert tiles(a_member(contract.customer, is_manager=True)) == ["Volný kredit 8 880,50 Kč bez rezervací, bez DPH"]
    assert tiles(a_member(contract.customer)) == []


@pytest.mark.req("S5-13", "D22")
def test_minutes_of_valid_packages_of_this_contract_are_added_up():
    contract = a_contract()
    for minutes, sold_on, valid_until in [
        (600, date(2026, 1, 1), None),
        (120, date(2026, 1, 1), date(2026, 3, 20)),
        (60, date(2026, 1, 1), date(2026, 3, 19)),
        (60, date(2026, 3, 21), None),
    ]:
        PrepaidPackage.objects.create(contract=contract, minutes=minutes, sold_on=sold_on, valid_until=valid_until)
    PrepaidPackage.objects.create(contract=a_contract(), minutes=999, sold_on=date(2026, 1, 1))
    packages.draw_minutes(contract=contract, minutes=150, key="work:1", text="Práce", at=NOW)

    assert tiles(a_member(contract.customer)) == ["Zbývá z předplaceného balíku 9 h 30 min konzultací a práce"]


@pytest.mark.req("S5-12")
def test_free_phone_minutes_are_those_of_this_month_and_contract():
    contract = a_contract(a_customer(), free_phone_minutes=60)
    a_phone_call(contract, 25, "2026-03-01T00:00")
    a_phone_call(contract, 40, "2026-02-28T23:59")
    a_phone_call(a_contract(free_phone_minutes=60), 30, "2026-03-02T10:00")

    words = "Zbývá telefonických konzultací zdarma 35 min z 1 h do 31. 3. 2026"
    assert tiles(a_member(contract.customer)) == [words]
