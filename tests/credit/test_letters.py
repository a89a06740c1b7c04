"""Letters about low credit: once each time a threshold is crossed, to those who care for the company's credit."""

from __future__ import annotations

from decimal import Decimal

import pytest

from credit.models import CreditThreshold
from credit.services import ledger
from helpdesk.customers.actor import SYSTEM
from helpdesk.mail.models import OutgoingMail
from tests.builders import MONDAY, a_customer, a_member, an_operator
from tests.credit.builders import account_of, spend, top_up

pytestmark = pytest.mark.django_db


def letters() -> list[tuple[str, str]]:
    return list(OutgoingMail.objects.filter(kind="low_credit").order_by("id").values_list("recipient", "subject"))


def a_company(amount: str):
    customer = a_customer(name="Hanácké strojírny s.r.o.")
    hana = a_member(customer, "Hana Malá", username="hana", is_manager=True)
    top_up(customer, amount)
    return customer, hana


@pytest.mark.req("S1-18")
def test_crossing_a_threshold_is_told_once_to_managers_approvers_and_accountants():
    customer, _ = a_company("2500")
    a_member(customer, "Alice Dvořáková", username="alice")
    a_member(customer, "Petr Malý", username="petr", is_approver=True)
    a_member(customer, "Marie Hrubá", username="marie", is_member=False, is_accountant=True)
    a_member(customer, "Eva Bez", username="eva", is_manager=True, email="")
    a_member(a_customer(), "Cyril Hájek", username="cyril", is_manager=True)

    spend(customer, "400")  # 2,100
    spend(customer, "200")  # 1,900: below 2,000
    spend(customer, "100")  # still below

    subject = "Kredit dochází: Hanácké strojírny s.r.o."
    assert letters() == [(f"{name}@example.cz", subject) for name in ("hana", "petr", "marie")]


@pytest.mark.req("S1-18")
def test_exactly_the_threshold_is_not_below_it():
    customer, _ = a_company("2500")

    spend(customer, "500")

    assert letters() == []


@pytest.mark.req("S1-18")
def test_crossing_again_after_a_top_up_is_told_again():
    customer, _ = a_company("2500")
    spend(customer, "600")
    top_up(customer, "1000")

    spend(customer, "1000")

    assert len(letters()) == 2


@pytest.mark.req("S1-18")
def test_one_movement_below_two_thresholds_is_one_letter_about_the_lower():
    customer, _ = a_company("2500")

    transfer = spend(customer, "3000")

    assert letters() == [("hana@example.cz", "Kredit je přečerpaný: Hanácké strojírny s.r.o.")]
    assert OutgoingMail.objects.get(kind="low_credit").dedupe_key == f"credit:{transfer.pk}:0:hana@example.cz"


@pytest.mark.req("S1-18")
def test_own_thresholds_replace_the_usual_ones():
    customer, _ = a_company("9000")
    CreditThreshold.objects.create(account=account_of(customer), amount=Decimal(8000))

    spend(customer, "500")
    spend(customer, "600")
    spend(customer, "7000")

    assert [subject for _, subject in letters()] == ["Kredit dochází: Hanácké strojírny s.r.o."]


@pytest.mark.req("S1-18")
def test_a_replayed_charge_writes_no_second_letter_and_a_refused_one_none():
    customer, _ = a_company("2500")
    spend(customer, "600", key="work:1")
    spend(customer, "600", key="work:1")
    account = account_of(customer)
    account.has_hard_limit = True
    account.save()

    with pytest.raises(ledger.NotCovered):
        spend(customer, "5000")

    assert len(letters()) == 1


@pytest.mark.req("S1-18", "D12")
def test_letter_says_where_the_credit_stands_and_leads_to_the_statement():
    an_operator()
    customer, _ = a_company("2500")
    ledger.reserve(customer=customer, amount=Decimal(300), key="quote:1", text="Kalkulace 1", at=MONDAY)

    ledger.charge_work(customer=customer, amount=Decimal(600), text="Práce 30 min", key="work:1", at=MONDAY, by=SYSTEM)

    text = OutgoingMail.objects.get(kind="low_credit").text.replace("\u00a0", " ")
    assert "je 1 900,00 Kč bez DPH a klesl pod 2 000,00 Kč." in text
    assert "Poslední pohyb: Práce −600,00 Kč, Práce 30 min" in text
    assert "rezervováno 300,00 Kč" in text
    assert f"/kredit/?firma={customer.pk}\n" in text
