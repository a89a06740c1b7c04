"""How long the credit lasts."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from credit.forecast import runs_out_on

TODAY = date(2026, 3, 2)


@pytest.mark.parametrize(
    ("credit", "consumed", "day"),
    [
        ("9000", "9000", date(2026, 5, 31)),  # another 90 days
        ("1000", "9000", date(2026, 3, 12)),  # 100 a day
        ("1099.99", "9000", date(2026, 3, 12)),
        ("0", "9000", TODAY),
        ("-500", "9000", TODAY),
        ("9000", "0", None),
        ("9000", "10", None),  # 222 years
    ],
)
def test_credit_lasts_as_long_as_consumption_goes_on(credit: str, consumed: str, day: date | None):
    assert runs_out_on(today=TODAY, credit=Decimal(credit), consumed=Decimal(consumed)) == day
