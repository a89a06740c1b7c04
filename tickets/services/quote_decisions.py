"""The customer's side of a quote: approved or refused, by a signed-in approver or by the one-time link of a letter."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from credit.models import Hold
from credit.services import ledger
from helpdesk.customers.actor import Actor
from helpdesk.customers.channels import Channel
from helpdesk.customers.models import Membership, User
from helpdesk.errors import DomainError
from helpdesk.money import czk
from helpdesk.payment import Source
from tickets import emails
from tickets.models import Quote, QuoteLink, Ticket, TicketEvent
from tickets.services import lifecycle, log, quote_room, quote_totals
from tickets.services.quotes import QuoteClosed, go_on, hash_of, is_valid_on, lock_quote, summary

State = Quote.State
Kind = TicketEvent.Kind


class NotApprover(DomainError):
    """Only an approver of the customer decides, above the contract's limit only one who signed in."""


class LinkVoid(DomainError):
    """The one-time link cannot be used (any more); the text says why and what to do."""


@transaction.atomic
def approve_quote(*, quote: Quote, by: Actor, at: datetime, name: str = "") -> Quote:
    """A signed-in approver agrees: the credit is reserved, price and term are agreed, work goes on.

    name    the person, as they wrote it; empty = their name in the account
    raises  QuoteClosed, NotApprover, NotCovered
    source  S1-16, S2-17, C17, C25
    """
    ticket, at = log.lock(quote.ticket, at)
    quote = lock_quote(quote, ticket)
    return _approve(quote, ticket, name=name, by=by, at=at, signed_in=True)


@transaction.atomic
def refuse_quote(*, quote: Quote, reason: str, by: Actor, at: datetime, name: str = "") -> Quote:
    """A signed-in approver does not agree: the request ends as resolved („kalkulace zamítnuta“) and closed.

    The work on the quote stays billable (C25). A refused extension of an approved quote ends nothing: the earlier version
    stays in force and work goes on within it.

    raises  QuoteClosed, NotApprover
    source  C25, D19: three events, one letter
    """
    ticket, at = log.lock(quote.ticket, at)
    quote = lock_quote(quote, ticket)
    return _refuse(quote, ticket, reason=reason, name=name, by=by, at=at, signed_in=True)


@transaction.atomic
def decide_by_link(*, token: str, approves: bool, name: str, at: datetime, ip: str | None, reason: str = "") -> Quote:
    """Approve or refuse by the one-time link of a letter, without signing in; the link is used up.

    raises  LinkVoid, QuoteClosed, NotApprover, NotCovered
    source  D19
    """
    link = QuoteLink.objects.select_related("quote__ticket", "approver").get(token_hash=hash_of(token))
    ticket, at = log.lock(link.quote.ticket, at)
    quote = lock_quote(link.quote, ticket)
    link = QuoteLink.objects.select_for_update(of=("self",)).select_related("approver").get(pk=link.pk)
    link.quote = quote
    check_link(link=link, at=at)
    link.used_at = at
    link.save(update_fields=["used_at"])
    by = Actor(user=link.approver, channel=Channel.PORTAL, ip=ip)
    if approves:
        return _approve(quote, ticket, name=name, by=by, at=at, signed_in=False)
    return _refuse(quote, ticket, reason=reason, name=name, by=by, at=at, signed_in=False)


def check_link(*, link: QuoteLink, at: datetime) -> None:
    """Whether the link may be used now.

    raises  LinkVoid
    """
    quote = link.quote
    if link.used_at:
        raise LinkVoid("Tímto odkazem už jste o kalkulaci rozhodli. Odkaz funguje jen jednou.")
    if quote.state != State.SENT:
        raise LinkVoid(closed_sentence(quote))
    if link.expires_at <= at or not is_valid_on(quote, timezone.localdate(at)):
        raise LinkVoid("Platnost odkazu skončila. Přihlaste se a rozhodněte na stránce kalkulace, nebo nám zavolejte.")
    if not is_approver(link.approver, quote.ticket):
        raise LinkVoid("Kalkulace za tuto firmu už neschvalujete. Obraťte se prosím na odpovědnou osobu své firmy.")
    if quote.is_above:
        raise LinkVoid("Tuto částku lze podle smlouvy schválit jen po přihlášení. Přihlaste se prosím a rozhodněte tam.")


def closed_sentence(quote: Quote) -> str:
    """Why a version is not to be decided any more."""
    if quote.state in (State.APPROVED, State.REFUSED):
        return f"O kalkulaci už rozhodl někdo z vaší firmy: {quote.get_state_display()}, {quote.decided_name}."
    if quote.state == State.SUPERSEDED:
        return "Tuto verzi nahradila novější. Rozhodněte prosím o ní."
    if quote.state == State.EXPIRED:
        return "Platnost kalkulace skončila. Napište nám a pošleme novou."
    return "Kalkulace byla stažena. Máte-li o ni zájem, napište nám prosím."


def _check_decision(quote: Quote, ticket: Ticket, *, by: Actor, at: datetime, signed_in: bool) -> None:
    if quote.state != State.SENT:
        raise QuoteClosed(closed_sentence(quote))
    if not is_valid_on(quote, timezone.localdate(at)):
        raise QuoteClosed("Platnost kalkulace skončila. Napište nám a pošleme novou.")
    if not is_approver(by.person, ticket):
        raise NotApprover("Kalkulace schvaluje jen schvalovatel vaší firmy. Požádejte ho prosím, odkaz má v e-mailu.")
    if quote.is_above and not signed_in:
        raise NotApprover("Tuto částku lze podle smlouvy schválit jen po přihlášení.")


def _decide(quote: Quote, state: str, *, name: str, by: Actor, at: datetime) -> None:
    quote.state = state
    quote.decided_at, quote.decided_by, quote.decided_ip = at, by.person, by.ip
    quote.decided_name = " ".join(name.split())[:150] or str(by.person)


def _approve(quote: Quote, ticket: Ticket, *, name: str, by: Actor, at: datetime, signed_in: bool) -> Quote:
    _check_decision(quote, ticket, by=by, at=at, signed_in=signed_in)
    _check_room(quote, ticket)
    _replace_earlier(ticket, at)
    _decide(quote, State.APPROVED, name=name, by=by, at=at)
    quote.hold = _reserve(quote, ticket, at)
    quote.save()
    quote_totals.settle_outside(quote, ticket, by=by, at=at)
    ticket.agreed_price, ticket.agreed_on = quote.total_price, quote.term_on
    ticket.agreed_by, ticket.agreed_at = by.person, at
    moved = go_on(ticket)
    detail = f"{summary(quote)}, {quote.decided_name}"
    event = log.write_event(ticket, Kind.QUOTE_APPROVED, by=by, at=at, from_status=moved, detail=detail)
    ticket.save()
    emails.quote_decided(ticket=ticket, event=event, quote=quote, approvers=quote_room.approvers_of(ticket))
    return quote


def _check_room(quote: Quote, ticket: Ticket) -> None:
    """While a new version waited, work under the earlier one may have used up more than the new one allows.

    raises  QuoteClosed
    """
    spent, _ = quote_room.worked(ticket)
    if (quote.ceiling_price or Decimal(0)) <= spent:
        raise QuoteClosed(f"Odpracováno je mezitím už {czk(spent)}, tato verze tedy nestačí. Napište nám a pošleme novou.")


def _replace_earlier(ticket: Ticket, at: datetime) -> None:
    """The version in force gives way, and its reservation with it."""
    earlier = quote_room.in_force(ticket)
    if earlier is None:
        return
    if earlier.hold:
        ledger.release(hold=earlier.hold, at=at)
    earlier.state = State.SUPERSEDED
    earlier.save(update_fields=["state"])


def _reserve(quote: Quote, ticket: Ticket, at: datetime) -> Hold | None:
    """Set aside what the ceiling leaves after the work that was charged already; only credit can be reserved.

    raises  NotCovered
    """
    if Source.CREDIT not in ticket.contract.sources:
        return None
    spent, _ = quote_room.worked(ticket)
    return ledger.reserve(
        customer=ticket.customer,
        amount=(quote.ceiling_price or Decimal(0)) - spent,
        key=f"quote:{quote.pk}",
        text=f"Kalkulace {quote.version} k požadavku {ticket.pk}",
        at=at,
    )


def _refuse(quote: Quote, ticket: Ticket, *, reason: str, name: str, by: Actor, at: datetime, signed_in: bool) -> Quote:
    _check_decision(quote, ticket, by=by, at=at, signed_in=signed_in)
    _decide(quote, State.REFUSED, name=name, by=by, at=at)
    quote.refusal_reason = reason.strip()
    quote.save()
    moved = go_on(ticket)
    detail = f"kalkulace {quote.version}, {quote.decided_name}"
    event = log.write_event(ticket, Kind.QUOTE_REFUSED, by=by, at=at, from_status=moved, text=quote.refusal_reason, detail=detail)
    if not ticket.quotes.in_force().exists():
        text = "Kalkulaci jste zamítli, práci jsme proto nezačali."
        resolution = lifecycle.Resolution(text=text, outcome=Ticket.Outcome.QUOTE_REFUSED)
        lifecycle.resolve_locked(ticket, resolution, by=by, at=at)
        lifecycle.close_locked(ticket, Kind.CLOSED_REFUSED, by=by, at=at)
    ticket.save()
    emails.quote_decided(ticket=ticket, event=event, quote=quote, approvers=quote_room.approvers_of(ticket))
    return quote


def is_approver(person: User, ticket: Ticket) -> bool:
    return Membership.objects.active().filter(customer_id=ticket.customer_id, user=person, is_approver=True).exists()
