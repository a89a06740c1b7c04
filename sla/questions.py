"""Questions to the clock as JSON, one a line, and their answers: `manage.py sla_calc`, for contracts and for integration.

Pure: no Django, no database.

A question: {"id": …, "tz": "Europe/Prague", "windows": {"mon": [["08:00", "16:30"]], …}, "holidays": "CZ" or ["2026-12-24", …],
"exceptions": {"2026-12-31": [["08:00", "12:00"]]}, "always": false, "method": "NBD-Hod", "kind": "reaction" or "resolution",
"amount": 4, "timeline": [["2026-03-02T09:00:00Z", "Nový"], …], "until": "…Z"}. An answer: {"id": …, "deadline": "…Z" or null,
"breach": "…Z" or null, "measured_seconds": … or null, "wdin": true}, or {"id": …, "error": "…"}.

What may be missing: `tz` (Prague), `windows` (none), `holidays` (none), `exceptions`, `always` (false), `until`, `id` (null).
`amount_seconds` may stand instead of `amount`; for methods in days 86,400 of them are one day. Any offset from UTC is taken in
instants, a part of a second is cut off. Keys that are not known do not matter.
"""

import json
import re
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sla.clock import Clock, Hours, Kind, SlaError, State, Target, replay, target_of
from sla.hours import Windows
from sla.methods import SECONDS_OF_DAY, amount_of_seconds

PAIR = 2
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
STATES = {
    "Nový": State.NEW,
    "Přijato": State.ACCEPTED,
    "Eskalováno": State.ESCALATED,
    "Pozastaveno": State.SUSPENDED,
    "Vyřešeno": State.RESOLVED,
    "Reklamováno": State.DISPUTED,
    "Uzavřeno": State.CLOSED,
    "Zrušeno": State.CANCELLED,
}
KINDS = {kind.value: kind for kind in Kind}
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
TIME = re.compile(r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?")


class BadQuestion(SlaError):
    """What a question lacks or says wrongly, as a Czech sentence."""


class _Number(float):
    """A JSON number with a decimal point; `text` keeps what a float may lose."""

    text: str

    def __new__(cls, text: str) -> "_Number":
        number = super().__new__(cls, text)
        number.text = text
        return number


def answer_line(line: bytes) -> str:
    """The answer to one line of UTF-8, itself one line of JSON; a bad question is answered with what is wrong, in Czech."""
    identity: Any = None
    try:
        question = _parsed(line)
        identity = question.get("id")
        answer = answer_to(question)
    except SlaError as error:
        answer = {"error": str(error)}
    try:
        written = json.dumps({"id": identity, **answer}, ensure_ascii=False, allow_nan=False)
    except ValueError:  # an `id` too great for any number
        written = json.dumps({"id": None, **answer}, ensure_ascii=False)
    return written.encode(errors="backslashreplace").decode()  # half a surrogate pair in `id`, as JSON spells it


def answer_to(question: dict[str, Any]) -> dict[str, Any]:
    """Deadline, breach, measured seconds and WDIN.

    raises   SlaError - with the sentence for „error“
    """
    clock = Clock.of(_hours(question))
    target = _target(question)
    clock.check(target)
    timeline = _timeline(question)
    until = None if question.get("until") is None else _instant(question["until"], "until")
    wdin = clock.is_open(timeline[0][0])
    reading = replay(clock, target, timeline, until)
    return {
        "deadline": _written(reading.deadline),
        "breach": _written(reading.breach),
        "measured_seconds": reading.measured,
        "wdin": wdin,
    }


def _parsed(line: bytes) -> dict[str, Any]:
    try:
        question = json.loads(line.decode("utf-8-sig"), parse_float=_Number, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise BadQuestion("Řádek není platný JSON v UTF-8.") from None
    if not isinstance(question, dict):
        raise BadQuestion("Otázka musí být objekt JSON.")
    return question


def _no_constant(name: str) -> None:
    """Refuse NaN and Infinity, which Python would read and JSON does not know."""
    raise ValueError(name)


def _hours(question: dict[str, Any]) -> Hours:
    windows = _object(question, "windows")
    unknown = sorted(set(windows) - set(DAYS))
    if unknown:
        raise BadQuestion(f"Den „{unknown[0]}“ ve windows neznáme; dny jsou {', '.join(DAYS)}.")
    exceptions = _object(question, "exceptions")
    always = question.get("always")
    if always is not None and not isinstance(always, bool):
        raise BadQuestion("always musí být true, nebo false.")
    return Hours(
        zone=_text(question.get("tz", "Europe/Prague"), "tz"),
        week=tuple(_windows(windows.get(day, []), f"windows, {day}") for day in DAYS),
        exceptions=tuple(
            sorted((_date(day, "exceptions"), _windows(spans, f"exceptions, {day}"), "") for day, spans in exceptions.items())
        ),
        holidays=_holidays(question.get("holidays")),
        always=bool(always),
    )


def _object(question: dict[str, Any], key: str) -> dict[str, Any]:
    found = question.get(key)
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise BadQuestion(f"{key} musí být objekt JSON.")
    return found


def _text(found: Any, key: str) -> str:
    if not isinstance(found, str) or not found:
        raise BadQuestion(f"{key} musí být text.")
    return found


def _windows(found: Any, where: str) -> Windows:
    if not isinstance(found, list):
        raise BadQuestion(f'{where}: okna musí být seznam dvojic, například [["08:00", "16:30"]].')
    windows = []
    for pair in found:
        if not isinstance(pair, list) or len(pair) != PAIR:
            raise BadQuestion(f'{where}: okno musí být dvojice, například ["08:00", "16:30"].')
        opens, closes = (_time(part, where) for part in pair)
        if opens == SECONDS_OF_DAY:
            raise BadQuestion(f"{where}: okno nemůže začínat ve 24:00; začněte je další den v 00:00.")
        windows.append((opens, closes))
    return tuple(windows)


def _time(found: Any, where: str) -> int:
    """Seconds from midnight of a text like 08:00, 08:00:30 or 24:00."""
    match = TIME.fullmatch(found) if isinstance(found, str) else None
    if match:
        hours, minutes, seconds = (int(part or 0) for part in match.groups())
        total = hours * 3600 + minutes * 60 + seconds
        if minutes < 60 and seconds < 60 and total <= SECONDS_OF_DAY:
            return total
    raise BadQuestion(f"{where}: čas „{found}“ musí být HH:MM nebo HH:MM:SS od 00:00 do 24:00.")


def _date(found: Any, where: str) -> date:
    if isinstance(found, str) and DATE.fullmatch(found):
        with suppress(ValueError):
            return date.fromisoformat(found)
    raise BadQuestion(f"{where}: datum „{found}“ musí být platné RRRR-MM-DD.")


def _holidays(found: Any) -> str | tuple[date, ...]:
    if found is None:
        return ()
    if isinstance(found, list):
        return tuple(sorted({_date(day, "holidays") for day in found}))
    if isinstance(found, str) and found:
        return found
    raise BadQuestion('holidays musí být země, například "CZ", nebo seznam dat.')


def _target(question: dict[str, Any]) -> Target:
    kind = question.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        raise BadQuestion(f"kind musí být jedno z: {', '.join(KINDS)}.")
    method = _text(question.get("method"), "method")
    given = [key for key in ("amount", "amount_seconds") if question.get(key) is not None]
    if len(given) != 1:
        raise BadQuestion("Zadejte buď amount, nebo amount_seconds.")
    amount = _amount(question[given[0]], given[0])
    target = target_of(method, KINDS[kind], amount if given == ["amount"] else Decimal(0))
    return target if given == ["amount"] else replace(target, amount=amount_of_seconds(amount, target.unit))


def _amount(found: Any, key: str) -> Decimal:
    """The exact number, from 0 up."""
    number = Decimal(-1)
    if isinstance(found, _Number):
        with suppress(ArithmeticError):
            number = Decimal(found.text)
    elif isinstance(found, int) and not isinstance(found, bool):
        number = Decimal(found)
    if number < 0:
        raise BadQuestion(f"{key} musí být číslo od nuly výš.")
    return number


def _timeline(question: dict[str, Any]) -> list[tuple[datetime, State]]:
    found = question.get("timeline")
    if not isinstance(found, list) or not found:
        raise BadQuestion("timeline musí být neprázdný seznam dvojic okamžik a stav.")
    timeline = [_entry(entry) for entry in found]
    if timeline[0][1] is not State.NEW:
        raise BadQuestion("timeline musí začínat stavem Nový.")
    return timeline


def _entry(found: Any) -> tuple[datetime, State]:
    if not isinstance(found, list) or len(found) != PAIR:
        raise BadQuestion("timeline: položka musí být dvojice okamžik a stav.")
    state = STATES.get(found[1]) if isinstance(found[1], str) else None
    if state is None:
        raise BadQuestion(f"timeline: stav „{found[1]}“ neznáme; stavy jsou {', '.join(STATES)}.")
    return _instant(found[0], "timeline"), state


def _instant(found: Any, where: str) -> datetime:
    at = None
    if isinstance(found, str):
        with suppress(ValueError):
            at = datetime.fromisoformat(found)
    if at is None:
        raise BadQuestion(f"{where}: čas „{found}“ není platný; zapište jej jako 2026-03-02T09:00:00Z.")
    if at.tzinfo is None:
        raise BadQuestion(f"{where}: čas „{found}“ nemá časové pásmo; připište Z nebo posun jako +02:00.")
    return at


def _written(at: datetime | None) -> str | None:
    return None if at is None else f"{at:%Y-%m-%dT%H:%M:%SZ}"
