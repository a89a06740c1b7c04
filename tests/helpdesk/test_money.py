"""Rounding and writing of amounts."""

from decimal import Decimal

import pytest

from helpdesk.money import czk, to_halers


@pytest.mark.parametrize(
    ("amount", "rounded"),
    [("0.005", "0.01"), ("-0.005", "-0.01"), ("2.675", "2.68"), ("2.665", "2.67"), ("900", "900.00")],
)
def test_half_a_haler_is_rounded_away_from_zero(amount: str, rounded: str):
    assert to_halers(Decimal(amount)) == Decimal(rounded)


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("12480.5", "12\u00a0480,50\u00a0Kč"),
        ("1234567.891", "1\u00a0234\u00a0567,89\u00a0Kč"),
        ("-300", "\u2212300,00\u00a0Kč"),
        ("0", "0,00\u00a0Kč"),
    ],
)
def test_amount_is_written_the_czech_way(amount: str, text: str):
    assert czk(Decimal(amount)) == text
