"""Price lists: the one of the day counts, a published one stays as it is."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction

from credit.models import PriceList
from credit.services.prices import PriceListRefused, draft_price_list, publish_price_list
from tests.builders import MONDAY, a_staff_member, backoffice

pytestmark = [pytest.mark.django_db, pytest.mark.req("S5-14")]


def a_price_list(valid_from: date, **rates: int) -> PriceList:
    """A published list; rates by activity, or by activity and role joined with two underscores."""
    made = PriceList.objects.create(valid_from=valid_from, express_percent=50)
    for name, amount in rates.items():
        activity, _, role = name.partition("__")
        made.rates.create(activity=activity, role=role, hourly_rate=amount)
    return publish_price_list(price_list=made, by=backoffice(a_staff_member()), at=MONDAY)


def test_work_is_priced_by_the_list_of_its_day():
    old, new = a_price_list(date(2025, 1, 1), solving=1000), a_price_list(date(2026, 3, 1), solving=1200)
    PriceList.objects.create(valid_from=date(2026, 2, 1))  # a draft counts for nothing

    days = [date(2024, 12, 31), date(2025, 1, 1), date(2026, 2, 28), date(2026, 3, 1)]
    assert [PriceList.objects.valid_on(day) for day in days] == [None, old, old, new]


def test_a_role_of_its_own_goes_before_the_common_rate():
    prices = a_price_list(date(2026, 1, 1), solving=1200, solving__specialist=1800)

    found = [prices.rate("solving", "support"), prices.rate("solving", "specialist"), prices.rate("travel", "support")]
    assert found == [Decimal("1200.00"), Decimal("1800.00"), None]


def test_a_draft_begins_with_the_newest_rates():
    a_price_list(date(2026, 1, 1), solving=1200, travel__support=600)

    draft = draft_price_list(valid_from=date(2027, 1, 1))

    assert list(draft.rates.values_list("activity", "role", "hourly_rate")) == [
        ("solving", "", Decimal("1200.00")),
        ("travel", "support", Decimal("600.00")),
    ]
    assert (draft.express_percent, draft.published_at) == (Decimal("50.00"), None)


def test_a_list_without_rates_or_for_a_taken_day_is_not_published():
    a_price_list(date(2026, 1, 1), solving=1200)
    by = backoffice(a_staff_member())

    with pytest.raises(PriceListRefused, match="žádnou sazbu"):
        publish_price_list(price_list=PriceList.objects.create(valid_from=date(2027, 1, 1)), by=by, at=MONDAY)
    with pytest.raises(PriceListRefused, match="Zvolte jiný den"):
        publish_price_list(price_list=draft_price_list(valid_from=date(2026, 1, 1)), by=by, at=MONDAY)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE credit_pricelist SET express_percent = 0",
        "DELETE FROM credit_pricelist",
        "UPDATE credit_pricerate SET hourly_rate = 1",
        "DELETE FROM credit_pricerate",
        "INSERT INTO credit_pricerate (price_list_id, activity, role, hourly_rate)"
        " SELECT id, 'travel', '', 1 FROM credit_pricelist",
    ],
)
def test_a_published_list_is_immutable(statement: str):
    a_price_list(date(2026, 1, 1), solving=1200)

    with pytest.raises(DatabaseError, match="immutable"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
