"""„Založení nového incidentu“."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.postgres.search import TrigramSimilarity
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from helpdesk.customers.actor import Actor
from helpdesk.customers.channels import Channel
from helpdesk.customers.context import chosen_company
from helpdesk.customers.entitlements import filing_refusals
from helpdesk.customers.http import SignedInRequest, portal_page
from helpdesk.customers.models import Contract, User
from helpdesk.errors import DomainError
from helpdesk.numbers import row_key
from tickets.forms import NewRequestForm
from tickets.models import Ticket
from tickets.models.ticket import Status
from tickets.services import contacts
from tickets.services.filing import NewRequest, file_request
from tickets.services.foresight import foresee
from tickets.services.price_regime import price_regime
from tickets.views.attachments import attachments_field, form_token_of, stage_uploads, take_out

DRAFT = "novy-pozadavek"  # the name under which the browser keeps what was typed
LOOKS_ALIKE = 0.35  # of 1: trigrams that two subjects share
SIMILAR_SHOWN = 3
OK, CONFLICT = 200, 409


@portal_page
@require_http_methods(["GET", "POST"])
def new(request: SignedInRequest) -> HttpResponse:
    """File a request, or show what the chosen contract, paragraph and kind ask for.

    „Načíst“ and „Odstranit“ send the whole form, so that it comes back with everything typed and staged.

    source  S2-12, S4-28 to S4-36, S4-59, S4-62, S5-02
    """
    at = timezone.now()
    contracts, refused = _contracts(request.user, at)
    if not contracts:
        return render(request, "tickets/new_refused.html", {"refused": refused})
    token, replaced = form_token_of(request), _replaced(request)
    file_errors = stage_uploads(request, form_token=token, at=at)
    sends = request.method == "POST" and not take_out(request, form_token=token) and "nacist" not in request.POST
    form = NewRequestForm(
        request.POST if sends else None,
        initial=request.POST.dict() or _prefilled(request, replaced, contracts),
        user=request.user,
        contracts=contracts,
        today=timezone.localdate(at),
    )
    status = OK
    if sends and form.is_valid() and not file_errors:
        try:
            return _file(request, form.new_request(author=request.user, form_token=token, refiled_from=replaced), at=at)
        except DomainError as refusal:
            form.add_error(None, str(refusal))
            status = CONFLICT
    page = {"form": form, "refused": refused, "replaced": replaced, "similar": _similar(request.user, form), "draft": DRAFT}
    page |= _price(request.user, form, at) | _deadlines(form, at)
    page |= attachments_field(request, form_token=token, errors=file_errors)
    return render(request, "tickets/new.html", page, status=status)


def _file(request: SignedInRequest, wanted: NewRequest, *, at: datetime) -> HttpResponse:
    """File and go to the request; a form rewritten after it had been sent (the browser's „Zpět“) makes no second one."""
    ticket = file_request(new=wanted, by=Actor.portal(request), at=at)
    if (ticket.subject, ticket.description) == (wanted.subject, wanted.description):
        told = f"Potvrzení posíláme na {ticket.contact_email}."
        if contacts.waits_for_confirmation(ticket):
            told = f"Na {ticket.contact_email} začneme psát, až adresu potvrdí její majitel; potvrzení zatím posíláme jen vám."
        sentence = f"Požadavek {ticket.pk} jsme zaregistrovali. {told}"
        messages.success(request, sentence, extra_tags=DRAFT)
    else:
        messages.warning(request, f"Z tohoto formuláře už vznikl požadavek {ticket.pk}. Další prosím založte novým formulářem.")
    return redirect("tickets:detail", ticket.pk)


def _contracts(user: User, at: datetime) -> tuple[list[Contract], list[tuple[Contract, str]]]:
    """Contracts of the person's companies: those that take a request now, and the others with the reason."""
    companies = [one.customer_id for one in user.active_memberships if one.files_requests]
    found = list(Contract.objects.filter(customer__in=companies).select_related("customer").order_by("-valid_from", "id"))
    refusals = filing_refusals(contracts=found, channel=Channel.PORTAL, at=at)
    return [one for one in found if not refusals[one.pk]], [(one, refusals[one.pk]) for one in found if refusals[one.pk]]


def _replaced(request: SignedInRequest) -> Ticket | None:
    """The own cancelled request that `?z=NUMBER` files again (S4-62)."""
    number = row_key(request.GET.get("z"))
    if number is None:
        return None
    return get_object_or_404(
        Ticket.objects.visible_to(request.user).filter(author=request.user, status=Status.CANCELLED), pk=number
    )


def _prefilled(request: SignedInRequest, replaced: Ticket | None, contracts: list[Contract]) -> dict[str, Any]:
    """What the person most likely wants: the request that is filed again, else the contract asked for or used last."""
    if replaced:
        return {
            "contract": replaced.contract_id,
            "paragraph": replaced.paragraph_id,
            "request_type": replaced.request_type_id,
            "asset": replaced.asset_id,
            "contract_part": replaced.contract_part,
            "subject": replaced.subject,
            "description": replaced.description,
            "contact_phone": replaced.contact_phone,
            "contact_email": replaced.contact_email,
            "wants_quote": replaced.wants_quote,
        }
    if "smlouva" in request.GET:
        return {"contract": request.GET["smlouva"]}
    company = chosen_company(request, request.user.active_memberships)
    offered = [one.pk for one in contracts if company in (None, one.customer_id)]
    own = Ticket.objects.filter(author=request.user, contract__in=offered)
    return {"contract": own.order_by("-id").values_list("contract_id", flat=True).first() or next(iter(offered), None)}


def _price(user: User, form: NewRequestForm, at: datetime) -> dict[str, Any]:
    """What work under the chosen paragraph costs; sums of credit are for those who look after money (feature 7)."""
    contract, paragraph = form.chosen_contract, form.chosen_paragraph
    if paragraph is None:
        return {"regime": None, "reads_credit": False}
    paragraph.contract = contract
    own = next((one for one in user.active_memberships if one.customer_id == contract.customer_id), None)
    reads_credit = own is not None and (own.is_manager or own.is_approver or own.is_accountant)
    return {"regime": price_regime(paragraph, form.chosen_kind, at=at), "reads_credit": reads_credit}


def _deadlines(form: NewRequestForm, at: datetime) -> dict[str, Any]:
    """„Když odešlete teď“: the deadlines that filing at this moment would store (S4-69, feature 7)."""
    paragraph = form.chosen_paragraph
    return {"paragraph": paragraph, "foresight": foresee(paragraph=paragraph, at=at) if paragraph else None}


def _similar(user: User, form: NewRequestForm) -> list[Ticket]:
    """Open requests of the same company with a subject much like the one that is being typed."""
    subject = str(form["subject"].value() or "").replace("\0", "")  # as typed, so not yet refused by the form
    if not subject.strip():
        return []
    visible = Ticket.objects.visible_to(user).active().filter(customer_id=form.chosen_contract.customer_id)
    alike = visible.annotate(alike=TrigramSimilarity("subject", subject)).filter(alike__gt=LOOKS_ALIKE)
    return list(alike.select_related("author").order_by("-alike", "-id")[:SIMILAR_SHOWN])
