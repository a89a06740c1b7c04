"""Prepaid packages: sold here, drawn by work alone."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.db.models import F, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from unfold.contrib.filters.admin import RangeDateFilter
from unfold.decorators import display

from credit.models import PackageDraw, PrepaidPackage
from credit.services.weights import weigh_package, weigh_sale
from helpdesk.customers.actor import Actor
from helpdesk.customers.admin.base import KeptRows, PlainAdmin, blind
from helpdesk.customers.admin.two_people import TwoPeopleAdmin
from helpdesk.customers.models import Customer
from helpdesk.formats import duration, money


class Draws(KeptRows):
    """What work took, the first first; nobody writes them by hand."""

    model = PackageDraw
    tab = False
    fields = ("drawn_at", "minutes", "memo", "key")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(PrepaidPackage)
class PrepaidPackageAdmin(TwoPeopleAdmin, PlainAdmin):
    """What was sold, and what is left of it."""

    list_display = ("contract", "minutes_text", "left_text", "price_text", "sold_on", "valid_until", "is_confirmed")
    list_select_related = ("contract__customer",)
    list_filter = (("sold_on", RangeDateFilter),)
    search_fields = ("contract__number__icontains", *blind("contract__customer__name"))
    search_help_text = "Číslo smlouvy nebo zákazník; bez ohledu na háčky a čárky."
    autocomplete_fields = ("contract",)
    inlines = (Draws,)
    fields = ("contract", ("minutes", "price"), ("sold_on", "valid_until"), ("left_text", "is_confirmed"))
    readonly_fields = ("left_text", "is_confirmed")

    def get_queryset(self, request: HttpRequest) -> QuerySet[PrepaidPackage]:
        rows: QuerySet[PrepaidPackage] = super().get_queryset(request)
        return rows.annotate(left=F("minutes") - Coalesce(Sum("draws__minutes"), 0))

    def has_change_permission(self, request: HttpRequest, obj: PrepaidPackage | None = None) -> bool:
        """As sold, once work has drawn from it."""
        return super().has_change_permission(request, obj) and not (obj and obj.draws.exists())

    def save_model(self, request: HttpRequest, obj: PrepaidPackage, form: Any, change: bool) -> None:
        if not change:
            obj.sold_by = Actor.backoffice(request).person
        super().save_model(request, obj, form, change)

    def weights(self, before: PrepaidPackage, after: PrepaidPackage) -> dict[str, Decimal]:
        """A new package is saved and holds nothing before it is confirmed; of a sold one the changed fields wait."""
        if before.pk:
            return weigh_sale(before, after)
        before.is_confirmed = False
        return {"is_confirmed": weigh_package(after)}

    def customer_of(self, record: PrepaidPackage) -> Customer:
        return record.contract.customer

    @display(description="prodáno")
    def minutes_text(self, package: PrepaidPackage) -> str:
        return duration(package.minutes)

    @display(description="zbývá")
    def left_text(self, package: PrepaidPackage) -> str:
        return duration(getattr(package, "left", package.minutes)) if package.pk else "po uložení"

    @display(description="cena bez DPH")
    def price_text(self, package: PrepaidPackage) -> str:
        return money(package.price)
