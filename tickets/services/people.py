"""Staff around a request: who follows it, and who takes over when a colleague leaves."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from helpdesk.customers.actor import Actor
from helpdesk.customers.models import StaffTask, User
from helpdesk.customers.services.people import deactivate_person
from helpdesk.errors import DomainError
from helpdesk.numbers import row_key
from tickets import emails
from tickets.models import Status, Ticket, TicketEvent, Watcher
from tickets.services import lifecycle, log


class ReleaseRefused(DomainError):
    """The person cannot leave like this."""


def has_open_work(person: User) -> bool:
    """Whether a colleague must take something over before the person leaves."""
    return Ticket.objects.active().filter(assignee=person).exists() or StaffTask.objects.open().filter(assignee=person).exists()


@transaction.atomic
def release_person(*, person: User, to: User | None, by: Actor, at: datetime) -> User:
    """Somebody leaves: every door closes and the open work goes to a colleague, all or nothing.

    to      who takes over requests and tasks; None when there are none
    raises  ReleaseRefused, AssigneeRefused
    source  S5-07
    """
    if by.user == person:
        raise ReleaseRefused("Vlastní přístup si ukončit nemůžete. Požádejte o to prosím kolegu.")
    if to == person or (to is None and has_open_work(person)):
        raise ReleaseRefused(f"{person} má otevřené požadavky nebo úkoly. Vyberte, kdo z kolegů je převezme.")
    if to:
        hand_over_requests(person=person, to=to, by=by, at=at)
    Watcher.objects.filter(user=person).delete()
    return deactivate_person(user=person, by=by, at=at)


def solvers() -> QuerySet[User]:
    """Staff who may handle requests: whom one can be given to, and who is worth a mention."""
    handlers = User.groups.through.objects.filter(group__permissions__codename="handle_ticket").values("user")
    return User.objects.staff().filter(Q(pk__in=handlers) | Q(is_superuser=True))


def solver_of(text: str) -> User | None:
    """The solver whose key stands in a form; None for nobody, for a customer and for what is no key."""
    key = row_key(text)
    return solvers().filter(pk=key).first() if key else None


@transaction.atomic
def watch(*, ticket: Ticket, user: User) -> Watcher:
    """Follow a request of a colleague: each message of the customer comes by letter as well."""
    return Watcher.objects.get_or_create(ticket=ticket, user=user)[0]


@transaction.atomic
def unwatch(*, ticket: Ticket, user: User) -> None:
    """Stop following a request."""
    Watcher.objects.filter(ticket=ticket, user=user).delete()


@transaction.atomic
def hand_over_requests(*, person: User, to: User, by: Actor, at: datetime) -> int:
    """Give all open requests and tasks of a person to a colleague.

    A request keeps its state; customer and new solver get the letter about who solves it.

    returns  how many requests were handed over
    raises   AssigneeRefused
    source   S2-16
    """
    lifecycle.check_assignee(to)
    handed_over = 0
    for ticket in Ticket.objects.active().filter(assignee=person).order_by("pk"):
        handed_over += _hand_over(ticket, person, to, by=by, at=at)
    StaffTask.objects.open().filter(assignee=person).update(assignee=to)
    return handed_over


def _hand_over(ticket: Ticket, person: User, to: User, *, by: Actor, at: datetime) -> bool:
    """Reassign one request, unless a colleague was quicker."""
    ticket, at = log.lock(ticket, at)
    if ticket.assignee_id != person.pk or not ticket.is_active:
        return False
    if ticket.status == Status.ESCALATED:
        ticket.escalate(assignee=to)
    else:
        ticket.assignee = to
    event = log.write_event(ticket, TicketEvent.Kind.HANDED_OVER, by=by, at=at, detail=f"{person} → {to}")
    ticket.save()
    emails.request_escalated(ticket=ticket, event=event)
    return True
