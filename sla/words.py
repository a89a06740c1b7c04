"""The methods of the contract in Czech words, and measured time as people read it. Pure."""

from __future__ import annotations

from decimal import Decimal

from sla.clock import Counting, Kind, Start, Target, Unit

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
    Counting.CALENDAR_DAYS: "po kalendářních dnech",
}
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
    one, several, part = _FORMS[target.unit]
    word = one if target.amount == 1 else several if target.amount == int(target.amount) else part
    return f"{number(target.amount)}{NB}{word}"


def promise(target: Target) -> str:
    """„do 4 hodin doby poskytování služby, počítá se od podání“."""
    within = f"do{NB}{amount_of(target)} {_OF_WHAT[target.counting]}" if target.amount else "ihned"
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
