"""The supplier's side of a quote: drafted, sent, replaced by a new version, withdrawn, expired."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from helpdesk.customers.actor import SYSTEM, Actor
from helpdesk.customers.models import StaffTask, User
from helpdesk.errors import DomainError
from helpdesk.formats import duration
from helpdesk.money import czk, to_halers
from tickets import emails
from tickets.models import Quote, QuoteLink, Status, Ticket, TicketEvent
from tickets.services import log, quote_room, quote_totals, tasks, work

LINK_LASTS = timedelta(days=14)
DECIDE_EXPIRED_WITHIN = timedelta(days=2)
HIGHEST_PRICE = Decimal("9999999999.99")
State = Quote.State
Kind = TicketEvent.Kind


class QuoteIncomplete(DomainError):
    """The quote lacks what the customer must know before they approve it."""


class QuoteClosed(DomainError):
    """The version was decided, replaced, withdrawn or its time is over."""


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What a quote says.

    ceiling_price    CZK without VAT; None when it follows from the rate and the minutes, and for an estimate
    ceiling_minutes  effort
    valid_until      last day for the approval; an estimate has none
    """

    origin: str
    ceiling_price: Decimal | None = None
    hourly_rate: Decimal | None = None
    ceiling_minutes: int | None = None
    specification: str = ""
    text: str = ""
    term_on: date | None = None
    valid_until: date | None = None

    def price(self) -> Decimal | None:
        """The ceiling: as given, else the minutes at the rate.

        raises  QuoteIncomplete
        """
        if self.origin == Quote.Origin.ESTIMATE:
            return None
        if self.hourly_rate is None:
            return self.ceiling_price
        if self.ceiling_minutes is None:
            raise QuoteIncomplete("K hodinové sazbě doplňte pracnost, cena se z nich spočítá.")
        price = to_halers(self.hourly_rate * self.ceiling_minutes / 60)
        if self.ceiling_price not in (None, price):
            raise QuoteIncomplete(f"Pracnost krát sazba je {czk(price)}. Cenu nechte prázdnou, nebo zapište cenu bez sazby.")
        return price


@transaction.atomic
def draft_quote(*, ticket: Ticket, terms: Terms, by: Actor, at: datetime) -> Quote:
    """Prepare the next version; while a draft exists, it is rewritten.

    raises  StateChanged, QuoteIncomplete
    source  C23
    """
    ticket, at = log.lock(ticket, at)
    log.require(ticket, "suspend", "resume")
    price = terms.price()
    _check_terms(terms, price, timezone.localdate(at))
    is_estimate = terms.origin == Quote.Origin.ESTIMATE
    values = {
        "origin": terms.origin,
        "ceiling_price": price,
        "hourly_rate": None if is_estimate else terms.hourly_rate,
        "ceiling_minutes": terms.ceiling_minutes,
        "specification": terms.specification.strip(),
        "text": terms.text.strip(),
        "term_on": terms.term_on,
        "valid_until": None if is_estimate else terms.valid_until,
        "created_at": at,
        "created_by": by.person,
    }
    last = ticket.quotes.order_by("-version").first()
    if last and last.state == State.DRAFT:
        Quote.objects.filter(pk=last.pk).update(**values)
        last.refresh_from_db()
        return last
    return Quote.objects.create(ticket=ticket, version=last.version + 1 if last else 1, **values)


def _check_terms(terms: Terms, price: Decimal | None, today: date) -> None:
    if terms.origin == Quote.Origin.ESTIMATE:
        if not terms.ceiling_minutes:
            raise QuoteIncomplete("Odhad bez ceny potřebuje pracnost. Doplňte ji.")
        return
    if not price or price <= 0:
        raise QuoteIncomplete("Zapište nejvyšší cenu, nebo sazbu a pracnost. Odhad bez ceny má vlastní původ.")
    if price > HIGHEST_PRICE:
        raise QuoteIncomplete(f"Vychází cena {czk(price)}. Zkontrolujte sazbu a pracnost.")
    if terms.valid_until is None or terms.valid_until < today:
        raise QuoteIncomplete("Zapište, do kdy lze kalkulaci schválit: dnešek, nebo pozdější den.")


@transaction.atomic
def send_quote(*, quote: Quote, by: Actor, at: datetime) -> Quote:
    """Show the draft to the customer and wait for approval; an estimate is told and nothing waits.

    An earlier version that nobody decided is replaced; an approved one stays in force until this one is approved.

    raises  StateChanged, QuoteClosed, QuoteIncomplete
    source  S1-16, S3-17, S4-72, C25, D19
    """
    ticket, at = log.lock(quote.ticket, at)
    log.require(ticket, "suspend", "resume")
    quote = lock_quote(quote, ticket)
    if quote.state != State.DRAFT:
        raise QuoteClosed("Tato verze už byla odeslána. Připravte novou.")
    approvers = [] if quote.is_estimate else quote_room.approvers_of(ticket)
    if not quote.is_estimate:
        work.finish_all(ticket, by=by, at=at)  # what was worked until now is told with its price
        _tell_outside(quote, ticket)
    _check_sending(quote, ticket, approvers, timezone.localdate(at))
    replaced = State.TOLD if quote.is_estimate else State.SENT
    ticket.quotes.filter(state=replaced).update(state=State.SUPERSEDED)
    quote.state = State.TOLD if quote.is_estimate else State.SENT
    quote.sent_at, quote.sent_by = at, by.person
    quote.save(update_fields=["state", "sent_at", "sent_by", "preparation_price", "done_price"])
    moved = _wait_for_approval(ticket, at) if not quote.is_estimate else None
    event = log.write_event(ticket, Kind.QUOTE_SENT, by=by, at=at, from_status=moved, detail=summary(quote))
    ticket.save()
    tasks.answered(ticket, by=by, at=at)
    tokens = {} if quote.is_above else {person.pk: _make_link(quote, person, at) for person in approvers}
    emails.quote_sent(ticket=ticket, event=event, quote=quote, approvers=approvers, tokens=tokens)
    return quote


def _check_sending(quote: Quote, ticket: Ticket, approvers: list[User], today: date) -> None:
    """What the contract asks of a quote before the customer may see it."""
    if quote.is_estimate:
        if ticket.wants_quote and not ticket.quotes.in_force().exists():
            raise QuoteIncomplete("Zákazník chce kalkulaci předem. Pošlete mu kalkulaci s cenou, odhad nestačí.")
        return
    price = quote.ceiling_price or Decimal(0)
    if (limit := _larger_than(quote, ticket)) and not quote.specification:
        raise QuoteIncomplete(f"Nad {limit} patří ke kalkulaci technická specifikace. Doplňte ji.")
    if quote.valid_until is None or quote.valid_until < today:
        raise QuoteIncomplete("Den, do kdy kalkulace platí, už minul. Upravte ji.")
    spent, _ = quote_room.worked(ticket)
    if price <= spent:
        raise QuoteIncomplete(f"Odpracováno je už {czk(spent)}. Strop nové verze musí být vyšší.")
    if ticket.status == Status.SUSPENDED and ticket.suspend_reason != Ticket.SuspendReason.APPROVAL:
        raise QuoteIncomplete("Požadavek čeká na jinou součinnost. Nejdřív ho obnovte, pak kalkulaci pošlete.")
    if not approvers:
        raise QuoteIncomplete("Zákazník nemá schvalovatele s e-mailem. Doplňte ho u oprávněných osob a pošlete kalkulaci znovu.")


def _larger_than(quote: Quote, ticket: Ticket) -> str:
    """Which limit of the contract makes the quoted work a larger one (S3-17); "" for none."""
    above, minutes = ticket.contract.specification_above, ticket.contract.specification_above_minutes
    if above is not None and (quote.ceiling_price or Decimal(0)) > above:
        return czk(above)
    if minutes is not None and (quote.ceiling_minutes or 0) > minutes:
        return duration(minutes)
    return ""


def _tell_outside(quote: Quote, ticket: Ticket) -> None:
    """What the customer will pay beside the ceiling.

    raises  QuoteIncomplete
    """
    outside = quote_totals.outside_of(ticket)
    if outside.waiting:
        raise QuoteIncomplete(
            "Část hotové práce ještě nemá cenu, zákazník by nevěděl, kolik nejvýše zaplatí. "
            "Zkontrolujte její délku nebo doplňte sazbu a kalkulaci pošlete znovu."
        )
    quote.preparation_price, quote.done_price = outside.preparation, outside.done


def _wait_for_approval(ticket: Ticket, at: datetime) -> str | None:
    """Suspend the request; None when it waits already."""
    if ticket.status == Status.SUSPENDED:
        return None
    before = str(ticket.status)
    ticket.suspend(reason=Ticket.SuspendReason.APPROVAL, at=at)
    return before


@transaction.atomic
def withdraw_quote(*, quote: Quote, by: Actor, at: datetime) -> Quote:
    """Take back a draft or a sent version; the customer learns only of what they saw, and work goes on.

    raises  QuoteClosed
    """
    ticket, at = log.lock(quote.ticket, at)
    quote = lock_quote(quote, ticket)
    if quote.state not in (State.DRAFT, State.SENT):
        raise QuoteClosed(f"Kalkulace je {quote.get_state_display()}, stáhnout ji nelze.")
    was_sent = quote.state == State.SENT
    quote.state = State.WITHDRAWN
    quote.save(update_fields=["state"])
    if was_sent:
        moved = go_on(ticket)
        event = log.write_event(
            ticket, Kind.QUOTE_WITHDRAWN, by=by, at=at, from_status=moved, detail=f"kalkulace {quote.version}"
        )
        ticket.save()
        emails.quote_withdrawn(ticket=ticket, event=event, quote=quote)
    return quote


@transaction.atomic
def expire_quote(*, quote: Quote, at: datetime) -> Quote:
    """The last day is over and nobody decided: the request waits on, and support is to ask what the customer wants.

    returns  the row; one that was decided meanwhile is left as it is
    """
    ticket, at = log.lock(quote.ticket, at)
    quote = lock_quote(quote, ticket)
    if quote.state != State.SENT or is_valid_on(quote, timezone.localdate(at)):
        return quote
    quote.state = State.EXPIRED
    quote.save(update_fields=["state"])
    event = log.write_event(ticket, Kind.QUOTE_EXPIRED, by=SYSTEM, at=at, detail=f"kalkulace {quote.version}")
    ticket.save()
    tasks.add_ticket_task(
        ticket=ticket,
        kind=StaffTask.Kind.CONTACT,
        assignee=ticket.assignee,
        at=at,
        due_at=at + DECIDE_EXPIRED_WITHIN,
        text="Kalkulace propadla bez odpovědi: domluvit se zákazníkem novou verzi, nebo požadavek ukončit",
    )
    emails.quote_expired(ticket=ticket, event=event, quote=quote, approvers=quote_room.approvers_of(ticket))
    return quote


def is_valid_on(quote: Quote, day: date) -> bool:
    return quote.valid_until is not None and day <= quote.valid_until


def go_on(ticket: Ticket) -> str | None:
    """Resume a suspended request (C17); None when it was not."""
    if ticket.status != Status.SUSPENDED:
        return None
    ticket.resume()
    return str(Status.SUSPENDED)


def lock_quote(quote: Quote, ticket: Ticket) -> Quote:
    """The row itself; its request is the locked one."""
    quote = Quote.objects.locked(quote.pk)
    quote.ticket = ticket
    return quote


def summary(quote: Quote) -> str:
    """„verze 2, celkem nejvýše 4 800,00 Kč bez DPH“, as the log tells it."""
    if quote.is_estimate:
        return f"odhad {quote.version}, pracnost {quote.ceiling_minutes}\u00a0min"
    return f"verze {quote.version}, celkem nejvýše {czk(quote.total_price or Decimal(0))} bez DPH"


def _make_link(quote: Quote, approver: User, at: datetime) -> str:
    """The secret of a new one-time link; only its hash is kept."""
    token = secrets.token_urlsafe(32)
    QuoteLink.objects.create(quote=quote, approver=approver, token_hash=hash_of(token), created_at=at, expires_at=at + LINK_LASTS)
    return token


def hash_of(token: str) -> str:
    """How a link's secret is stored."""
    return hashlib.sha256(token.encode()).hexdigest()
