"""What every act on a request shares: the lock, the time, the event."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django_fsm import can_proceed

from helpdesk.customers.actor import Actor
from helpdesk.errors import DomainError
from tickets.models import Ticket, TicketEvent
from tickets.services import clocks

DETAIL_LIMIT = 300


class StateChanged(DomainError):
    """The act does not fit the present state, as a rule because somebody else was quicker."""


def lock(ticket: Ticket, at: datetime) -> tuple[Ticket, datetime]:
    """Lock the row and settle the time of the act.

    returns  the fresh row; `at` in whole seconds, not before the last event
    source   D14
    """
    locked = Ticket.objects.locked(ticket.pk)
    return locked, max(at.replace(microsecond=0), locked.last_event_at)


def require(ticket: Ticket, *transitions: str) -> None:
    """Refuse the act in words unless one of the transitions is possible now."""
    if not any(can_proceed(getattr(ticket, name)) for name in transitions):
        raise StateChanged(
            f"Požadavek {ticket.pk} je nyní ve stavu „{ticket.get_status_display()}“, tento krok v něm není možný. "
            "Načtěte stránku znovu a podívejte se, co se změnilo."
        )


def write_event(
    ticket: Ticket,
    kind: TicketEvent.Kind,
    *,
    by: Actor,
    at: datetime,
    from_status: str | None = None,
    detail: str = "",
    **fields: Any,
) -> TicketEvent:
    """Append to the log, move the ticket's `last_event_at` and settle its clocks; the caller saves the ticket.

    from_status  the state before a transition; None when the act changed no state
    detail       cut to its column: two long names joined in a sentence are longer than each
    """
    ticket.last_event_at = at
    moved = {} if from_status is None else {"from_status": from_status, "to_status": ticket.status}
    event = TicketEvent.objects.create(
        ticket=ticket,
        kind=kind,
        at=at,
        actor=by.user,
        channel=by.channel,
        ip=by.ip,
        detail=detail[:DETAIL_LIMIT],
        **moved,
        **fields,
    )
    clocks.follow(ticket, event)
    return event
