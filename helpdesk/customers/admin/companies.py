"""Companies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextInputWidget

from helpdesk.customers.actor import Actor
from helpdesk.customers.admin.base import Cards, KeptRows, blind
from helpdesk.customers.admin.exchange import CustomerResource, ExchangeAdmin
from helpdesk.customers.models import Asset, Customer, Membership, User
from helpdesk.customers.services.audit import watched_rights
from helpdesk.customers.validators import normalize_ico

BILLING = ("name", "ico", "dic", "billing_street", "billing_city", "billing_zip_code", "billing_email")


class CustomerForm(forms.ModelForm):
    """Takes an IČO the way people write it, „274 63 249“."""

    ico = forms.CharField(label="IČO", max_length=12, widget=UnfoldAdminTextInputWidget)

    def clean_ico(self) -> str:
        """Bare digits; the model checks the last of them."""
        return normalize_ico(self.cleaned_data["ico"])


class People(KeptRows):
    model = Membership
    autocomplete_fields = ("user",)
    fields = ("user", "is_member", "is_manager", "is_approver", "is_accountant", "is_responsible", "is_active")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        return super().get_queryset(request).select_related("user", "customer")


class Assets(Cards):
    model = Asset
    fields = (("name", "version"), ("hosting", "support_until"), ("url", "is_active"))
    can_delete = False
    show_change_link = True


@admin.register(Customer)
class CustomerAdmin(ExchangeAdmin):
    """Companies with their people and applications; accountants change billing data only."""

    form = CustomerForm
    resource_classes = (CustomerResource,)
    list_display = ("name_text", "ico", "city", "phone_text", "contract_count", "is_active")
    list_filter = ("is_active",)
    search_fields = (*blind("name", "city"), "ico", "dic", "email__icontains", "billing_email__icontains")
    search_help_text = "Název, obec, IČO nebo e-mail; bez ohledu na háčky a čárky."
    autocomplete_fields = ("main_account",)
    ordering = ("sort_key", "id")  # suggestions are cut into pages as well
    inlines = (People, Assets)
    fieldsets = (
        (None, {"fields": (("name", "is_active"), ("ico", "dic"))}),
        ("Sídlo a spojení", {"fields": ("street", ("zip_code", "city"), ("email", "phone"))}),
        ("Fakturace", {"fields": ("billing_street", ("billing_zip_code", "billing_city"), "billing_email")}),
        ("Přihlášení a poznámka", {"fields": ("main_account", "note")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Customer]:
        return super().get_queryset(request).annotate(contract_total=Count("contracts"))

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Whose rights change by it is in the security log."""
        rows = [row for formset in formsets if formset.model is Membership for row in formset.forms if row.has_changed()]
        keys = {key for row in rows for key in (row.instance.user_id, row.initial.get("user")) if key}
        people = User.objects.filter(pk__in=keys)
        with watched_rights(*people, by=Actor.backoffice(request), at=timezone.now()):
            super().save_related(request, form, formsets, change)

    def get_readonly_fields(self, request: HttpRequest, obj: Customer | None = None) -> Sequence[str]:
        """Accountants, who maintain no contracts, may change billing data only."""
        if request.user.has_perm("customers.add_customer"):
            return ()
        return [name for _, options in self.fieldsets for name in _flat(options["fields"]) if name not in BILLING]

    @display(description="název", ordering="sort_key")
    def name_text(self, customer: Customer) -> str:
        return customer.name

    @display(description="telefon")
    def phone_text(self, customer: Customer) -> str:
        return customer.phone.as_national if customer.phone else "-"

    @display(description="smluv")
    def contract_count(self, customer: Any) -> int:
        return customer.contract_total


def _flat(names: Sequence[Any]) -> list[str]:
    return [name for part in names for name in ([part] if isinstance(part, str) else part)]
