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


def czk_between(lowest: Decimal, highest: Decimal) -> str:
    """Write a range as „1 000 až 1 600 Kč“; halers only where one of the two has some."""
    texts = [czk(amount).removesuffix("\u00a0Kč") for amount in (lowest, highest)]
    if all(text.endswith(",00") for text in texts):
        texts = [text.removesuffix(",00") for text in texts]
    return f"{texts[0]} až {texts[1]}\u00a0Kč"
