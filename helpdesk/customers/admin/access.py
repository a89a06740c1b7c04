"""How access is asked for and handed over."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from helpdesk.customers.actor import Actor
from helpdesk.customers.admin.acts import ApproveForm, RejectForm, ask, back_to
from helpdesk.customers.admin.base import ReadOnlyAdmin, blind
from helpdesk.customers.admin.people import say_where_the_link_is
from helpdesk.customers.models import AccessRequest, Invitation
from helpdesk.customers.services.access import approve_access, reject_access
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
        ("Rozhodnutí", {"fields": (("state", "decided_by", "decided_at"), "verified_how", "rejected_why", "user")}),
    )

    actions_detail = ("approve", "reject")

    def has_decide_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        open_ones = AccessRequest.objects.filter(state=AccessRequest.State.OPEN)
        return request.user.has_perm("customers.change_accessrequest") and open_ones.filter(pk=object_id).exists()

    @action(description="Schválit", url_path="schvalit", permissions=["decide"], icon="check", variant=ActionVariant.PRIMARY)
    def approve(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Make the account once the applicant was verified (S2-05)."""
        row = AccessRequest.objects.get(pk=object_id)
        form = ApproveForm(request.POST or None, access_request=row)
        if not form.is_valid():
            intro = f"Vznikne účet a přístup předáme tak, jak žadatel chtěl: {row.get_hand_over_display()}."
            return ask(self, request, row, title="Schválit přístup", intro=intro, button="Schválit", form=form)
        invitation = approve_access(
            request=row,
            customer=form.cleaned_data["customer"],
            verified_how=form.cleaned_data["verified_how"],
            roles=form.roles,
            by=Actor.backoffice(request),
            at=timezone.now(),
        )
        say_where_the_link_is(request, invitation)
        return back_to(row)

    @action(description="Zamítnout", url_path="zamitnout", permissions=["decide"], icon="close")
    def reject(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Close the request without an account."""
        row = AccessRequest.objects.get(pk=object_id)
        form = RejectForm(request.POST or None)
        if not form.is_valid():
            intro = "Účet nevznikne a žádost se uzavře."
            return ask(self, request, row, title="Zamítnout přístup", intro=intro, button="Zamítnout", form=form)
        reject_access(request=row, **form.cleaned_data, by=Actor.backoffice(request), at=timezone.now())
        messages.success(request, "Žádost je zamítnuta.")
        return back_to(row)

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
