"""Contracts with everything that hangs on them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.postgres.forms import SplitArrayField
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget

from helpdesk import payment
from helpdesk.customers.actor import Actor
from helpdesk.customers.admin.base import KeptRows, Rows, blind
from helpdesk.customers.admin.exchange import ContractResource, ExchangeAdmin
from helpdesk.customers.admin.paragraphs import Paragraphs, warn_of_crossings
from helpdesk.customers.admin.two_people import TwoPeopleAdmin
from helpdesk.customers.models import (
    AuthorisedSender,
    Contract,
    ContractEntitlement,
    ContractParagraph,
    ContractPerson,
    ContractPhone,
    Customer,
    EscalationLevel,
)
from helpdesk.customers.services.contracts import register_contract_people
from helpdesk.customers.services.people import address_refusal
from helpdesk.customers.services.weights import weigh_contract
from helpdesk.formats import day


class ContractForm(forms.ModelForm):
    """The order of payment as a row of choices, one below the other's; what is left empty at its end is left out."""

    payment_order = SplitArrayField(
        forms.ChoiceField(choices=[("", "nic dalšího"), *payment.CHOICES], required=False, widget=UnfoldAdminSelectWidget),
        size=payment.LONGEST,
        remove_trailing_nulls=True,
        required=False,
        label="Pořadí, ve kterém se práce hradí",
        help_text=Contract._meta.get_field("payment_order").help_text,
    )


class ContractPersonForm(forms.ModelForm):
    """Refuses an address whose owner cannot act for a customer, before anything is saved."""

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        if not self.instance.user_id and (refusal := address_refusal(email)):
            raise forms.ValidationError(refusal)
        return email


class ContractPeople(Rows):
    model = ContractPerson
    form = ContractPersonForm
    fields = (
        "first_name",
        "last_name",
        "email",
        "phone",
        "is_member",
        "is_manager",
        "is_approver",
        "is_accountant",
        "is_responsible",
        "account",
    )
    readonly_fields = ("account",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ContractPerson]:
        return super().get_queryset(request).select_related("user")

    @display(description="účet")
    def account(self, person: ContractPerson) -> str:
        return person.user.username if person.user else "vznikne uložením"


class Phones(Rows):
    model = ContractPhone
    fields = ("number", "label")


class Entitlements(Rows):
    model = ContractEntitlement
    fields = ("channel", "access", "note")


class EscalationLevels(Rows):
    model = EscalationLevel
    fields = ("percent", "to_assignee", "to_leaders")
    verbose_name_plural = "Upozornění na termín (prázdné: 50 a 75 % řešitel, 90 a 100 % i vedoucí)"


class Senders(KeptRows):
    model = AuthorisedSender
    autocomplete_fields = ("user",)
    fields = ("email", "user", "revoked_at")
    readonly_fields = ("revoked_at",)


@admin.register(Contract)
class ContractAdmin(TwoPeopleAdmin, ExchangeAdmin):
    """Contracts; people written into one get their accounts when it is saved."""

    form = ContractForm
    resource_classes = (ContractResource,)
    list_display = ("number", "title", "customer", "kind", "from_text", "until_text", "is_active")
    list_select_related = ("customer",)
    list_filter = (("customer", AutocompleteSelectFilter), ("kind", ChoicesDropdownFilter), "is_active", "has_hotline")
    search_fields = (*blind("title", "customer__name"), "number__icontains", "customer__ico")
    search_help_text = "Číslo nebo název smlouvy, zákazník nebo jeho IČO; bez ohledu na háčky a čárky."
    autocomplete_fields = ("customer",)
    inlines = (Paragraphs, ContractPeople, Phones, Entitlements, EscalationLevels, Senders)
    fieldsets = (
        (None, {"fields": ("customer", ("number", "title"), ("kind", "is_active"), ("valid_from", "valid_until"))}),
        ("Služby", {"fields": (("has_help_desk", "calendar"), ("has_hypercare", "has_hotline"), "covered", "not_covered")}),
        ("Reklamace", {"fields": (("complaint_days", "complaint_limit", "complaint_decision_days"),)}),
        (
            "Účtování",
            {
                "fields": (
                    ("billing_mode", "billing_step_minutes"),
                    "payment_order",
                    ("hourly_rate", "hypercare_rate"),
                    ("support_level", "free_phone_minutes"),
                )
            },
        ),
        (
            "Kalkulace",
            {
                "fields": (
                    ("quote_minutes", "is_quote_work_free"),
                    ("specification_above", "specification_above_minutes"),
                    "signed_in_approval_above",
                )
            },
        ),
        ("Poznámka", {"fields": ("note",)}),
    )

    def weights(self, before: Contract, after: Contract) -> dict[str, Decimal]:
        return weigh_contract(before, after)

    def customer_of(self, record: Contract) -> Customer:
        return record.customer

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """People named in the contract get their accounts and one-time links with it (S4-04)."""
        super().save_related(request, form, formsets, change)
        [paragraphs] = [one for one in formsets if one.model is ContractParagraph]
        warn_of_crossings(request, [one.instance for one in paragraphs.forms if one.has_changed() and one.instance.pk])
        made = register_contract_people(contract=form.instance, by=Actor.backoffice(request), at=timezone.now())
        if made:
            names = ", ".join(str(user) for user in made)
            messages.success(request, f"Účty ke smlouvě: {names}. Odkaz k nastavení hesla odchází e\u2011mailem.")

    @display(description="platí od", ordering="valid_from")
    def from_text(self, contract: Contract) -> str:
        return day(contract.valid_from)

    @display(description="platí do", ordering="valid_until")
    def until_text(self, contract: Contract) -> str:
        return day(contract.valid_until) if contract.valid_until else "na dobu neurčitou"
