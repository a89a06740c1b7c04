"""Work that was begun and not finished: what finishing it would cost, throwing seconds away, reminding of what lies about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction

from helpdesk.customers.actor import Actor
from helpdesk.customers.models import StaffTask
from helpdesk.money import czk
from tickets.models import Ticket, TicketEvent, WorkEntry, WorkSpan
from tickets.services import log, measuring, pricing, tasks, work

SHORTEST = 60  # seconds of work that are not thrown away any more
PAUSED_TOO_LONG = timedelta(days=1)
PRICED_BY = (
    "person",
    "ticket__request_type",
    "ticket__contract__calendar",
    "ticket__paragraph__calendar",
    "ticket__paragraph__contract__calendar",
)
DONE_WITHIN = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What finishing an open entry now would write down.

    seconds  really worked
    price    CZK without VAT; 0 while waits_for says what the price waits for
    """

    seconds: int
    billed_minutes: int = 0
    price: Decimal = pricing.ZERO
    waits_for: str = ""

    @property
    def is_short(self) -> bool:
        """Less than a minute of real work, which may be thrown away."""
        return self.seconds < SHORTEST

    def __str__(self) -> str:
        if not self.seconds:
            return "nic"
        if self.waits_for:
            return f"{self.billed_minutes}\u00a0min, cena čeká {WorkEntry.Wait(self.waits_for).label}"
        return f"{self.billed_minutes}\u00a0min = {czk(self.price)} bez DPH"


def preview_finish(*, entry: WorkEntry, at: datetime, activity: str = "", is_phone: bool | None = None) -> Preview:
    """What `work.stop_timer` would charge now, worked out by the same functions; nothing is written or locked.

    source  D10: seconds become a whole billing step
    """
    entry = WorkEntry.objects.select_related(*PRICED_BY).get(pk=entry.pk)
    spans = []
    for span in WorkSpan.objects.filter(entry=entry):
        entry.needs_check |= span.ended_at is None and at > span.started_at + measuring.LONGEST
        span.ended_at = span.ended_at or measuring.end_of(span, at)
        if span.ended_at > span.started_at:
            spans.append(span)
    if not spans:
        return Preview(seconds=0)
    entry.activity, entry.source = activity or entry.activity, measuring.source_of(entry, is_phone)
    measuring.measure(entry.ticket, entry, spans)
    worked_out, waits_for = pricing.work_out(entry.ticket, entry)
    return Preview(seconds=entry.seconds, billed_minutes=entry.billed_minutes, price=worked_out.price(), waits_for=waits_for)


def preview_all(ticket: Ticket, *, at: datetime) -> list[tuple[WorkEntry, Preview]]:
    """The same for every open entry of a request, each as if it were finished alone."""
    return [(entry, preview_finish(entry=entry, at=at)) for entry in ticket.work.open().select_related("person").order_by("id")]


@transaction.atomic
def discard_entry(*, entry: WorkEntry, by: Actor, at: datetime) -> None:
    """Throw away an open entry of less than a minute: nothing is charged, the internal log says what it was.

    A second click changes nothing.

    raises  work.WorkAlreadyFinished, work.WorkRefused (a minute or more was worked)
    """
    ticket, at = log.lock(entry.ticket, at)
    found = WorkEntry.objects.filter(pk=entry.pk).select_for_update(of=("self",), no_key=True).select_related("person").first()
    if found is None:
        return
    if not found.is_open:
        raise work.WorkAlreadyFinished(f"Práce na požadavku {ticket.pk} už byla ukončena. Opravte ji v\u00a0přehledu práce.")
    seconds = sum(span.seconds(at) for span in found.spans.all())
    if seconds >= SHORTEST:
        raise work.WorkRefused("Odpracovaná je minuta nebo víc, takovou práci zahodit nelze. Ukončete ji a zapište.")
    tasks.done_with(found.reminder_id, by=by, at=at)
    found.delete()
    detail = f"{found.get_activity_display()}, {found.person}, {seconds}\u00a0s"
    log.write_event(ticket, TicketEvent.Kind.WORK_DISCARDED, by=by, at=at, detail=detail, is_public=False)
    ticket.save(update_fields=["last_event_at"])


@transaction.atomic
def remind_of_paused(*, entry: WorkEntry, at: datetime) -> StaffTask | None:
    """Give its person a task about work that was interrupted long ago and never finished; once per interruption.

    returns  None when it went on, was finished or reminded of meanwhile
    """
    ticket, at = log.lock(entry.ticket, at)
    due = WorkEntry.objects.paused_before(at - PAUSED_TOO_LONG).filter(pk=entry.pk)
    found = due.select_for_update(of=("self",), no_key=True).select_related("person").first()
    if found is None:
        return None
    found.reminder = tasks.add_ticket_task(
        ticket=ticket,
        kind=StaffTask.Kind.OTHER,
        assignee=found.person,
        at=at,
        due_at=at + DONE_WITHIN,
        text=f"Dokončit přerušenou práci ({found.worked_minutes}\u00a0min): ukončit a zapsat, nebo v\u00a0ní pokračovat",
    )
    found.save(update_fields=["reminder"])
    return found.reminder
