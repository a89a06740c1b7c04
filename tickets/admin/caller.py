"""„Požadavek za zákazníka“: what somebody reported by phone or in person, with the true time of the call."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.forms.renderers import TemplatesSetting
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from phonenumber_field.formfields import PhoneNumberField

from helpdesk.customers.actor import Actor
from helpdesk.customers.channels import Channel
from helpdesk.customers.entitlements import asset_refusal, filing_refusal, kind_refusal, modules_refusal
from helpdesk.customers.fields import MomentField
from helpdesk.customers.models import Asset, Contract, ContractParagraph, Customer, RequestType, User
from tickets.admin.access import desk_page, framed
from tickets.admin.acts.base import FILE, day_field, offer, text_field
from tickets.admin.filters import customers_like
from tickets.services.filing import BACKDATE_WITHOUT_REASON, NewRequest
from tickets.services.foresight import foresee
from tickets.services.registering import register_request
from tickets.views.what_if import ContractedField

FEW_CUSTOMERS = 20


class CallerForm(forms.Form):
    """A request as its reporter told it; the customer is already known.

    source  S1-10, S5-11, C37
    """

    default_renderer = TemplatesSetting()
    template_name = "tickets/desk/fields.html"

    form_token = forms.UUIDField(widget=forms.HiddenInput)
    author = forms.ModelChoiceField(User.objects.none(), label="Kdo volá", empty_label="vyberte osobu")
    channel = forms.ChoiceField(
        label="Jak se ozval", choices=[(Channel.PHONE, "telefonem"), (Channel.BACKOFFICE, "osobně nebo dopisem")]
    )
    reported_at = MomentField(label="Kdy se ozval", help_text="Od této chvíle běží lhůty.")
    late_reason = forms.CharField(
        label="Proč se zapisuje až teď",
        max_length=300,
        required=False,
        help_text="Povinné, je\u2011li to víc než 15 minut.",
    )
    paragraph = ContractedField(ContractParagraph.objects.none(), label="Smlouva a odstavec", empty_label="vyberte")
    request_type = forms.ModelChoiceField(
        RequestType.objects.none(), label="Druh požadavku", required=False, empty_label="neuvedeno"
    )
    asset = forms.ModelChoiceField(Asset.objects.none(), label="Čeho se týká", required=False, empty_label="neuvedeno")
    subject = forms.CharField(label="Předmět", max_length=120)
    description = text_field("Zadání", rows=7, required=False)
    contact_email = forms.EmailField(
        label="E\u2011mail pro tento požadavek", required=False, help_text="Prázdné: e\u2011mail osoby."
    )
    contact_phone = PhoneNumberField(label="Kontaktní telefon", region="CZ", required=False)
    requested_on = day_field("Požadovaný termín", required=False)

    def __init__(self, *args: Any, customer: Customer, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)
        people = User.objects.active().filter(memberships__customer=customer, memberships__is_active=True)
        offer(self, "author", people)
        today = timezone.localdate()
        paragraphs = ContractParagraph.objects.filter(contract__customer=customer, is_active=True).select_related("contract")
        offer(self, "paragraph", paragraphs.filter(contract__is_active=True, contract__valid_from__lte=today))
        offer(self, "request_type", RequestType.objects.filter(is_active=True))
        offer(self, "asset", Asset.objects.active().filter(customer=customer))

    def clean_reported_at(self) -> Any:
        reported_at = self.cleaned_data["reported_at"]
        if reported_at > timezone.now() + timedelta(minutes=1):
            raise forms.ValidationError("Čas hovoru je v\u00a0budoucnosti. Opravte jej prosím.")
        return reported_at

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        reported_at = cleaned.get("reported_at")
        lasted = timedelta(minutes=cleaned.get("minutes") or 0)
        is_late = reported_at and timezone.now() - reported_at > BACKDATE_WITHOUT_REASON + lasted
        if is_late and not cleaned.get("late_reason", "").strip():
            self.add_error("late_reason", "Hovor je starší než 15 minut. Napište, proč se zapisuje až teď.")
        paragraph = cleaned.get("paragraph")
        if paragraph and paragraph.needs_description and not cleaned.get("description", "").strip():
            self.add_error("description", "U\u00a0incidentu napište, co se stalo.")
        author = cleaned.get("author")
        if author and not (cleaned.get("contact_email") or author.email):
            self.add_error("contact_email", "Osoba nemá e\u2011mail, napište, kam posílat zprávy.")
        if paragraph and cleaned.get("channel"):
            self._check_entitlement(paragraph.contract, Channel(cleaned["channel"]), cleaned)
        return cleaned

    def _check_entitlement(self, contract: Contract, channel: Channel, cleaned: dict[str, Any]) -> None:
        """What the service would refuse is said beside its field, so that nothing typed is lost."""
        kind, asset, at = cleaned.get("request_type"), cleaned.get("asset"), timezone.now()
        refusals = {"paragraph": filing_refusal(contract=contract, channel=channel, at=at)}
        if kind:
            refusals["request_type"] = kind_refusal(kind)
        if asset:
            refusals["asset"] = asset_refusal(asset=asset, kind=kind, day=timezone.localdate(at)) or modules_refusal(
                contract=contract, asset=asset, channel=channel
            )
        for name, refusal in refusals.items():
            if refusal:
                self.add_error(name, refusal)

    def as_request(self) -> NewRequest:
        filled = dict(self.cleaned_data)
        filled["contact_email"] = filled["contact_email"] or filled["author"].email
        filled["contact_phone"] = str(filled["contact_phone"] or "")
        filled["reported_at"] = min(filled["reported_at"], timezone.now())
        filled["channel"] = Channel(filled["channel"])
        return NewRequest(**filled)


@desk_page(FILE)
def file_for_caller(request: HttpRequest) -> HttpResponse:
    """First the customer, then the person, contract and paragraph with the request itself."""
    customer, found = meant_customer(request)
    if customer is None:
        context = {"customers": found, "asked": request.GET.get("zakaznik", ""), "form": None}
        return framed(request, "tickets/desk/caller.html", context, title="Požadavek za zákazníka")
    initial = {"form_token": uuid.uuid4(), "reported_at": timezone.localtime(), "channel": Channel.PHONE}
    counts = request.method == "POST" and "prepocitat" in request.POST
    if counts:  # the same form comes back with all that was typed, refused for nothing
        initial |= request.POST.dict()
    form = CallerForm(None if counts else request.POST or None, customer=customer, initial=initial)
    if request.method == "POST" and not counts and form.is_valid():
        ticket = register_request(new=form.as_request(), by=Actor.backoffice(request), at=timezone.now())
        messages.success(request, f"Požadavek {ticket.pk} je zapsaný, zákazník dostal potvrzení s\u00a0číslem.")
        return redirect("admin:tickets_ticket_change", ticket.pk)
    shown: dict[str, Any] = {"form": form, "customer": customer} | _deadlines(form)
    return framed(request, "tickets/desk/caller.html", shown, title="Požadavek za zákazníka")


def _deadlines(form: CallerForm) -> dict[str, Any]:
    """The deadlines that the call would have, once its paragraph and time make sense (S4-69, C37)."""
    offered, moment = form.fields["paragraph"], form.fields["reported_at"]
    try:
        paragraph = offered.clean(form["paragraph"].value())
        at = moment.clean(form["reported_at"].value())
    except forms.ValidationError:
        return {"paragraph": None, "foresight": None}
    return {"paragraph": paragraph, "foresight": foresee(paragraph=paragraph, at=at)}


def meant_customer(request: HttpRequest) -> tuple[Customer | None, list[Customer]]:
    """The one customer meant by a name or IČO in the address, else those that it could be."""
    text = request.GET.get("zakaznik", "").strip()
    found = list(customers_like(text)[:FEW_CUSTOMERS]) if text else []
    return (found[0], []) if len(found) == 1 else (None, found)
