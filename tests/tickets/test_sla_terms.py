"""What is promised for a request: the terms copied from the contract, and from when its clocks run."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from helpdesk.customers.actor import Actor
from helpdesk.customers.channels import Channel
from helpdesk.customers.models import Contract, ContractParagraph
from tests.builders import (
    MONDAY,
    a_calendar,
    a_member,
    a_message,
    a_paragraph,
    a_staff_member,
    a_ticket,
    an_accepted_ticket,
    an_sla_line,
    backoffice,
    prague,
)
from tests.tickets.lives import promised, resume, stored, suspend
from tickets.models import SlaTerms, Ticket
from tickets.models.clocks import NO_CLOCK
from tickets.services import clocks, lifecycle
from tickets.services.filing import NewRequest, file_request

pytestmark = pytest.mark.django_db

FRIDAY = prague("2024-10-25T15:00")


@pytest.mark.req("S4-69")
@pytest.mark.parametrize(
    ("filed", "is_wdin"),
    [
        ("2026-03-02T07:59:59", False),
        ("2026-03-02T08:00:00", True),
        ("2026-03-02T16:29:59", True),
        ("2026-03-02T16:30:00", False),
        ("2026-05-01T10:00:00", False),
    ],
)
def test_request_knows_whether_it_was_filed_in_service_hours(filed, is_wdin):
    assert stored(a_ticket(at=prague(filed))).is_wdin is is_wdin


@pytest.mark.req("S4-69", "D7")
@pytest.mark.parametrize(
    ("filed", "method", "due"),
    [("2026-03-02T10:00", "Min", "2026-03-02T10:30"), ("2026-03-02T18:00", "NBD-Hod", "2026-03-03T10:00")],
)
def test_line_is_chosen_by_the_time_of_the_report(filed, method, due):
    paragraph = promised("Min", "30", "240", applies_to="wdin")
    an_sla_line(paragraph, method="NBD-Hod", reaction="2", resolution="8", applies_to="wdout")

    ticket = stored(a_ticket(paragraph=paragraph, at=prague(filed)))

    assert (ticket.sla_terms.method, ticket.reaction_due_at) == (method, prague(due))


@pytest.mark.req("S4-61", "D15")
def test_another_paragraph_keeps_report_and_pauses():
    ticket = an_accepted_ticket(paragraph=promised("Hod", "4", "4"), at=FRIDAY)
    other = a_paragraph(ticket.contract, sla=False)
    an_sla_line(other, method="Hod", reaction="2", resolution="6")
    suspend(ticket, prague("2024-10-25T15:30"))
    resume(ticket, prague("2024-10-29T09:00"))

    lifecycle.reclassify(ticket=ticket, paragraph=other, by=backoffice(a_staff_member()), at=prague("2024-10-29T10:00"))

    ticket = stored(ticket)
    assert (ticket.resolution_due_at, ticket.sla_terms.resolution_amount) == (prague("2024-10-29T14:30"), Decimal(6))
    assert (ticket.reaction_met, ticket.sla_terms.paragraph) == (True, str(other))


def test_paragraph_without_sla_takes_the_clocks_away_and_one_with_sla_gives_them_back():
    ticket = an_accepted_ticket(paragraph=promised("Hod", "4", "4"))
    question = a_paragraph(ticket.contract, kind="question", has_sla=False)
    by = backoffice(a_staff_member())

    lifecycle.reclassify(ticket=ticket, paragraph=question, by=by, at=MONDAY + timedelta(hours=1))
    without = stored(ticket)
    lifecycle.reclassify(ticket=ticket, paragraph=ticket.paragraph, by=by, at=MONDAY + timedelta(hours=2))

    assert {name: getattr(without, name) for name in NO_CLOCK} == NO_CLOCK
    assert not hasattr(without, "sla_terms")
    assert stored(ticket).resolution_due_at == MONDAY + timedelta(hours=4)


@pytest.mark.req("S4-70")
@pytest.mark.parametrize("kind", ["question", "consultation", "change", "hypercare", "service"])
def test_kinds_without_sla_have_no_clock(kind):
    ticket = an_accepted_ticket(paragraph=a_paragraph(kind=kind, has_sla=False))

    ticket = stored(ticket)
    assert {name: getattr(ticket, name) for name in NO_CLOCK} == NO_CLOCK
    assert SlaTerms.objects.count() == 0


@pytest.mark.req("D15", "S4-75")
def test_later_edit_of_the_contract_touches_new_requests_only():
    paragraph = promised("Hod", "4", "4")
    old = a_ticket(paragraph=paragraph)
    paragraph.sla_lines.update(reaction_amount=1)
    Contract.objects.filter(pk=paragraph.contract_id).update(calendar=a_calendar(always=True))

    lifecycle.accept(ticket=old, by=backoffice(a_staff_member()), at=MONDAY + timedelta(hours=2))
    new = a_ticket(paragraph=ContractParagraph.objects.get(pk=paragraph.pk))

    assert (stored(old).reaction_due_at, stored(new).reaction_due_at) == (
        MONDAY + timedelta(hours=4),
        MONDAY + timedelta(hours=1),
    )


def an_email_request(at: datetime = MONDAY) -> Ticket:
    return a_ticket(paragraph=promised("Hod", "4", "16"), channel=Channel.EMAIL, at=at)


@pytest.mark.req("S4-42", "C04")
def test_request_by_e_mail_has_no_clock_until_its_confirmation_has_left():
    ticket = an_email_request()
    before = stored(ticket)

    clocks.start_clock(ticket=ticket, at=MONDAY + timedelta(minutes=5))
    clocks.start_clock(ticket=ticket, at=MONDAY + timedelta(minutes=50))

    assert {name: getattr(before, name) for name in NO_CLOCK} == NO_CLOCK
    assert (stored(ticket).reaction_due_at, stored(ticket).is_wdin) == (MONDAY + timedelta(hours=4, minutes=5), True)


@pytest.mark.req("S4-42", "C04")
def test_e_mail_is_in_service_hours_by_the_time_of_its_confirmation():
    ticket = an_email_request(prague("2026-03-02T16:29"))

    clocks.start_clock(ticket=ticket, at=prague("2026-03-02T16:31"))

    assert (stored(ticket).is_wdin, stored(ticket).reaction_due_at) == (False, prague("2026-03-03T12:00"))


@pytest.mark.req("D18")
def test_first_act_of_a_person_makes_an_unconfirmed_e_mail_effective():
    taken, asked = an_email_request(), an_email_request()

    lifecycle.accept(ticket=taken, by=backoffice(a_staff_member()), at=MONDAY + timedelta(hours=1))
    a_message(asked, at=MONDAY + timedelta(hours=1))

    assert (stored(taken).reaction_met, stored(taken).resolution_due_at) == (True, prague("2026-03-04T10:00"))
    assert (stored(asked).reaction_met, stored(asked).reaction_due_at) == (None, MONDAY + timedelta(hours=5))


@pytest.mark.req("C37")
def test_call_counts_from_when_it_took_place():
    paragraph = promised("Hod", "4", "16")
    alice = a_member(paragraph.contract.customer)
    call = NewRequest(
        author=alice,
        paragraph=paragraph,
        subject="Nejde tisk",
        description="Nejde tisk.",
        contact_email=alice.email,
        contact_phone="+420605110220",
        channel=Channel.PHONE,
        reported_at=MONDAY - timedelta(hours=1),
        late_reason="Výpadek sítě",
    )

    ticket = file_request(new=call, by=backoffice(a_staff_member()), at=MONDAY)

    assert (stored(ticket).reaction_due_at, stored(ticket).reaction_met) == (MONDAY + timedelta(hours=3), None)


@pytest.mark.req("S4-15")
def test_request_of_an_integrated_system_has_clocks():
    paragraph = promised("Hod", "4", "16")
    alice = a_member(paragraph.contract.customer)
    values = {"subject": "Alarm", "description": "Disk", "contact_email": alice.email, "contact_phone": "+420605110220"}
    new = NewRequest(author=alice, paragraph=paragraph, channel=Channel.API, **values)

    ticket = file_request(new=new, by=Actor(channel=Channel.API), at=MONDAY)

    assert stored(ticket).reaction_due_at == MONDAY + timedelta(hours=4)


def test_request_without_lines_has_no_clock():
    ticket = a_ticket(paragraph=a_paragraph(sla=False))

    assert (stored(ticket).calendar_version, stored(ticket).next_due_at) == (None, datetime(9999, 12, 31, tzinfo=UTC))
