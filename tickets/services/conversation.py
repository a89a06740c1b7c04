"""Messages to and from the customer, and notes among staff."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from helpdesk.customers.actor import Actor
from helpdesk.customers.models import User
from helpdesk.customers.services import limits
from helpdesk.errors import DomainError
from tickets import emails
from tickets.models import CooperationRequest, Message, Note, Status, Ticket, TicketEvent
from tickets.services import attachments, lifecycle, log, search, tasks


class ConversationClosed(DomainError):
    """Nobody writes into a resolved, closed or cancelled request."""


class EmptyMessage(DomainError):
    """A message needs words or a file."""


@transaction.atomic
def post_message(
    *,
    ticket: Ticket,
    body: str,
    by: Actor,
    at: datetime,
    form_token: UUID | None = None,
    delivers: list[CooperationRequest] | None = None,
) -> Message:
    """Add a public message with the files staged under the form's token.

    A message of the customer resumes a suspended request at that very moment; the items that it `delivers`
    are ticked off.

    returns  the message; for a form token that was used before, the message it made then
    raises   ConversationClosed, EmptyMessage, LimitReached
    source   S4-11, S4-47, S4-65, C17, D13
    """
    ticket, at = log.lock(ticket, at)
    if form_token and (sent := Message.objects.filter(form_token=form_token, author=by.person).first()):
        return sent
    if not ticket.takes_messages:
        raise ConversationClosed(
            f"Požadavek je ve stavu „{ticket.get_status_display()}“, zprávu už k němu nelze přidat. "
            "Nesouhlasíte-li s řešením, použijte Reklamovat; s jinou věcí založte nový požadavek."
        )
    limits.count_sent(kind=limits.Kind.MESSAGE, by=by, at=at)
    message = Message.objects.create(
        ticket=ticket, author=by.person, is_ours=by.is_staff, channel=by.channel, body=body.strip(), at=at, form_token=form_token
    )
    attached = _attach(ticket, by=by, form_token=form_token, message=message)
    if not (message.body or attached):
        raise EmptyMessage("Napište zprávu, nebo přiložte soubor.")
    event = log.write_event(ticket, TicketEvent.Kind.MESSAGE, by=by, at=at)
    ticket.message_count += 1
    if by.is_staff:
        tasks.answered(ticket, by=by, at=at)
    else:
        deliver_items(ticket, delivers or [], by=by, at=at)
        if ticket.status == Status.SUSPENDED:
            lifecycle.resume_locked(ticket, by=by, at=at)
    ticket.save()
    search.add_words(ticket, message.body, *(message.attachments.values_list("name", flat=True) if attached else ()))
    emails.message_posted(ticket=ticket, event=event, message=message)
    return message


def _attach(ticket: Ticket, *, by: Actor, form_token: UUID | None, message: Message) -> int:
    if form_token is None or by.user is None:
        return 0
    return attachments.attach_staged(user=by.user, form_token=form_token, ticket=ticket, message=message)


def deliver_items(ticket: Ticket, items: list[CooperationRequest], *, by: Actor, at: datetime) -> None:
    """Tick off what was delivered; part of an act that has locked the ticket."""
    for item in ticket.cooperation.open().filter(pk__in=[item.pk for item in items]):
        item.done_at = at
        item.done_by = by.user
        item.save(update_fields=["done_at", "done_by"])
        log.write_event(ticket, TicketEvent.Kind.COOPERATION, by=by, at=at, detail=item.what)


@transaction.atomic
def tick_off(*, item: CooperationRequest, by: Actor, at: datetime) -> CooperationRequest:
    """Staff found out themselves what was missing; the last open item resumes the request (D13)."""
    ticket, at = log.lock(item.ticket, at)
    deliver_items(ticket, [item], by=by, at=at)
    if ticket.status == Status.SUSPENDED and not ticket.cooperation.open().exists():
        lifecycle.resume_locked(ticket, by=by, at=at)
    ticket.save()
    item.refresh_from_db()
    return item


@transaction.atomic
def add_note(
    *,
    ticket: Ticket,
    body: str,
    by: Actor,
    at: datetime,
    mentioned: list[User] | None = None,
    form_token: UUID | None = None,
) -> Note:
    """Add an internal note; mentioned colleagues get a letter.

    returns  the note; for a form token that was used before, the note it made then
    """
    ticket, at = log.lock(ticket, at)
    if form_token and (written := Note.objects.filter(form_token=form_token, author=by.person).first()):
        return written
    note = Note.objects.create(ticket=ticket, author=by.person, body=body, at=at, form_token=form_token)
    note.mentioned.set(mentioned or [])
    if form_token and by.user:
        attachments.attach_staged(user=by.user, form_token=form_token, ticket=ticket, note=note)
    event = log.write_event(ticket, TicketEvent.Kind.NOTE, by=by, at=at, is_public=False)
    ticket.save(update_fields=["last_event_at"])
    emails.note_mentions(ticket=ticket, event=event, note=note)
    return note
