"""Steps in the life of a request, for tests of its clocks."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from helpdesk.customers.models import ContractParagraph
from sla.models import ServiceCalendar
from tests.builders import a_contract, a_paragraph, a_resolution, a_staff_member, an_sla_line, backoffice, portal
from tickets.models import Ticket
from tickets.services import complaints, lifecycle

ITEM = [lifecycle.CooperationItem(what="Výpis z banky")]


def promised(
    method: str, reaction: str = "0", resolution: str = "0", *, calendar: ServiceCalendar | None = None, **fields: Any
) -> ContractParagraph:
    """A paragraph with one line, on Mo–Fr 08:00–16:30 unless another calendar is given."""
    contract = a_contract(calendar=calendar) if calendar else a_contract()
    paragraph = a_paragraph(contract, sla=False)
    an_sla_line(paragraph, method=method, reaction=reaction, resolution=resolution, **fields)
    return paragraph


def stored(ticket: Ticket) -> Ticket:
    return Ticket.objects.select_related("sla_terms").get(pk=ticket.pk)


def suspend(ticket: Ticket, at: datetime) -> Ticket:
    return lifecycle.suspend(ticket=ticket, reason="attachment", items=ITEM, by=backoffice(a_staff_member()), at=at)


def resume(ticket: Ticket, at: datetime) -> Ticket:
    return lifecycle.resume(ticket=ticket, by=backoffice(a_staff_member()), at=at)


def resolve(ticket: Ticket, at: datetime) -> Ticket:
    return lifecycle.resolve(ticket=ticket, resolution=a_resolution(), by=backoffice(a_staff_member()), at=at)


def complain(ticket: Ticket, at: datetime) -> Ticket:
    complaints.file_complaint(ticket=ticket, reason="Chyba trvá.", by=portal(ticket.author), at=at)
    return stored(ticket)


def decide(ticket: Ticket, at: datetime, *, upheld: bool) -> Ticket:
    decision = complaints.Decision(upheld=upheld, reasoning="Důvod")
    complaints.decide_complaint(ticket=ticket, decision=decision, by=backoffice(a_staff_member()), at=at)
    return stored(ticket)
