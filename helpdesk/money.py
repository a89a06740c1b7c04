"""Amounts in Czech crowns: rounding and the way people read them."""

from decimal import ROUND_HALF_UP, Decimal

HALER = Decimal("0.01")


def to_halers(amount: Decimal) -> Decimal:
    """Round to two places, half away from zero.

    source  our choice: the rounding that Czech accountants and tax offices expect
    """
    return amount.quantize(HALER, rounding=ROUND_HALF_UP)


def czk(amount: Decimal) -> str:
    """Write an amount as „12 480,50 Kč“, with unbreakable spaces."""
    text = f"{to_halers(amount):,.2f}"
    return text.replace(",", "\u00a0").replace(".", ",").replace("-", "\u2212") + "\u00a0Kč"
