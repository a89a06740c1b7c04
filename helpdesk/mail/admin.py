"""The post office in the backoffice: what was written to whom, what could not be sent, and one more try."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateTimeFilter
from unfold.decorators import display

from helpdesk.lists import OfferedListMixin
from helpdesk.mail import services
from helpdesk.mail.html import letter_html
from helpdesk.mail.models import OutgoingMail

State = OutgoingMail.State
STATE_TONES = {
    State.QUEUED.label: "info",
    State.SENDING.label: "info",
    State.SENT.label: "success",
    State.KEPT.label: "warning",
    State.FAILED.label: "danger",
}
ROWS = 25
HIDDEN = "Dopis nese jednorázový odkaz, který patří jen příjemci. Proto se tu jeho text nezobrazuje."


@admin.register(OutgoingMail)
class OutgoingMailAdmin(OfferedListMixin, ModelAdmin):
    """Letters are written and sent by services; staff read them and have one that failed sent again."""

    list_display = ("state_text", "recipient", "subject", "created_text", "sent_text", "attempts")
    list_display_links = ("subject",)
    list_filter = (("state", ChoicesDropdownFilter), ("created_at", RangeDateTimeFilter))
    list_filter_submit = True
    list_per_page = ROWS
    list_before_template = "mail/_backlog.html"
    change_form_outer_before_template = "mail/_retry.html"
    show_full_result_count = False
    search_fields = ("recipient__icontains", "subject__unaccent__icontains", "message_id")
    search_help_text = "Adresa, předmět nebo Message-ID; bez ohledu na háčky a čárky."
    actions = ("send_again",)
    fieldsets = (
        ("Dopis", {"fields": (("recipient", "subject"), "letter")}),
        ("Odeslání", {"fields": (("state_text", "attempts"), ("created_text", "next_text", "sent_text"), "outcome", "identity")}),
        ("Jen text", {"fields": ("plain",), "classes": ("collapse",)}),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: OutgoingMail | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: OutgoingMail | None = None) -> bool:
        return False

    def has_retry_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("mail.change_outgoingmail")

    def get_urls(self) -> list[URLPattern]:
        again = path("<int:pk>/znovu/", self.admin_site.admin_view(self.retry), name="mail_outgoingmail_retry")
        return [again, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The list, above it what somebody should look at."""
        backlog = services.backlog(at=timezone.now())
        minutes = int(backlog.oldest.total_seconds() // 60)
        return super().changelist_view(request, {**(extra_context or {}), "backlog": backlog, "minutes": minutes})

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The letter, above it one more try where there may be one."""
        may_retry = self.has_retry_permission(request)
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), "may_retry": may_retry})

    def retry(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Send one letter again."""
        return require_POST(self._retry)(request, pk)

    def _retry(self, request: HttpRequest, pk: int) -> HttpResponse:
        if not self.has_retry_permission(request):
            raise PermissionDenied
        services.retry(mail=get_object_or_404(OutgoingMail, pk=pk), at=timezone.now())
        messages.success(request, "Dopis odejde během několika sekund.")
        return redirect("admin:mail_outgoingmail_change", pk)

    @admin.action(description="Odeslat znovu", permissions=["retry"])
    def send_again(self, request: HttpRequest, chosen: Any) -> None:
        """Send again those of the chosen letters that did not go out."""
        unsent = list(chosen.filter(state__in=OutgoingMail.RETRIED))
        for mail in unsent:
            services.retry(mail=mail, at=timezone.now())
        messages.success(request, f"Znovu k odeslání: {len(unsent)}. Dopisy, které už odešly, se nezměnily.")

    @display(description="stav", label=STATE_TONES, ordering="state")
    def state_text(self, row: OutgoingMail) -> str:
        return row.get_state_display()

    @display(description="vznikl", ordering="id")
    def created_text(self, row: OutgoingMail) -> str:
        return moment(row.created_at)

    @display(description="odeslán", ordering="sent_at")
    def sent_text(self, row: OutgoingMail) -> str:
        return moment(row.sent_at)

    @display(description="další pokus")
    def next_text(self, row: OutgoingMail) -> str:
        return moment(row.next_at if row.state == State.QUEUED else None)

    @display(description="odpověď serveru")
    def outcome(self, row: OutgoingMail) -> str:
        return row.last_error or row.smtp_reply or "-"

    @display(description="Message-ID")
    def identity(self, row: OutgoingMail) -> str:
        return row.message_id

    @display(description="dopis")
    def letter(self, row: OutgoingMail) -> SafeString | str:
        """The letter as the recipient sees it, in a frame that runs no scripts and opens no forms."""
        if hides_text(row):
            return HIDDEN
        page = escape(letter_html(row))  # a whole page inside an attribute: escaped although it is safe HTML
        return format_html(
            '<iframe sandbox srcdoc="{}" title="Dopis" style="width:100%;height:480px;border:0;border-radius:6px"></iframe>', page
        )

    @display(description="text")
    def plain(self, row: OutgoingMail) -> SafeString | str:
        return HIDDEN if hides_text(row) else format_html('<pre style="white-space:pre-wrap">{}</pre>', row.text)


def moment(at: datetime | None) -> str:
    """15. 10. 2024 16:15; „-“ for none. `helpdesk.formats` stands above this package."""
    return date_format(timezone.localtime(at), "j. n. Y H:i") if at else "-"


def hides_text(mail: OutgoingMail) -> bool:
    """A letter with a one-time link is read by its recipient alone; the demo, which sends none, shows it."""
    return mail.is_confidential and not (settings.DEMO and mail.state == State.KEPT)
