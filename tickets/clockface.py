"""The clocks of requests as lists and pages show them: stored columns, copied terms and the present moment, nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from helpdesk.formats import weekday_moment
from sla.calendars import clock_of
from sla.clock import Kind, State, Target
from sla.face import Face, Hand, Tone, read, until
from sla.words import limit
from tickets.models import SlaTerms, Status, Ticket, TicketEvent
from tickets.models.clocks import ATOMS, NEVER, target_of_atoms
from tickets.services.clocks import terms_of

TERMS = tuple(f"{kind}_{atom}" for kind in Kind for atom in ATOMS)
START = "clock_start_at"
STORED = (
    "calendar_version_id",
    "reaction_version_id",
    "reaction_due_at",
    "reaction_met",
    "reaction_seconds",
    "resolution_due_at",
    "resolution_met",
    "resolution_seconds",
    "next_due_at",
)
PROMISES = ", ".join(f"{name}::text" for name in TERMS)
# The columns of a row that `sign` reads, in SQL over tickets_ticket. Subqueries, as joins take PostgreSQL longer to plan than
# these to run: the last change of state comes by the index of the log, in a hundredth of a millisecond.
COLUMNS = {name: name for name in STORED} | {
    "terms": f"(SELECT ARRAY[{PROMISES}] FROM tickets_slaterms WHERE ticket_id = tickets_ticket.id)",  # noqa: S608 - our own names
    "changed": "(SELECT e.at FROM tickets_ticketevent e WHERE e.ticket_id = tickets_ticket.id AND e.to_status <> '' "
    "ORDER BY e.id DESC LIMIT 1)",
}
SLA_TERMS: Any = Ticket._meta.get_field("sla_terms")
NO_SLA = "bez SLA"
NOT_RUNNING = "neběží"  # an e-mail that nobody confirmed yet, or a cancelled request
VERSIONS = {Kind.REACTION: "reaction_version_id", Kind.RESOLUTION: "calendar_version_id"}
NAMES = {Kind.REACTION: "Reakce", Kind.RESOLUTION: "Vyřešení"}
BAR_TONES = {Tone.MET: "ok", Tone.WARNING: "warn", Tone.BREACHED: "bad", Tone.PAUSED: "idle"}
LEADS = {Kind.REACTION: "na reakci", Kind.RESOLUTION: "zbývá"}

Get = Callable[[str], Any]
Targets = Mapping[Kind, Target]


@dataclass(frozen=True, slots=True)
class Sign:
    """The clock that matters, in one phrase; `second` tells the other one, "" where it adds nothing."""

    tone: Tone
    text: str
    second: str = ""


@dataclass(frozen=True)
class Box:
    """One clock with all that a page says of it.

    tone      of its bar; "" for the usual one
    bar       percent for the bar, at most 100; None for no bar
    sentence  the amount with the deadline
    """

    name: str
    face: Face
    tone: str
    bar: int | None
    sentence: str


@dataclass(frozen=True)
class Panel:
    """Both clocks of a request, or one sentence why there are none.

    note  what else matters now, "" for nothing
    """

    boxes: list[Box]
    note: str


def sign(row: Mapping[str, Any], now: datetime) -> Sign:
    """The mark of a row that was read with its status and COLUMNS: reaction until it is met, then resolution.

    source  S4-10, S4-15 to S4-22, D4, D9
    """
    if row["terms"] is None:
        return Sign(Tone.NONE, NO_SLA)
    if row["calendar_version_id"] is None:
        return Sign(Tone.NONE, NOT_RUNNING)
    get, targets, changed = row.__getitem__, _targets(*row["terms"]), row["changed"]
    resolution = _face(Kind.RESOLUTION, get, targets, now, changed)
    if row["status"] == Status.DISPUTED and row["next_due_at"] < NEVER:
        return Sign(Tone.PAUSED, f"při uznání {_upheld(get, targets, now)}", f"vyřešení: {resolution.word}")
    reaction = _face(Kind.REACTION, get, targets, now, changed)
    if row["reaction_met"] is None and row["resolution_met"] is None:
        return Sign(reaction.tone, _phrase(Kind.REACTION, reaction), f"vyřešení {resolution.amount or resolution.word}")
    return Sign(resolution.tone, _phrase(Kind.RESOLUTION, resolution), f"reakce: {reaction.word}")


def remember_terms(ticket: Ticket, texts: list[str] | None) -> None:
    """Give a request the promises that were read along as texts, TERMS and then START; None for one without an SLA."""
    values: dict[str, Any] = dict(zip((*TERMS, START), texts or (), strict=bool(texts)))
    if texts:
        values[START] = values[START] and datetime.fromisoformat(values[START])
        values |= {name: Decimal(values[name]) for name in ("reaction_amount", "resolution_amount")}
    SLA_TERMS.set_cached_value(ticket, SlaTerms(ticket_id=ticket.pk, **values) if texts else None)


def panel(ticket: Ticket, now: datetime, *, changed: datetime | None) -> Panel:
    """Both clocks of one request whose terms were read along.

    changed  when its state changed last
    """
    terms = terms_of(ticket)
    if terms is None:
        return Panel([], "Tento požadavek nepodléhá lhůtám SLA.")
    if ticket.status == Status.CANCELLED:
        return Panel([], "Požadavek je zrušený, lhůty SLA se u něj neměří.")
    if ticket.calendar_version_id is None:
        return Panel([], "Lhůty SLA zatím neběží. Začnou, jakmile odejde potvrzení o přijetí e\u2011mailu.")
    get, targets = (lambda name: getattr(ticket, name)), {kind: terms.target(kind) for kind in Kind}
    return Panel([_box(kind, get, targets, now, changed) for kind in Kind], _note(ticket, get, targets, now))


def changed_at(events: Iterable[TicketEvent]) -> datetime | None:
    """When the state changed last by events that are read already, oldest first."""
    return max((event.at for event in events if event.to_status), default=None)


@lru_cache(maxsize=1024)
def _targets(*terms: str) -> Targets:
    """Both promises of a row; few different ones stand behind many requests."""
    atoms = dict(zip(TERMS, terms, strict=True))
    amounts = {kind: Decimal(atoms[f"{kind}_amount"]) for kind in Kind}
    return {kind: target_of_atoms(amounts[kind], *(atoms[f"{kind}_{name}"] for name in ATOMS[1:])) for kind in Kind}


def _face(kind: Kind, get: Get, targets: Targets, now: datetime, changed: datetime | None) -> Face:
    return read(_hand(kind, get, targets, changed), now)


def _hand(kind: Kind, get: Get, targets: Targets, changed: datetime | None) -> Hand:
    return Hand(
        State(get("status")),
        targets[kind],
        clock_of(get(VERSIONS[kind])),
        get(f"{kind}_due_at"),
        get(f"{kind}_met"),
        get(f"{kind}_seconds"),
        changed,
    )


def _phrase(kind: Kind, face: Face) -> str:
    """One phrase for a list: „na reakci 3 h“, „stojí, zbývá 6 h 5 min“, „po termínu 2 h“."""
    if face.tone in (Tone.MET, Tone.NONE) or face.word == "nesplněno":
        return face.word
    if face.tone is Tone.BREACHED:
        late = face.amount or face.word
        return f"reakce {late}" if kind is Kind.REACTION else late
    rest = f"{LEADS[kind]} {face.length}" if face.length else ""
    if face.tone is Tone.PAUSED:
        return f"{face.word}, {rest}" if rest else face.word
    return rest


def _upheld(get: Get, targets: Targets, now: datetime) -> str:
    in_service = targets[Kind.RESOLUTION].counting.in_service
    return until(clock_of(get("calendar_version_id")), due=get("next_due_at"), now=now, in_service=in_service)


def _box(kind: Kind, get: Get, targets: Targets, now: datetime, changed: datetime | None) -> Box:
    hand = _hand(kind, get, targets, changed)
    face = read(hand, now)
    words = f"Lhůta {limit(hand.target)}" if hand.target.amount else "Ihned"
    rest = f"termín {weekday_moment(hand.due)}." if hand.due else _standing(changed)
    bar = None if face.percent is None else min(face.percent, 100)
    return Box(NAMES[kind], face, BAR_TONES.get(face.tone, ""), bar, f"{words}, {rest}")


def _standing(since: datetime | None) -> str:
    when = f" od {weekday_moment(since)}" if since else ""
    return f"stojí{when}, termín se určí po\u00a0obnovení."


def _note(ticket: Ticket, get: Get, targets: Targets, now: datetime) -> str:
    if ticket.status == Status.DISPUTED and ticket.next_due_at < NEVER:
        late = _upheld(get, targets, now)
        verdict = "splněná" if ticket.resolution_met else "nesplněná"
        return (
            f"Posuzuje se reklamace. Pokud bude uznána, termín vyřešení je {weekday_moment(ticket.next_due_at)} ({late}); "
            f"pokud ne, platí dosavadní vyřešení, lhůta {verdict}, termín {weekday_moment(ticket.resolution_due_at)}."
        )
    return ""
