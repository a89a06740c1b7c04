"""The methods of the contract in Czech words."""

from decimal import Decimal

import pytest

from sla.clock import METHODS, Counting, Kind, Start, Target, Unit
from sla.words import sentence, span

READINGS = {
    ("Hod", Kind.REACTION): "Reakce do 4 hodin doby poskytování služby, počítá se od podání.",
    ("Hod", Kind.RESOLUTION): "Vyřešení do 4 hodin doby poskytování služby, počítá se od podání.",
    ("ND-Hod", Kind.REACTION): "Reakce do 4 hodin doby poskytování služby, počítá se od začátku služby dalšího dne.",
    ("NBD-Hod", Kind.RESOLUTION): (
        "Vyřešení do 4 hodin doby poskytování služby, počítá se od začátku služby dalšího pracovního dne."
    ),
    ("Min", Kind.REACTION): "Reakce do 4 minut doby poskytování služby, počítá se od podání.",
    ("Min-Cont", Kind.REACTION): "Reakce do 4 minut doby poskytování služby, počítá se od podání.",
    ("Min-Cont", Kind.RESOLUTION): "Vyřešení do 4 minut nepřetržitého času, počítá se od podání.",
    ("Den", Kind.REACTION): "Reakce do 4 dnů poskytování služby, počítá se od podání.",
    ("Den-Cont", Kind.RESOLUTION): "Vyřešení do 4 kalendářních dnů, počítá se od podání.",
}


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


def target(code: str, kind: Kind, amount: str = "4") -> Target:
    row = METHODS[code]
    start, counting = getattr(row, f"{kind}_start"), getattr(row, f"{kind}_counting")
    return Target(unit=row.unit, start=start, counting=counting, amount=Decimal(amount))


@pytest.mark.req("C01")
@pytest.mark.parametrize(("code", "kind"), list(READINGS))
def test_method_reads_as_a_czech_sentence(code, kind):
    assert plain(sentence(kind, target(code, kind))) == READINGS[code, kind]


@pytest.mark.req("C02", "C36")
@pytest.mark.parametrize(
    ("start", "words"),
    [
        (Start.OPENING, "počítá se od podání, mimo dobu poskytování od jejího začátku."),
        (
            Start.NEXT_DAY_EARLY,
            "počítá se od začátku služby dalšího dne, při podání před dnešním začátkem už od něj.",
        ),
    ],
)
def test_what_a_contract_says_otherwise_is_read_too(start, words):
    one = Target(unit=Unit.HOUR, start=start, counting=Counting.WINDOW, amount=Decimal("2"))

    assert plain(sentence(Kind.REACTION, one)) == f"Reakce do 2 hodin doby poskytování služby, {words}"


@pytest.mark.parametrize(
    ("code", "amount", "words"),
    [
        ("Hod", "1.00", "do 1 hodiny"),
        ("Hod", "8.50", "do 8,5 hodiny"),
        ("Hod", "10", "do 10 hodin"),
        ("Min", "1", "do 1 minuty"),
        ("Den", "1", "do 1 dne"),
        ("Den", "0.5", "do 0,5 dne"),
        ("Den", "20", "do 20 dnů"),
        ("Hod", "0", "ihned"),
    ],
)
def test_amounts_are_declined(code, amount, words):
    assert plain(sentence(Kind.REACTION, target(code, Kind.REACTION, amount))).startswith(f"Reakce {words}")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (12_300, "3 h 25 min"),
        (3600, "1 h"),
        (1510, "25 min 10 s"),
        (45, "45 s"),
        (0, "0 min"),
        (90_005, "25 h"),
    ],
)
def test_measured_time_reads_as_people_say_it(seconds, words):
    assert plain(span(seconds)) == words
