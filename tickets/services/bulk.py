"""The same act on several requests at once; one that refuses does not stop the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from helpdesk.customers.actor import Actor
from helpdesk.customers.models import User
from helpdesk.errors import DomainError
from tickets.models import Ticket
from tickets.services import lifecycle, registering


@dataclass(frozen=True)
class Outcome:
    """How the act ended for one request; `refusal` is "" or the sentence why not."""

    ticket: Ticket
    refusal: str = ""


def accept_each(*, tickets: Iterable[Ticket], by: Actor, at: datetime) -> list[Outcome]:
    """Take several new requests over, each in a transaction of its own.

    source  S3-04
    """
    return [_attempt(ticket, lambda one: lifecycle.accept(ticket=one, by=by, at=at, starts_work=False)) for ticket in tickets]


def escalate_each(*, tickets: Iterable[Ticket], assignee: User, by: Actor, at: datetime) -> list[Outcome]:
    """Hand several requests over to one solver, each in a transaction of its own; new ones are accepted with it.

    source  S3-05, D30
    """

    def hand_over(ticket: Ticket) -> Ticket:
        return registering.accept_and_escalate(ticket=ticket, assignee=assignee, by=by, at=at, starts_work=False)

    return [_attempt(ticket, hand_over) for ticket in tickets]


def _attempt(ticket: Ticket, act: Callable[[Ticket], Ticket]) -> Outcome:
    try:
        with transaction.atomic():
            return Outcome(act(ticket))
    except DomainError as refused:  # the refusal is this row's result, the other rows go on
        return Outcome(ticket, str(refused))
