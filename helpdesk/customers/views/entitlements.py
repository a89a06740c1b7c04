"""„Na co mám nárok“: a contract in words, for those who may act by it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from helpdesk.customers.context import chosen_company
from helpdesk.customers.entitlements import doors
from helpdesk.customers.http import SignedInRequest
from helpdesk.customers.models import AssetModule, Contract, ContractParagraph, Membership, RequestType
from helpdesk.customers.service_hours import clocks_of, hours_of_contract, promises_of
from sla.clock import Clock
from sla.words import hours_in_words


@dataclass(frozen=True)
class Left:
    """What a contract still holds, in words; `page` names the address with more about it."""

    title: str
    amount: str
    note: str
    page: str = ""


@dataclass(frozen=True)
class Figures:
    """What layers above know of a contract: what is left of it, and what its work costs.

    prices   whatever the part „Ceny“ of the template shows
    regimes  by the paragraph's id, one sentence about the price of work under it
    """

    left: list[Left]
    prices: object
    regimes: dict[int, str]


FiguresOf = Callable[[Contract, list[ContractParagraph]], Figures]


def entitlements_page(request: SignedInRequest, figures_of: FiguresOf) -> HttpResponse:
    """One contract of the person's companies: what it covers, through which door, at what price, for whom.

    source  S3-01, S3-09, S5-02 to S5-23, S1-09, S4-05
    """
    today = timezone.localdate()
    companies = [one.customer_id for one in request.user.active_memberships]
    found = Contract.objects.filter(customer__in=companies).select_related("customer", "support_level")
    contracts = list(found.order_by("-valid_from", "id"))
    if not contracts:
        return render(request, "customers/entitlements_none.html")
    contract = _chosen(request, contracts)
    kinds = list(RequestType.objects.filter(is_active=True))
    modules = AssetModule.objects.filter(asset__customer=contract.customer, asset__is_active=True, in_implementation=True)
    people = (
        Membership.objects.active().filter(customer=contract.customer).select_related("user").order_by("user__sort_key", "id")
    )
    paragraphs = list(contract.offered_paragraphs().select_related("calendar").prefetch_related("sla_lines"))
    clocks = clocks_of(contract, paragraphs)
    figures = figures_of(contract, paragraphs)
    page = {
        "contracts": contracts,
        "contract": contract,
        "left": figures.left,
        "prices": figures.prices,
        "is_valid": contract.is_valid_on(today),
        "begins_later": contract.valid_from > today,
        "doors": doors(contract),
        "modules": list(modules.select_related("asset")) if contract.kind == Contract.Kind.IMPLEMENTATION else [],
        "covered": contract.covered.splitlines(),
        "not_covered": contract.not_covered.splitlines(),
        "covered_kinds": [kind for kind in kinds if kind.is_covered],
        "excluded_kinds": [kind for kind in kinds if not kind.is_covered],
        "expired_assets": contract.customer.assets.active().filter(support_until__lt=today),
        "paragraphs": [
            (paragraph, promises_of(paragraph), _other_hours(paragraph, clocks), figures.regimes[paragraph.pk])
            for paragraph in paragraphs
        ],
        "hours": hours_of_contract(clocks[contract.calendar_id], timezone.now()) if contract.calendar_id in clocks else None,
        "people": people.order_by("user__sort_key", "id"),
        "leads": any(one.is_manager for one in request.user.active_memberships),
        "asks_for_accounts": people.filter(user=request.user, is_responsible=True).exists(),
    }
    return render(request, "customers/entitlements.html", page)


def _other_hours(paragraph: ContractParagraph, clocks: dict[int, Clock]) -> str:
    """Its own hours of service in words; "" where they are those of the contract."""
    calendar = paragraph.calendar_id
    return hours_in_words(clocks[calendar].hours) if calendar in clocks else ""


def _chosen(request: SignedInRequest, contracts: list[Contract]) -> Contract:
    """The contract in the address, a foreign one is a 404; else a valid one, of the chosen company if there is any."""
    if wanted := request.GET.get("smlouva"):
        found = next((one for one in contracts if str(one.pk) == wanted), None)
        if found is None:
            raise Http404
        return found
    company, today = chosen_company(request, request.user.active_memberships), timezone.localdate()
    return max(contracts, key=lambda one: (one.customer_id == company, one.is_valid_on(today)))
