"""„Rodný list SLA“ at the desk: the same page, data and PDF as the customer has."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_GET

from tickets.admin.access import desk_page, framed
from tickets.models import Ticket
from tickets.services.proofs import why_without_clock
from tickets.views.proof_sheet import sheet
from tickets.views.sla_proof import RELATED, data_of, pdf_of


@desk_page()
@require_GET
def sla_page(request: HttpRequest, number: int) -> HttpResponse:
    """Which minutes were counted and why, or why no clock runs."""
    ticket = _find(number)
    context = sheet(ticket, at=timezone.now()) or {"proof": None, "why": why_without_clock(ticket)}
    title = f"Rodný list SLA požadavku {ticket.pk}"
    return framed(request, "tickets/desk/sla_proof.html", context | {"ticket": ticket}, title=title)


@desk_page()
@require_GET
def sla_json(request: HttpRequest, number: int) -> HttpResponse:
    """The data whose SHA-256 the page shows."""
    return data_of(_find(number))


@desk_page()
@require_GET
def sla_pdf(request: HttpRequest, number: int) -> HttpResponse:
    """The proof to be printed or sent on."""
    return pdf_of(_find(number))


def _find(number: int) -> Ticket:
    return get_object_or_404(Ticket.objects.select_related(*RELATED), pk=number)
