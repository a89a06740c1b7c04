"""What requests are about: applications of customers, the catalogue of request types."""

from __future__ import annotations

from django.contrib import admin
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter
from unfold.decorators import display

from helpdesk.customers.admin.base import MasterAdmin, Rows, blind
from helpdesk.customers.models import Asset, AssetModule, RequestType
from helpdesk.formats import day


class Modules(Rows):
    model = AssetModule
    fields = ("name", "in_implementation")


@admin.register(Asset)
class AssetAdmin(MasterAdmin):
    """Applications and products with their modules."""

    list_display = ("name", "version", "customer", "hosting", "support_text", "is_active")
    list_select_related = ("customer",)
    list_filter = (("customer", AutocompleteSelectFilter), ("hosting", ChoicesDropdownFilter), "is_active")
    search_fields = blind("name", "customer__name")
    search_help_text = "Název aplikace nebo zákazník; bez ohledu na háčky a čárky."
    autocomplete_fields = ("customer",)
    inlines = (Modules,)
    fields = ("customer", ("name", "version"), "url", ("hosting", "support_until"), "is_active")

    @display(description="podpora verze do", ordering="support_until")
    def support_text(self, asset: Asset) -> str:
        return day(asset.support_until)


@admin.register(RequestType)
class RequestTypeAdmin(MasterAdmin):
    """The catalogue that customers choose from."""

    list_display = ("name", "position", "is_covered", "is_express", "is_chargeable", "on_premise_only", "is_active")
    list_filter = ("is_covered", "is_active")
    search_fields = blind("name")
    fieldsets = (
        (None, {"fields": ("name", "hint", ("position", "is_active"))}),
        ("Na co se formulář zeptá", {"fields": (("asks_asset", "asks_contract_part"),)}),
        ("Pokrytí", {"fields": (("is_covered", "delivered_elsewhere"), "way_out")}),
        ("Zvláštnosti", {"fields": (("is_express", "is_chargeable"), ("is_statutory", "on_premise_only"))}),
    )
