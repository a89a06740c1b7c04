"""What the filing form foretells about the price and what finished work is then charged are one: a table of cases."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import product
from typing import Any

import pytest

from credit.models import Activity, PrepaidPackage, PriceList, PriceRate
from credit.services.prices import publish_price_list
from helpdesk.customers.models import ContractParagraph
from tests.builders import a_contract, a_paragraph, a_request_type, a_staff_member, a_ticket, backoffice, prague
from tickets.models import WorkEntry
from tickets.services.lifecycle import accept
from tickets.services.price_regime import Regime, price_regime
from tickets.services.work import ManualWork, add_manual_entry

pytestmark = pytest.mark.django_db

NOW = prague("2026-03-02T10:00")

PRICE_LISTS: dict[str, dict[tuple[str, str], int]] = {
    "none": {},
    "one for all": {(activity, ""): 1200 for activity in Activity.priced()},
    "by activity": {(activity, ""): 1000 for activity in Activity.priced()} | {("consulting", ""): 1600},
    "by role": {(activity, role): rate for activity in Activity.priced() for role, rate in (("", 900), ("specialist", 1500))},
    "two only": {("solving", ""): 1000, ("consulting", "specialist"): 1600},
}
MODES: dict[str, dict[str, Any]] = {
    "credit": {"billing_mode": "credit"},
    "flat": {"billing_mode": "flat"},
    "package": {"billing_mode": "package"},
    "hourly": {"billing_mode": "hourly"},
    "package, then credit": {"billing_mode": "custom", "payment_order": ["covered", "package", "credit"]},
    "flat, then package": {"billing_mode": "custom", "payment_order": ["covered", "flat", "package", "invoice"]},
}
SCOPES = ("included", "paid", "above")
KINDS = ("incident", "consultation")
WORKED = 2  # pieces of work under each paragraph, the activities and people in turn
REQUESTS: dict[str, dict[str, bool]] = {
    "plain": {},
    "chargeable": {"is_chargeable": True},
    "statutory": {"is_statutory": True},
    "express": {"is_express": True},
}
TERMS = ((0, 0, 0), (0, 0, 7), (1200, 1800, 7), (0, 1800, 0))  # rate, rate above the contract, minutes of a package
PEOPLE = {"support": "podpora", "specialist": "řešitel", "leader": "vedoucí"}


def a_price_list(rates: dict[tuple[str, str], int], valid_from: date = date(2026, 1, 1)) -> PriceList | None:
    if not rates:
        return None
    prices = PriceList.objects.create(valid_from=valid_from, express_percent=50, outside_percent=100)
    PriceRate.objects.bulk_create(
        PriceRate(price_list=prices, activity=activity, role=role, hourly_rate=rate) for (activity, role), rate in rates.items()
    )
    return publish_price_list(price_list=prices, by=backoffice(a_staff_member(group="vedoucí")), at=NOW)


def lies_in(entry: WorkEntry, regime: Regime) -> bool:
    """Whether each part of the price is one that the regime told."""
    said = f"{regime.text} {' '.join(regime.notes)}".replace("\u00a0", " ")
    words = {"package": "z předplaceného balíku", "flat": "v paušálu smlouvy", "credit": "z kreditu", "invoice": "fakturuje"}
    if not entry.is_priced:
        return regime.rates is not None and not regime.rates.is_complete and entry.waits_for == "rate"
    for part in entry.pricing:
        if part["source"] == "covered":
            if entry.activity != "intake" and "Práce nic nestojí" not in said:
                return False  # intake is free under any paragraph (D30)
            continue
        if words[part["source"]] not in said:
            return False
        if part["source"] in ("credit", "invoice") and not fits(Decimal(part["price"]), part["minutes"], entry, regime):
            return False
    return True


def fits(price: Decimal, minutes: int, entry: WorkEntry, regime: Regime) -> bool:
    """Whether the price lies between the lowest and the highest rate, with the surcharges that were named."""
    assert regime.rates is not None
    assert regime.rates.lowest is not None
    assert regime.rates.highest is not None
    said = " ".join(regime.notes).replace("\u00a0", " ")
    percent = Decimal(100)
    if entry.is_express and "expresní zásah +50 %" in said:
        percent += 50
    outside = entry.outside_minutes if "práce mimo dobu poskytování služby +100 %" in said else 0
    dearer = max(0, outside - (entry.billed_minutes - minutes))  # free sources take the minutes outside first
    weight = minutes * percent / 100 + dearer
    half = Decimal("0.005")
    return regime.rates.lowest * weight / 60 - half <= price <= regime.rates.highest * weight / 60 + half


@pytest.mark.req("S3-01", "S5-14", "C27")
@pytest.mark.parametrize("listed", PRICE_LISTS)
@pytest.mark.parametrize("mode", MODES)
def test_what_is_charged_lies_in_what_was_foretold(mode, listed):
    a_price_list(PRICE_LISTS[listed])
    people = [a_staff_member(f"Osoba {role}", group=group) for role, group in PEOPLE.items()]
    kinds = {name: a_request_type(name=f"druh {name}", **fields) for name, fields in REQUESTS.items()}
    ends, wrong, count = NOW, [], 0
    for hour, above, packaged in TERMS:
        contract = a_contract(hourly_rate=Decimal(hour), hypercare_rate=Decimal(above), billing_step_minutes=5, **MODES[mode])
        if packaged:
            PrepaidPackage.objects.create(contract=contract, minutes=packaged, sold_on=date(2026, 1, 1))
        for number, (scope, kind) in enumerate(product(SCOPES, KINDS)):
            made = a_paragraph(contract, code=f"čl. {number}", price_scope=scope, kind=kind, sla=False, has_sla=False)
            paragraph = ContractParagraph.objects.select_related("contract").get(pk=made.pk)
            name = list(REQUESTS)[(number + count) % len(REQUESTS)]
            ticket = accept(
                ticket=a_ticket(paragraph=paragraph, request_type=kinds[name], at=NOW - timedelta(days=9)),
                by=backoffice(people[0]), at=NOW - timedelta(days=9), starts_work=False,
            )  # fmt: skip
            for _ in range(WORKED):
                activity, person = Activity.values[count % len(Activity)], people[count // 2 % len(people)]
                foretold = price_regime(paragraph, kinds[name], at=NOW)
                ends -= timedelta(minutes=10)
                work = ManualWork(minutes=4, ended_at=ends, activity=activity)
                entry = add_manual_entry(ticket=ticket, work=work, by=backoffice(person), at=NOW)
                if not lies_in(entry, foretold):
                    wrong.append((hour, above, packaged, scope, kind, name, activity, str(person), entry.pricing, foretold))
                count += 1

    assert not wrong, str(wrong[0])
    assert count == len(TERMS) * len(SCOPES) * len(KINDS) * WORKED
