"""„Rodný list SLA“ in the portal: the page, its data and its PDF; the backoffice has the same answers at its own addresses."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from helpdesk.customers.context import current_operator
from helpdesk.customers.http import SignedInRequest, portal_page
from tickets.models import Ticket
from tickets.pdf import to_pdf
from tickets.services.proofs import proof_of, why_without_clock
from tickets.views.proof_sheet import sheet

RELATED = (
    "customer",
    "contract",
    "paragraph",
    "assignee",
    "sla_terms",
    "calendar_version__calendar",
    "reaction_version__calendar",
)


@portal_page
@require_GET
def sla_page(request: SignedInRequest, number: int) -> HttpResponse:
    """Which minutes were counted and why, or why no clock runs.

    source  S4-26, S4-67 to S4-69
    """
    ticket = _find(request, number)
    context = sheet(ticket, at=timezone.now()) or {"proof": None, "why": why_without_clock(ticket)}
    return render(request, "tickets/sla_proof.html", context | {"ticket": ticket})


@portal_page
@require_GET
def sla_json(request: SignedInRequest, number: int) -> HttpResponse:
    """The data whose SHA-256 the page shows, byte for byte."""
    return data_of(_find(request, number))


@portal_page
@require_GET
def sla_pdf(request: SignedInRequest, number: int) -> HttpResponse:
    """The proof to be printed or sent on."""
    return pdf_of(_find(request, number))


def _find(request: SignedInRequest, number: int) -> Ticket:
    """Foreign and missing are the same 404."""
    ticket = Ticket.objects.visible_to(request.user).filter(pk=number).select_related(*RELATED).first()
    if ticket is None:
        raise Http404
    return ticket


def data_of(ticket: Ticket) -> HttpResponse:
    """Canonical JSON up to the last event; 404 where no clock runs."""
    proof = proof_of(ticket)
    if proof is None:
        raise Http404
    return _download(proof.canonical(), "application/json", f"rodny-list-sla-{ticket.pk}.json")


def pdf_of(ticket: Ticket) -> HttpResponse:
    """PDF/A as of now, of a request that was resolved always the same bytes; 404 where no clock runs."""
    context = sheet(ticket, at=timezone.now())
    if context is None:
        raise Http404
    context |= {"ticket": ticket, "operator": current_operator()}
    return _download(to_pdf("pdf/sla_proof.html", context), "application/pdf", f"rodny-list-sla-{ticket.pk}.pdf")


def _download(content: bytes, kind: str, name: str) -> HttpResponse:
    return HttpResponse(content, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})
