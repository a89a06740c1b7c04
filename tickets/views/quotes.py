"""Quotes in the portal: the card on a request, the page of a quote, and the page of a one-time link."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from helpdesk.customers.actor import Actor
from helpdesk.customers.http import SignedInRequest, portal_page
from helpdesk.customers.models import User
from helpdesk.errors import DomainError
from tickets.forms import QuoteDecisionForm
from tickets.models import Quote, QuoteLink, Ticket, TicketEvent
from tickets.services import quote_decisions, quote_room
from tickets.services.quotes import hash_of, is_valid_on

CONFLICT = 409
GONE = 410
UNPROCESSABLE = 422
TONES = {"sent": "warn", "approved": "ok", "told": "info", "refused": "bad", "expired": "bad"}
QUOTE_EVENTS = frozenset({TicketEvent.Kind.QUOTE_SENT})
PEOPLE = ("sent_by", "hold")


def quote_card(quote: Quote, ticket: Ticket, reader: User) -> dict[str, Any]:
    """What the card of a quote shows to a reader.

    waits       it is to be decided, and still may be; decides, by this reader
    room        how an approved one is used up, with a bar of 0 to 100 %
    """
    quote.ticket = ticket
    waits = quote.state == Quote.State.SENT and is_valid_on(quote, timezone.localdate())
    in_use = quote.state == Quote.State.APPROVED
    return {
        "quote": quote,
        "tone": TONES.get(quote.state, "idle"),
        "waits": waits,
        "decides": waits and any(one.is_approver and one.customer_id == ticket.customer_id for one in reader.active_memberships),
        "room": quote_room.room_of(quote, ticket) if in_use else None,
        "name": str(reader),
        "post_to": reverse("tickets:quote", args=[quote.pk]),
        "form": None,
    }


def cards_of(ticket: Ticket, events: Iterable[TicketEvent], reader: User) -> list[dict[str, Any]]:
    """Cards of the versions that count now, the newest first; asked for only where the log knows of a quote."""
    if not any(event.kind in QUOTE_EVENTS for event in events):
        return []
    versions = list(ticket.quotes.told().select_related(*PEOPLE).order_by("-version"))
    shown = [one for one in versions if one.state in ("sent", "approved", "told")] or versions[:1]
    return [quote_card(one, ticket, reader) for one in shown]


@portal_page
@require_http_methods(["GET", "POST"])
def quote_page(request: SignedInRequest, quote_id: int) -> HttpResponse:
    """A quote for whoever sees the request, and for the company's approvers, who decide here (S1-16).

    source  S1-16, C25, D19, D26
    """
    found = Quote.objects.visible_to(request.user).select_related("ticket__contract", "ticket__customer", *PEOPLE)
    quote = get_object_or_404(found, pk=quote_id)
    if request.method != "POST":
        return _page(request, quote, None)
    form = QuoteDecisionForm(request.POST)
    if not form.is_valid():
        return _page(request, quote, form, status=UNPROCESSABLE)
    try:
        done = form.decide(quote=quote, by=Actor.portal(request), at=timezone.now())
    except DomainError as refusal:
        form.add_error(None, str(refusal))
        return _page(request, get_object_or_404(found, pk=quote_id), form, status=CONFLICT)
    messages.success(request, done)
    if Ticket.objects.visible_to(request.user).filter(pk=quote.ticket_id).exists():
        return redirect("tickets:detail", quote.ticket_id)
    return redirect("tickets:quote", quote_id)


def _page(request: SignedInRequest, quote: Quote, form: QuoteDecisionForm | None, *, status: int = 200) -> HttpResponse:
    card = quote_card(quote, quote.ticket, request.user) | {"form": form}
    sees_request = Ticket.objects.visible_to(request.user).filter(pk=quote.ticket_id).exists()
    context = {"card": card, "ticket": quote.ticket, "sees_request": sees_request}
    return render(request, "tickets/quote.html", context, status=status)


@never_cache
@require_http_methods(["GET", "POST"])
def quote_link(request: HttpRequest, token: str) -> HttpResponse:
    """Decide by the one-time link of a letter; opening it changes nothing, and a link that is void says why (D19, D26)."""
    links = QuoteLink.objects.select_related("quote__ticket__contract", "quote__ticket__customer", "quote__sent_by", "approver")
    link = get_object_or_404(links, token_hash=hash_of(token))
    at = timezone.now()
    if request.user.is_authenticated and request.user.pk != link.approver_id:
        return _void(request, link, f"Odkaz je jen pro osobu {link.approver}. Odhlaste se, nebo rozhodněte pod svým účtem.")
    try:
        quote_decisions.check_link(link=link, at=at)
    except quote_decisions.LinkVoid as refusal:
        return _void(request, link, str(refusal))
    if request.method != "POST":
        return _link_page(request, link, token, None)
    form = QuoteDecisionForm(request.POST)
    if not form.is_valid():
        return _link_page(request, link, token, form, status=UNPROCESSABLE)
    try:
        form.decide_by_link(token=token, at=at, ip=request.META.get("REMOTE_ADDR"))
    except DomainError as refusal:
        form.add_error(None, str(refusal))
        return _link_page(request, link, token, form, status=CONFLICT)
    link.quote.refresh_from_db()
    return render(request, "tickets/quote_link_done.html", {"quote": link.quote, "ticket": link.quote.ticket})


def _link_page(
    request: HttpRequest, link: QuoteLink, token: str, form: QuoteDecisionForm | None, *, status: int = 200
) -> HttpResponse:
    here = {"form": form, "decides": True, "post_to": reverse("tickets:quote_link", args=[token])}
    card = quote_card(link.quote, link.quote.ticket, link.approver) | here
    return render(request, "tickets/quote_link.html", {"card": card, "ticket": link.quote.ticket, "link": link}, status=status)


def _void(request: HttpRequest, link: QuoteLink, sentence: str) -> HttpResponse:
    context = {"sentence": sentence, "quote": link.quote, "was_used": link.used_at is not None}
    return render(request, "tickets/quote_link_void.html", context, status=GONE)
