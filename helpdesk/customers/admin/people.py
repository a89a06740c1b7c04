"""People, what they may do, and from which addresses they may write."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.decorators import display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from helpdesk.customers.admin.base import KeptRows, MasterAdmin, blind
from helpdesk.customers.models import AuthorisedSender, Membership, User
from helpdesk.formats import moment

ROLE_FIELDS = ("is_staff", "groups")
PERSON_SEARCH = ("last_name", "first_name")


class Companies(KeptRows):
    model = Membership
    verbose_name = "zákazník, za kterého jedná"
    verbose_name_plural = "za koho jedná"
    autocomplete_fields = ("customer",)
    fields = ("customer", "is_member", "is_manager", "is_approver", "is_accountant", "is_responsible", "is_active")


class Addresses(KeptRows):
    model = AuthorisedSender
    autocomplete_fields = ("contract",)
    fields = ("email", "contract", "revoked_at")
    readonly_fields = ("revoked_at",)


@admin.register(User)
class UserAdmin(MasterAdmin):
    """Named people; passwords are set by their owners alone, through a one-time link."""

    list_display = ("last_first", "username", "email", "companies", "roles", "seen", "is_active")
    list_filter = ("is_active", "is_staff", ("memberships__customer", AutocompleteSelectFilter), "groups")
    search_fields = (*blind(*PERSON_SEARCH), "username__icontains", "email__icontains")
    search_help_text = "Jméno, příjmení, přihlašovací jméno nebo e-mail; bez ohledu na háčky a čárky."
    ordering = ("last_name", "first_name", "id")
    inlines = (Companies, Addresses)
    fieldsets = (
        (None, {"fields": (("first_name", "last_name"), ("username", "email"), "phone")}),
        ("Dodavatel", {"fields": ("is_staff", "groups"), "description": "Jen pro naše lidi. Zákazníci tu nic nemají."}),
        ("Oznámení", {"fields": (("notify_states", "notify_messages"),)}),
        ("Přihlášení", {"fields": (("is_active", "seen", "deactivated_text"),)}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).prefetch_related("memberships__customer", "groups")

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Accounts of staff are changed by those who hand out roles, of superusers by superusers: nobody climbs up."""
        if not super().has_change_permission(request, obj):
            return False
        if obj is None or not (obj.is_staff or obj.is_superuser):
            return True
        return request.user.is_superuser or (not obj.is_superuser and request.user.has_perm("auth.change_group"))

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Sequence[str]:
        roles = () if request.user.has_perm("auth.change_group") else ROLE_FIELDS
        return ("is_active", "seen", "deactivated_text", *roles)

    @display(description="příjmení a jméno", ordering="last_name")
    def last_first(self, user: User) -> str:
        return f"{user.last_name} {user.first_name}".strip() or user.username

    @display(description="za koho jedná")
    def companies(self, user: User) -> str:
        return ", ".join(membership.customer.name for membership in user.memberships.all() if membership.is_active) or "-"

    @display(description="skupiny")
    def roles(self, user: User) -> str:
        return ", ".join(group.name for group in user.groups.all()) or "-"

    @display(description="naposledy přihlášen", ordering="last_login")
    def seen(self, user: User) -> str:
        return moment(user.last_login)

    @display(description="přístup ukončen")
    def deactivated_text(self, user: User) -> str:
        return moment(user.deactivated_at)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Four groups are four boxes to tick."""
        return super().formfield_for_manytomany(db_field, request, widget=UnfoldAdminCheckboxSelectMultipleWidget, **kwargs)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """A new person has no password until they set one."""
        if not change:
            obj.set_unusable_password()
        super().save_model(request, obj, form, change)


@admin.register(Membership)
class MembershipAdmin(MasterAdmin):
    """Who may do what for which customer."""

    list_display = ("user", "customer", "role_text", "is_active")
    list_select_related = ("user", "customer")
    list_filter = (("customer", AutocompleteSelectFilter), "is_manager", "is_approver", "is_accountant", "is_active")
    search_fields = blind("user__last_name", "user__first_name", "customer__name")
    search_help_text = "Jméno osoby nebo zákazník; bez ohledu na háčky a čárky."
    autocomplete_fields = ("user", "customer")
    fieldsets = (
        (None, {"fields": (("user", "customer"), "is_active")}),
        ("Co smí", {"fields": ("is_member", "is_manager", "is_approver", "is_accountant", "is_responsible")}),
    )

    @display(description="oprávnění")
    def role_text(self, membership: Membership) -> str:
        return membership.role_names


@admin.register(AuthorisedSender)
class AuthorisedSenderAdmin(MasterAdmin):
    """Addresses whose e-mails file requests."""

    list_display = ("email", "user", "contract", "revoked_text")
    list_select_related = ("user", "contract")
    list_filter = (("contract", AutocompleteSelectFilter),)
    search_fields = (*blind("user__last_name", "contract__title"), "email__icontains")
    autocomplete_fields = ("user", "contract")
    fields = ("email", ("user", "contract"), "revoked_at")

    @display(description="odvolána", ordering="revoked_at")
    def revoked_text(self, sender: AuthorisedSender) -> str:
        return moment(sender.revoked_at)
