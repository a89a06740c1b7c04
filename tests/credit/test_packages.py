"""Prepaid minutes: drawn once, in the order in which packages end, never more than was bought."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from credit.models import PackageDraw, PrepaidPackage
from credit.services.packages import PackageSpent, draw_minutes, give_back_minutes, minutes_left
from helpdesk.customers.models import Contract
from tests.builders import MONDAY, a_contract

pytestmark = [pytest.mark.django_db, pytest.mark.req("D22", "S5-13")]


def a_package(contract: Contract, minutes: int = 60, **fields: object) -> PrepaidPackage:
    return PrepaidPackage.objects.create(contract=contract, minutes=minutes, **{"sold_on": date(2026, 1, 1)} | fields)


def draw(contract: Contract, minutes: int, key: str = "work:1") -> list[tuple[int, int]]:
    drawn = draw_minutes(contract=contract, minutes=minutes, key=key, text="Konzultace", at=MONDAY)
    return [(each.package_id, each.minutes) for each in drawn]


def test_the_package_that_ends_first_is_used_first():
    contract = a_contract()
    endless, ending = a_package(contract), a_package(contract, valid_until=date(2026, 12, 31))
    a_package(contract, valid_until=date(2026, 3, 1))  # ended yesterday
    a_package(contract, sold_on=date(2026, 3, 3))  # is sold tomorrow

    assert minutes_left(contract=contract, at=MONDAY) == 120
    assert draw(contract, 70) == [(ending.pk, 60), (endless.pk, 10)]
    assert minutes_left(contract=contract, at=MONDAY) == 50


def test_the_same_work_draws_once():
    contract = a_contract()
    a_package(contract)

    assert draw(contract, 20) == draw(contract, 20)
    assert minutes_left(contract=contract, at=MONDAY) == 40


def test_more_than_is_left_is_refused_as_a_whole():
    contract = a_contract()
    a_package(contract)

    with pytest.raises(PackageSpent):
        draw(contract, 61)

    assert minutes_left(contract=contract, at=MONDAY) == 60


def test_minutes_are_given_back_once():
    contract = a_contract()
    a_package(contract)
    draw(contract, 20)

    for _ in range(2):
        give_back_minutes(contract=contract, key="work:1", reason="Storno", at=MONDAY + timedelta(days=1))

    assert minutes_left(contract=contract, at=MONDAY) == 60


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO credit_packagedraw (package_id, key, minutes, drawn_at, memo) SELECT id, 'x', 41, now(), '' FROM {package}",
        "INSERT INTO credit_packagedraw (package_id, key, minutes, drawn_at, memo) SELECT id, 'x', -21, now(), '' FROM {package}",
        "UPDATE credit_packagedraw SET minutes = 1",
        "DELETE FROM credit_packagedraw",
        "TRUNCATE credit_packagedraw",
        "UPDATE {package} SET minutes = 600",
    ],
)
def test_the_database_refuses_to_invent_minutes(statement: str):
    contract = a_contract()
    a_package(contract)
    draw(contract, 20)

    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(DatabaseError), transaction.atomic():
            cursor.execute(statement.format(package="credit_prepaidpackage"))
    assert PackageDraw.objects.count() == 1
