"""The order in which a contract's work is paid is its data (C27, D35)."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from helpdesk import payment
from helpdesk.customers.models import Contract, PendingChange
from helpdesk.customers.services.second_person import confirm_change
from tests.builders import MONDAY, a_contract, a_member, a_paragraph, a_staff_member, an_operator, backoffice
from tests.customers.test_admin_acts import contract_form

pytestmark = pytest.mark.django_db

PRESETS = {
    "credit": ["covered", "free_phone", "package_consulting", "credit"],
    "flat": ["covered", "free_phone", "package_consulting", "flat", "invoice"],
    "package": ["covered", "free_phone", "package", "invoice"],
    "hourly": ["covered", "free_phone", "invoice"],
}
UNSOUND = {
    "nothing": [],
    "covered is not first": ["credit"],
    "no last resort": ["covered", "flat"],
    "unknown": ["covered", "voucher", "credit"],
    "twice": ["covered", "flat", "flat", "invoice"],
    "two packages": ["covered", "package_consulting", "flat", "package", "invoice"],
    "credit before the end": ["covered", "credit", "invoice"],
    "covered again": ["covered", "covered", "invoice"],
}


@pytest.mark.req("C27", "D35")
@pytest.mark.parametrize("mode", PRESETS)
def test_contract_has_the_order_of_its_billing_mode(mode):
    contract = a_contract(billing_mode=mode)

    contract.refresh_from_db()
    assert contract.payment_order == PRESETS[mode]
    contract.billing_mode = "hourly"
    contract.save(update_fields=["billing_mode"])
    contract.refresh_from_db()
    assert contract.payment_order == PRESETS["hourly"]


@pytest.mark.req("D35")
def test_own_order_stays_as_it_was_agreed():
    order = ["covered", "flat", "package", "credit"]
    contract = a_contract(billing_mode="custom", payment_order=order)

    contract.full_clean(exclude=["calendar"])
    contract.save()

    contract.refresh_from_db()
    assert contract.payment_order == order
    assert contract.sources_in_words == "co je v\u00a0ceně smlouvy, paušál, předplacený balík, kredit"


@pytest.mark.req("D35")
@pytest.mark.parametrize("name", UNSOUND)
def test_unsound_order_is_refused_by_the_form_in_words_and_by_the_database(name):
    contract = a_contract()
    contract.billing_mode, contract.payment_order = "custom", UNSOUND[name]

    assert payment.refusal(UNSOUND[name]) != ""
    with pytest.raises(ValidationError) as refused:
        contract.full_clean()
    assert "payment_order" in refused.value.message_dict
    with pytest.raises(IntegrityError, match="contract_order_"), transaction.atomic():
        Contract.objects.filter(pk=contract.pk).update(billing_mode="custom", payment_order=UNSOUND[name])


def test_database_keeps_mode_and_order_together():
    contract = a_contract()

    with pytest.raises(IntegrityError, match="contract_order_of_its_mode"), transaction.atomic():
        Contract.objects.filter(pk=contract.pk).update(billing_mode="flat")


def test_every_order_that_python_finds_sound_is_sound_for_the_database():
    from itertools import permutations

    contract = a_contract()
    middle = ("free_phone", "package", "package_consulting", "flat")
    orders = [
        ["covered", *chosen, last] for size in range(4) for chosen in permutations(middle, size) for last in ("credit", "invoice")
    ]
    sound = [order for order in orders if not payment.refusal(order)]

    for order in sound:
        Contract.objects.filter(pk=contract.pk).update(billing_mode="custom", payment_order=order)
    assert (len(orders), len(sound)) == (82, 54)


@pytest.mark.req("D35")
def test_backoffice_writes_an_own_order_and_refuses_an_unsound_one():
    client = Client()
    client.force_login(a_staff_member(group="vedoucí"))
    contract = a_contract()
    page = reverse("admin:customers_contract_change", args=[contract.pk])
    form = contract_form(contract) | {"billing_mode": "custom"}

    refused = client.post(page, form | {"payment_order_0": "covered", "payment_order_1": "flat"})
    answer = client.post(page, form | {"payment_order_0": "covered", "payment_order_1": "flat", "payment_order_2": "credit"})

    contract.refresh_from_db()
    waiting = PendingChange.objects.get()
    assert (contract.billing_mode, set(waiting.values)) == ("credit", {"billing_mode", "payment_order"})  # two people (D35)
    confirm_change(change=waiting, by=backoffice(a_staff_member("Eva Malá", group="účtárna")), at=MONDAY)

    contract.refresh_from_db()
    assert "Pořadí končí kreditem, nebo fakturou" in refused.content.decode()
    assert (answer.status_code, contract.payment_order) == (302, ["covered", "flat", "credit"])
    shown = client.get(page).content.decode()
    assert '<option value="flat" selected>' in shown


@pytest.mark.req("D35", "S3-01")
def test_customer_reads_the_order():
    an_operator()
    contract = a_contract(hourly_rate=Decimal(1200), billing_mode="package")
    a_paragraph(contract)
    client = Client()
    client.force_login(a_member(contract.customer))

    page = client.get("/narok/").content.decode().replace("\u00a0", " ")

    assert "co je v ceně smlouvy, bezplatné telefonické minuty, předplacený balík, faktura" in page
