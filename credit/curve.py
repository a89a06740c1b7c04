"""The balance of a period as a step curve, in the units of the picture: pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from math import ceil, floor

WIDTH, HEIGHT = 1000, 200
INTERVALS = 4  # between the lines of the grid
MOST_LABELS = 5  # of days below the picture
NICE = (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5), Decimal(10))


@dataclass(frozen=True)
class Curve:
    """Path data of one picture, WIDTH × HEIGHT.

    amounts  of the lines of the grid, from the top
    days     below the picture, from the left
    held     the line of what is reserved; "" for nothing
    dot      where the curve ends
    """

    line: str
    area: str
    grid: str
    held: str
    dot: str
    amounts: list[Decimal]
    days: list[date]


def draw(*, opening: Decimal, points: Sequence[tuple[date, Decimal]], held: Decimal, first: date, last: date) -> Curve:
    """The curve from `first` to `last`.

    opening  balance before the first day
    points   days with movements, oldest first, and the balance at the end of each
    """
    amounts = scale([opening, held, *(balance for _, balance in points)])
    top, bottom = amounts[0], amounts[-1]
    span = max((last - first).days, 1)

    def y(amount: Decimal) -> str:
        return f"{HEIGHT * (top - amount) / (top - bottom):.1f}"

    line, here = [f"M0 {y(opening)}"], y(opening)
    for day, balance in points:
        here = y(balance)
        line.append(f"H{WIDTH * (day - first).days / span:.1f}V{here}")
    drawn = "".join(line) + f"H{WIDTH}"
    zero = y(max(Decimal(0), bottom))
    return Curve(
        line=drawn,
        area=f"{drawn}V{zero}H0Z",
        grid="".join(f"M0 {HEIGHT * step // (len(amounts) - 1)}H{WIDTH}" for step in range(len(amounts))),
        held=f"M0 {y(held)}H{WIDTH}" if held else "",
        dot=f"M{WIDTH} {here}h0",
        amounts=amounts,
        days=labels(first, last),
    )


def scale(amounts: Sequence[Decimal]) -> list[Decimal]:
    """Round amounts at equal distances from the top down, which hold zero and all that is given."""
    low, high = min(Decimal(0), *amounts), max(Decimal(0), *amounts)
    raw = max((high - low) / INTERVALS, Decimal(1))
    power = Decimal(10) ** raw.adjusted()
    step = next(power * nice for nice in NICE if power * nice >= raw)
    bottom = floor(low / step)
    top = max(ceil(high / step), bottom + 1)
    return [step * number for number in range(top, bottom - 1, -1)]


def labels(first: date, last: date) -> list[date]:
    """A few days at equal distances, both ends among them."""
    span = (last - first).days
    steps = min(MOST_LABELS - 1, span)
    return [first + timedelta(days=round(span * number / steps)) for number in range(steps + 1)] if steps else [first]
