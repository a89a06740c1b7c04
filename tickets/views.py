"""Requests in the portal."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from tickets.models import Ticket


@login_required
def detail(request: HttpRequest, number: int) -> HttpResponse:
    """One request with its conversation; foreign and missing are the same 404."""
    ticket = get_object_or_404(Ticket.objects.visible_to(request.user), pk=number)
    return render(request, "tickets/detail.html", {"ticket": ticket})
