"""Both clocks of a request, by a replay of its log: the one place that writes the SLA columns.

No counters: each transition reads the whole life anew, so nothing can drift, and the nightly check repeats it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

from django.db import connection, transaction

from helpdesk.customers.channels import Channel
from helpdesk.customers.models import ContractParagraph, SlaLine
from helpdesk.customers.services.sla import levels_of, line_for
from sla.calendars import clock_of
from sla.clock import Clock, Kind, State, at_share
from sla.models import CalendarVersion
from sla.verdict import ENDED, Verdict, deadline_if_upheld, reaction_verdict, resolution_verdict
from tickets.models import SlaTerms, Ticket, TicketEvent
from tickets.models.clocks import ATOMS, BREACHED, NEVER, NO_CLOCK

_TERMS: Any = Ticket._meta.get_field("sla_terms")

Line = list[tuple[datetime, State]]

# Moves between states, the first answer of ours, and the warnings given: all that the clocks of requests depend on.
LIVES = """
SELECT ticket_id, 1 AS source, id, at, to_status, from_status = 'new' AND actor_id IS NOT NULL AND to_status <> 'cancelled', 0
  FROM tickets_ticketevent WHERE ticket_id = ANY(%(ids)s) AND to_status <> ''
UNION ALL
SELECT ticket_id, 2, min(id), min(at), '', true, 0
  FROM tickets_message WHERE ticket_id = ANY(%(ids)s) AND is_ours GROUP BY ticket_id
UNION ALL
SELECT ticket_id, 3, id, at, kind, false, percent
  FROM tickets_slaalarm WHERE ticket_id = ANY(%(ids)s)
ORDER BY 1, 2, 3
"""


@dataclass
class Life:
    """What the log says of one request.

    line       the states it went through, oldest first
    reacted_at the first step of a person out of NEW, or the first public answer of a person of ours; None = not yet (D8)
    warned     levels that were noticed, as (kind, percent)
    """

    line: Line = field(default_factory=list)
    reacted_at: datetime | None = None
    warned: set[tuple[str, int]] = field(default_factory=set)

    @property
    def state(self) -> State:
        return self.line[-1][1]

    def since(self, start: datetime) -> Life:
        """The same life for a clock that starts at `start`: what was before counts as of then (S4-42)."""
        line = [(max(at, start), state) for at, state in self.line]
        reacted_at = max(self.reacted_at, start) if self.reacted_at else None
        return Life(line, reacted_at, self.warned)


@dataclass(frozen=True)
class Measured:
    """The two clocks that a request is measured by; they differ when a new version came after the reaction."""

    reaction: Clock
    resolution: Clock

    @classmethod
    def of(cls, ticket: Ticket) -> Measured:
        return cls(clock_of(ticket.reaction_version_id), clock_of(ticket.calendar_version_id))


def lives_of(ids: Collection[int]) -> dict[int, Life]:
    """What the log says of each request, in one statement."""
    lives = {pk: Life() for pk in ids}
    with connection.cursor() as cursor:
        cursor.execute(LIVES, {"ids": list(ids)})
        for pk, source, _, at, word, reacts, percent in cursor.fetchall():
            life = lives[pk]
            if source == 3:
                life.warned.add((word, percent))
                continue
            if source == 1:
                life.line.append((at, State(word)))
            if reacts:
                life.reacted_at = min(at, life.reacted_at or at)
    return lives


def follow(ticket: Ticket, event: TicketEvent) -> None:
    """Bring the clocks in line with an event that was just written; the caller saves the ticket.

    The first act of a person on an e-mail that nobody confirmed yet makes it effective (D18).
    """
    terms = terms_of(ticket)
    if terms is None:
        return
    answers = event.kind == TicketEvent.Kind.MESSAGE and ticket.reaction_met is None
    if not (answers or event.to_status or event.kind == TicketEvent.Kind.RECLASSIFIED):
        return
    if terms.clock_start_at is None and event.actor_id and event.kind != TicketEvent.Kind.FILED:
        _promise(ticket, start=event.at)
    settle(ticket)


def terms_of(ticket: Ticket) -> SlaTerms | None:
    """The copied terms; None for a request without an SLA."""
    return getattr(ticket, "sla_terms", None)


def first_terms(ticket: Ticket) -> None:
    """Copy what the paragraph of a new request promises; the event of filing settles the clocks.

    The line is chosen by whether the report lies in service hours, by the newest published version of the paragraph's
    calendar. An e-mail has no clock until `start_clock`; everything else counts from its report, a call from the call.

    source  S4-42, S4-69, S4-70, C37, D7, D15
    """
    _TERMS.set_cached_value(ticket, None)
    _promise(ticket, start=_report(ticket))


def new_terms(ticket: Ticket) -> None:
    """Copy what another paragraph promises; the report, the pauses and the warnings given stay (D15)."""
    terms = terms_of(ticket)
    _promise(ticket, start=terms.clock_start_at if terms else _report(ticket))


def _report(ticket: Ticket) -> datetime | None:
    return None if ticket.channel == Channel.EMAIL else ticket.created_at


@transaction.atomic
def start_clock(*, ticket: Ticket, at: datetime) -> Ticket:
    """The confirmation of an e-mail has left: its clocks run from now on; a second call changes nothing.

    source  S4-42, C04
    """
    ticket = Ticket.objects.locked(ticket.pk)
    terms = terms_of(ticket)
    if terms and terms.clock_start_at is None:
        _promise(ticket, start=max(at.replace(microsecond=0), ticket.created_at))
        settle(ticket)
        Ticket.objects.filter(pk=ticket.pk).update(**{name: getattr(ticket, name) for name in NO_CLOCK})
    return ticket


def _promise(ticket: Ticket, *, start: datetime | None) -> None:
    """Write the terms of the ticket's paragraph and choose the calendar; without an SLA there are none."""
    _clear(ticket)
    offer = offered(ticket.paragraph, at=start or ticket.created_at)
    if offer is None:
        SlaTerms.objects.filter(ticket=ticket).delete()
        _TERMS.set_cached_value(ticket, None)
        return
    terms = terms_by(offer, start=start)
    terms.ticket = ticket
    terms.levels = [[level.percent, level.to_assignee, level.to_leaders] for level in levels_of(ticket.contract)]
    terms.save(force_insert=terms_of(ticket) is None)
    ticket.sla_terms = terms
    if start:
        ticket.is_wdin = offer.is_wdin
        ticket.calendar_version_id = ticket.reaction_version_id = offer.version


@dataclass(frozen=True)
class Offer:
    """What a paragraph promises for a report at one instant.

    version  key of the calendar version that counts
    """

    paragraph: ContractParagraph
    line: SlaLine
    version: int
    is_wdin: bool


def offered(paragraph: ContractParagraph, *, at: datetime) -> Offer | None:
    """The line and the calendar of a report at that instant; None without an SLA (S4-69, S4-70, D7)."""
    calendar = paragraph.calendar_id or paragraph.contract.calendar_id
    version = CalendarVersion.objects.newest_of(calendar) if calendar and paragraph.has_sla else None
    is_wdin = clock_of(version.pk).is_open(at) if version else False
    line = line_for(paragraph, is_open=is_wdin) if version else None
    return Offer(paragraph, line, version.pk, is_wdin) if version and line else None


def terms_by(offer: Offer, *, start: datetime | None) -> SlaTerms:
    """The terms to be copied to a request, unsaved and without its warnings."""
    line = offer.line
    return SlaTerms(
        paragraph=str(offer.paragraph),
        applies_to=line.applies_to,
        method=line.method,
        clock_start_at=start,
        **{f"{kind}_{atom}": getattr(line, f"{kind}_{atom}") for kind in Kind for atom in ATOMS},
    )


def _clear(ticket: Ticket) -> None:
    for name, value in NO_CLOCK.items():
        setattr(ticket, name, value)


def settle(ticket: Ticket) -> None:
    """Replay the life of a locked request and set all SLA columns; the caller saves it.

    The calendar versions stay; a reaction that was decided keeps the version by which it was.

    source  S4-18 to S4-22, D2, D4, D8, D9
    """
    terms = terms_of(ticket)
    if terms and terms.clock_start_at and ticket.calendar_version_id:
        apply(ticket, terms, lives_of([ticket.pk])[ticket.pk])


def apply(ticket: Ticket, terms: SlaTerms, life: Life) -> None:
    """Set the columns from a life that was read; the pure part of `settle`, used in batches too."""
    if life.state is State.CANCELLED:
        _clear(ticket)
        return
    for name, value in columns(terms, life, Measured.of(ticket)).items():
        setattr(ticket, name, value)


def columns(terms: SlaTerms, life: Life, by: Measured) -> dict[str, Any]:
    """The values of the SLA columns of a request whose clock has started and that is not cancelled."""
    life = life.since(terms.clock_start_at or life.line[0][0])
    verdicts = verdicts_of(terms, life, by)
    values = {
        "reaction_met_at": verdicts[Kind.REACTION].end,
        **{f"{kind}_{name}": value for kind, verdict in verdicts.items() for name, value in _stored(verdict).items()},
    }
    open_kinds = [] if life.state in ENDED else [kind for kind in Kind if verdicts[kind].end is None]
    dues = [due for kind in open_kinds if (due := verdicts[kind].deadline)]
    if due := deadline_if_upheld(by.resolution, terms.target(Kind.RESOLUTION), life.line):
        dues = [due]
    alarms = [alarm.at for kind in open_kinds if (alarm := next_alarm(terms, life, by, kind, verdicts[kind]))]
    return values | {"next_due_at": min(dues, default=NEVER), "alarm_at": min(alarms, default=None)}


def verdicts_of(terms: SlaTerms, life: Life, by: Measured) -> dict[Kind, Verdict]:
    """Both clocks of a life that begins with the start of the clock."""
    return {
        Kind.REACTION: reaction_verdict(by.reaction, terms.target(Kind.REACTION), life.line, life.reacted_at),
        Kind.RESOLUTION: resolution_verdict(by.resolution, terms.target(Kind.RESOLUTION), life.line),
    }


def _stored(verdict: Verdict) -> dict[str, Any]:
    return {
        "due_at": verdict.deadline,
        "breach_at": verdict.breach,
        "met": verdict.is_met,
        "seconds": verdict.measured,
    }


def if_upheld(ticket: Ticket) -> datetime | None:
    """By when a request must be resolved if its open complaint is upheld; None without an SLA or a complaint (C07)."""
    terms = terms_of(ticket)
    if terms is None or terms.clock_start_at is None or ticket.status != State.DISPUTED:
        return None
    line = lives_of([ticket.pk])[ticket.pk].since(terms.clock_start_at).line
    return deadline_if_upheld(Measured.of(ticket).resolution, terms.target(Kind.RESOLUTION), line)


@dataclass(frozen=True)
class Alarm:
    """A level of warning that is reached at a known instant, inside the service hours."""

    kind: Kind
    percent: int
    at: datetime


def next_alarm(terms: SlaTerms, life: Life, by: Measured, kind: Kind, verdict: Verdict) -> Alarm | None:
    """The lowest level of an open clock that nobody was warned at yet; None when there is none or the clock stands before it."""
    percent = next((level[0] for level in terms.levels if (kind.value, level[0]) not in life.warned), None)
    return None if percent is None else alarm_of(terms, life, by, kind, percent, verdict)


def alarm_of(terms: SlaTerms, life: Life, by: Measured, kind: Kind, percent: int, verdict: Verdict) -> Alarm | None:
    """When a level is reached; the last one is not when the amount is used up, but when the target is broken (D4)."""
    clock = by.reaction if kind is Kind.REACTION else by.resolution
    if percent >= BREACHED:
        at = verdict.breach + timedelta(seconds=1) if verdict.breach else None
    else:
        at = at_share(clock, terms.target(kind), life.line, Fraction(percent, 100))
    return Alarm(kind, percent, clock.next_opening(at)) if at else None
