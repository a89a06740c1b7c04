"""What the deadlines of a report would be: „Když odešlete teď“ and „Spočítat lhůty“, by the very code that stores them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from helpdesk.customers.models import ContractParagraph
from helpdesk.errors import DomainError
from sla.calendars import clock_of
from sla.clock import Kind, State
from sla.words import hours_in_words, promise
from tickets.services.clocks import Life, Measured, columns, offered, terms_by


class PauseRefused(DomainError):
    """A pause that cannot have been."""


@dataclass(frozen=True)
class Foresight:
    """Both deadlines of a request that is not filed.

    at        the report
    hours     when the service runs, in words
    *_limit   what the contract promises, in words
    """

    at: datetime
    is_wdin: bool
    hours: str
    reaction_limit: str
    resolution_limit: str
    reaction_due_at: datetime
    resolution_due_at: datetime


def foresee(
    *, paragraph: ContractParagraph, at: datetime, paused_at: datetime | None = None, resumed_at: datetime | None = None
) -> Foresight | None:
    """The deadlines of a report at an instant, also with one pause in its life; None without an SLA.

    The pause stops both clocks, as if nobody had reacted before it.

    raises   PauseRefused
    source   S4-18, S4-69, C37, D2, D15
    """
    at = at.replace(microsecond=0)
    offer = offered(paragraph, at=at)
    if offer is None:
        return None
    life = Life([(at, State.NEW), *_pause(at, paused_at, resumed_at)])
    terms = terms_by(offer, start=at)
    clock = clock_of(offer.version)
    values: dict[str, Any] = columns(terms, life, Measured(clock, clock))
    return Foresight(
        at=at,
        is_wdin=offer.is_wdin,
        hours=hours_in_words(clock.hours),
        reaction_limit=promise(terms.target(Kind.REACTION)),
        resolution_limit=promise(terms.target(Kind.RESOLUTION)),
        reaction_due_at=values["reaction_due_at"],
        resolution_due_at=values["resolution_due_at"],
    )


def _pause(at: datetime, paused_at: datetime | None, resumed_at: datetime | None) -> list[tuple[datetime, State]]:
    if paused_at is None and resumed_at is None:
        return []
    if paused_at is None or resumed_at is None:
        raise PauseRefused("Pozastavení má začátek i konec. Vyplňte obojí, nebo nic.")
    if not at <= paused_at <= resumed_at:
        raise PauseRefused("Pozastavení musí začít po nahlášení a skončit až po svém začátku. Opravte časy.")
    return [(paused_at.replace(microsecond=0), State.SUSPENDED), (resumed_at.replace(microsecond=0), State.ACCEPTED)]
