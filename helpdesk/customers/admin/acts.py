"""Pages on which staff do one act with a person or a request for access: asked in a form, done by one service."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.db.models import Model, Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from unfold.widgets import (
    UnfoldAdminSelect2Widget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from helpdesk.customers.actor import Actor
from helpdesk.customers.models import AccessRequest, Customer, Invitation, User
from helpdesk.customers.models.access import HandOver
from helpdesk.customers.services.invitations import hand_over_link
from helpdesk.customers.services.people import Roles, address_refusal
from helpdesk.customers.validators import normalize_ico

HOW_VERIFIED = "Například: zavoláno na číslo ze smlouvy, potvrdila odpovědná osoba."


class ConfirmForm(forms.Form):
    """An act that asks nothing but whether it is meant."""


class InviteForm(forms.Form):
    """How access is handed over, and how the person was verified (S2-06)."""

    hand_over = forms.ChoiceField(label="Způsob předání", choices=HandOver.choices, widget=UnfoldAdminSelectWidget)
    recipient = forms.CharField(
        label="Komu",
        max_length=200,
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text="Kam odkaz předáte. E\u2011mail odchází vždy na\u00a0adresu uloženou u\u00a0osoby.",
    )
    verified_how = forms.CharField(
        label="Jak byla totožnost ověřena", max_length=300, widget=UnfoldAdminTextInputWidget, help_text=HOW_VERIFIED
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        if user.has_usable_password():  # with a link of theirs staff could act in their name
            self.fields["hand_over"].choices = [(HandOver.EMAIL, HandOver.EMAIL.label)]  # type: ignore[attr-defined]
            self.fields["hand_over"].help_text = f"Osoba už heslo má, odkaz odejde jen na\u00a0její adresu {user.email or '-'}."
            del self.fields["recipient"]

    def clean_hand_over(self) -> str:
        """An e-mail can go only to somebody who has an address."""
        if self.cleaned_data["hand_over"] == HandOver.EMAIL and not self.user.email:
            raise forms.ValidationError("Tato osoba nemá e\u2011mail. Doplňte ho, nebo zvolte jiný způsob předání.")
        return str(self.cleaned_data["hand_over"])


class ApproveForm(forms.Form):
    """For whom the new person will act, what they may do, and how they were verified."""

    customer = forms.ModelChoiceField(
        label="Zákazník", queryset=Customer.objects.active(), widget=UnfoldAdminSelect2Widget, empty_label="Vyberte"
    )
    is_member = forms.BooleanField(label="Člen: vlastní požadavky", required=False, initial=True, widget=UnfoldBooleanWidget)
    is_manager = forms.BooleanField(label="Vedoucí: požadavky celé firmy", required=False, widget=UnfoldBooleanWidget)
    is_approver = forms.BooleanField(label="Schvalovatel: kalkulace a dobití", required=False, widget=UnfoldBooleanWidget)
    is_accountant = forms.BooleanField(label="Účetní: doklady", required=False, widget=UnfoldBooleanWidget)
    is_responsible = forms.BooleanField(label="Odpovědná osoba: žádá o účty", required=False, widget=UnfoldBooleanWidget)
    verified_how = forms.CharField(
        label="Jak byla totožnost ověřena", max_length=300, widget=UnfoldAdminTextInputWidget, help_text=HOW_VERIFIED
    )

    def __init__(self, *args: Any, access_request: AccessRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.access_request = access_request
        self.fields["customer"].initial = guessed_customer(access_request)

    def clean(self) -> dict[str, Any]:
        """Refuse here what the service would refuse, so that nothing typed is lost."""
        cleaned = super().clean() or {}
        if refusal := address_refusal(self.access_request.email):
            self.add_error(None, refusal)
        if not any(value for name, value in cleaned.items() if name.startswith("is_")):
            self.add_error("is_member", "Zaškrtněte aspoň jedno oprávnění.")
        return cleaned

    @property
    def roles(self) -> Roles:
        return Roles(**{name: value for name, value in self.cleaned_data.items() if name.startswith("is_")})


class NewAddressForm(forms.Form):
    """Another e-mail of a person, and how it was verified that they ask for it."""

    email = forms.EmailField(label="Nový e\u2011mail", max_length=254, widget=UnfoldAdminTextInputWidget)
    verified_how = forms.CharField(
        label="Jak byla totožnost ověřena", max_length=300, widget=UnfoldAdminTextInputWidget, help_text=HOW_VERIFIED
    )


class OwnerForm(forms.Form):
    """Whose account the applicant asks for, and how they were verified."""

    user = forms.ModelChoiceField(
        label="Osoba", queryset=User.objects.none(), widget=UnfoldAdminSelect2Widget, empty_label="Vyberte"
    )
    verified_how = NewAddressForm.base_fields["verified_how"]

    def __init__(self, *args: Any, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["user"].queryset = people  # type: ignore[attr-defined]  # mypy knows only a plain Field here


class RejectForm(forms.Form):
    """Why nobody gets in, and whether the applicant is written to.

    Only a person decides that a letter goes to an address that anybody could have typed.
    """

    reason = forms.CharField(
        label="Důvod",
        max_length=300,
        widget=UnfoldAdminTextInputWidget,
        help_text="Například: nejste uvedeni ve smlouvě, obraťte se na svou odpovědnou osobu.",
    )
    writes = forms.BooleanField(
        label="Poslat žadateli e\u2011mail s důvodem", required=False, initial=True, widget=UnfoldBooleanWidget
    )


def guessed_customer(request: AccessRequest) -> Customer | None:
    """The company that the applicant names, by its IČO or exact name; staff confirm it."""
    if request.customer:
        return request.customer
    named = Q(ico=normalize_ico(request.company)) | Q(name__iexact=request.company.strip())
    return Customer.objects.active().filter(named).first()


def ask(
    model_admin: ModelAdmin,
    request: HttpRequest,
    thing: Model,
    *,
    title: str,
    intro: str,
    button: str,
    form: forms.Form | None = None,
    post_to: str = "",
    hidden: dict[str, Any] | None = None,
) -> HttpResponse:
    """The page that asks before an act is done.

    post_to  address of the door that does it, this page's own when empty
    hidden   fields that this door wants besides the form's
    """
    options = model_admin.model._meta
    context = {
        **model_admin.admin_site.each_context(request),
        "title": title,
        "intro": intro,
        "button": button,
        "form": form or ConfirmForm(),
        "post_to": post_to,
        "hidden": hidden or {},
        "back": page_of(thing),
        "thing": thing,
        "opts": options,
    }
    return TemplateResponse(request, "backoffice/act.html", context)


def show_link(model_admin: ModelAdmin, request: HttpRequest, invitation: Invitation, back: Model) -> HttpResponse:
    """The answer to an act that made an invitation: a word that it goes by e-mail, or the link itself, on this page alone."""
    if invitation.hand_over == HandOver.EMAIL:
        messages.success(request, f"Pozvánka odchází na {invitation.recipient}.")
        return back_to(back)
    link = hand_over_link(invitation=invitation, by=Actor.backoffice(request), at=timezone.now())
    context = {
        **model_admin.admin_site.each_context(request),
        "title": "Odkaz k předání",
        "invitation": invitation,
        "address": link,
        "back": page_of(back),
        "opts": model_admin.model._meta,
    }
    return TemplateResponse(request, "backoffice/link.html", context)


def page_of(thing: Model) -> str:
    options = thing._meta
    return reverse(f"admin:{options.app_label}_{options.model_name}_change", args=[thing.pk])


def back_to(thing: Model) -> HttpResponseRedirect:
    return HttpResponseRedirect(page_of(thing))
