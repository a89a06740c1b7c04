"""Tasks of staff that concern a request."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from helpdesk.customers.actor import Actor
from helpdesk.customers.models import StaffTask, User
from helpdesk.customers.services import limits
from helpdesk.errors import DomainError
from tickets import emails
from tickets.models import Status, Ticket, TicketEvent, TicketTask
from tickets.services import log

STATUS_ANSWER_WITHIN = timedelta(hours=8)
ANSWERED_KINDS = (StaffTask.Kind.CONTACT, StaffTask.Kind.STATUS)


class StatusAlreadyAsked(DomainError):
    """One open question about the status is enough."""


class TaskDone(DomainError):
    """Nobody can be given a task that is done."""


def add_ticket_task(
    *,
    ticket: Ticket,
    kind: StaffTask.Kind,
    text: str,
    at: datetime,
    due_at: datetime | None = None,
    assignee: User | None = None,
) -> StaffTask:
    """Give staff something to do about a request; part of an act that has locked the ticket."""
    task = StaffTask.objects.create(
        kind=kind, text=text, customer_id=ticket.customer_id, assignee=assignee, created_at=at, due_at=due_at
    )
    TicketTask.objects.create(task=task, ticket=ticket)
    return task


def answered(ticket: Ticket, *, by: Actor, at: datetime) -> None:
    """The customer heard from a person, or nobody waits any more: what asked for it is done (S2-16, S3-06).

    Part of an act that has locked the ticket.
    """
    StaffTask.objects.open().filter(link__ticket=ticket, kind__in=ANSWERED_KINDS).update(done_at=at, done_by=by.user)


def done_with(task: int | None, *, by: Actor, at: datetime) -> None:
    """What the task asked for has happened; part of an act. None asks for nothing."""
    if task:
        StaffTask.objects.open().filter(pk=task).update(done_at=at, done_by=by.user)


@transaction.atomic
def plan_task(
    *,
    ticket: Ticket,
    kind: StaffTask.Kind,
    text: str,
    by: Actor,
    at: datetime,
    due_at: datetime | None = None,
    assignee: User | None = None,
) -> StaffTask:
    """Staff note down what is to be done about a request, by whom and when; the same again is a second click.

    raises  StateChanged - it was cancelled, nothing is to be done any more
    """
    ticket, at = log.lock(ticket, at)
    if ticket.status == Status.CANCELLED:
        raise log.StateChanged("Požadavek je zrušený, úkol k němu přidat nelze.")
    alike = StaffTask.objects.open().filter(link__ticket=ticket, kind=kind, text=text, due_at=due_at, assignee=assignee)
    if planned := alike.first():
        return planned
    return add_ticket_task(ticket=ticket, kind=kind, text=text, at=at, due_at=due_at, assignee=assignee)


@transaction.atomic
def ask_status(*, ticket: Ticket, by: Actor, at: datetime) -> StaffTask:
    """The customer wants to know how things stand; support gets a task with its own due time.

    raises  StatusAlreadyAsked, StateChanged
    source  S3-06
    """
    ticket, at = log.lock(ticket, at)
    if not ticket.is_active or ticket.status == Status.SUSPENDED:
        raise log.StateChanged(f"Požadavek je ve stavu „{ticket.get_status_display()}“, podrobnosti najdete na jeho stránce.")
    if StaffTask.objects.open().filter(link__ticket=ticket, kind=StaffTask.Kind.STATUS).exists():
        raise StatusAlreadyAsked("O stav už jste požádali, podpora se vám ozve.")
    limits.count_sent(kind=limits.Kind.MESSAGE, by=by, at=at)
    task = add_ticket_task(
        ticket=ticket,
        kind=StaffTask.Kind.STATUS,
        assignee=ticket.assignee,
        at=at,
        due_at=at + STATUS_ANSWER_WITHIN,
        text="Zákazník se ptá, jak to s požadavkem vypadá",
    )
    event = log.write_event(ticket, TicketEvent.Kind.STATUS_ASKED, by=by, at=at)
    ticket.save(update_fields=["last_event_at"])
    emails.status_asked(ticket=ticket, event=event)
    return task


@transaction.atomic
def assign_task(*, task: StaffTask, assignee: User | None, by: Actor, at: datetime) -> StaffTask:
    """Give an open task to somebody, or back to everybody; None = nobody's.

    raises  TaskDone
    """
    task = StaffTask.objects.select_for_update().get(pk=task.pk)
    if task.done_at is not None:
        raise TaskDone(f"Úkol už {task.done_by or 'někdo'} splnil.")
    task.assignee = assignee
    task.save(update_fields=["assignee"])
    return task


@transaction.atomic
def finish_task(*, task: StaffTask, by: Actor, at: datetime) -> StaffTask:
    """Tick a task off; a second click changes nothing."""
    task = StaffTask.objects.select_for_update().get(pk=task.pk)
    if task.done_at is None:
        task.done_at = at
        task.done_by = by.user
        task.save(update_fields=["done_at", "done_by"])
    return task


@transaction.atomic
def remind_of_task(*, task: StaffTask, at: datetime) -> None:
    """Write to whoever is to do a task that is due; once, and not when it was done meanwhile."""
    task = StaffTask.objects.select_for_update(of=("self",)).get(pk=task.pk)
    if task.done_at or task.reminded_at or task.due_at is None or task.due_at > at:
        return
    task.reminded_at = at
    task.save(update_fields=["reminded_at"])
    link = TicketTask.objects.filter(task=task).select_related("ticket").first()
    emails.task_due(task=task, ticket=link.ticket if link else None, at=at)
