"""„Spočítat lhůty“ at the desk: any paragraph of a contract, found by the contract's number."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from helpdesk.customers.models import ContractParagraph
from tickets.admin.access import desk_page, framed
from tickets.views.what_if import counted


@desk_page()
@require_GET
def what_if(request: HttpRequest) -> HttpResponse:
    """First the contract, then its paragraph and the moment of the report."""
    number = request.GET.get("smlouva", "").replace("\0", "").strip()
    paragraphs = ContractParagraph.objects.filter(contract__number__iexact=number, is_active=True)
    found = paragraphs.select_related("contract").order_by("contract__number", "code", "id")
    context = counted(request.GET, found, now=timezone.localtime())
    context |= {"number": number, "is_known": bool(number) and found.exists()}
    return framed(request, "tickets/desk/what_if.html", context, title="Spočítat lhůty")
