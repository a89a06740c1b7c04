"""The ledger as it was written: movements, reservations and closed months, read-only."""

from __future__ import annotations

from django.contrib import admin
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter, RangeDateFilter
from unfold.decorators import display
from unfold.paginator import InfinitePaginator

from credit.models import Hold, LedgerTransfer, PeriodClose
from helpdesk.customers.admin.base import ReadOnlyAdmin, blind
from helpdesk.formats import day, money, month_year, signed_money

OF_CUSTOMER = (*blind("account__customer__name"), "account__customer__ico")


class LedgerAdmin(ReadOnlyAdmin):
    """Long lists of rows that only services write: newest first, never counted."""

    paginator = InfinitePaginator
    show_full_result_count = False
    list_select_related: tuple[str, ...] = ("account__customer",)
    offered_lookups = ("account__id__exact",)  # the account's page links here


@admin.register(LedgerTransfer)
class LedgerTransferAdmin(LedgerAdmin):
    """Movements of all customers."""

    list_display = ("booked_text", "account", "code", "memo", "change_text", "after_text", "serial")
    list_display_links = ("booked_text", "memo")
    list_filter = (("account", AutocompleteSelectFilter), ("code", ChoicesDropdownFilter), ("booked_on", RangeDateFilter))
    search_fields = ("key", *blind("memo"))
    search_help_text = "Text pohybu nebo jeho klíč; bez ohledu na háčky a čárky."
    ordering = ("-id",)
    fieldsets = (
        (None, {"fields": (("account", "serial"), ("code", "booked_on"), "memo", ("change_text", "after_text"))}),
        ("Původ", {"fields": ("key", ("debit", "credit"), "captured", ("hold", "reverses"), ("occurred_at", "created_at"))}),
        ("Kdo", {"fields": ("created_by",)}),
    )

    @display(description="zaúčtováno")
    def booked_text(self, transfer: LedgerTransfer) -> str:
        return day(transfer.booked_on)

    @display(description="částka")
    def change_text(self, transfer: LedgerTransfer) -> str:
        return signed_money(transfer.change)

    @display(description="zůstatek po pohybu")
    def after_text(self, transfer: LedgerTransfer) -> str:
        return money(transfer.balance_after)


@admin.register(Hold)
class HoldAdmin(LedgerAdmin):
    """Reservations; quotes make them, work captures them."""

    list_display = ("memo", "account", "amount_text", "captured_text", "created_at", "expires_at", "released_at")
    list_filter = (("account", AutocompleteSelectFilter), ("created_at", RangeDateFilter))
    search_fields = ("key", *blind("memo"))
    ordering = ("-id",)

    @display(description="rezervováno")
    def amount_text(self, hold: Hold) -> str:
        return money(hold.amount)

    @display(description="čerpáno")
    def captured_text(self, hold: Hold) -> str:
        return money(hold.taken)


@admin.register(PeriodClose)
class PeriodCloseAdmin(LedgerAdmin):
    """Closed months."""

    list_display = ("month_text", "account", "closed_at", "closed_by")
    list_select_related = ("account__customer", "closed_by")
    list_filter = (("account", AutocompleteSelectFilter),)
    search_fields = OF_CUSTOMER
    ordering = ("-id",)

    @display(description="měsíc")
    def month_text(self, close: PeriodClose) -> str:
        return month_year(close.month)
