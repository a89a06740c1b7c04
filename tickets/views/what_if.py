"""„Spočítat lhůty“: what the deadlines of a report would be, for those who lead a contract and for staff."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from helpdesk.customers.fields import MomentField
from helpdesk.customers.http import SignedInRequest, portal_page
from helpdesk.customers.models import ContractParagraph
from sla.clock import SlaError
from tickets.services.foresight import PauseRefused, foresee


class ContractedField(forms.ModelChoiceField):
    """A paragraph with the number of its contract."""

    def label_from_instance(self, obj: ContractParagraph) -> str:
        return f"{obj.contract.number}: {obj}"


class WhatIfForm(forms.Form):
    """A paragraph, the moment of a report, and one pause if there was any.

    source  S4-18, S4-69, feature 7
    """

    odstavec = ContractedField(
        ContractParagraph.objects.none(),
        label="Smlouva a odstavec",
        empty_label="vyberte",
        error_messages={"required": "Vyberte odstavec.", "invalid_choice": "Vyberte odstavec ze seznamu."},
    )
    nahlaseno = MomentField(label="Nahlášeno", error_messages={"required": "Napište, kdy byl požadavek nahlášen."})
    pozastaveno = MomentField(label="Pozastaveno od", required=False)
    obnoveno = MomentField(label="Pozastaveno do", required=False)

    def __init__(self, *args: Any, paragraphs: QuerySet[ContractParagraph], **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)
        # mypy knows only a plain Field here
        self.fields["odstavec"].queryset = paragraphs  # type: ignore[attr-defined]


def counted(query: QueryDict, paragraphs: QuerySet[ContractParagraph], *, now: datetime) -> dict[str, Any]:
    """The form of the address and, once it is filled in, its deadlines."""
    asked = "nahlaseno" in query
    form = WhatIfForm(query if asked else None, paragraphs=paragraphs, initial={"nahlaseno": now})
    context: dict[str, Any] = {"form": form, "paragraph": None, "foresight": None}
    if asked and form.is_valid():
        values = form.cleaned_data
        pause = {"paused_at": values["pozastaveno"], "resumed_at": values["obnoveno"]}
        try:
            context |= {
                "foresight": foresee(paragraph=values["odstavec"], at=values["nahlaseno"], **pause),
                "paragraph": values["odstavec"],
            }
        except PauseRefused as refusal:
            form.add_error("pozastaveno", str(refusal))
        except SlaError as refusal:
            form.add_error("nahlaseno", str(refusal))
    return context


@portal_page
@require_GET
def what_if(request: SignedInRequest) -> HttpResponse:
    """For those who lead a company: any paragraph of its contracts."""
    companies = [one.customer_id for one in request.user.active_memberships if one.is_manager]
    if not companies:
        raise Http404
    paragraphs = ContractParagraph.objects.filter(contract__customer__in=companies, is_active=True, contract__is_active=True)
    found = paragraphs.select_related("contract").order_by("contract__number", "code", "id")
    return render(request, "tickets/what_if.html", counted(request.GET, found, now=timezone.localtime()))
