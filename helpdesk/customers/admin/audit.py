"""The security log and the pages whose opening it keeps: confidential letters and links by which access was handed over."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html_join
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter, RangeDateTimeFilter
from unfold.decorators import display
from unfold.paginator import InfinitePaginator

from helpdesk.customers.admin.base import ReadOnlyAdmin, blind
from helpdesk.customers.http import record_at_door
from helpdesk.customers.models import AuditEvent, Customer, Membership, User
from helpdesk.formats import full_moment
from helpdesk.mail.admin import OutgoingMailAdmin
from helpdesk.mail.models import OutgoingMail

DETAILS = {
    "groups": "skupiny",
    "email": "e-mail",
    "page": "stránka",
    "status": "odpověď",
    "method": "způsob",
    "list": "seznam",
    "rows": "řádků",
    "format": "formát",
    "factor": "druhý faktor",
    "narrowed": "zúžení",
    "recipient": "komu",
    "invitation": "předání přístupu",
    "person": "osoba",
    "number": "požadavek",
    "pk": "klíč",
    "object_id": "klíč",
    "attachment_id": "příloha",
    "quote_id": "kalkulace",
    "participant_id": "účastník",
}
OF_CUSTOMER = "customer "
ROLES = {field.name: str(field.verbose_name) for field in Membership._meta.fields if field.name.startswith("is_")}


def label_of(name: str, companies: dict[int, str]) -> str:
    """A detail's name in Czech; „customer 5“ is what somebody may do for that company."""
    if name.startswith(OF_CUSTOMER):
        key = int(name.removeprefix(OF_CUSTOMER))
        return f"oprávnění, {companies.get(key, f'zákazník {key}')}"
    for model in (User, Membership):
        if name in {field.name for field in model._meta.fields}:
            return str(model._meta.get_field(name).verbose_name)
    return DETAILS.get(name, name)


def value_of(value: Any) -> str:
    """A detail's value in Czech."""
    if isinstance(value, bool):
        return "ano" if value else "ne"
    if isinstance(value, list):
        return (
            ", ".join(str(Membership._meta.get_field(one).verbose_name) if one in ROLES else str(one) for one in value) or "nic"
        )
    if isinstance(value, dict):
        return ", ".join(f"{name}: {value_of(inner)}" for name, inner in value.items()) or "nic"
    return str(value) if value not in ("", None) else "prázdné"


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    """Who touched access and secrets; read by heads of support, changed by nobody."""

    paginator = InfinitePaginator
    show_full_result_count = False
    list_display = ("at_text", "kind_text", "by_text", "acting_for", "object_text", "ip", "times")
    list_display_links = ("at_text",)
    list_select_related = ("by", "acting_for")
    list_filter = (("kind", ChoicesDropdownFilter), ("by", AutocompleteSelectFilter), ("at", RangeDateTimeFilter))
    search_fields = (*blind("object_text"), "ip__startswith")
    search_help_text = "Jméno záznamu nebo IP adresa; bez ohledu na háčky a čárky."
    sortable_by = ()
    fieldsets = (
        ("Co se stalo", {"fields": (("kind_text", "times"), ("at_text", "ip"), ("by_text", "acting_for"))}),
        ("Čeho se to týká", {"fields": (("type_text", "object_text"), "details")}),
    )
    readonly_fields = ("kind_text", "at_text", "by_text", "type_text", "details")

    @display(description="kdy")
    def at_text(self, event: AuditEvent) -> str:
        return full_moment(event.at)

    @display(description="událost", label=True)
    def kind_text(self, event: AuditEvent) -> str:
        return event.get_kind_display()

    @display(description="kdo")
    def by_text(self, event: AuditEvent) -> str:
        return str(event.by) if event.by else "nepřihlášený" if event.ip else "systém"

    @display(description="druh záznamu")
    def type_text(self, event: AuditEvent) -> str:
        return str(apps.get_model(event.object_type)._meta.verbose_name) if event.object_type else "-"

    @display(description="podrobnosti")
    def details(self, event: AuditEvent) -> str:
        """Each detail on a line, with what was there before."""
        names = sorted({*event.before, *event.after})
        keys = [int(name.removeprefix(OF_CUSTOMER)) for name in names if name.startswith(OF_CUSTOMER)]
        companies = dict(Customer.objects.filter(pk__in=keys).values_list("pk", "name")) if keys else {}
        lines = ((label_of(name, companies), self._change(event, name)) for name in names)
        return format_html_join("", "<div><strong>{}</strong>: {}</div>", lines) or "-"

    def _change(self, event: AuditEvent, name: str) -> str:
        new = value_of(event.after[name]) if name in event.after else "nic"
        return f"{value_of(event.before[name])} → {new}" if name in event.before else new


admin.site.unregister(OutgoingMail)


@admin.register(OutgoingMail)
class LetterAdmin(OutgoingMailAdmin):
    """The page of a letter; who opened one with a one-time link is in the security log."""

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        response = super().change_view(request, object_id, form_url, extra_context)
        letter = OutgoingMail.objects.filter(pk=object_id, is_confidential=True).first()
        if letter and response.status_code == 200:
            details = {"recipient": letter.recipient}
            record_at_door(request, kind=AuditEvent.Kind.CONFIDENTIAL_OPENED, subject=letter, after=details)
        return response
