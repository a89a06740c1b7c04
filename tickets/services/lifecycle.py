"""The life of a request: one service per step of the methodology."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from helpdesk.customers.actor import SYSTEM, Actor
from helpdesk.customers.models import ContractParagraph, StaffTask, User
from helpdesk.errors import DomainError
from sla.calendars import PRAGUE, add_working_days, end_of_working_day
from tickets import emails
from tickets.models import CooperationRequest, Status, Ticket, TicketEvent
from tickets.services import clocks, corrections, log, pricing, quote_room, tasks, work

REMINDER_WORKING_DAYS = 2
CONTACT_WITHIN = timedelta(days=1)


class ParagraphRefused(DomainError):
    """The paragraph does not belong to the request's contract."""


class AssigneeRefused(DomainError):
    """The person cannot solve requests."""


class ResolutionIncomplete(DomainError):
    """The resolution lacks what its kind demands."""


class WithdrawRefused(DomainError):
    """Only the author withdraws, and only what nobody has taken over yet."""


@dataclass(frozen=True, kw_only=True)
class CooperationItem:
    """What is missing, from whom, by when (aware, or None)."""

    what: str
    from_whom: str = ""
    due_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Resolution:
    """How a request was resolved; cause and category are mandatory for incidents (S5-04).

    cause_reason    why the cause is improper use, when that makes a covered fix paid; the customer reads it (S3-16)
    no_work_reason  why nobody worked on it, for the internal log (S1-17)
    """

    text: str
    root_cause: str = ""
    problem_category: str = ""
    outcome: str = Ticket.Outcome.DONE
    cause_reason: str = ""
    no_work_reason: str = ""


@transaction.atomic
def accept(
    *, ticket: Ticket, by: Actor, at: datetime, paragraph: ContractParagraph | None = None, starts_work: bool = True
) -> Ticket:
    """Confirm that a person has taken the request over; its intake by them is measured from now on.

    paragraph    the right one, when the customer's choice was not and a correction is enough (S4-61)
    starts_work  False where one person takes many over at once, or hands the request over at once
    raises     StateChanged, ParagraphRefused
    source     S1-17, S3-04, S4-16, S4-61, D30
    """
    ticket, at = log.lock(ticket, at)
    event = accept_locked(ticket, paragraph=paragraph, by=by, at=at)
    ticket.save()
    if starts_work:
        work.begin_intake(ticket, by=by, at=at)
    emails.request_accepted(ticket=ticket, event=event)
    return ticket


def accept_locked(ticket: Ticket, *, by: Actor, at: datetime, paragraph: ContractParagraph | None = None) -> TicketEvent:
    """Accept as part of an act that has locked the ticket, saves it and writes the letter."""
    log.require(ticket, "accept")
    if paragraph and paragraph.pk != ticket.paragraph_id:
        _reclassify(ticket, paragraph, by=by, at=at)
    before = ticket.status
    ticket.accept()
    return log.write_event(ticket, TicketEvent.Kind.ACCEPTED, by=by, at=at, from_status=before)


@transaction.atomic
def reclassify(*, ticket: Ticket, paragraph: ContractParagraph, by: Actor, at: datetime) -> Ticket:
    """Move an open request under another paragraph of the same contract.

    raises  StateChanged, ParagraphRefused
    source  S4-61
    """
    ticket, at = log.lock(ticket, at)
    if not ticket.is_active:
        log.require(ticket, "accept")
    _reclassify(ticket, paragraph, by=by, at=at)
    ticket.save()
    return ticket


def _reclassify(ticket: Ticket, paragraph: ContractParagraph, *, by: Actor, at: datetime) -> None:
    if paragraph.contract_id != ticket.contract_id:
        raise ParagraphRefused("Odstavec patří k jiné smlouvě. Vyberte odstavec smlouvy tohoto požadavku.")
    detail = f"{ticket.paragraph} → {paragraph}"
    ticket.paragraph = paragraph
    ticket.severity = paragraph.severity
    clocks.new_terms(ticket)
    log.write_event(ticket, TicketEvent.Kind.RECLASSIFIED, by=by, at=at, detail=detail)


@transaction.atomic
def escalate(
    *, ticket: Ticket, assignee: User, by: Actor, at: datetime, starts_work: bool = True, finishes_work: bool = False
) -> Ticket:
    """Hand the request over to an expert, or from one expert to another; its intake is over, who takes it solves it.

    starts_work    False where one person takes many at once and works on none yet
    finishes_work  whether what the person has open on it ends here and is charged; else it is interrupted
    raises         StateChanged, AssigneeRefused
    source         S2-16, S3-05, S4-17, D30
    """
    ticket, at = log.lock(ticket, at)
    escalate_locked(ticket, assignee=assignee, by=by, at=at, starts_work=starts_work, finishes_work=finishes_work)
    return ticket


def escalate_locked(
    ticket: Ticket, *, assignee: User, by: Actor, at: datetime, starts_work: bool = True, finishes_work: bool = False
) -> None:
    """Hand over as part of an act that has locked the ticket."""
    log.require(ticket, "escalate")
    check_assignee(assignee)
    before = ticket.status
    ticket.escalate(assignee=assignee)
    event = log.write_event(ticket, TicketEvent.Kind.ESCALATED, by=by, at=at, from_status=before, detail=str(assignee))
    ticket.save()
    work.end_intake(ticket, by=by, at=at)
    if assignee == by.user and starts_work:
        work.taken_up(ticket, by=by, at=at)
    elif assignee != by.user:
        work.leave(ticket, finishes_work, by=by, at=at)
    tasks.add_ticket_task(
        ticket=ticket,
        kind=StaffTask.Kind.CONTACT,
        assignee=assignee,
        at=at,
        due_at=at + CONTACT_WITHIN,
        text="Upřesnit zadání se zákazníkem a dohodnout cenu a termín",
    )
    emails.request_escalated(ticket=ticket, event=event)


def check_assignee(person: User) -> None:
    """Refuse anybody who does not work for the supplier (any more).

    raises  AssigneeRefused
    """
    if not (person.is_active and person.is_staff):
        raise AssigneeRefused(f"{person} požadavky neřeší. Vyberte prosím někoho z podpory.")


@transaction.atomic
def return_to_support(*, ticket: Ticket, by: Actor, at: datetime, reason: str = "", finishes_work: bool = False) -> Ticket:
    """Give an escalated request back to support.

    finishes_work  as in `escalate`
    raises  StateChanged
    """
    ticket, at = log.lock(ticket, at)
    log.require(ticket, "return_to_support")
    before = ticket.status
    ticket.return_to_support()
    event = log.write_event(ticket, TicketEvent.Kind.RETURNED, by=by, at=at, from_status=before, text=reason)
    ticket.save()
    work.leave(ticket, finishes_work, by=by, at=at)
    emails.state_changed(ticket=ticket, event=event)
    return ticket


@transaction.atomic
def suspend(*, ticket: Ticket, reason: str, items: list[CooperationItem], by: Actor, at: datetime, text: str = "") -> Ticket:
    """Wait for the customer's cooperation and say what is missing.

    reason  a Ticket.SuspendReason
    items   at least one
    raises  StateChanged
    source  S4-18, S4-64
    """
    ticket, at = log.lock(ticket, at)
    log.require(ticket, "suspend")
    before = ticket.status
    ticket.suspend(reason=reason, at=at)
    event = log.write_event(
        ticket,
        TicketEvent.Kind.SUSPENDED,
        by=by,
        at=at,
        from_status=before,
        text=text,
        detail=ticket.get_suspend_reason_display(),
    )
    ticket.save()
    work.pause_all(ticket, at=at)
    ask_cooperation(ticket=ticket, items=items, by=by, at=at)
    tasks.answered(ticket, by=by, at=at)
    emails.request_suspended(ticket=ticket, event=event)
    return ticket


def ask_cooperation(*, ticket: Ticket, items: list[CooperationItem], by: Actor, at: datetime) -> None:
    """Write down what the customer is to deliver; part of an act that has locked the ticket."""
    CooperationRequest.objects.bulk_create(
        CooperationRequest(
            ticket=ticket, what=item.what, from_whom=item.from_whom, due_at=item.due_at, created_at=at, created_by=by.person
        )
        for item in items
    )


@transaction.atomic
def resume(*, ticket: Ticket, by: Actor, at: datetime, text: str = "") -> Ticket:
    """Go on with a suspended request.

    raises  StateChanged
    source  S4-65
    """
    ticket, at = log.lock(ticket, at)
    resume_locked(ticket, by=by, at=at, text=text)
    ticket.save()
    return ticket


def resume_locked(ticket: Ticket, *, by: Actor, at: datetime, text: str = "") -> None:
    """Resume as part of an act that has locked the ticket and saves it."""
    log.require(ticket, "resume")
    before = ticket.status
    ticket.resume()
    event = log.write_event(ticket, TicketEvent.Kind.RESUMED, by=by, at=at, from_status=before, text=text)
    emails.state_changed(ticket=ticket, event=event)


@transaction.atomic
def resolve(*, ticket: Ticket, resolution: Resolution, by: Actor, at: datetime) -> Ticket:
    """Announce the resolution; the complaint window of the contract starts.

    raises  StateChanged, ResolutionIncomplete
    source  S3-07, S4-19, S5-04, S5-09, C08, D16
    """
    ticket, at = log.lock(ticket, at)
    event = resolve_locked(ticket, resolution, by=by, at=at)
    ticket.save()
    tasks.answered(ticket, by=by, at=at)
    emails.request_resolved(ticket=ticket, event=event)
    return ticket


def resolve_locked(ticket: Ticket, resolution: Resolution, *, by: Actor, at: datetime) -> TicketEvent:
    """Resolve as part of an act that has locked the ticket, saves it and writes the letter."""
    log.require(ticket, "resolve")
    _check_resolution(ticket, resolution)
    before = ticket.status
    until = end_of_working_day(at, ticket.contract.complaint_days)
    ticket.resolution = resolution.text
    ticket.root_cause = resolution.root_cause
    ticket.problem_category = resolution.problem_category
    ticket.outcome = resolution.outcome
    ticket.resolve(at=at, complaint_until=until, remind_at=_reminder_time(until))
    if resolution.no_work_reason:
        idle = f"Bez práce: {resolution.no_work_reason}"
        log.write_event(ticket, TicketEvent.Kind.NOTE, by=by, at=at, detail=idle, is_public=False)
    work.finish_all(ticket, by=by, at=at)  # before the quote ends: its reservation pays for the work
    _settle_cause(ticket, resolution, by=by, at=at)
    quote_room.end_quotes(ticket, at=at, compares=True)
    unusual = "" if resolution.outcome == Ticket.Outcome.DONE else ticket.get_outcome_display()
    return log.write_event(ticket, TicketEvent.Kind.RESOLVED, by=by, at=at, from_status=before, detail=unusual)


def _check_resolution(ticket: Ticket, resolution: Resolution) -> None:
    if not resolution.text.strip():
        raise ResolutionIncomplete("Napište, jak byl požadavek vyřešen.")
    needs_cause = ticket.needs_root_cause and resolution.outcome == Ticket.Outcome.DONE
    if needs_cause and not (resolution.root_cause and resolution.problem_category):
        raise ResolutionIncomplete("U incidentu vyberte příčinu a kategorii problému.")
    is_spoiled = resolution.root_cause == Ticket.RootCause.USER_ERROR
    if is_spoiled and pricing.flips_to_paid(ticket) and not resolution.cause_reason.strip():
        raise ResolutionIncomplete("Neodborné užívání opravu zpoplatní. Napište zákazníkovi, podle čeho jste na něj přišli.")


def _settle_cause(ticket: Ticket, resolution: Resolution, *, by: Actor, at: datetime) -> None:
    """The cause is known now: price the work before it anew; when it made a covered fix paid, tell the customer (S3-16)."""
    if ticket.root_cause not in (Ticket.RootCause.USER_ERROR, Ticket.RootCause.DATA):
        return
    pricing.lock_account(ticket)
    pricing.reprice_all(ticket, reason=f"příčina: {ticket.get_root_cause_display()}", by=by, at=at)
    if ticket.root_cause == Ticket.RootCause.USER_ERROR and pricing.flips_to_paid(ticket):
        event = log.write_event(ticket, TicketEvent.Kind.PRICED, by=by, at=at, text=resolution.cause_reason)
        emails.work_became_paid(ticket=ticket, event=event)


def _reminder_time(until: datetime) -> datetime:
    """08:00 two working days before the last day of the window."""
    last_day = (until - timedelta(seconds=1)).astimezone(PRAGUE).date()
    day = add_working_days(last_day, -REMINDER_WORKING_DAYS)
    return datetime(day.year, day.month, day.day, 8, tzinfo=PRAGUE)


@transaction.atomic
def confirm_resolution(*, ticket: Ticket, by: Actor, at: datetime) -> Ticket:
    """The customer agrees; the request is closed at once.

    raises  StateChanged
    source  S4-20, C08
    """
    return _close(ticket, TicketEvent.Kind.CONFIRMED, by=by, at=at)


@transaction.atomic
def close_expired(*, ticket: Ticket, at: datetime) -> Ticket | None:
    """Close a request whose complaint window ended; None when it is not due (any more)."""
    ticket, at = log.lock(ticket, at)
    if ticket.status != Status.RESOLVED or ticket.complaint_until is None or ticket.complaint_until > at:
        return None
    return _close(ticket, TicketEvent.Kind.CLOSED, by=SYSTEM, at=at)


def _close(ticket: Ticket, kind: TicketEvent.Kind, *, by: Actor, at: datetime) -> Ticket:
    ticket, at = log.lock(ticket, at)
    event = close_locked(ticket, kind, by=by, at=at)
    ticket.save()
    work.finish_all(ticket, by=by, at=at)
    emails.request_closed(ticket=ticket, event=event)
    return ticket


def close_locked(ticket: Ticket, kind: TicketEvent.Kind, *, by: Actor, at: datetime) -> TicketEvent:
    """Close as part of an act that has locked the ticket, saves it and writes the letter."""
    log.require(ticket, "close")
    before = ticket.status
    ticket.close(at=at)
    return log.write_event(ticket, kind, by=by, at=at, from_status=before)


@transaction.atomic
def remind_of_closing(*, ticket: Ticket, at: datetime) -> None:
    """Tell the customer that the complaint window is about to end; once per resolution (C08)."""
    ticket, at = log.lock(ticket, at)
    is_due = ticket.remind_at and ticket.complaint_until and ticket.remind_at <= at < ticket.complaint_until
    if ticket.status != Status.RESOLVED or ticket.reminded_at or not is_due:
        return
    ticket.reminded_at = at
    ticket.save(update_fields=["reminded_at"])
    emails.closing_reminder(ticket=ticket, at=at)


@transaction.atomic
def cancel(*, ticket: Ticket, reason: str, by: Actor, at: datetime, duplicate_of: Ticket | None = None) -> Ticket:
    """Cancel a request, as if it had never existed; its work is reversed, the customer reads why and may file anew.

    raises  StateChanged, CorrectionRefused (its work is on an invoice)
    source  S4-22, S4-62, C13, C14
    """
    ticket, at = log.lock(ticket, at)
    log.require(ticket, "cancel")
    before = ticket.status
    ticket.duplicate_of = duplicate_of
    ticket.cancel(reason=reason, at=at)
    corrections.cancel_work(ticket, reason="zrušený požadavek", by=by, at=at)
    quote_room.end_quotes(ticket, at=at, compares=False)
    event = log.write_event(ticket, TicketEvent.Kind.CANCELLED, by=by, at=at, from_status=before, text=reason)
    ticket.save()
    tasks.answered(ticket, by=by, at=at)
    emails.request_cancelled(ticket=ticket, event=event)
    return ticket


@transaction.atomic
def withdraw(*, ticket: Ticket, by: Actor, at: datetime) -> Ticket:
    """The author takes back an own request that nobody has accepted yet.

    raises  StateChanged, WithdrawRefused
    """
    ticket, at = log.lock(ticket, at)
    if ticket.author_id != (by.user.pk if by.user else None):
        raise WithdrawRefused("Stáhnout požadavek může jen ten, kdo jej založil.")
    if ticket.status != Status.NEW:
        raise WithdrawRefused("Požadavek už podpora převzala. Napište jí prosím zprávu.")
    ticket.cancel(reason="Staženo zákazníkem", at=at)
    event = log.write_event(ticket, TicketEvent.Kind.WITHDRAWN, by=by, at=at, from_status=Status.NEW)
    ticket.save()
    corrections.cancel_work(ticket, reason="stažený požadavek", by=by, at=at)
    tasks.answered(ticket, by=by, at=at)
    emails.request_withdrawn(ticket=ticket, event=event)
    return ticket
