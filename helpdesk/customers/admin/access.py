"""How access is asked for and handed over."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from helpdesk.customers.actor import Actor
from helpdesk.customers.admin.acts import ApproveForm, OwnerForm, RejectForm, ask, back_to, show_link
from helpdesk.customers.admin.base import ReadOnlyAdmin, blind
from helpdesk.customers.http import record_at_door
from helpdesk.customers.models import AccessRequest, AuditEvent, Invitation, User
from helpdesk.customers.services.access import approve_access, reject_access
from helpdesk.customers.services.restoring import restore_access, verify_owner
from helpdesk.formats import moment

STATE_TONES = {"čeká na ověření": "warning", "čeká na druhého": "warning", "schválena": "success", "zamítnuta": None}


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
        (
            "Rozhodnutí",
            {
                "fields": (
                    ("state", "decided_by", "decided_at"),
                    ("verified_by", "verified_at"),
                    "verified_how",
                    "rejected_why",
                    "user",
                )
            },
        ),
    )

    actions_detail = ("approve", "restore", "confirm", "reject")

    def has_approve_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return self._is_to_be_decided(request, object_id, AccessRequest.State.OPEN)

    def has_decide_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return self._is_to_be_decided(request, object_id, *AccessRequest.UNDECIDED)

    def has_confirm_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Another member of staff than the one who verified, and whoever may change that account at all."""
        if not self._is_to_be_decided(request, object_id, AccessRequest.State.VERIFIED):
            return False
        row = AccessRequest.objects.select_related("user").get(pk=object_id)
        people = self.admin_site._registry[User]
        return row.verified_by_id != request.user.pk and people.has_change_permission(request, row.user)

    def _is_to_be_decided(self, request: HttpRequest, object_id: Any, *states: AccessRequest.State) -> bool:
        rows = AccessRequest.objects.filter(pk=object_id, state__in=states)
        return request.user.has_perm("customers.change_accessrequest") and rows.exists()

    @action(description="Schválit", url_path="schvalit", permissions=["approve"], icon="check", variant=ActionVariant.PRIMARY)
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
        return show_link(self, request, invitation, row)

    @action(description="Obnovit přístup", url_path="obnovit", permissions=["approve"], icon="person_search")
    def restore(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The applicant has an account but not its mailbox any more: verified here, confirmed by a colleague (S2-04, S2-05)."""
        row = AccessRequest.objects.get(pk=object_id)
        form = OwnerForm(request.POST or None, people=self._owners(request))
        if not form.is_valid():
            intro = f"Osoba bude mít adresu {row.email} a dostane na ni odkaz k novému heslu. Předtím to potvrdí druhý kolega."
            return ask(self, request, row, title="Obnovit přístup", intro=intro, button="Předat k potvrzení", form=form)
        verify_owner(request=row, **form.cleaned_data, by=Actor.backoffice(request), at=timezone.now())
        messages.success(request, "Teď musí obnovení potvrdit druhý kolega.")
        return back_to(row)

    @action(description="Potvrdit", url_path="potvrdit", permissions=["confirm"], icon="check", variant=ActionVariant.PRIMARY)
    def confirm(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The second member of staff agrees (S2-05)."""
        row = AccessRequest.objects.select_related("user", "verified_by").get(pk=object_id)
        if request.method != "POST":
            intro = (
                f"{row.user} bude mít adresu {row.email}; dosavadní je {row.user.email if row.user else '-'}. "
                f"Totožnost ověřil(a) {row.verified_by}: {row.verified_how}. "
                "Odhlásíme osobu všude, napíšeme na starou adresu a na novou pošleme odkaz."
            )
            return ask(self, request, row, title="Potvrdit novou adresu", intro=intro, button="Potvrdit")
        invitation = restore_access(request=row, by=Actor.backoffice(request), at=timezone.now())
        return show_link(self, request, invitation, row)

    def _owners(self, request: HttpRequest) -> QuerySet[User]:
        """Whose account may be restored by this member of staff: customers', and colleagues' by those who hand out groups."""
        people = User.objects.active().filter(is_superuser=False)
        return people if request.user.has_perm("auth.change_group") else people.filter(is_staff=False)

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

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The page; who opened it is in the security log."""
        response = super().change_view(request, object_id, form_url, extra_context)
        invitation = Invitation.objects.select_related("user").filter(pk=object_id).first()
        if invitation and response.status_code == 200:
            record_at_door(request, kind=AuditEvent.Kind.CONFIDENTIAL_OPENED, subject=invitation)
        return response

    @display(description="vytvořena", ordering="created_at")
    def created_text(self, row: Invitation) -> str:
        return moment(row.created_at)

    @display(description="použita", ordering="used_at")
    def used_text(self, row: Invitation) -> str:
        return moment(row.used_at)
