"""The methods of the contract in Czech words, and measured time as people read it. Pure."""

from __future__ import annotations

from decimal import Decimal
from itertools import groupby

from sla.clock import Counting, Hours, Kind, Start, Target, Unit
from sla.typed import written

NB = "\u00a0"
UNITS = {Unit.HOUR: "hodiny", Unit.MINUTE: "minuty", Unit.DAY: "dny"}
STARTS = {
    Start.REPORT: "od podání",
    Start.OPENING: "od podání, mimo dobu poskytování od jejího začátku",
    Start.NEXT_DAY: "od začátku služby následujícího dne",
    Start.NEXT_WORKING_DAY: "od začátku služby následujícího pracovního dne",
    Start.NEXT_DAY_EARLY: "jako následující den, podání před začátkem služby od tohoto začátku",
    Start.NEXT_WORKING_DAY_EARLY: "jako následující pracovní den, podání před začátkem služby od tohoto začátku",
}
COUNTINGS = {
    Counting.WINDOW: "v době poskytování služby",
    Counting.SERVICE_DAYS: "po dnech se službou",
    Counting.CONTINUOUS: "nepřetržitě",
    Counting.CALENDAR_DAYS: "po kalendářních dnech",
}
_FORMS = {  # after „do“: one, several, a part
    Unit.HOUR: ("hodiny", "hodin", "hodiny"),
    Unit.MINUTE: ("minuty", "minut", "minuty"),
    Unit.DAY: ("dne", "dnů", "dne"),
}
_OF_WHAT = {
    Counting.WINDOW: "doby poskytování služby",
    Counting.SERVICE_DAYS: "poskytování služby",
    Counting.CONTINUOUS: "nepřetržitého času",
}
_CALENDAR = ("kalendářního dne", "kalendářních dnů", "kalendářního dne")
_FROM = {
    Start.REPORT: "od podání",
    Start.OPENING: "od podání, mimo dobu poskytování od jejího začátku",
    Start.NEXT_DAY: "od začátku služby dalšího dne",
    Start.NEXT_WORKING_DAY: "od začátku služby dalšího pracovního dne",
    Start.NEXT_DAY_EARLY: "od začátku služby dalšího dne, při podání před dnešním začátkem už od něj",
    Start.NEXT_WORKING_DAY_EARLY: "od začátku služby dalšího pracovního dne, při podání před dnešním začátkem už od něj",
}
_NAMES = {Kind.REACTION: "Reakce", Kind.RESOLUTION: "Vyřešení"}
_SHORT_DAYS = ("Po", "Út", "St", "Čt", "Pá", "So", "Ne")


def number(amount: Decimal) -> str:
    """1,5 from Decimal("1.50"), without needless zeros."""
    return f"{amount.normalize():f}".replace(".", ",")


def amount_of(target: Target) -> str:
    """„4 hodin“, „1 dne“, „1,5 hodiny“: the amount as it stands after „do“."""
    one, several, part = _CALENDAR if target.counting == Counting.CALENDAR_DAYS else _FORMS[target.unit]
    word = one if target.amount == 1 else several if target.amount == int(target.amount) else part
    return f"{number(target.amount)}{NB}{word}"


def limit(target: Target) -> str:
    """„4 hodin doby poskytování služby“: the amount and what it is an amount of."""
    return f"{amount_of(target)} {_OF_WHAT[target.counting]}" if target.counting in _OF_WHAT else amount_of(target)


def promise(target: Target) -> str:
    """„do 4 hodin doby poskytování služby, počítá se od podání“."""
    within = f"do{NB}{limit(target)}" if target.amount else "ihned"
    return f"{within}, počítá se {_FROM[target.start]}"


def sentence(kind: Kind, target: Target) -> str:
    """One promise of the contract as a Czech sentence.

    source  C01: the reading of the method stands on the contract
    """
    return f"{_NAMES[kind]} {promise(target)}."


def span(seconds: int) -> str:
    """„3 h 25 min“ from measured seconds; seconds are written only below an hour, so that sums can be checked."""
    hours, rest = divmod(seconds, 3600)
    minutes, left = divmod(rest, 60)
    parts = [(hours, "h"), (minutes, "min"), (0 if hours else left, "s")]
    return NB.join(f"{count}{NB}{unit}" for count, unit in parts if count) or f"0{NB}min"


def week_in_words(hours: Hours) -> list[tuple[str, str]]:
    """Days with their windows, neighbours with the same ones together: [("Po–Pá", "08:00–16:30"), ("So, Ne", "zavřeno")]."""
    if hours.always:
        return [("Denně", "nepřetržitě")]
    days = enumerate(written(windows) or "zavřeno" for windows in hours.week)
    return [(_days([day for day, _ in same]), windows) for windows, same in groupby(days, key=lambda pair: pair[1])]


def hours_in_words(hours: Hours) -> str:
    """„Po–Pá 08:00–16:30“, without the days that have no service."""
    return "; ".join(f"{days}{NB}{windows}" for days, windows in week_in_words(hours) if windows != "zavřeno")


def _days(days: list[int]) -> str:
    first, last = _SHORT_DAYS[days[0]], _SHORT_DAYS[days[-1]]
    return first if len(days) == 1 else f"{first}, {last}" if len(days) == 2 else f"{first}–{last}"
