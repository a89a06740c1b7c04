"""Collects what the proof of a request's deadlines follows from: its terms, its log, the waiting for subsuppliers.

Writes nothing: what is stored is a replay of the same rows, and the proof is that replay with its reasons.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import connection
from django.db.models import Q

from sla.calendars import clock_of
from sla.clock import Kind, State
from sla.intervals import Entry
from sla.models import CalendarVersion
from sla.proof import Course, Proof, Rule, Terms, prove, time_split_of
from sla.time_split import TimeSplit, Wait
from tickets.models import CooperationRequest, SlaTerms, Status, Ticket, TicketEvent
from tickets.services.clocks import Life, lives_of, terms_of

SUPPLIER, CUSTOMER, SYSTEM = "dodavatel", "zákazník", "systém"
ANSWERED = "první odpověď zákazníkovi"


def proof_of(ticket: Ticket, *, until: datetime | None = None) -> Proof | None:
    """The proof of a request; None when no clock runs, `why_without_clock` says why.

    until    for one that still runs; None takes the last change of state, so that the fingerprint stays
    source   S4-26, S4-67
    """
    terms = terms_of(ticket)
    if terms is None or terms.clock_start_at is None or ticket.calendar_version is None or ticket.reaction_version is None:
        return None
    life = lives_of([ticket.pk])[ticket.pk]
    events = _events(ticket, life)
    return prove(
        terms=Terms(
            contract=str(ticket.contract),
            paragraph=terms.paragraph,
            method=terms.method,
            applies_to=terms.applies_to,
            reaction=_rule(terms, Kind.REACTION, ticket.reaction_version),
            resolution=_rule(terms, Kind.RESOLUTION, ticket.calendar_version),
        ),
        course=Course(
            number=ticket.pk,
            is_wdin=bool(ticket.is_wdin),
            entries=_entries(ticket, life.since(terms.clock_start_at), [event for event in events if event.to_status]),
            reacted=_reacted(life, life.since(terms.clock_start_at), events),
            waits=waits_of(ticket),
            received_at=_received_at(ticket, terms),
        ),
        until=until,
    )


# Moves between states and waiting for subsuppliers: one statement for a line on a page.
COURSE = """
SELECT 1, id, at, NULL, to_status FROM tickets_ticketevent WHERE ticket_id = %(pk)s AND to_status <> ''
UNION ALL
SELECT 2, id, started_at, ended_at, subsupplier FROM tickets_subsupplierwait WHERE ticket_id = %(pk)s
ORDER BY 1, 2
"""


def time_split_now(ticket: Ticket, *, at: datetime) -> TimeSplit | None:
    """Whose time it was until the request was closed, or `at`; None when no clock runs.

    source   S3-13, S4-64, C32, D38
    """
    if ticket.calendar_version_id is None:
        return None
    with connection.cursor() as cursor:
        cursor.execute(COURSE, {"pk": ticket.pk})
        rows = cursor.fetchall()
    moves = [(moved_at, word) for source, _, moved_at, _, word in rows if source == 1]
    waits = [Wait(word, low, high) for source, _, low, high, word in rows if source == 2]
    return time_split_by_log(ticket, moves=moves, waits=waits, at=at)


def time_split_by_log(
    ticket: Ticket, *, moves: Iterable[tuple[datetime, str]], waits: Iterable[Wait], at: datetime
) -> TimeSplit | None:
    """The same for a page that has the moves between states at hand: (instant, new state) in the order of the log."""
    terms = terms_of(ticket)
    if ticket.calendar_version_id is None or terms is None or terms.clock_start_at is None:
        return None
    begins = terms.clock_start_at
    entries = tuple(Entry(max(moved_at, begins), State(word)) for moved_at, word in moves)
    course = Course(ticket.pk, bool(ticket.is_wdin), entries, waits=tuple(waits), received_at=_received_at(ticket, terms))
    return time_split_of(hours=clock_of(ticket.calendar_version_id).hours, course=course, at=at)


def _received_at(ticket: Ticket, terms: SlaTerms) -> datetime | None:
    """Of an e-mail that came before its clock could start (S4-42)."""
    is_later = terms.clock_start_at and ticket.created_at < terms.clock_start_at
    return ticket.created_at if is_later else None


def why_without_clock(ticket: Ticket) -> str:
    """A sentence for a request that has no proof."""
    if ticket.status == Status.CANCELLED:
        return "Požadavek je zrušený a\u00a0bere se, jako by nebyl podán. Žádné lhůty pro něj neběží."
    if terms_of(ticket) is not None:
        return "Lhůty začnou běžet, jakmile zákazníkovi odejde potvrzení přijetí. Zatím neodešlo."
    return f"Na odstavec smlouvy „{ticket.paragraph}“ se lhůty SLA nevztahují."


def _rule(terms: SlaTerms, kind: Kind, version: CalendarVersion) -> Rule:
    return Rule(terms.target(kind), str(version.calendar), version.number, clock_of(version.pk).hours)


def waits_of(ticket: Ticket) -> tuple[Wait, ...]:
    """The marks of waiting for subsuppliers, in the order they were set."""
    return tuple(Wait(one.subsupplier, one.started_at, one.ended_at) for one in ticket.subsupplier_waits.all())


def _events(ticket: Ticket, life: Life) -> list[TicketEvent]:
    """Moves between states in the order of the log, and the answer that may have met the reaction."""
    answers = Q(kind=TicketEvent.Kind.MESSAGE, at=life.reacted_at, actor__is_staff=True) if life.reacted_at else Q()
    moves = ~Q(to_status="")
    return list(ticket.events.filter(moves | answers if life.reacted_at else moves).select_related("actor"))


def _entries(ticket: Ticket, life: Life, events: Iterable[TicketEvent]) -> tuple[Entry, ...]:
    missing = _missing(ticket) if any(state is State.SUSPENDED for _, state in life.line) else {}
    return tuple(
        Entry(at, state, _reason(event, missing), _side(event), str(event.actor or ""))
        # Shorter wins: a move that came between the two statements stands at the end of one of them only.
        for (at, state), event in zip(life.line, events, strict=False)
    )


def _missing(ticket: Ticket) -> dict[datetime, str]:
    """What the customer was asked for, by the instant of asking."""
    found: dict[datetime, list[str]] = {}
    for at, what in CooperationRequest.objects.filter(ticket=ticket).values_list("created_at", "what"):
        found.setdefault(at, []).append(what)
    return {at: ", ".join(items) for at, items in found.items()}


def _reason(event: TicketEvent, missing: dict[datetime, str]) -> str:
    """What the customer was to deliver: the reason chosen by support, and its words or else the things asked for."""
    if event.to_status != Status.SUSPENDED:
        return ""
    said = event.text if event.kind == TicketEvent.Kind.SUSPENDED else ""  # with a decision stands the reasoning of the complaint
    return ": ".join(part for part in (event.detail, said or missing.get(event.at, "")) if part)


def _side(event: TicketEvent) -> str:
    if event.actor is None:
        return SYSTEM
    return SUPPLIER if event.actor.is_staff else CUSTOMER


def _reacted(life: Life, clamped: Life, events: Iterable[TicketEvent]) -> Entry | None:
    """The first human step or answer, and whose it was (D8)."""
    if life.reacted_at is None or clamped.reacted_at is None:
        return None
    acts = [event for event in events if event.at == life.reacted_at and event.actor]
    act = next((event for event in acts if event.kind == TicketEvent.Kind.MESSAGE or event.from_status == Status.NEW), None)
    if act is None:
        return Entry(clamped.reacted_at, State.ACCEPTED)
    how = ANSWERED if act.kind == TicketEvent.Kind.MESSAGE else act.get_kind_display()
    return Entry(clamped.reacted_at, State.ACCEPTED, how, _side(act), str(act.actor))
