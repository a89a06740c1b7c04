"""The statement in the order of its days, what was reserved when, and what else a company has prepaid."""

from __future__ import annotations

import csv
import io
import re
from datetime import date
from decimal import Decimal

import pytest
import time_machine

from credit.models import PackageDraw, PrepaidPackage
from credit.services import ledger
from credit.statement import Period, page_of_movements, read_statement
from helpdesk.customers.actor import SYSTEM
from tests.builders import a_contract, prague
from tests.credit.builders import spend, top_up
from tests.credit.test_views import NOW, a_company, signed_in, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.mark.req("S1-18")
def test_lines_stand_in_the_order_of_their_days_and_the_balance_runs_in_that_order():
    customer, hana = a_company()
    top_up(customer, "1000", at=prague("2026-03-02T10:00"))
    spend(customer, "50", at=prague("2026-03-10T10:00"))
    spend(customer, "100", at=prague("2026-03-05T10:00"))  # written down late
    spend(customer, "7", at=prague("2026-03-10T08:00"))
    client = signed_in(hana)

    page = client.get("/kredit/").content.decode().replace("\u00a0", " ")
    found = re.findall(r'id="pohyb-(\d+)".*?<time[^>]*>([^<]+)</time>.*?data-label="Zůstatek">([^<]+)</td>', page)
    text = b"".join(client.get("/kredit/pohyby.csv")).decode("utf-8-sig")

    assert found == [
        ("4", "10. 3. 2026", "843,00 Kč"),
        ("2", "10. 3. 2026", "850,00 Kč"),
        ("3", "5. 3. 2026", "900,00 Kč"),
        ("1", "2. 3. 2026", "1 000,00 Kč"),
    ]
    rows = list(csv.reader(io.StringIO(text), delimiter=";"))[1:]
    assert [(row[0], row[-1]) for row in rows] == [("1", "1000,00"), ("3", "900,00"), ("2", "850,00"), ("4", "843,00")]


@pytest.mark.req("S1-18")
@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_balance_runs_on_over_the_pages_in_both_directions(size):
    customer, _ = a_company()
    top_up(customer, "1000", at=prague("2026-03-02T10:00"))
    for day in (10, 5, 10, 5, 12, 10, 2):
        spend(customer, str(day), at=prague(f"2026-03-{day:02}T10:00"))
    statement = read_statement(customer=customer.pk, period=Period.of_month(NOW.date()), today=NOW.date())
    assert statement is not None

    down, key = [], None
    while True:
        lines = page_of_movements(statement, before=key, size=size)
        down.append(lines.rows)
        if (key := lines.older) is None:
            break
    up, key = [down[-1]], lines.newer
    while key is not None:
        lines = page_of_movements(statement, after=key, size=size)
        up.insert(0, lines.rows)
        key = lines.newer

    expected = [
        (6, "946.00"),
        (7, "958.00"),
        (4, "968.00"),
        (2, "978.00"),
        (5, "988.00"),
        (3, "993.00"),
        (8, "998.00"),
        (1, "1000.00"),
    ]
    assert [(row["serial"], str(row["balance"])) for page in down for row in page] == expected
    assert [(row["serial"], str(row["balance"])) for page in up for row in page] == expected


@pytest.mark.req("S1-18")
def test_what_is_reserved_is_drawn_from_its_day_until_it_was_worked_off_or_released():
    customer, hana = a_company()
    top_up(customer, "9000", at=prague("2026-01-05T10:00"))
    old = ledger.reserve(customer=customer, amount=Decimal(500), key="quote:1", text="K", at=prague("2026-02-02T10:00"))
    ledger.release(hold=old, at=prague("2026-02-10T10:00"))
    hold = ledger.reserve(customer=customer, amount=Decimal(3600), key="quote:2", text="K", at=prague("2026-03-16T10:00"))
    ledger.charge_work(
        customer=customer, amount=Decimal(600), text="Práce", key="work:1", at=prague("2026-03-18T10:00"), by=SYSTEM, hold=hold
    )
    statement = read_statement(customer=customer.pk, period=Period.of_year(2026), today=NOW.date())
    assert statement is not None

    assert statement.reserved == [
        (date(2026, 2, 2), Decimal("500.00")),
        (date(2026, 2, 10), Decimal("0.00")),
        (date(2026, 3, 16), Decimal("3600.00")),
        (date(2026, 3, 18), Decimal("3000.00")),
    ]
    assert statement.held == Decimal("3000.00")
    page = signed_in(hana).get("/kredit/?rok=2026").content.decode()
    assert re.search(r'class="held" d="M410\.3 ', page)  # the 32nd day of 78


@pytest.mark.req("S1-18", "D22", "S5-13")
def test_packages_and_the_limit_of_overdraft_stand_on_the_page():
    customer, hana = a_company()
    contract = a_contract(customer, number="2025/007", title="Provoz DMS", overdraft=5000)
    sold = PrepaidPackage.objects.create(contract=contract, minutes=600, sold_on=date(2026, 1, 1), valid_until=date(2027, 6, 30))
    PackageDraw.objects.create(package=sold, key="work:9:1", minutes=215, drawn_at=NOW, memo="Práce")
    spend(customer, "900")

    page = text_of(signed_in(hana).get("/kredit/"))

    assert "Limit přečerpání 5 000,00 Kč čerpáno 900,00 Kč, pod nulou se doplácí fakturou" in page
    assert "2025/007 Provoz DMS zbývá 6 h 25 min 215 Čerpáno 3 h 35 min z 10 h, platí do 30. 6. 2027." in page
