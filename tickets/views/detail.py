"""One request."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render

from helpdesk.customers.http import SignedInRequest, portal_page
from tickets.models import Ticket


@portal_page
def detail(request: SignedInRequest, number: int) -> HttpResponse:
    """One request with its conversation; foreign and missing are the same 404."""
    ticket = get_object_or_404(Ticket.objects.visible_to(request.user), pk=number)
    return render(request, "tickets/detail.html", {"ticket": ticket})
