"""„Přehled požadavků“."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from helpdesk.customers.http import SignedInRequest, portal_page
from tickets.models import Ticket

PAGE_SIZE = 25
COLUMNS = ("id", "subject", "status", "created_at")


@portal_page
def overview(request: SignedInRequest) -> HttpResponse:
    """The newest requests that the person sees."""
    rows = Ticket.objects.visible_to(request.user).active().order_by("-created_at", "-id").values(*COLUMNS)[:PAGE_SIZE]
    return render(request, "tickets/list.html", {"rows": rows})
