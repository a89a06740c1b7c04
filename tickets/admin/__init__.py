"""Requests in the backoffice."""

from django.contrib import admin
from unfold.admin import ModelAdmin

from tickets.models import Ticket


@admin.register(Ticket)
class TicketAdmin(ModelAdmin):
    """The list and the page of a request."""
