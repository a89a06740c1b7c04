"""Prepared answers, which heads of support write and everybody inserts."""

from django.contrib import admin

from helpdesk.customers.admin.base import PlainAdmin, blind
from tickets.models import CannedAnswer


@admin.register(CannedAnswer)
class CannedAnswerAdmin(PlainAdmin):
    """Prepared answers in the order in which they are offered; nothing refers to one, so it may be deleted."""

    list_display = ("title", "position")
    search_fields = blind("title", "body")
    fields = (("title", "position"), "body")
    deletable = True
