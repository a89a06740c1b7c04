"""„Rodný list SLA“ in Czech words: what its page, its backoffice page and its PDF show, computed once for all three."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.safestring import SafeString, mark_safe

from helpdesk.formats import WEEKDAYS, counted, duration, exact_moment, exact_span
from sla.clock import Clock, Kind, State, Target, Unit
from sla.days import Day, days, picture
from sla.face import OUTSIDE
from sla.intervals import Cause, Interval
from sla.proof import Measure, Proof, Rule
from sla.time_split import TimeSplit
from sla.words import NB, hours_in_words, number, promise
from tickets.models import Ticket
from tickets.services.proofs import proof_of

NAMES = {Kind.REACTION: "Reakce", Kind.RESOLUTION: "Vyřešení"}
ENDINGS = {Kind.REACTION: "reagováno", Kind.RESOLUTION: "vyřešeno"}
GENITIVES = {Kind.REACTION: "reakce", Kind.RESOLUTION: "vyřešení"}
VERDICTS = {
    Kind.REACTION: {True: "Reakce splněna", False: "Reakce nesplněna", None: "Reakce běží"},
    Kind.RESOLUTION: {True: "Vyřešení splněno", False: "Vyřešení nesplněno", None: "Vyřešení běží"},
}
SHORT = {"met": "splněno", "breached": "nesplněno", "running": "běží", "paused": "hodiny stojí"}
FILED = {True: "v\u00a0pracovní době (WDIN)", False: "mimo pracovní dobu (WDOUT)"}
APPLIES = {"wdin": ", podáno v\u00a0pracovní době", "wdout": ", podáno mimo pracovní dobu", "both": ""}
PAUSES = (Cause.SUSPENDED, Cause.RESOLVED)
HASH_PART = 8


@dataclass(frozen=True)
class Face:
    """One of the two clocks in words.

    mark   value of `data-sla`: running, paused, met or breached
    rest   „rezerva 4 h 9 min“, „překročeno o 2 h“, or why there is neither
    ended  when and by whom it ended; empty while it runs
    """

    name: str
    mark: str
    verdict: str
    short: str
    measured: str
    limit: str
    promise: str
    rest: str
    deadline: datetime | None
    ended: str


@dataclass(frozen=True)
class Row:
    """One day of the drawing, or several that look the same."""

    label: str
    first: date
    svg: SafeString
    counted: str
    words: str


@dataclass(frozen=True)
class Line:
    """One stretch of the table."""

    start: datetime
    end: datetime
    is_counted: bool
    words: str
    length: str
    total: str


@dataclass(frozen=True)
class Table:
    """All stretches of one clock and their sum."""

    title: str
    lines: list[Line]
    is_same: bool
    between: str
    elapsed: str
    counted: str


def sheet(ticket: Ticket, *, at: datetime) -> dict[str, Any] | None:
    """Everything that the page of a request shows; None when no clock runs."""
    stable = proof_of(ticket)
    return None if stable is None else in_words(stable, at=at)


def in_words(stable: Proof, *, at: datetime) -> dict[str, Any]:
    """A proof as of its last event, shown as of `at` while the request runs.

    The fingerprint is of the data up to the last event, so that it stays until something happens.
    """
    proof = stable.as_of(at)
    digits = stable.fingerprint()
    return {
        "proof": proof,
        "faces": [_face(proof.resolution, proof), _face(proof.reaction, proof)],
        "rows": _rows(proof),
        "tables": [_table(proof.resolution), _table(proof.reaction, like=proof.resolution)],
        "shifted": _shifted(proof.resolution),
        "elapsed": exact_span(proof.time_split.elapsed),
        "time_split": _time_split(proof),
        "split_note": _split_note(proof),
        "filed": FILED[proof.course.is_wdin],
        "applies": APPLIES.get(proof.terms.applies_to, ""),
        "calendars": _calendars(proof),
        "notes": _notes(proof),
        "fingerprint": " ".join(digits[part : part + HASH_PART] for part in range(0, len(digits), HASH_PART)),
        "stable_at": stable.until,
    }


def _face(measure: Measure, proof: Proof) -> Face:
    stands = measure.end is None and measure.deadline is None
    mark = "breached" if measure.is_late else "met" if measure.end else "paused" if stands else "running"
    verdict, short = VERDICTS[measure.kind][measure.met], SHORT[mark]
    if measure.end is None and measure.is_late:
        verdict, short = f"{NAMES[measure.kind]} po\u00a0termínu", "po\u00a0termínu"
    elif stands:
        verdict = f"{NAMES[measure.kind]}: hodiny stojí"
    elif measure.end is None and _is_outside(measure, proof):
        verdict, short = f"{NAMES[measure.kind]}: {OUTSIDE}", OUTSIDE
    return Face(
        name=NAMES[measure.kind],
        mark=mark,
        verdict=verdict,
        short=short,
        measured=exact_span(measure.measured),
        limit=_limit(measure.target),
        promise=promise(measure.target),
        rest=_rest(measure),
        deadline=measure.deadline,
        ended=_ended(measure, proof),
    )


def _is_outside(measure: Measure, proof: Proof) -> bool:
    """Whether the clock counts service hours and none run now."""
    rule = proof.terms.reaction if measure.kind is Kind.REACTION else proof.terms.resolution
    return measure.target.counting.in_service and not Clock.of(rule.hours).is_open(measure.until)


def _rest(measure: Measure) -> str:
    if measure.reserve is None:
        return "čeká se na zákazníka"
    if measure.is_late:
        return f"překročeno o{NB}{exact_span(abs(measure.reserve))}"
    return f"{'rezerva' if measure.end else 'zbývá'} {exact_span(max(measure.reserve, 0))}"


def _shifted(measure: Measure) -> str:
    """What pauses did to the deadline."""
    if measure.deadline is None:
        return "hodiny stojí, termín se posouvá"
    return "po\u00a0započtení pozastavení" if any(one.cause in PAUSES for one in measure.intervals) else "hodiny se nezastavily"


def _limit(target: Target) -> str:
    """4 h, 90 min, 2 dny."""
    amount = number(target.amount)
    if target.unit is not Unit.DAY:
        return f"{amount}{NB}{'h' if target.unit is Unit.HOUR else 'min'}"
    whole = target.amount == int(target.amount)
    return counted(int(target.amount), "den,dny,dnů") if whole else f"{amount}{NB}dne"


def _ended(measure: Measure, proof: Proof) -> str:
    """What ended the clock, when and whose act it was."""
    course = proof.course
    if measure.end is None:
        return ""
    act = course.reacted if measure.kind is Kind.REACTION else course.entries[len(course.worked)]
    how = act.reason.lower() if act and act.reason and measure.kind is Kind.REACTION else ENDINGS[measure.kind]
    return f"{how} {exact_moment(measure.end)}" + (f", {act.by}" if act and act.by else "")


def _rows(proof: Proof) -> list[Row]:
    clock = Clock.of(proof.terms.resolution.hours)
    resolution = proof.resolution
    found = days(clock, resolution.intervals, end=resolution.end, deadline=resolution.deadline)
    return [
        Row(
            label=_day_label(day),
            first=day.first,
            svg=mark_safe(picture(day)),  # numbers and words of ours only
            counted=exact_span(day.counted) if day.counted else "",
            words=day.words or "–",
        )
        for day in found
    ]


def _day_label(day: Day) -> str:
    first = _short(day.first)
    return first if day.first == day.last else f"{first} – {_short(day.last)}"


def _short(on: date) -> str:
    return f"{WEEKDAYS[on.weekday()]}{NB}{on.day}.{NB}{on.month}."


def _table(measure: Measure, *, like: Measure | None = None) -> Table:
    """The stretches of one clock; `like` is one that is shown already, whose stretches need no second table."""
    name = GENITIVES[measure.kind]
    is_same = like is not None and measure.intervals == like.intervals
    return Table(
        title=f"Úseky {name} po\u00a0sobě",
        lines=[] if is_same else [_line(one) for one in measure.intervals],
        is_same=is_same,
        between=f"Od\u00a0podání do\u00a0{name if measure.end else exact_moment(measure.until)}",
        elapsed=exact_span(sum(one.seconds for one in measure.intervals)),
        counted=exact_span(measure.measured),
    )


def _line(one: Interval) -> Line:
    return Line(one.start, one.end, one.is_counted, one.words, exact_span(one.seconds), exact_span(one.total))


def _time_split(proof: Proof) -> list[tuple[str, str, str]]:
    """Whose time it was: name, length, and what it means."""
    split = proof.time_split
    rows = [
        ("U\u00a0dodavatele", exact_span(split.supplier), "v\u00a0době poskytování služby"),
        ("U\u00a0zákazníka", exact_span(split.customer), "v\u00a0době poskytování služby"),
    ]
    if split.subsupplier:
        rows.append(("U\u00a0subdodavatele", exact_span(split.subsupplier), "v\u00a0době poskytování služby, lhůta běží dál"))
    rows.append(("Mimo dobu služby", exact_span(split.outside), "nepočítá se nikomu"))
    return rows


def _split_note(proof: Proof) -> str:
    """Why the measured time is not the supplier's share, for whoever compares the two."""
    if proof.terms.resolution.target.counting.in_service:
        return "Podíly jsou v\u00a0hodinách doby poskytování služby od\u00a0podání do\u00a0uzavření, nebo do\u00a0této chvíle."
    return (
        "Podíly jsou v\u00a0hodinách doby poskytování služby od\u00a0podání do\u00a0uzavření, nebo do\u00a0této chvíle. "
        "Lhůta vyřešení se měří nepřetržitě, proto může být změřený čas delší než podíl dodavatele."
    )


def time_split_text(split: TimeSplit | None, *, customer: str) -> str:
    """„u nás 3 h 20 min · u vás 22 h · subdodavatel 1 h“; empty when no clock runs.

    customer  whose side the other one is, in the reader's words
    """
    if split is None:
        return ""
    parts = [f"u{NB}nás{NB}{duration(split.supplier // 60)}", f"{customer}{NB}{duration(split.customer // 60)}"]
    if split.subsupplier:
        parts.append(f"subdodavatel{NB}{duration(split.subsupplier // 60)}")
    return " · ".join(parts)


def _calendars(proof: Proof) -> list[tuple[str, str]]:
    """The calendars that counted: one, or two when a new version came after the reaction."""
    resolution, reaction = proof.terms.resolution, proof.terms.reaction
    if (resolution.calendar, resolution.version) == (reaction.calendar, reaction.version):
        return [("Kalendář", _calendar(resolution))]
    return [("Kalendář pro vyřešení", _calendar(resolution)), ("Kalendář pro reakci", _calendar(reaction))]


def _calendar(rule: Rule) -> str:
    hours = rule.hours
    holidays = "" if hours.always else ", i\u00a0o\u00a0svátcích" if hours.serves_holidays else ", kromě českých svátků"
    return f"{rule.calendar}, verze{NB}{rule.version}: {hours_in_words(hours)}{holidays}"


def _notes(proof: Proof) -> list[str]:
    """What the table alone does not say."""
    notes = []
    if proof.if_upheld:
        notes.append(
            "O\u00a0reklamaci se rozhoduje. Bude-li uznána, dosavadní vyřešení neplatí, čas od podání reklamace se započte "
            f"a\u00a0termín vyřešení bude {exact_moment(proof.if_upheld)}. Doba ve stavu Vyřešeno se nezapočte nikdy."
        )
    if _was_refused(proof):
        notes.append("Reklamace nebyla uznána: platí původní vyřešení a\u00a0čas po něm se nezapočítává.")
    if any(state is State.DISPUTED for state in (entry.state for entry in proof.course.worked)):
        notes.append("Reklamace byla uznána: čas od jejího podání se započítal zpětně, doba ve stavu Vyřešeno ne.")
    return notes


def _was_refused(proof: Proof) -> bool:
    after = [entry.state for entry in proof.course.entries[len(proof.course.worked) :]]
    return State.DISPUTED in after and after[-1] is State.CLOSED
