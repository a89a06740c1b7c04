"""What the customer does with a request: answer, complain, confirm, ask, withdraw, share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from helpdesk.customers.actor import Actor
from helpdesk.customers.http import SignedInRequest, portal_page
from helpdesk.errors import DomainError
from tickets.forms import ComplaintForm, MessageForm, ParticipantForm
from tickets.models import Ticket
from tickets.services import complaints, lifecycle, participants, tasks
from tickets.services.conversation import post_message
from tickets.views.attachments import stage_uploads, take_out
from tickets.views.detail import find_ticket, show

CONFLICT = 409
UNPROCESSABLE = 422


@portal_page
@require_POST
def send_message(request: SignedInRequest, number: int) -> HttpResponse:
    """Add a message; whatever hinders it, the typed text and the staged files stay in the form."""
    ticket = find_ticket(request, number)
    form = MessageForm(request.POST, ticket=ticket)
    participants.require_writing(request.user, ticket)
    if not form.is_valid():
        return show(request, ticket, message=form, status=UNPROCESSABLE)
    at, token = timezone.now(), form.cleaned_data["form_token"]
    removed = take_out(request, form_token=token)
    refused = stage_uploads(request, form_token=token, at=at)
    if removed or refused:
        return show(request, ticket, message=form, file_errors=refused, status=UNPROCESSABLE)
    try:
        post_message(ticket=ticket, by=Actor.portal(request), at=at, **form.cleaned_data)
    except DomainError as refusal:
        form.add_error("body", str(refusal))
        return show(request, find_ticket(request, number), message=form, status=CONFLICT)
    messages.success(request, "Zpráva odeslána.", extra_tags=f"zprava-{number}")
    return redirect(_address(number, "?cast=komunikace#konec"))


@portal_page
@require_POST
def file_complaint(request: SignedInRequest, number: int) -> HttpResponse:
    """Complain with a reason, which stays in the form when the complaint is refused (S4-56)."""
    ticket = find_ticket(request, number)
    form = ComplaintForm(request.POST)
    participants.require_writing(request.user, ticket)
    if not form.is_valid():
        return show(request, ticket, complaint=form, status=UNPROCESSABLE)
    try:
        complaints.file_complaint(ticket=ticket, **form.cleaned_data, by=Actor.portal(request), at=timezone.now())
    except DomainError as refusal:
        form.add_error("reason", str(refusal))
        return show(request, find_ticket(request, number), complaint=form, status=CONFLICT)
    messages.success(request, "Reklamace podána, podpora ji posoudí.", extra_tags=f"reklamace-{number}")
    return redirect(_address(number))


def _simple_act(service: Callable[..., Any], done: str) -> Callable[..., HttpResponse]:
    """A button without a form: one service, one sentence."""

    @portal_page
    @require_POST
    def act(request: SignedInRequest, number: int) -> HttpResponse:
        ticket = find_ticket(request, number)
        participants.require_writing(request.user, ticket)
        service(ticket=ticket, by=Actor.portal(request), at=timezone.now())
        messages.success(request, done)
        return redirect(_address(number))

    return act


confirm = _simple_act(lifecycle.confirm_resolution, "Děkujeme za potvrzení, požadavek je uzavřený.")
ask_status = _simple_act(tasks.ask_status, "Podpora ví, že čekáte na zprávu o\u00a0stavu, a\u00a0ozve se.")
withdraw = _simple_act(lifecycle.withdraw, "Požadavek je stažený.")


@portal_page
@require_POST
def add_participant(request: SignedInRequest, number: int) -> HttpResponse:
    """Share the request with a colleague."""
    ticket = _managed(request, number)
    form = ParticipantForm(request.POST, people=participants.addable_people(ticket))
    if not form.is_valid():
        return show(request, ticket, participant=form, status=UNPROCESSABLE)
    participants.add_participant(ticket=ticket, **form.cleaned_data, by=Actor.portal(request), at=timezone.now())
    return redirect(_address(number, "?lide=1#lide"))


@portal_page
@require_POST
def remove_participant(request: SignedInRequest, number: int, participant_id: int) -> HttpResponse:
    """Stop sharing the request with a colleague."""
    ticket = _managed(request, number)
    participant = get_object_or_404(ticket.participants, pk=participant_id)
    participants.remove_participant(participant=participant, by=Actor.portal(request), at=timezone.now())
    return redirect(_address(number, "?lide=1#lide"))


def _managed(request: SignedInRequest, number: int) -> Ticket:
    ticket = find_ticket(request, number)
    if not participants.rights_of(request.user, ticket).manages:
        raise participants.ReadOnly("Kdo požadavek vidí, určuje jeho zadavatel a\u00a0vedoucí vaší firmy.")
    return ticket


def _address(number: int, rest: str = "") -> str:
    return reverse("tickets:detail", args=[number]) + rest
