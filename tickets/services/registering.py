"""Intake in one step: filing for a customer who called, came or wrote a letter; accepting and handing over at once."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from helpdesk.customers.actor import Actor
from helpdesk.customers.models import ContractParagraph, User
from tickets import emails
from tickets.models import Status, Ticket
from tickets.services import lifecycle, log, work
from tickets.services.filing import NewRequest, file_quietly


@transaction.atomic
def register_request(*, new: NewRequest, by: Actor, at: datetime) -> Ticket:
    """File a request for its author and measure the intake of it by whoever registers it, until it is handed over.

    returns  the request; for a form token that was used before, the request it made then, and nothing begins
    raises   what `file_request` raises
    source   S1-10, S3-04, S3-08, D30
    """
    ticket, event = file_quietly(new, by=by, at=at)
    if event:
        locked, begins_at = log.lock(ticket, at)
        work.begin_intake(locked, by=by, at=begins_at)
        emails.request_filed(ticket=ticket, event=event)
    return ticket


@transaction.atomic
def accept_and_escalate(
    *,
    ticket: Ticket,
    assignee: User,
    by: Actor,
    at: datetime,
    paragraph: ContractParagraph | None = None,
    starts_work: bool = True,
) -> Ticket:
    """Accept a new request and hand it over in one step („Přijmout a předat“, „Vzít si“); one accepted before is handed over.

    raises  StateChanged, ParagraphRefused, AssigneeRefused
    source  S3-04, S3-05, D30
    """
    ticket, at = log.lock(ticket, at)
    if ticket.status == Status.NEW:
        event = lifecycle.accept_locked(ticket, paragraph=paragraph, by=by, at=at)
        ticket.save()
        emails.request_accepted(ticket=ticket, event=event)
    lifecycle.escalate_locked(ticket, assignee=assignee, by=by, at=at, starts_work=starts_work)
    return ticket
