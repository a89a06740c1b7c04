"""„Když odešlete teď“ and „Spočítat lhůty“: what is foreseen is what is stored."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from helpdesk.formats import weekday_moment
from sla.clock import METHODS
from tests.builders import (
    MONDAY,
    a_member,
    a_paragraph,
    a_request_type,
    a_staff_member,
    a_ticket,
    an_accepted_ticket,
    an_operator,
    an_sla_line,
    prague,
)
from tests.tickets.lives import promised, resume, stored, suspend
from tickets.models import Ticket
from tickets.services.foresight import PauseRefused, foresee

pytestmark = pytest.mark.django_db

TIMES = [
    "2026-03-02T10:00",
    "2026-03-02T08:00",
    "2026-03-02T16:30",
    "2026-03-06T22:00",
    "2026-10-24T09:00",
    "2026-12-23T15:59:59",
]


def dds(page: str) -> list[str]:
    return re.findall(r'<dd class="big">([^<]+)</dd>', page)


@pytest.mark.req("S4-67", "S4-69")
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("filed", TIMES)
def test_deadlines_foreseen_are_the_ones_stored(method: str, filed: str):
    paragraph = promised(method, "4", "7")

    seen = foresee(paragraph=paragraph, at=prague(filed))
    ticket = stored(a_ticket(paragraph=paragraph, at=prague(filed)))

    assert seen is not None
    assert (seen.is_wdin, seen.reaction_due_at, seen.resolution_due_at) == (
        ticket.is_wdin, ticket.reaction_due_at, ticket.resolution_due_at,
    )  # fmt: skip


@pytest.mark.req("S4-69", "D7")
@pytest.mark.parametrize(
    ("filed", "is_wdin", "due"),
    [
        pytest.param("2026-03-02T08:00", True, "2026-03-02T09:00", id="at opening"),
        pytest.param("2026-03-02T07:59:59", False, "2026-03-02T12:00", id="just before"),
        pytest.param("2026-03-02T16:30", False, "2026-03-03T12:00", id="at closing"),
    ],
)
def test_line_is_chosen_by_the_moment_of_the_report(filed: str, is_wdin: bool, due: str):
    paragraph = a_paragraph(sla=False)
    an_sla_line(paragraph, method="Hod", reaction="1", resolution="8", applies_to="wdin")
    an_sla_line(paragraph, method="Hod", reaction="4", resolution="8", applies_to="wdout")

    seen = foresee(paragraph=paragraph, at=prague(filed))

    assert seen is not None
    assert (seen.is_wdin, seen.reaction_due_at) == (is_wdin, prague(due))


@pytest.mark.req("S4-18", "D2")
def test_pause_that_is_foreseen_moves_the_deadline_as_a_real_one():
    paragraph = promised("Hod", "8", "8")
    ticket = an_accepted_ticket(paragraph=paragraph)
    suspend(ticket, MONDAY + timedelta(hours=1))
    resume(ticket, MONDAY + timedelta(hours=3))

    seen = foresee(paragraph=paragraph, at=MONDAY, paused_at=MONDAY + timedelta(hours=1), resumed_at=MONDAY + timedelta(hours=3))

    assert seen is not None
    assert seen.resolution_due_at == stored(ticket).resolution_due_at == prague("2026-03-03T11:30")
    with pytest.raises(PauseRefused):
        foresee(paragraph=paragraph, at=MONDAY, paused_at=MONDAY - timedelta(hours=1), resumed_at=MONDAY)
    with pytest.raises(PauseRefused):
        foresee(paragraph=paragraph, at=MONDAY, paused_at=MONDAY)


def test_paragraph_without_sla_has_nothing_to_foresee():
    assert foresee(paragraph=a_paragraph(has_sla=False), at=MONDAY) is None


@pytest.fixture
def fields() -> dict[str, Any]:
    paragraph = promised("Hod", "4", "16")
    an_operator()
    alice = a_member(paragraph.contract.customer, is_manager=True)
    return {"paragraph": paragraph, "alice": alice}


@pytest.mark.req("S4-69")
def test_filing_form_shows_what_filing_then_stores_and_keeps_what_was_typed(fields, client: Client, monkeypatch):
    paragraph, alice = fields["paragraph"], fields["alice"]
    client.force_login(alice)
    now = timezone.now().replace(microsecond=0)
    monkeypatch.setattr(timezone, "now", lambda: now)
    typed = {
        "contract": paragraph.contract_id, "paragraph": paragraph.pk, "subject": "Nejde tisk", "description": "Popis",
        "contact_phone": "605110220", "contact_email": "alice@example.cz",
        "request_type": a_request_type().pk, "form_token": str(uuid4()),
    }  # fmt: skip

    page = client.post("/pozadavky/novy/", typed | {"nacist": "1"}).content.decode()
    client.post("/pozadavky/novy/", typed)

    ticket = Ticket.objects.get()
    assert dds(page) == [weekday_moment(ticket.reaction_due_at), weekday_moment(ticket.resolution_due_at)]
    assert ("WDIN" in page) is ticket.is_wdin
    assert ('value="Nejde tisk"' in page, "Popis" in page) == (True, True)


@pytest.mark.req("S4-69", "C37")
def test_form_of_a_call_counts_from_the_call_and_files_nothing(fields, client: Client):
    paragraph = fields["paragraph"]
    client.force_login(a_staff_member())

    page = client.post(
        f"/backoffice/tickets/ticket/zapsat/?zakaznik={paragraph.contract.customer.ico}",
        {"paragraph": paragraph.pk, "reported_at": "2026-03-02T10:00", "subject": "Nejde tisk", "prepocitat": "1"},
    ).content.decode()

    assert [text.replace("\u00a0", " ") for text in dds(page)] == ["po 2. 3. 2026 14:00", "st 4. 3. 2026 09:00"]
    assert ('value="Nejde tisk"' in page, "error" in page.split("<main")[-1], Ticket.objects.count()) == (True, False, 0)


@pytest.mark.parametrize("staff", [False, True])
def test_calculator_counts_with_a_pause_and_refuses_one_before_the_report(fields, client: Client, staff: bool):
    paragraph = fields["paragraph"]
    client.force_login(a_staff_member() if staff else fields["alice"])
    address = "/backoffice/tickets/ticket/lhuty/" if staff else "/narok/lhuty/"
    asked = {
        "smlouva": paragraph.contract.number, "odstavec": paragraph.pk, "nahlaseno": "2026-03-02T10:00",
        "pozastaveno": "2026-03-02T11:00", "obnoveno": "2026-03-02T13:00",
    }  # fmt: skip

    counted = client.get(address, asked).content.decode()
    refused = client.get(address, asked | {"pozastaveno": "2026-03-02T09:00"}).content.decode()

    assert [text.replace("\u00a0", " ") for text in dds(counted)] == ["po 2. 3. 2026 16:00", "st 4. 3. 2026 11:00"]
    assert (dds(refused), "Pozastavení musí začít po nahlášení" in refused) == ([], True)


def test_calculator_offers_only_contracts_that_the_person_leads(fields, client: Client):
    foreign = promised("Hod", "4", "16")
    client.force_login(fields["alice"])

    page = client.get("/narok/lhuty/", {"odstavec": foreign.pk, "nahlaseno": "2026-03-02T10:00"}).content.decode()

    assert (dds(page), foreign.contract.number in page, "Vyberte odstavec ze seznamu." in page) == ([], False, True)
