"""Letters about requests: who gets which, one function a letter.

A letter is keyed by its event and address, so each person gets one letter per act, the specific one in place of
the general one (S4-24, C15).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, cast

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from helpdesk.customers.models import Operator, User
from helpdesk.mail.services import queue
from tickets.models import Complaint, Message, Note, Ticket, TicketEvent, TicketLetter

SUPPORT = "podpora"
LEADERS = "vedoucí"


def request_filed(*, ticket: Ticket, event: TicketEvent) -> None:
    """Confirm the number at once, and tell support that something came (S2-14)."""
    _to_customer("filed", ticket, event)
    _to_staff("staff_filed", ticket, event, User.objects.in_group(SUPPORT))


def request_accepted(*, ticket: Ticket, event: TicketEvent) -> None:
    """A person, by name, has taken the request over (S3-04)."""
    _to_customer("accepted", ticket, event)


def request_escalated(*, ticket: Ticket, event: TicketEvent) -> None:
    """Who solves it; the solver learns what awaits them (S2-16)."""
    _to_customer("escalated", ticket, event)
    _to_staff("staff_assigned", ticket, event, [ticket.assignee])


def request_suspended(*, ticket: Ticket, event: TicketEvent) -> None:
    """What is missing, from whom, by when (S4-64)."""
    _to_customer("suspended", ticket, event, items=list(ticket.cooperation.open()))


def request_resolved(*, ticket: Ticket, event: TicketEvent) -> None:
    """How it was resolved and until when a complaint is possible (S3-07, D16)."""
    _to_customer("resolved", ticket, event, complaint_last_day=_last_day(ticket))


def request_closed(*, ticket: Ticket, event: TicketEvent) -> None:
    """The request is closed for good."""
    _to_customer("closed", ticket, event)


def request_cancelled(*, ticket: Ticket, event: TicketEvent) -> None:
    """Why it was cancelled and how to file it anew (S4-62)."""
    _to_customer("cancelled", ticket, event)


def state_changed(*, ticket: Ticket, event: TicketEvent) -> None:
    """The general letter for a change that has none of its own (S4-24)."""
    _to_customer("state_changed", ticket, event)


def complaint_filed(*, ticket: Ticket, event: TicketEvent, complaint: Complaint) -> None:
    """The complaint was taken down; leaders are to decide it (D17)."""
    _to_customer("complaint_filed", ticket, event, complaint=complaint)
    _to_staff("staff_complaint", ticket, event, User.objects.in_group(LEADERS), complaint=complaint)


def complaint_decided(*, ticket: Ticket, event: TicketEvent, complaint: Complaint) -> None:
    """Justified or not, with the reasoning (C06, C07)."""
    _to_customer("complaint_decided", ticket, event, complaint=complaint, items=list(ticket.cooperation.open()))


def closing_reminder(*, ticket: Ticket, at: datetime) -> None:
    """The complaint window is about to end (C08)."""
    key = f"ticket:{ticket.pk}:reminder:{ticket.complaint_until:%Y-%m-%d}"
    for address in _addresses(ticket):
        _write("closing_reminder", ticket, address, key=key, at=at, event=None, context={"complaint_last_day": _last_day(ticket)})


def message_posted(*, ticket: Ticket, event: TicketEvent, message: Message) -> None:
    """The other side reads the message: the customer's people, or the solver and those who follow the request."""
    if message.is_ours:
        _to_customer("message", ticket, event, message=message, attachments=list(message.attachments.all()))
    else:
        people = [ticket.assignee] if ticket.assignee else User.objects.in_group(SUPPORT)
        watching = User.objects.staff().filter(watched__ticket=ticket)
        _to_staff("staff_message", ticket, event, [*people, *watching], message=message)


def status_asked(*, ticket: Ticket, event: TicketEvent) -> None:
    """The customer wants to know how things stand (S3-06)."""
    people = [ticket.assignee] if ticket.assignee else User.objects.in_group(SUPPORT)
    _to_staff("staff_status_asked", ticket, event, people)


def note_mentions(*, ticket: Ticket, event: TicketEvent, note: Note) -> None:
    """A colleague was mentioned in an internal note."""
    _to_staff("staff_mention", ticket, event, note.mentioned.all(), note=note)


def _last_day(ticket: Ticket) -> str:
    """The last day of the complaint window; `complaint_until` is the midnight after it."""
    until = cast(datetime, ticket.complaint_until)  # a resolved request has one, by constraint
    last = timezone.localtime(until - timedelta(seconds=1))
    return f"{last.day}. {last.month}. {last.year}"


def _addresses(ticket: Ticket) -> list[str]:
    """Owner and contact address, each once (C15)."""
    owner = [ticket.author.email] if ticket.author.notify_states and ticket.author.is_active else []
    return list(dict.fromkeys(address.lower() for address in [*owner, ticket.contact_email] if address))


def _to_customer(letter: str, ticket: Ticket, event: TicketEvent, **context: Any) -> None:
    for address in _addresses(ticket):
        _write(letter, ticket, address, key=f"event:{event.pk}", at=event.at, event=event, context=context)


def _to_staff(letter: str, ticket: Ticket, event: TicketEvent, people: Any, **context: Any) -> None:
    for person in people:
        if person.email and person.is_active and person != event.actor:
            _write(letter, ticket, person.email, key=f"event:{event.pk}", at=event.at, event=event, context=context)


def _write(
    letter: str, ticket: Ticket, address: str, *, key: str, at: datetime, event: TicketEvent | None, context: dict[str, Any]
) -> None:
    view = "admin:tickets_ticket_change" if letter.startswith("staff_") else "tickets:detail"
    link = settings.HELPDESK_URL + reverse(view, args=[ticket.pk])
    text = render_to_string(
        f"email/tickets/{letter}.txt",
        {"ticket": ticket, "event": event, "link": link, "operator": Operator.objects.first(), **context},
    )
    subject, _, body = text.partition("\n")
    mail = queue(key=key, kind=letter, to=address, subject=subject, text=body.strip() + "\n", at=at)
    if mail:
        TicketLetter.objects.create(mail=mail, ticket=ticket, event=event)
