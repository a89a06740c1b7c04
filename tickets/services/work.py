"""Measuring work: timers, entries by hand, finishing with a price.

Locks are taken in one order: request → customer's account → person → entries. A finish writes the entry, its price and the
movement of credit in one transaction, so a killed process leaves either a timer that runs or a charged entry.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from credit.models import Activity
from helpdesk.customers.actor import Actor
from helpdesk.customers.channels import Channel
from helpdesk.customers.models import StaffTask, User
from helpdesk.errors import DomainError
from helpdesk.formats import day
from tickets.models import Status, Ticket, WorkEntry, WorkSpan
from tickets.services import credit_gate, log, pricing, quote_gate, quote_room, tasks
from tickets.services.activities import WorkRefused, check_activity, first_activity, may_quote
from tickets.services.measuring import LONGEST, end_of, measure, source_of

State = WorkEntry.State


class WorkAlreadyFinished(DomainError):
    """The entry has an end; nothing is charged twice."""


@dataclass(frozen=True, kw_only=True)
class ManualWork:
    """Work that nobody measured.

    ended_at  aware, not in the future
    """

    minutes: int
    ended_at: datetime
    activity: str = Activity.SOLVING
    note: str = ""
    internal_note: str = ""
    is_express: bool | None = None
    source: str = WorkEntry.Source.MANUAL


@transaction.atomic
def start_timer(*, ticket: Ticket, by: Actor, at: datetime, activity: str = "") -> WorkEntry:
    """Measure the person's work on the request from now on; what else of theirs ran is paused.

    returns  the running entry; when it ran already, that one
    raises   WorkRefused, quote_gate.QuoteNeeded, credit_gate.CreditSpent, and what `check_activity` raises
    source   S1-17
    """
    ticket, at = log.lock(ticket, at)
    if not ticket.is_active or ticket.status == Status.SUSPENDED:
        raise WorkRefused(
            f"Požadavek je ve stavu „{ticket.get_status_display()}“, práce se na něm neměří. Hotovou práci zapište ručně."
        )
    activity = activity or first_activity(ticket)
    check_activity(ticket, activity)
    if not ticket.work.filter(person=by.person, activity=activity, state=State.RUNNING).exists():
        quote_gate.check_may_start(ticket, activity=activity, at=at)
        credit_gate.check_may_start(ticket, activity=activity, at=at)
    if activity != Activity.INTAKE:
        end_intake(ticket, of=by.person, by=by, at=at)
    return _begin(ticket, activity=activity, by=by, at=at)


def begin_intake(ticket: Ticket, *, by: Actor, at: datetime) -> None:
    """Whoever registers or accepts a request in the backoffice works on its intake; part of an act that has locked it.

    source  S1-17, D30
    """
    if by.is_staff and by.channel == Channel.BACKOFFICE:
        _begin(ticket, activity=Activity.INTAKE, by=by, at=at)


def end_intake(ticket: Ticket, *, by: Actor, at: datetime, of: User | None = None) -> None:
    """Finish the open intake of one person, or of everybody once the request has its solver; the request is locked.

    It moves no money, so the customer's account is not locked, nor opened where there is none.

    source  D30
    """
    intake = ticket.work.open().filter(activity=Activity.INTAKE)
    _finish_each(ticket, list(intake.filter(person=of) if of else intake), by=by, at=at)


def taken_up(ticket: Ticket, *, by: Actor, at: datetime) -> None:
    """Whoever takes a request to themselves in the backoffice solves it (S1-17, D30); part of an act that has locked the request.

    What may not be measured now is not started and the act goes on; the page of the request says why.
    """
    if not by.is_staff or by.channel != Channel.BACKOFFICE:
        return
    activity = first_activity(ticket)
    if quote_room.tickable(ticket, activity) or (activity == Activity.QUOTING and not may_quote(ticket)):
        return
    if quote_gate.may_start(ticket, activity=activity, at=at) and credit_gate.may_start(ticket, activity=activity, at=at):
        _begin(ticket, activity=activity, by=by, at=at)


def _begin(ticket: Ticket, *, activity: str, by: Actor, at: datetime) -> WorkEntry:
    """Continue the person's paused entry of that activity, or begin one."""
    person = User.objects.select_for_update(of=("self",), no_key=True).get(pk=by.person.pk)
    for running in WorkEntry.objects.filter(person=person, state=State.RUNNING).order_by("id"):
        if running.ticket_id == ticket.pk and running.activity == activity:
            return running
        _pause(running, at=at)
    own = ticket.work.open().filter(person=person, activity=activity).order_by("id").first()
    entry = WorkEntry.objects.locked(own.pk) if own else None
    if entry is None or not entry.is_open:
        entry = WorkEntry.objects.create(
            ticket=ticket,
            person=person,
            activity=activity,
            state=State.RUNNING,
            source=WorkEntry.Source.PHONE if pricing.is_by_phone(ticket, activity) else WorkEntry.Source.TIMER,
            is_express=bool(ticket.request_type and ticket.request_type.is_express),
            started_at=at,
        )
    elif entry.state == State.PAUSED:
        tasks.done_with(entry.reminder_id, by=by, at=at)
        entry.state, entry.reminder = State.RUNNING, None
        entry.save(update_fields=["state", "reminder"])
    WorkSpan.objects.create(entry=entry, person=person, started_at=_free_since(person, at))
    return entry


def _free_since(person: User, at: datetime) -> datetime:
    """When the person's next stretch begins: where the last one ends, should another server's clock be a little ahead."""
    later = WorkSpan.objects.filter(person=person, is_standing=True, ended_at__gt=at)
    return later.aggregate(last=Max("ended_at"))["last"] or at


def _pause(entry: WorkEntry, *, at: datetime) -> WorkEntry | None:
    """Close the stretch that runs; an entry in which nothing was worked is gone."""
    entry = WorkEntry.objects.locked(entry.pk)
    if entry.state != State.RUNNING:
        return entry
    _close_span(entry, at)
    if not entry.seconds:
        entry.delete()
        return None
    entry.state = State.PAUSED
    entry.save()
    return entry


def _close_span(entry: WorkEntry, at: datetime) -> None:
    """End the stretch that runs and sum up; a capped one is to be checked."""
    running = entry.spans.filter(ended_at__isnull=True).first()
    if running:
        end = end_of(running, at)
        if end <= running.started_at:
            running.delete()
        else:
            running.ended_at = end
            running.save(update_fields=["ended_at"])
        if at > running.started_at + LONGEST:
            _ask_to_check(entry, at)
    entry.seconds = sum(span.seconds(at) for span in entry.spans.all())


def _ask_to_check(entry: WorkEntry, at: datetime) -> None:
    entry.needs_check, entry.checked_at, entry.checked_by = True, None, None
    tasks.add_ticket_task(
        ticket=entry.ticket,
        kind=StaffTask.Kind.OTHER,
        assignee=entry.person,
        at=at,
        due_at=at + timedelta(days=1),
        text="Časovač běžel přes 10 hodin a zastavil se. Zkontrolujte délku práce.",
    )


@transaction.atomic
def pause_timer(*, entry: WorkEntry, by: Actor, at: datetime) -> WorkEntry | None:
    """Interrupt the work; from now on the customer sees what was worked until now.

    returns  None when nothing was worked yet, the entry is gone then
    source   S1-13
    """
    return _pause(entry, at=at)


@transaction.atomic
def continue_timer(*, entry: WorkEntry, by: Actor, at: datetime) -> WorkEntry:
    """Go on with a paused entry.

    raises  WorkAlreadyFinished, WorkRefused
    """
    entry = WorkEntry.objects.select_related("ticket").get(pk=entry.pk)
    if not entry.is_open:
        raise WorkAlreadyFinished(f"Práce na požadavku {entry.ticket_id} už byla ukončena. Spusťte nový časovač.")
    return start_timer(ticket=entry.ticket, activity=entry.activity, by=by, at=at)


@transaction.atomic
def stop_timer(
    *,
    entry: WorkEntry,
    by: Actor,
    at: datetime,
    note: str = "",
    internal_note: str = "",
    activity: str = "",
    is_phone: bool | None = None,
) -> WorkEntry | None:
    """Finish the work, price it and take the price from the customer's credit, all at once.

    is_phone  whether it was a call; None = as the entry began
    returns  the finished entry; None when nothing was worked
    raises   WorkAlreadyFinished, WorkRefused (the activity is not allowed before the customer agrees)
    source   S1-13, S1-18, D10
    """
    ticket, at = log.lock(entry.ticket, at)
    if activity and activity != entry.activity:
        check_activity(ticket, activity)
    pricing.lock_account(ticket)
    entry = WorkEntry.objects.locked(entry.pk)
    if not entry.is_open:
        raise WorkAlreadyFinished(f"Práce na požadavku {entry.ticket_id} už byla ukončena.")
    entry.note, entry.internal_note = note or entry.note, internal_note or entry.internal_note
    entry.activity = activity or entry.activity
    entry.source = source_of(entry, is_phone)
    return finish(ticket, entry, by=by, at=at)


def finish(
    ticket: Ticket, entry: WorkEntry, *, by: Actor, at: datetime, is_charged: bool = True, corrects: WorkEntry | None = None
) -> WorkEntry | None:
    """Close, round and charge an open entry; request, account and entry are locked.

    is_charged  False for a request that is being cancelled: its work is reversed at once
    corrects    the entry that it replaces
    """
    _close_span(entry, at)
    if not entry.seconds:
        entry.delete()
        return None
    measure(ticket, entry, list(entry.spans.all()), corrects=corrects)
    entry.state = State.FINISHED
    entry.waits_for = WorkEntry.Wait.CHECK
    if is_charged:
        pricing.charge(ticket, entry, by=by)
    entry.save()
    tasks.done_with(entry.reminder_id, by=by, at=at)
    if is_charged and (entry.quote or ticket.contract.limits_unquoted_work):
        _tell_progress(ticket, by=by, at=at)
    return entry


def _tell_progress(ticket: Ticket, *, by: Actor, at: datetime) -> None:
    """Warn when the ceiling of the quote, or the threshold of the contract, comes near; the request may be saved already."""
    quote_room.note_progress(ticket, by=by, at=at)
    quote_gate.note_progress(ticket, by=by, at=at)
    Ticket.objects.filter(pk=ticket.pk).update(last_event_at=ticket.last_event_at)


@transaction.atomic
def add_manual_entry(*, ticket: Ticket, work: ManualWork, by: Actor, at: datetime) -> WorkEntry:
    """Write down work that was not measured; it is finished and charged at once, into overdraft as well.

    raises  WorkRefused (cancelled, in the future, before the request, too long, over other work of the person), and what
            `check_activity` raises
    source  S1-17, D23
    """
    ticket, now = log.lock(ticket, at)
    if ticket.status == Status.CANCELLED:
        raise WorkRefused("Požadavek je zrušený, práci na něm zapsat nelze.")
    check_activity(ticket, work.activity)
    ended_at = work.ended_at.astimezone(UTC).replace(microsecond=0)  # minutes are subtracted from instants, not from a wall clock
    started_at = ended_at - timedelta(minutes=work.minutes)
    if not 0 < work.minutes <= LONGEST // timedelta(minutes=1) or ended_at > now:
        raise WorkRefused("Zapište hotovou práci dlouhou 1 až 600\u00a0minut. Delší rozdělte na víc zápisů.")
    if timezone.localdate(ended_at) < timezone.localdate(ticket.created_at):
        raise WorkRefused(f"Požadavek byl nahlášen až {day(ticket.created_at)}, práce na něm nemohla skončit dřív. Opravte den.")
    pricing.lock_account(ticket)
    person = User.objects.select_for_update(of=("self",), no_key=True).get(pk=by.person.pk)
    if work.source == WorkEntry.Source.PHONE:
        _interrupt_for_call(person, started_at, ended_at)
    _refuse_overlap(person, started_at, ended_at)
    express = bool(ticket.request_type and ticket.request_type.is_express) if work.is_express is None else work.is_express
    entry = WorkEntry.objects.create(
        ticket=ticket,
        person=person,
        activity=work.activity,
        state=State.PAUSED,
        source=work.source,
        note=work.note,
        internal_note=work.internal_note,
        is_express=express,
        started_at=started_at,
    )
    WorkSpan.objects.create(entry=entry, person=person, started_at=started_at, ended_at=ended_at)
    finish(ticket, entry, by=by, at=now)
    return entry


def _interrupt_for_call(person: User, started_at: datetime, ended_at: datetime) -> None:
    """Take the time of a call out of the timer that ran through it: who answers the phone does not think of the timer."""
    through = WorkSpan.objects.filter(person=person, ended_at__isnull=True, started_at__lt=started_at)
    running = through.filter(started_at__gte=started_at - LONGEST).first()
    if running is None:
        return
    entry = WorkEntry.objects.locked(running.entry_id)
    if through.filter(pk=running.pk).update(ended_at=started_at):
        WorkSpan.objects.create(entry=entry, person=person, started_at=ended_at)
        entry.seconds = sum(span.seconds(span.started_at) for span in entry.spans.all())
        entry.save(update_fields=["seconds"])


def _refuse_overlap(person: User, started_at: datetime, ended_at: datetime) -> None:
    """Nobody works on two things at once: the same minute is not charged twice."""
    standing = WorkSpan.objects.filter(person=person, is_standing=True)
    over = standing.during(started_at, ended_at).select_related("entry").first()
    if over:
        raise WorkRefused(
            f"V tu dobu už máte zapsanou práci na požadavku {over.entry.ticket_id}. Změňte čas, nebo opravte tamten zápis."
        )


def pause_all(ticket: Ticket, *, at: datetime, of: User | None = None) -> None:
    """Interrupt what runs on a request, of one person or of everybody; part of an act that has locked the request."""
    running = ticket.work.filter(state=State.RUNNING).order_by("id")
    for entry in running.filter(person=of) if of else running:
        _pause(entry, at=at)


def finish_all(ticket: Ticket, *, by: Actor, at: datetime, of: User | None = None) -> None:
    """Finish every open entry of a request, of one person or of everybody: nothing stays untracked (S1-17).

    Part of an act that has locked the request.
    """
    unfinished = ticket.work.open().order_by("id")
    entries = list(unfinished.filter(person=of) if of else unfinished)
    if entries:
        pricing.lock_account(ticket)
        _finish_each(ticket, entries, by=by, at=at)


def _finish_each(ticket: Ticket, entries: list[WorkEntry], *, by: Actor, at: datetime) -> None:
    for each in entries:
        entry = WorkEntry.objects.locked(each.pk)
        if entry.is_open:
            finish(ticket, entry, by=by, at=at)


def leave(ticket: Ticket, finishes: bool, *, by: Actor, at: datetime) -> None:
    """Whoever gives a request away works on it no more: what they have open is finished, or interrupted for another time.

    Part of an act that has locked the request.
    """
    if finishes and by.user:
        finish_all(ticket, by=by, at=at, of=by.user)
    else:
        pause_all(ticket, at=at, of=by.user)


@transaction.atomic
def cap_forgotten(*, entry: WorkEntry, at: datetime) -> WorkEntry | None:
    """Finish a timer that has run for more than ten hours, unpriced until a person says how long the work was."""
    ticket, at = log.lock(entry.ticket, at)
    pricing.lock_account(ticket)
    entry = WorkEntry.objects.locked(entry.pk)
    running = entry.spans.filter(ended_at__isnull=True, started_at__lt=at - LONGEST).first()
    if running is None:
        return None
    return finish(ticket, entry, by=Actor(), at=at)


@transaction.atomic
def price_waiting(*, entry: WorkEntry, at: datetime) -> WorkEntry:
    """Try again to price a finished entry whose rate, decision or credit was missing."""
    ticket, at = log.lock(entry.ticket, at)
    pricing.lock_account(ticket)
    entry = WorkEntry.objects.locked(entry.pk)
    if not entry.is_priced and not entry.is_open and not WorkEntry.objects.filter(reverses=entry).exists():
        pricing.charge(ticket, entry, by=Actor())
        entry.save()
    return entry
