"""Colleagues of the author who see a request, and who of the customer's people may write into it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from helpdesk.customers.actor import Actor
from helpdesk.customers.models import Membership, User
from helpdesk.customers.services import limits
from helpdesk.errors import DomainError
from tickets.models import Participant, Ticket, TicketEvent
from tickets.services import log


class ParticipantRefused(DomainError):
    """Only active people of the same company may be added, each once."""


class ReadOnly(DomainError):
    """A participant without the right to write only reads."""


@dataclass(frozen=True)
class Rights:
    """What a person who sees a request may do with it.

    writes   messages, complaints, confirmation, question about the status
    manages  who else sees it and writes
    """

    writes: bool
    manages: bool


def rights_of(user: User, ticket: Ticket) -> Rights:
    """The author and the company's managers do everything; a participant writes if allowed."""
    leads = any(one.is_manager and one.customer_id == ticket.customer_id for one in user.active_memberships)
    if leads or ticket.author_id == user.pk:
        return Rights(writes=True, manages=True)
    writes = Participant.objects.filter(ticket=ticket, user=user, may_write=True).exists()
    return Rights(writes=writes, manages=False)


def require_writing(user: User, ticket: Ticket) -> None:
    """Refuse an act of somebody who only reads.

    raises  ReadOnly
    """
    if not rights_of(user, ticket).writes:
        raise ReadOnly("Tento požadavek smíte číst, ne do něj psát. O právo psát požádejte toho, kdo jej zadal.")


def addable_people(ticket: Ticket) -> list[User]:
    """Active people of the customer who do not see the request yet: no author, manager or participant."""
    colleagues = Membership.objects.active().filter(customer_id=ticket.customer_id, is_member=True, is_manager=False)
    return list(
        User.objects.filter(pk__in=colleagues.values("user"))
        .exclude(pk=ticket.author_id)
        .exclude(participations__ticket=ticket)
        .order_by("sort_key", "id")
    )


@transaction.atomic
def add_participant(*, ticket: Ticket, person: User, may_write: bool, by: Actor, at: datetime) -> Participant:
    """Let a colleague see the request, and write if `may_write`; for one already added the right is set anew.

    raises  ParticipantRefused
    """
    ticket, at = log.lock(ticket, at)
    if not Membership.objects.active().filter(customer_id=ticket.customer_id, user=person).exists():
        raise ParticipantRefused("Přidat lze jen kolegu ze stejné firmy. Vyberte ho ze seznamu.")
    limits.count_sent(kind=limits.Kind.MESSAGE, by=by, at=at)
    participant, _ = Participant.objects.update_or_create(
        ticket=ticket, user=person, defaults={"may_write": may_write}, create_defaults={"may_write": may_write, "added_at": at}
    )
    _note(ticket, f"{person} {'vidí a píše' if may_write else 'vidí'}", by=by, at=at)
    return participant


@transaction.atomic
def remove_participant(*, participant: Participant, by: Actor, at: datetime) -> None:
    """Take the request away from a colleague; a second click changes nothing."""
    ticket, at = log.lock(participant.ticket, at)
    deleted, _ = Participant.objects.filter(pk=participant.pk).delete()
    if deleted:
        _note(ticket, f"{participant.user} už nevidí", by=by, at=at)


def _note(ticket: Ticket, detail: str, *, by: Actor, at: datetime) -> None:
    log.write_event(ticket, TicketEvent.Kind.PARTICIPANTS, by=by, at=at, detail=detail)
    ticket.save(update_fields=["last_event_at"])
