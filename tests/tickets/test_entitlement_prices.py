"""„Na co mám nárok“ says what work costs: the agreed rates, the surcharges and the price list of the day."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import pytest
import time_machine
from django.test import Client

from credit.models import PriceList, PriceRate
from credit.services.prices import publish_price_list
from helpdesk.customers.models import Contract
from tests.builders import a_contract, a_member, a_paragraph, a_staff_member, an_operator, backoffice, prague

pytestmark = pytest.mark.django_db

NOW = prague("2026-03-20T12:00")


@pytest.fixture(autouse=True)
def _today():
    an_operator()
    with time_machine.travel(NOW, tick=False):
        yield


def a_price_list(*rates: tuple[str, str, str], valid_from: date = date(2026, 1, 1)) -> None:
    listed = PriceList.objects.create(valid_from=valid_from, express_percent=50, outside_percent=Decimal("12.5"))
    for activity, role, rate in rates:
        PriceRate.objects.create(price_list=listed, activity=activity, role=role, hourly_rate=Decimal(rate))
    publish_price_list(price_list=listed, by=backoffice(a_staff_member(group="vedoucí")), at=NOW)


def page_of(contract: Contract) -> str:
    """The page as words, one space between them."""
    client = Client()
    client.force_login(a_member(contract.customer))
    page = client.get("/narok/").content.decode().replace("\u00a0", " ").replace("&nbsp;", " ")
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


@pytest.mark.req("S3-01")
def test_contract_without_a_rate_shows_the_price_list_and_no_zero():
    a_price_list(("solving", "", "1200"), ("solving", "specialist", "1500"), ("travel", "", "600.50"))
    a_price_list(("solving", "", "1300"), valid_from=date(2026, 4, 1))
    contract = a_contract(hourly_rate=0, billing_step_minutes=15)
    a_paragraph(contract)

    page = page_of(contract)

    assert "0,00 Kč" not in page.replace("200,00 Kč", "").replace("500,00 Kč", "")
    assert "Hodinová sazba podle ceníku bez DPH, účtuje se po 15 min, z kreditu" in page
    assert "Činnost kdokoli specialista řešení 1 200,00 Kč 1 500,00 Kč cesta 600,50 Kč 600,50 Kč" in page
    assert "Příplatky: expresní zásah +50 %, práce mimo dobu poskytování služby +12,5 %." in page
    assert "práce se účtuje podle ceníku platného v den, kdy skončí. Od 1. 4. 2026 platí nový ceník." in page
    assert (
        "Práce se bere z kreditu, 600,50 až 1 500,00 Kč za hodinu bez DPH podle činnosti a pracovníka, "
        "práce mimo ceník až po dohodě." in page
    )


@pytest.mark.req("S3-01")
def test_flat_contract_says_what_work_above_it_costs():
    a_price_list(("solving", "", "1200"))
    contract = a_contract(hourly_rate=Decimal(1350), hypercare_rate=Decimal(1500), has_hypercare=False, billing_mode="flat")
    a_paragraph(contract)
    a_paragraph(contract, kind="question", has_sla=False)
    a_paragraph(contract, price_scope="included")

    page = page_of(contract)

    assert "Práce nad rámec smlouvy 1 500,00 Kč za hodinu bez DPH" in page
    assert "Práce je v paušálu smlouvy." in page
    assert "Práce se fakturuje nad rámec smlouvy, 1 500,00 Kč za hodinu bez DPH." in page
    assert "Práce nic nestojí: v ceně smlouvy." in page
    assert "Smlouva má sjednanou vlastní hodinovou sazbu, z ceníku pro ni platí jen příplatky." in page


def test_rate_that_nobody_agreed_is_not_shown():
    page = page_of(a_contract(hypercare_rate=0))

    assert "Hodinová sazba 1 200,00 Kč" in page
    assert "Práce nad rámec smlouvy" not in page
    assert "Hypercare a práce" not in page
    assert "Ceník od" not in page
