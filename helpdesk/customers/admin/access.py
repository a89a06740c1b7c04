"""How access is asked for and handed over."""

from __future__ import annotations

from django.contrib import admin
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from helpdesk.customers.admin.base import ReadOnlyAdmin, blind
from helpdesk.customers.models import AccessRequest, Invitation
from helpdesk.formats import moment

STATE_TONES = {"čeká na ověření": "warning", "schválena": "success", "zamítnuta": None}


@admin.register(AccessRequest)
class AccessRequestAdmin(ReadOnlyAdmin):
    """Requests for access; staff verify the person and then approve or reject."""

    list_display = ("full_name", "company", "email", "state_text", "created_text", "decided_by")
    list_select_related = ("decided_by",)
    list_filter = (("state", ChoicesDropdownFilter),)
    search_fields = (*blind("full_name", "company"), "email__icontains")
    search_help_text = "Jméno, firma nebo e-mail; bez ohledu na háčky a čárky."
    fieldsets = (
        ("Kdo žádá", {"fields": (("full_name", "company"), ("email", "phone"), "message")}),
        ("Jak", {"fields": (("hand_over", "requested_by", "customer"), "created_at")}),
        ("Rozhodnutí", {"fields": (("state", "decided_by", "decided_at"), "verified_how", "user")}),
    )

    @display(description="stav", label=STATE_TONES, ordering="state")
    def state_text(self, row: AccessRequest) -> str:
        return row.get_state_display()

    @display(description="podána", ordering="created_at")
    def created_text(self, row: AccessRequest) -> str:
        return moment(row.created_at)


@admin.register(Invitation)
class InvitationAdmin(ReadOnlyAdmin):
    """To whom, how and when access was handed over, and who verified the person."""

    list_display = ("user", "hand_over", "recipient", "verified_by", "created_text", "used_text")
    list_select_related = ("user", "verified_by")
    list_filter = (("hand_over", ChoicesDropdownFilter),)
    search_fields = (*blind("user__last_name", "user__first_name"), "recipient__icontains")

    @display(description="vytvořena", ordering="created_at")
    def created_text(self, row: Invitation) -> str:
        return moment(row.created_at)

    @display(description="použita", ordering="used_at")
    def used_text(self, row: Invitation) -> str:
        return moment(row.used_at)
