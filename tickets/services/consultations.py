"""A phone consultation in one step: filed, taken over, worked on, resolved and closed, so that it counts like everything else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from credit.models import Activity
from helpdesk.customers.actor import Actor
from helpdesk.customers.models import ContractParagraph
from helpdesk.errors import DomainError
from tickets import emails
from tickets.models import Ticket, TicketEvent, WorkEntry
from tickets.services import lifecycle, work
from tickets.services.filing import NewRequest, file_quietly

KINDS = (ContractParagraph.Kind.CONSULTATION, ContractParagraph.Kind.QUESTION)
CLOCKS_DIFFER_BY = timedelta(minutes=1)


class ConsultationRefused(DomainError):
    """The call cannot be recorded as a consultation."""


@dataclass(frozen=True, kw_only=True)
class Consultation:
    """A call that is over.

    call    what would be filed for the caller; reported_at = when the call began, minutes = how long it took
    answer  what the caller was told; the customer reads it as the resolution
    note    beside the work, for the customer; internal_note, for staff
    """

    call: NewRequest
    answer: str
    note: str = ""
    internal_note: str = ""


@transaction.atomic
def record_consultation(*, consultation: Consultation, by: Actor, at: datetime) -> Ticket:
    """Register a call that was answered at once.

    The request is filed at the time of the call, its clocks run by its paragraph like any other's; the work is priced by the
    order of the contract, free phone minutes first. Credit does not hold it back: it is done.

    returns  the closed request; for a form token that was used before, the request it made then
    raises   ConsultationRefused, FilingRefused, BackdatingRefused, WorkRefused
    source   D23, S1-10, S3-11, S5-12 to S5-14
    """
    call, at = consultation.call, at.replace(microsecond=0)
    if call.paragraph.kind not in KINDS:
        raise ConsultationRefused("Vyberte odstavec smlouvy pro dotazy nebo konzultace. Jiné věci zapište jako požadavek.")
    ended_at = _end_of(call, at)
    ticket, filed = file_quietly(call, by=by, at=at)
    if filed is None:
        return ticket
    lifecycle.accept_locked(ticket, by=by, at=at)
    ticket.save()
    entry = work.add_manual_entry(ticket=ticket, work=_work(consultation, ended_at), by=by, at=at)
    lifecycle.resolve_locked(ticket, lifecycle.Resolution(text=consultation.answer), by=by, at=at)
    event = lifecycle.close_locked(ticket, TicketEvent.Kind.CONSULTED, by=by, at=at)
    ticket.save()
    payment = "; ".join(part["text"] for part in entry.pricing)
    emails.consultation_recorded(ticket=ticket, event=event, minutes=entry.billed_minutes, payment=payment)
    return ticket


def _end_of(call: NewRequest, at: datetime) -> datetime:
    """When the call ended: not later than now, where the minutes were rounded up."""
    ended_at = (call.reported_at or at) + timedelta(minutes=call.minutes)
    if call.minutes < 1 or ended_at > at + CLOCKS_DIFFER_BY:
        raise ConsultationRefused("Hovor by skončil až v\u00a0budoucnosti. Opravte, kdy začal, nebo kolik minut trval.")
    return min(ended_at, at)


def _work(consultation: Consultation, ended_at: datetime) -> work.ManualWork:
    return work.ManualWork(
        minutes=consultation.call.minutes,
        ended_at=ended_at,
        activity=Activity.CONSULTING,
        source=WorkEntry.Source.PHONE,
        note=consultation.note,
        internal_note=consultation.internal_note,
    )
