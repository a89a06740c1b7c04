"""The threshold at work: no timer starts past it, the solver is told in time, a leader may record why work goes on (S3-17, D34).

Done work is recorded in any case; past the threshold it is not charged.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from credit.models import Activity
from helpdesk.customers.actor import Actor
from helpdesk.customers.models import Membership, StaffTask
from helpdesk.errors import DomainError
from helpdesk.formats import moment
from tickets import emails
from tickets.models import Message, QuoteWaiver, Ticket, TicketEvent, WorkEntry
from tickets.services import log, pricing, tasks
from tickets.services.quote_room import OUTSIDE
from tickets.services.quote_threshold import CHARGEABLE, Threshold, threshold_of

ANSWER_WITHIN = timedelta(hours=4)
Kind = TicketEvent.Kind
Way = QuoteWaiver.Way


class QuoteNeeded(DomainError):
    """The request has become a larger one: more is worked when the customer has approved a quote."""


class WaiverRefused(DomainError):
    """What was to be recorded does not let work go on without a quote."""


def holds_back(ticket: Ticket, *, activity: str, at: datetime, threshold: Threshold | None) -> bool:
    """Whether chargeable work of that kind stops at the threshold.

    threshold  of the request, as it is now
    """
    if activity in OUTSIDE or threshold is None or threshold.waivers or not threshold.is_reached:
        return False
    return pricing.next_source(ticket, activity=activity, at=at) in CHARGEABLE


def may_start(ticket: Ticket, *, activity: str, at: datetime) -> bool:
    """Whether the threshold lets a timer start."""
    return not holds_back(ticket, activity=activity, at=at, threshold=threshold_of(ticket))


def check_may_start(ticket: Ticket, *, activity: str, at: datetime) -> None:
    """Refuse what `may_start` does not allow.

    raises  QuoteNeeded
    """
    threshold = threshold_of(ticket)
    if threshold and holds_back(ticket, activity=activity, at=at, threshold=threshold):
        raise QuoteNeeded(in_words(threshold))


def in_words(threshold: Threshold) -> str:
    """What happened and what to do, for whoever would work."""
    return (
        f"Práce bez schválené kalkulace dosáhla prahu smlouvy ({threshold.words}). Pošlete zákazníkovi kalkulaci. Bez ní se "
        "pokračuje, jen když vedoucí zapíše písemný souhlas zákazníka, nebo že se práce nad práh neúčtuje. "
        "Hotovou práci zapište ručně, zaznamená se vždy."
    )


def note_progress(ticket: Ticket, *, by: Actor, at: datetime) -> None:
    """After work without a quote was charged: say once that four fifths of the threshold are used up, and once that all is.

    Part of an act that has locked the request and saves its last event.
    """
    threshold = threshold_of(ticket)
    if threshold is None or threshold.waivers or not threshold.is_near:
        return
    said = set(ticket.events.filter(kind__in=(Kind.THRESHOLD_NEAR, Kind.THRESHOLD_REACHED)).values_list("kind", flat=True))
    kind = Kind.THRESHOLD_REACHED if threshold.is_reached else Kind.THRESHOLD_NEAR
    if kind in said or Kind.THRESHOLD_REACHED in said:
        return
    event = log.write_event(ticket, kind, by=by, at=at, detail=threshold.words, is_public=False)
    if threshold.is_reached:
        _ask_for_quote(ticket, at)
    emails.threshold_near(ticket=ticket, event=event, threshold=threshold)


def _ask_for_quote(ticket: Ticket, at: datetime) -> None:
    tasks.add_ticket_task(
        ticket=ticket,
        kind=StaffTask.Kind.OTHER,
        assignee=ticket.assignee,
        at=at,
        due_at=at + ANSWER_WITHIN,
        text="Práce dosáhla prahu smlouvy: poslat kalkulaci, nebo požádat vedoucího o zápis, proč se pokračuje bez ní",
    )


@transaction.atomic
def waive_quote(*, ticket: Ticket, way: str, by: Actor, at: datetime, message: Message | None = None) -> QuoteWaiver:
    """Record why work goes on past the threshold without a quote; a second click finds the first record.

    message  of an approver of the customer, in which they agreed; work that ended after it is charged in full from now on
    raises   WaiverRefused
    source   D34
    """
    ticket, at = log.lock(ticket, at)
    threshold = threshold_of(ticket)
    if threshold is None:
        raise WaiverRefused("Požadavek se prahem smlouvy neřídí, nebo už má schválenou kalkulaci. Zápis není třeba.")
    if made := next((one for one in threshold.waivers if one.way == way), None):
        return made
    if threshold.is_agreed:
        raise WaiverRefused("Zákazník už písemně souhlasil, práce se účtuje. Zápis není třeba.")
    _check_message(ticket, way, message)
    waiver = QuoteWaiver.objects.create(ticket=ticket, way=way, message=message, recorded_by=by.person, recorded_at=at)
    said = f": {message.author}, {moment(message.at)}" if message else ""
    log.write_event(ticket, Kind.UNQUOTED, by=by, at=at, detail=f"{waiver.get_way_display()}{said}")
    ticket.save(update_fields=["last_event_at"])
    if message:
        _charge_in_full(ticket, message, by=by, at=at)
    return waiver


def _check_message(ticket: Ticket, way: str, message: Message | None) -> None:
    if way == Way.UNCHARGED and message is None:
        return
    if way != Way.AGREED or message is None:
        raise WaiverRefused("Vyberte zprávu, ve které zákazník souhlasil. Bez ní zapište, že se práce nad práh neúčtuje.")
    if not agreeing(ticket).filter(pk=message.pk).exists():
        raise WaiverRefused("Souhlasit může jen schvalovatel zákazníka ve zprávě k tomuto požadavku. Vyberte jeho zprávu.")


def agreeing(ticket: Ticket) -> QuerySet[Message]:
    """Messages that may be a written consent: of the customer's approvers, the newest first."""
    approvers = Membership.objects.active().filter(customer=ticket.customer_id, is_approver=True).values("user")
    return ticket.messages.filter(is_ours=False, author__in=approvers).select_related("author").order_by("-id")


def _charge_in_full(ticket: Ticket, message: Message, *, by: Actor, at: datetime) -> None:
    """What was done after the consent and before its record was charged no further than the threshold."""
    pricing.lock_account(ticket)
    since = ticket.work.finished().standing().filter(finished_at__gte=message.at, quote__isnull=True).order_by("id")
    for each in since:
        if any("cut" in part for part in each.pricing) and each.activity != Activity.QUOTING:
            pricing.reprice(ticket, WorkEntry.objects.locked(each.pk), reason="souhlas zákazníka", by=by, at=at)
