"""„Telefonická konzultace“: a call that was answered at once, recorded in one step (D23)."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from helpdesk.customers.actor import Actor
from helpdesk.customers.channels import Channel
from helpdesk.customers.fields import MomentField
from helpdesk.customers.models import Customer
from helpdesk.errors import DomainError
from tickets.admin.access import desk_page, framed
from tickets.admin.acts.base import FILE, offer, text_field
from tickets.admin.acts.work import LONGEST_MINUTES, note_field
from tickets.admin.caller import CallerForm, meant_customer
from tickets.services.consultations import KINDS, Consultation, record_consultation

TITLE = "Telefonická konzultace"
UNPROCESSABLE, CONFLICT = 422, 409
OF_THE_WORK = ("answer", "note", "internal_note")


class ConsultationForm(CallerForm):
    """What the caller asked, what they were told, and how long it took."""

    channel = forms.ChoiceField(choices=[(Channel.PHONE, "telefonem")], initial=Channel.PHONE, widget=forms.HiddenInput)
    reported_at = MomentField(label="Kdy hovor začal")
    minutes = forms.IntegerField(label="Kolik minut trval", min_value=1, max_value=LONGEST_MINUTES)
    description = text_field("Na co se ptal(a)", rows=4)
    answer = text_field("Co jsme poradili", rows=5, help_text="Zákazník to dostane v\u00a0dopise.")
    note = note_field("Poznámka k\u00a0práci pro zákazníka", help_text="Bude ve\u00a0vyúčtování.")
    internal_note = note_field("Interní poznámka", help_text="Zákazník ji neuvidí.")
    requested_on = None  # type: ignore[assignment]  # so a form leaves out a field of its base

    field_order = (
        *("form_token", "channel", "author", "reported_at", "minutes", "late_reason", "paragraph", "request_type", "asset"),
        *("subject", "description", "answer", "note", "internal_note", "contact_email", "contact_phone"),
    )

    def __init__(self, *args: Any, customer: Customer, **kwargs: Any) -> None:
        super().__init__(*args, customer=customer, **kwargs)
        self.paragraphs = self.fields["paragraph"].queryset.filter(kind__in=KINDS)  # type: ignore[attr-defined]
        offer(self, "paragraph", self.paragraphs)

    def as_consultation(self) -> Consultation:
        of_the_work = {name: self.cleaned_data.pop(name) for name in OF_THE_WORK}
        return Consultation(call=self.as_request(), **of_the_work)


@desk_page(FILE)
def consultation(request: HttpRequest) -> HttpResponse:
    """First the customer, then the call; what was typed stays when it is refused."""
    customer, found = meant_customer(request)
    if customer is None:
        context = {"customers": found, "asked": request.GET.get("zakaznik", ""), "form": None}
        return framed(request, "tickets/desk/consultation.html", context, title=TITLE)
    initial = {"form_token": uuid.uuid4(), "reported_at": timezone.localtime()}
    form = ConsultationForm(request.POST or None, customer=customer, initial=initial)
    status = 200
    if request.method == "POST":
        status = UNPROCESSABLE
        if form.is_valid():
            try:
                return _recorded(request, form)
            except DomainError as refusal:  # here rather than in the middleware: what was typed stays in the form
                form.add_error(None, str(refusal))
                status = CONFLICT
    offered: dict[str, Any] = {"form": form, "customer": customer, "has_paragraphs": form.paragraphs.exists()}
    return framed(request, "tickets/desk/consultation.html", offered, title=TITLE, status=status)


def _recorded(request: HttpRequest, form: ConsultationForm) -> HttpResponse:
    ticket = record_consultation(consultation=form.as_consultation(), by=Actor.backoffice(request), at=timezone.now())
    messages.success(request, f"Konzultace je zapsaná jako požadavek {ticket.pk} a\u00a0uzavřená, zákazník dostal dopis.")
    return redirect("admin:tickets_ticket_change", ticket.pk)
