"""The balance of a period as a step curve, in the units of the picture: pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from math import ceil, floor

WIDTH, HEIGHT = 1000, 200
INTERVALS, MOST_INTERVALS = 4, 5  # between the lines of the grid: as a rule, and at most
MOST_LABELS = 5  # of days below the picture
NICE = (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5), Decimal(10))


@dataclass(frozen=True)
class Curve:
    """Path data of one picture, WIDTH × HEIGHT.

    amounts  of the lines of the grid, from the top
    days     below the picture, from the left
    held     the steps of what is reserved, with gaps where nothing is; "" for nothing at all
    dot      where the curve ends
    """

    line: str
    area: str
    grid: str
    held: str
    dot: str
    amounts: list[Decimal]
    days: list[date]


def draw(
    *,
    opening: Decimal,
    points: Sequence[tuple[date, Decimal]],
    reserved: Sequence[tuple[date, Decimal]] = (),
    first: date,
    last: date,
) -> Curve:
    """The curve from `first` to `last`.

    opening   balance before the first day
    points    days with movements, oldest first, and the balance at the end of each
    reserved  the same of what is reserved; days before the first say what was reserved when it began
    """
    began = next((amount for day, amount in reversed(reserved) if day < first), Decimal(0))
    within = [(day, amount) for day, amount in reserved if first <= day <= last]
    amounts = scale([opening, began, *(amount for _, amount in (*points, *within))])
    top, bottom = amounts[0], amounts[-1]
    span = max((last - first).days, 1)

    def y(amount: Decimal) -> str:
        return f"{HEIGHT * (top - amount) / (top - bottom):.1f}"

    def x(day: date) -> str:
        return f"{WIDTH * (day - first).days / span:.1f}"

    line, here = [f"M0 {y(opening)}"], y(opening)
    for day, balance in points:
        here = y(balance)
        line.append(f"H{x(day)}V{here}")
    drawn = "".join(line) + f"H{WIDTH}"
    zero = y(max(Decimal(0), bottom))
    return Curve(
        line=drawn,
        area=f"{drawn}V{zero}H0Z",
        grid="".join(f"M0 {HEIGHT * step // (len(amounts) - 1)}H{WIDTH}" for step in range(len(amounts))),
        held=_steps(y(began) if began else "", [(x(day), y(amount) if amount else "") for day, amount in within]),
        dot=f"M{WIDTH} {here}h0",
        amounts=amounts,
        days=labels(first, last),
    )


def _steps(here: str, points: Sequence[tuple[str, str]]) -> str:
    """A step line with gaps: "" instead of a height is where there is none."""
    path = f"M0 {here}" if here else ""
    for x, height in points:
        path += f"H{x}" if here else ""
        if height:
            path += f"V{height}" if here else f"M{x} {height}"
        here = height
    return f"{path}H{WIDTH}" if here else path


def scale(amounts: Sequence[Decimal]) -> list[Decimal]:
    """Round amounts at equal distances from the top down, which hold zero and all that is given and little more.

    Of the round distances that need few lines the one that leaves the least room empty is taken.
    """
    low, high = min(Decimal(0), *amounts), max(Decimal(0), *amounts)
    if low == high:
        return [Decimal(1), Decimal(0)]
    power = Decimal(10) ** max((high - low).adjusted(), 0)
    steps = [step for nice in NICE for step in (power * nice / 10, power * nice) if step >= 1]
    few = [lines for step in steps if len(lines := _lines(step, low, high)) <= MOST_INTERVALS + 1]
    return min(few, key=lambda lines: (lines[0] - lines[-1], abs(len(lines) - 1 - INTERVALS)))


def _lines(step: Decimal, low: Decimal, high: Decimal) -> list[Decimal]:
    bottom, top = floor(low / step), ceil(high / step)
    return [step * number for number in range(top, bottom - 1, -1)]


def labels(first: date, last: date) -> list[date]:
    """A few days at equal distances, both ends among them."""
    span = (last - first).days
    steps = min(MOST_LABELS - 1, span)
    return [first + timedelta(days=round(span * number / steps)) for number in range(steps + 1)] if steps else [first]
