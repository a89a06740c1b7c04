"""The step curve, worked out by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from credit.curve import draw, labels, scale


def amounts(*texts: str) -> list[Decimal]:
    return [Decimal(text) for text in texts]


def test_curve_steps_on_the_days_of_movements_and_ends_at_the_last_balance():
    points = [(date(2026, 10, 6), Decimal(400)), (date(2026, 10, 11), Decimal(100))]

    reserved = [(date(2026, 9, 20), Decimal(50))]
    curve = draw(opening=Decimal(200), points=points, reserved=reserved, first=date(2026, 10, 1), last=date(2026, 10, 11))

    assert curve.amounts == amounts("400", "300", "200", "100", "0")
    assert curve.line == "M0 100.0H500.0V0.0H1000.0V150.0H1000"
    assert curve.area == "M0 100.0H500.0V0.0H1000.0V150.0H1000V200.0H0Z"
    assert curve.held == "M0 175.0H1000"
    assert curve.dot == "M1000 150.0h0"
    assert curve.grid == "M0 0H1000M0 50H1000M0 100H1000M0 150H1000M0 200H1000"


def test_area_of_an_overdraft_hangs_from_zero():
    curve = draw(opening=Decimal(0), points=[(date(2026, 10, 1), Decimal(-100))], first=date(2026, 10, 1),
                 last=date(2026, 10, 1))  # fmt: skip

    assert curve.amounts == amounts("0", "-25", "-50", "-75", "-100")
    assert curve.area == "M0 0.0H0.0V200.0H1000V0.0H0Z"
    assert curve.held == ""


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["12480.50", "18680.50"], ["20000", "15000", "10000", "5000", "0"]),
        (["0"], ["1", "0"]),
        (["-300", "900"], ["1000", "500", "0", "-500"]),
        (["20001"], ["25000", "20000", "15000", "10000", "5000", "0"]),
        (["13695"], ["15000", "10000", "5000", "0"]),
        (["0.50"], ["1", "0"]),
    ],
)
def test_scale_is_round_and_holds_all(given: list[str], expected: list[str]):
    assert scale(amounts(*given)) == amounts(*expected)


def test_labels_are_at_equal_distances():
    assert labels(date(2026, 10, 1), date(2026, 10, 29)) == [date(2026, 10, day) for day in (1, 8, 15, 22, 29)]
    assert labels(date(2026, 10, 1), date(2026, 10, 1)) == [date(2026, 10, 1)]
    assert labels(date(2026, 10, 1), date(2026, 10, 3)) == [date(2026, 10, day) for day in (1, 2, 3)]


def test_reserved_steps_from_its_day_and_leaves_a_gap_where_nothing_is_reserved():
    reserved = [
        (date(2026, 3, 1), Decimal(100)),
        (date(2026, 4, 10), Decimal(0)),
        (date(2026, 7, 20), Decimal(200)),
        (date(2026, 10, 28), Decimal(50)),
    ]
    points = [(date(2026, 1, 1), Decimal(400))]

    curve = draw(opening=Decimal(0), points=points, reserved=reserved, first=date(2026, 1, 1), last=date(2026, 12, 27))

    # 360 days: 1. 3. is the 59th, 10. 4. the 99th, 20. 7. the 200th, 28. 10. the 300th
    assert curve.held == "M163.9 150.0H275.0M555.6 100.0H833.3V175.0H1000"
