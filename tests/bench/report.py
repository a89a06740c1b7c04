"""The bench's table: figures, shares of the reference, and whether each bar is reached."""

from __future__ import annotations

from dataclasses import dataclass

from tests.bench.cases import Case
from tests.bench.load import Speed

GROWTH_BAR = 1.5
MEMORY_BAR = 130


@dataclass(frozen=True)
class Result:
    """One page at one size, next to the reference measured right before and after it; CPU in ms an operation."""

    case: Case
    speed: Speed
    reference_rate: float
    reference_p50: float
    reference_ms: float
    app_ms: float
    database_ms: float
    sql: int

    @property
    def share(self) -> float:
        """Of the reference's rate."""
        return self.speed.rate / self.reference_rate

    @property
    def cpu_share(self) -> float:
        """Of the processor time that the reference takes; steadier than the rate on a machine with other work."""
        return self.reference_ms / (self.app_ms + self.database_ms)

    @property
    def weight(self) -> float:
        """Median time in those of the reference, which does not grow with the number of requests."""
        return self.speed.p50 / self.reference_p50


def table(small: dict[str, Result], large: dict[str, Result], failures: dict[str, str], counts: tuple[int, int]) -> str:
    """Markdown with a row a page."""
    rows = [
        f"| strana ({counts[1]:,} požadavků) | op/s | p50/p95 ms | CPU ms app+pg | SQL | podíl rychlosti | podíl CPU "
        f"| p50 {counts[0]:,} → {counts[1]:,} | splněno |".replace(",", " "),
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for name, result in large.items():
        growth = result.weight / small[name].weight if name in small else None
        rows.append(_row(result, growth))
    rows += [f"| {name} | – | – | – | – | – | – | – | nezměřeno: {why} |" for name, why in failures.items()]
    return "\n".join(rows)


def _row(result: Result, growth: float | None) -> str:
    case, speed = result.case, result.speed
    bars = []
    if case.floor is not None:
        bars.append(result.share >= case.floor)
    if case.sql is not None:
        bars.append(result.sql <= case.sql)
    if growth is not None:
        bars.append(growth <= GROWTH_BAR)
    share = f"{result.share:.0%}" + (f" (≥ {case.floor:.0%})" if case.floor else "")
    sql = f"{result.sql}" + (f" (≤ {case.sql})" if case.sql else "")
    verdict = "splněno" if all(bars) else "**nesplněno**"
    grown = f"{growth:.2f}×" if growth else "–"
    return (
        f"| {case.name} | {speed.rate:.0f} | {speed.p50:.1f}/{speed.p95:.1f} | {result.app_ms:.1f}+{result.database_ms:.1f} "
        f"| {sql} | {share} | {result.cpu_share:.0%} | {grown} | {verdict} |"
    )


def memory(small: float, large: float, counts: tuple[int, int]) -> str:
    verdict = "splněno" if large <= MEMORY_BAR else "**nesplněno**"
    figures = f"{small:.0f} MB při {counts[0]}, {large:.0f} MB při {counts[1]} požadavcích"
    return f"Paměť procesu: {figures} (≤ {MEMORY_BAR} MB): {verdict}"
