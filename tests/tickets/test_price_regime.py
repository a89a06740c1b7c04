"""What the filing form says about the price of work under a paragraph."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from credit.models import PrepaidPackage
from helpdesk.customers.models import ContractParagraph
from tests.builders import MONDAY, a_contract, a_customer, a_member, a_paragraph, a_request_type, a_ticket, an_operator
from tests.tickets.desk import text_of
from tests.tickets.quotes import a_case, an_approved_quote
from tickets.services.credit_gate import may_start
from tickets.services.price_regime import price_regime
from tickets.services.work import first_activity

pytestmark = pytest.mark.django_db


def said(paragraph: ContractParagraph, **kind: Any) -> str:
    stored = ContractParagraph.objects.get(pk=paragraph.pk)  # the builder's own row holds numbers as they were typed
    regime = price_regime(stored, a_request_type(**kind), at=MONDAY)
    return regime.text.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("contract", "paragraph", "kind", "text"),
    [
        ({}, {}, {}, "Práce se bere z kreditu, 1 200,00 Kč za hodinu bez DPH."),
        (
            {"hypercare_rate": 1500},
            {"kind": "change", "has_sla": False},
            {},
            "Práce se bere z kreditu, nad rámec smlouvy, 1 500,00 Kč za hodinu bez DPH.",
        ),
        ({"hourly_rate": 0}, {}, {}, "Práce se bere z kreditu, podle ceníku."),
        ({}, {"price_scope": "included"}, {}, "Práce nic nestojí: v ceně smlouvy."),
        (
            {},
            {"price_scope": "included"},
            {"is_chargeable": True},
            "Práce se bere z kreditu, nad rámec smlouvy, 1 200,00 Kč za hodinu bez DPH.",
        ),
        ({}, {}, {"is_statutory": True}, "Práce nic nestojí: změna právních předpisů."),
        ({"billing_mode": "flat"}, {}, {}, "Práce je v paušálu smlouvy."),
        (
            {"billing_mode": "flat", "hypercare_rate": 1500},
            {"kind": "hypercare", "has_sla": False},
            {},
            "Práce se fakturuje nad rámec smlouvy, 1 500,00 Kč za hodinu bez DPH.",
        ),
        ({"billing_mode": "hourly"}, {}, {}, "Práce se fakturuje 1 200,00 Kč za hodinu bez DPH."),
        (
            {"billing_mode": "package"},
            {},
            {},
            "Předplacený balík je vyčerpaný, práce se fakturuje 1 200,00 Kč za hodinu bez DPH.",
        ),
    ],
)
def test_the_regime_follows_paragraph_kind_and_billing_mode(contract, paragraph, kind, text):
    assert said(a_paragraph(a_contract(**contract), **paragraph), **kind) == text


def test_reserved_credit_pays_for_nothing_new():
    case = a_case(credit=6000)
    an_approved_quote(case)

    regime = price_regime(case.ticket.paragraph, None, at=MONDAY)

    assert (regime.credit, regime.minutes, regime.is_short) == (Decimal(1200), 60, False)


def test_less_than_an_hour_of_credit_is_short():
    case = a_case(credit=1199)

    regime = price_regime(case.ticket.paragraph, None, at=MONDAY)

    assert (regime.minutes, regime.is_short) == (59, True)


@pytest.mark.req("S5-13")
def test_package_pays_for_consultations_before_the_credit():
    contract = a_contract(overdraft=0)
    PrepaidPackage.objects.create(contract=contract, minutes=90, sold_on=date(2026, 1, 1))
    consulting = a_paragraph(contract, kind="consultation", has_sla=False)

    regime = price_regime(ContractParagraph.objects.get(pk=consulting.pk), None, at=MONDAY)

    assert regime.text.replace("\u00a0", " ").startswith("Práce se bere z předplaceného balíku, pak z kreditu, ")
    assert (regime.minutes, regime.is_short, regime.is_spent) == (90, False, False)


@pytest.mark.parametrize(
    ("role", "overdraft", "sentence"),
    [
        ({"is_manager": True}, 0, "Práci začneme, až kredit dobijete."),
        ({"is_manager": True}, 1, "Dobijte prosím kredit, ať se práce nezastaví."),
        ({}, 0, "Kredit vaší firmy je vyčerpaný, práci začneme až po dobití. Upozorněte prosím schvalovatele své firmy."),
        ({}, 1, "Volný kredit na hodinu práce nestačí. Upozorněte prosím schvalovatele své firmy."),
    ],
)
def test_the_form_tells_sums_only_to_those_who_look_after_money(role, overdraft, sentence):
    an_operator()
    customer = a_customer()
    person = a_member(customer, **role)
    a_request_type(asks_asset=False)
    a_paragraph(a_contract(customer, overdraft=overdraft))
    client = Client()
    client.force_login(person)

    page = text_of(client.get("/pozadavky/novy/"))

    assert sentence in page
    assert ("Volný kredit <b" in page) == bool(role)


@pytest.mark.parametrize(
    ("contract", "paragraph", "kind"),
    [
        ({}, {}, {}),
        ({"overdraft": 1}, {}, {}),
        ({}, {"price_scope": "included"}, {}),
        ({}, {"price_scope": "included"}, {"is_chargeable": True}),
        ({}, {}, {"is_statutory": True}),
        ({}, {"kind": "consultation", "has_sla": False}, {}),
        ({"billing_mode": "flat"}, {}, {}),
        ({"billing_mode": "hourly"}, {}, {}),
        ({"billing_mode": "package"}, {}, {}),
    ],
)
def test_the_form_announces_exactly_what_the_gate_then_holds_back(contract, paragraph, kind):
    clause = ContractParagraph.objects.get(pk=a_paragraph(a_contract(**{"overdraft": 0} | contract), **paragraph).pk)
    ticket = a_ticket(paragraph=clause, request_type=a_request_type(**kind))

    announced = price_regime(clause, ticket.request_type, at=MONDAY).is_spent

    assert announced == (not may_start(ticket, activity=first_activity(ticket), at=MONDAY))
