"""Corrections of credit that wait for a second person, and those decided."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from credit.admin.accounts import CORRECT
from credit.admin.transfers import OF_CUSTOMER, LedgerAdmin
from credit.models import CorrectionRequest
from credit.services.corrections import confirm_correction, refuse_correction
from helpdesk.customers.actor import Actor
from helpdesk.customers.admin.acts import ask, back_to
from helpdesk.customers.admin.two_people import who_decides
from helpdesk.formats import signed_money

State = CorrectionRequest.State
TONES = {State.WAITING.label: "warning", State.DONE.label: "success", State.REFUSED.label: "danger"}


@admin.register(CorrectionRequest)
class CorrectionRequestAdmin(LedgerAdmin):
    """They are proposed on the account's page."""

    list_display = ("reason", "account", "change_text", "state_text", "proposed_by", "proposed_at", "decided_by")
    list_select_related = ("account__customer", "proposed_by", "decided_by")
    list_filter = (("state", ChoicesDropdownFilter),)
    search_fields = OF_CUSTOMER
    ordering = ("-id",)
    actions_detail = ("confirm", "refuse")
    fields = (
        ("account", "change_text"),
        "reason",
        ("state", "needs_second"),
        ("proposed_by", "proposed_at"),
        ("decided_by", "decided_at"),
        "transfer",
        "why",
    )
    readonly_fields = ("why",)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> CorrectionRequest | None:
        """The correction, which knows its reader: the page says why a decision is not theirs."""
        correction: CorrectionRequest | None = super().get_object(request, object_id, from_field)
        if correction:
            correction.reader = request.user  # type: ignore[attr-defined]
        return correction

    def _waiting(self, object_id: Any) -> Any:
        return CorrectionRequest.objects.filter(pk=object_id, state=State.WAITING)

    def has_confirm_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Somebody else's proposal."""
        others = self._waiting(object_id).exclude(proposed_by=request.user)
        return bool(request.user.has_perm(CORRECT)) and others.exists()

    def has_refuse_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return bool(request.user.has_perm(CORRECT)) and self._waiting(object_id).exists()

    @action(description="Potvrdit", url_path="potvrdit", permissions=["confirm"], icon="check", variant=ActionVariant.PRIMARY)
    def confirm(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Book what somebody else proposed."""
        correction = CorrectionRequest.objects.select_related("account__customer").get(pk=object_id)
        if request.method != "POST":
            intro = f"Kredit zákazníka se změní o {signed_money(correction.change)}. Zrušit to lze jen další opravou."
            return ask(self, request, correction, title="Potvrdit opravu", intro=intro, button="Potvrdit")
        confirm_correction(request=correction, by=Actor.backoffice(request), at=timezone.now())
        messages.success(request, f"Kredit je opraven o {signed_money(correction.change)}.")
        return back_to(correction)

    @action(description="Zamítnout", url_path="zamitnout", permissions=["refuse"], icon="close")
    def refuse(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Drop the proposal."""
        correction = CorrectionRequest.objects.select_related("account__customer").get(pk=object_id)
        if request.method != "POST":
            intro = "Nic se nezaúčtuje, návrh zůstane v seznamu jako zamítnutý."
            return ask(self, request, correction, title="Zamítnout opravu", intro=intro, button="Zamítnout")
        refuse_correction(request=correction, by=Actor.backoffice(request), at=timezone.now())
        messages.success(request, "Oprava je zamítnuta.")
        return back_to(correction)

    @display(description="kdo rozhoduje")
    def why(self, correction: CorrectionRequest) -> str:
        """Why the decision is not the reader's, or that it is."""
        if correction.state != State.WAITING:
            return "Už je rozhodnuto."
        reader = getattr(correction, "reader", correction.proposed_by)
        reason = who_decides(asked_by=correction.proposed_by, user=reader, right=CORRECT, rest="účtárna")
        return reason or "Rozhodujete vy: potvrďte, nebo zamítněte."

    @display(description="změna")
    def change_text(self, correction: CorrectionRequest) -> str:
        return signed_money(correction.change)

    @display(description="stav", label=TONES)
    def state_text(self, correction: CorrectionRequest) -> str:
        return correction.get_state_display()
