"""`python -m tests.bench.clock`: a deadline in microseconds, next to businesstimedelta; also the end of `make bench`.

One process, no database; the best of several rounds, for other work on the machine can only slow a round down.
"""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import cycle, islice
from zoneinfo import ZoneInfo

import businesstimedelta
import holidays
import pytz

from sla.clock import METHODS, Clock, Hours, Kind, State, Target, Timeline, counted, deadline, reading, target_of
from sla.table import Table

PRAGUE = ZoneInfo("Europe/Prague")
ROUNDS = 5
REPORTED = datetime(2026, 3, 2, 9, 17, 23, tzinfo=UTC)
MONTH = timedelta(days=30)
WINDOW = (8 * 3600, 16 * 3600 + 1800)
HOURS = Hours(week=((WINDOW,),) * 5 + ((),) * 2)
COMPILED_YEARS = range(2020, 2034)
OPEN_REQUESTS = 100_000


def main() -> None:
    machine = f"{os.cpu_count()} jádra, Python {platform.python_version()}"
    print(f"\n{datetime.now(tz=PRAGUE):%-d. %-m. %Y}, {machine}, Po–Pá 08:00–16:30\n\n{table()}")


def table() -> str:
    """The figures as a table in Markdown."""
    rows = [*deadlines(), month(), compiling(), recomputing()]
    lines = ["| hodiny SLA | čas | businesstimedelta | poměr | mez | splněno |", "|---|---|---|---|---|---|"]
    return "\n".join(lines + rows)


def deadlines() -> list[str]:
    """A deadline by each method; the peer has windows only."""
    clock, peer = Clock.of(HOURS), _peer()
    rows = []
    for hours in (4, 40, 400):
        target = target_of("Hod", Kind.RESOLUTION, Decimal(hours))
        ours = _microseconds(lambda target=target: deadline(clock, target, REPORTED), 5000)
        amount = businesstimedelta.BusinessTimeDelta(peer, hours=hours)
        theirs = _microseconds(lambda amount=amount: REPORTED + amount, 40)
        rows.append(_row(f"lhůta Hod {hours}", ours, 5, theirs, 100 if hours == 40 else None))
    for method, amount, bar in (("NBD-Hod", 4, 5), ("Min-Cont", 240, 5), ("Den", 5, 15), ("Den-Cont", 5, 15)):
        target = target_of(method, Kind.RESOLUTION, Decimal(amount))
        rows.append(_row(f"lhůta {method} {amount}", _microseconds(lambda t=target: deadline(clock, t, REPORTED), 5000), bar))
    return rows


def month() -> str:
    """Service time of thirty days."""
    clock, peer = Clock.of(HOURS), _peer()
    ours = _microseconds(lambda: clock.served(REPORTED, REPORTED + MONTH), 5000)
    return _row("změřený měsíc", ours, 5, _microseconds(lambda: peer.difference(REPORTED, REPORTED + MONTH), 20))


def compiling() -> str:
    milliseconds = _microseconds(lambda: Table(HOURS, COMPILED_YEARS), 1) / 1000
    return f"| kalendář na {len(COMPILED_YEARS)} let | {milliseconds:.1f} ms | | | ≤ 30 ms | {_verdict(milliseconds <= 30)} |"


def recomputing() -> str:
    """Both clocks of open requests, all methods, replayed from their states, some paused and resumed."""
    clock = Clock.of(HOURS)
    targets = [(target_of(code, Kind.REACTION, Decimal(2)), target_of(code, Kind.RESOLUTION, Decimal(5))) for code in METHODS]
    work = list(islice(zip(cycle(_lives()), cycle(targets), strict=False), OPEN_REQUESTS))
    seconds = min(recompute(clock, work) for _ in range(ROUNDS))
    return f"| přepočet 100 000 otevřených požadavků | {seconds:.2f} s CPU | | | ≤ 1 s | {_verdict(seconds <= 1)} |"


def recompute(clock: Clock, work: list[tuple[Timeline, tuple[Target, Target]]]) -> float:
    """Seconds of processor time for the deadlines of both clocks of each request."""
    begun = time.process_time()
    for life, (reaction, resolution) in work:
        read = counted(life)
        reading(clock, reaction, read)
        reading(clock, resolution, read)
    return time.process_time() - begun


def _lives() -> list[Timeline]:
    """Requests of the last weeks, most just accepted, every fifth paused and resumed."""
    lives: list[Timeline] = []
    for number in range(997):
        at = REPORTED + timedelta(minutes=37 * number)
        life = [(at, State.NEW), (at + timedelta(minutes=20), State.ACCEPTED)]
        if number % 5 == 0:
            life += [(at + timedelta(hours=2), State.SUSPENDED), (at + timedelta(hours=20), State.ESCALATED)]
        lives.append(life)
    return lives


def _peer() -> businesstimedelta.Rules:
    """The same calendar for businesstimedelta."""
    zone = pytz.timezone("Europe/Prague")
    feasts = dict(holidays.country_holidays("CZ", years=range(2020, 2041)))
    window = businesstimedelta.WorkDayRule(
        start_time=datetime(2026, 1, 1, 8, 0).time(),  # noqa: DTZ001 - only the clock time is taken
        end_time=datetime(2026, 1, 1, 16, 30).time(),  # noqa: DTZ001 - only the clock time is taken
        working_days=[0, 1, 2, 3, 4],
        tz=zone,
    )
    return businesstimedelta.Rules([window, businesstimedelta.HolidayRule(feasts, tz=zone)])


def _microseconds(act: Callable[[], object], times: int) -> float:
    """The quickest round, per act."""
    act()
    rounds = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        for _ in range(times):
            act()
        rounds.append((time.perf_counter() - begun) / times * 1e6)
    return min(rounds)


def _row(name: str, ours: float, bar: float, theirs: float | None = None, ratio: int | None = None) -> str:
    compared = f"{theirs:,.0f} µs | {theirs / ours:,.0f}×".replace(",", "\N{NO-BREAK SPACE}") if theirs else " | "
    bars = f"≤ {bar} µs" + (f", ≥ {ratio}×" if ratio else "")
    met = ours <= bar and not (ratio and theirs and theirs / ours < ratio)
    return f"| {name} | {ours:.1f} µs | {compared} | {bars} | {_verdict(met)} |"


def _verdict(met: bool) -> str:
    return "splněno" if met else "**nesplněno**"


if __name__ == "__main__":
    main()
