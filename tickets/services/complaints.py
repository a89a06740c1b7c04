"""Complaints: filing one and deciding it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from helpdesk.customers.actor import Actor
from helpdesk.customers.services import limits
from helpdesk.errors import DomainError
from sla.calendars import end_of_working_day
from tickets import emails
from tickets.models import Complaint, Status, Ticket, TicketEvent
from tickets.services import lifecycle, log, pricing, work


class ComplaintRefused(DomainError):
    """No complaint is possible (any more)."""


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What support decided about a complaint.

    suspend_reason  a Ticket.SuspendReason when the justified complaint needs the customer's cooperation, with items
    """

    upheld: bool
    reasoning: str
    suspend_reason: str = ""
    items: list[lifecycle.CooperationItem] = field(default_factory=list)


@transaction.atomic
def file_complaint(*, ticket: Ticket, reason: str, by: Actor, at: datetime) -> Complaint:
    """The customer (or staff on the customer's behalf) does not agree with the resolution.

    raises  StateChanged, ComplaintRefused (window over, limit reached), LimitReached
    source  S4-55 to S4-57, D16, D17
    """
    ticket, at = log.lock(ticket, at)
    log.require(ticket, "dispute")
    if not ticket.can_be_disputed(at):
        raise ComplaintRefused("Lhůta k reklamaci už uplynula. Založte prosím nový požadavek.")
    if ticket.complaints.count() >= ticket.contract.complaint_limit:
        raise ComplaintRefused("Požadavek byl reklamován nejvícekrát, kolik smlouva dovoluje. Zavolejte nám prosím.")
    limits.count_sent(kind=limits.Kind.MESSAGE, by=by, at=at)
    before = ticket.status
    ticket.dispute()
    complaint = Complaint.objects.create(
        ticket=ticket,
        reason=reason,
        filed_by=ticket.author if by.is_staff else by.person,
        on_behalf_by=by.user if by.is_staff else None,
        filed_at=at,
        decide_by=end_of_working_day(at, ticket.contract.complaint_decision_days),
    )
    event = log.write_event(ticket, TicketEvent.Kind.DISPUTED, by=by, at=at, from_status=before, text=reason)
    ticket.save()
    emails.complaint_filed(ticket=ticket, event=event, complaint=complaint)
    return complaint


@transaction.atomic
def decide_complaint(*, ticket: Ticket, decision: Decision, by: Actor, at: datetime) -> Complaint:
    """Uphold or reject the open complaint.

    raises  StateChanged, ComplaintRefused (rejected without reasoning)
    source  S4-21, S4-58, C05 to C07, D9
    """
    ticket, at = log.lock(ticket, at)
    log.require(ticket, "uphold_complaint", "reject_complaint")
    if not decision.upheld and not decision.reasoning.strip():
        raise ComplaintRefused("Zamítnutí odůvodněte, zákazník důvod uvidí.")
    complaint = ticket.complaints.select_for_update().get(decision="")
    complaint.decision = Complaint.Decision.UPHELD if decision.upheld else Complaint.Decision.REJECTED
    complaint.reasoning = decision.reasoning
    complaint.decided_by = by.user
    complaint.decided_at = at
    complaint.save()
    _move(ticket, decision, by=by, at=at)
    kind = TicketEvent.Kind.COMPLAINT_UPHELD if decision.upheld else TicketEvent.Kind.COMPLAINT_REJECTED
    event = log.write_event(ticket, kind, by=by, at=at, from_status=Status.DISPUTED, text=decision.reasoning)
    ticket.save()
    _settle_work(ticket, decision, by=by, at=at)
    emails.complaint_decided(ticket=ticket, event=event, complaint=complaint)
    return complaint


def _settle_work(ticket: Ticket, decision: Decision, *, by: Actor, at: datetime) -> None:
    """What was worked since the complaint is priced now: free when it was justified, else as the contract says (D17)."""
    if not decision.upheld:
        work.finish_all(ticket, by=by, at=at)
    elif decision.suspend_reason:
        work.pause_all(ticket, at=at)
    if ticket.work.exists():
        pricing.lock_account(ticket)
        pricing.reprice_all(ticket, reason="rozhodnutí o reklamaci", by=by, at=at)


def _move(ticket: Ticket, decision: Decision, *, by: Actor, at: datetime) -> None:
    if not decision.upheld:
        ticket.reject_complaint(at=at)
    elif decision.suspend_reason:
        ticket.uphold_and_suspend(reason=decision.suspend_reason, at=at)
        lifecycle.ask_cooperation(ticket=ticket, items=decision.items, by=by, at=at)
    else:
        ticket.uphold_complaint()
