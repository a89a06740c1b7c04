"""Intake of a request is tracked, shown and free; solving begins for the solver alone (S3-08, D30)."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from credit.models import PriceList, PriceRate
from helpdesk.customers.channels import Channel
from tests.builders import (
    a_contract,
    a_member,
    a_paragraph,
    a_resolution,
    a_staff_member,
    a_ticket,
    backoffice,
    portal,
    prague,
)
from tests.tickets.quotes import a_case
from tests.tickets.work_builders import TEN, a_taken_ticket, after, charges, worked, written
from tickets.admin.acts.lifecycle import Resolve
from tickets.models import Ticket, WorkEntry
from tickets.services.bulk import escalate_each
from tickets.services.complaints import file_complaint
from tickets.services.credit_gate import may_start
from tickets.services.filing import NewRequest
from tickets.services.lifecycle import accept, escalate, resolve, return_to_support
from tickets.services.quote_room import quote_room, tickable
from tickets.services.registering import accept_and_escalate, register_request
from tickets.services.work import start_timer

pytestmark = pytest.mark.django_db


@pytest.fixture
def dana():
    return a_staff_member()


@pytest.fixture
def petr():
    return a_staff_member("Petr Vaníček", group="řešitel")


def work_of(ticket: Ticket) -> list[tuple[str, str, str, int, Decimal]]:
    """Who did what of it, oldest first: name, activity, state, billed minutes, price."""
    fields = ("person__first_name", "activity", "state", "billed_minutes", "price")
    return list(WorkEntry.objects.filter(ticket=ticket).order_by("id").values_list(*fields))


@pytest.mark.req("D30")
def test_accepting_begins_intake_and_handing_over_ends_it_for_nothing(dana, petr):
    ticket = accept(ticket=a_ticket(at=TEN), by=backoffice(dana), at=TEN)

    escalate(ticket=ticket, assignee=petr, by=backoffice(dana), at=after(minutes=7))

    assert work_of(ticket) == [("Dana", "intake", "finished", 7, Decimal("0.00"))]
    [entry] = WorkEntry.objects.all()
    assert entry.is_priced
    assert [(part["source"], part["text"]) for part in entry.pricing] == [("covered", "7\u00a0min příjem požadavku zdarma")]
    assert charges(ticket) == []


@pytest.mark.req("D30")
def test_taking_ends_everybodys_intake_and_begins_solving_for_the_solver(dana, petr):
    ticket = accept(ticket=a_ticket(at=TEN), by=backoffice(dana), at=TEN)

    escalate(ticket=ticket, assignee=petr, by=backoffice(petr), at=after(minutes=4))

    assert work_of(ticket) == [
        ("Dana", "intake", "finished", 4, Decimal("0.00")),
        ("Petr", "solving", "running", 0, Decimal("0.00")),
    ]


def test_taking_a_new_request_accepts_it_and_begins_solving_at_once(petr):
    ticket = accept_and_escalate(ticket=a_ticket(at=TEN), assignee=petr, by=backoffice(petr), at=after(minutes=1))

    assert (ticket.status, ticket.assignee) == ("escalated", petr)
    assert work_of(ticket) == [("Petr", "solving", "running", 0, Decimal("0.00"))]


def test_accepting_and_handing_over_in_one_step_begins_no_timer(dana, petr):
    ticket = accept_and_escalate(ticket=a_ticket(at=TEN), assignee=petr, by=backoffice(dana), at=after(minutes=1))

    assert (ticket.status, ticket.assignee) == ("escalated", petr)
    assert work_of(ticket) == []


@pytest.mark.req("D30")
@pytest.mark.parametrize("activity", ["", "training"])
def test_choosing_another_activity_ends_ones_own_intake(dana, activity):
    ticket = accept(ticket=a_ticket(at=TEN), by=backoffice(dana), at=TEN)

    start_timer(ticket=ticket, activity=activity, by=backoffice(dana), at=after(minutes=3))

    assert [row[1:4] for row in work_of(ticket)] == [("intake", "finished", 3), (activity or "solving", "running", 0)]


def test_giving_back_begins_nothing_for_support(dana, petr):
    ticket = accept_and_escalate(ticket=a_ticket(at=TEN), assignee=petr, by=backoffice(petr), at=TEN)

    return_to_support(ticket=ticket, by=backoffice(petr), at=after(minutes=5))

    assert [row[:3] for row in work_of(ticket)] == [("Petr", "solving", "paused")]


def test_several_taken_at_once_start_no_timer(dana):
    tickets = [a_ticket(at=TEN) for _ in range(2)]

    outcomes = escalate_each(tickets=tickets, assignee=dana, by=backoffice(dana), at=TEN)

    assert [outcome.refusal for outcome in outcomes] == ["", ""]
    assert set(Ticket.objects.values_list("status", "assignee")) == {("escalated", dana.pk)}
    assert WorkEntry.objects.count() == 0


@pytest.mark.req("S3-08", "D30")
@pytest.mark.parametrize("mode", ["credit", "flat", "package", "hourly"])
@pytest.mark.parametrize("until", ["2026-03-02T11:00", "2026-03-01T03:00"])
def test_intake_costs_nothing_in_and_out_of_hours(dana, mode, until):
    PriceList.objects.create(valid_from=date(2026, 1, 1), outside_percent=100, published_at=TEN)
    contract = a_contract(billing_mode=mode, hourly_rate=0, billing_step_minutes=15)
    above = {"kind": "question", "has_sla": False}
    ticket = a_taken_ticket(staff=dana, at=prague("2026-02-28T09:00"), contract=contract, paragraph=above)

    entry = written(ticket, by=dana, until=prague(until), minutes=20, activity="intake", at=after(days=1))

    assert (entry.billed_minutes, entry.price, entry.is_priced) == (30, Decimal("0.00"), True)
    assert [part["source"] for part in entry.pricing] == ["covered"]


def test_price_list_has_no_rate_for_intake():
    listed = PriceList.objects.create(valid_from=date(2026, 1, 1))

    with pytest.raises(IntegrityError, match="price_rate_not_of_intake"), transaction.atomic():
        PriceRate.objects.create(price_list=listed, activity="intake", hourly_rate=1)


def test_intake_is_tracked_before_the_quote_is_approved_and_takes_nothing_of_it(dana):
    case = a_case()
    case.ticket.wants_quote = True
    case.ticket.save()

    assert tickable(case.ticket, "solving") != ""
    entry = worked(case.ticket, by=dana, since=after(days=1), minutes=5, activity="intake")

    assert (entry.quote, quote_room(case.ticket)) == (None, None)


def test_spent_credit_never_holds_intake_back(dana):
    ticket = a_ticket(paragraph=a_paragraph(a_contract(overdraft=0)), at=TEN)

    assert [may_start(ticket, activity=activity, at=TEN) for activity in ("solving", "intake")] == [False, True]
    accept(ticket=ticket, by=backoffice(dana), at=TEN)
    assert [row[:3] for row in work_of(ticket)] == [("Dana", "intake", "running")]


def test_intake_after_a_complaint_waits_for_no_decision(dana, petr):
    ticket = a_taken_ticket(staff=dana, at=TEN)
    worked(ticket, by=petr, since=TEN, minutes=5)
    resolve(ticket=ticket, resolution=a_resolution(), by=backoffice(petr), at=after(minutes=6))
    file_complaint(ticket=ticket, reason="Nefunguje", by=portal(ticket.author), at=after(minutes=7))

    entry = written(ticket, by=dana, until=after(minutes=20), minutes=5, activity="intake")

    assert (entry.is_priced, entry.waits_for) == (True, "")


def test_registering_a_call_begins_its_intake(dana):
    paragraph = a_paragraph()
    new = NewRequest(
        author=a_member(paragraph.contract.customer), paragraph=paragraph, subject="Nejde tisk", description="Nic nevyjede.",
        contact_email="alice@example.cz", contact_phone="+420605110220", channel=Channel.PHONE, reported_at=TEN,
    )  # fmt: skip

    ticket = register_request(new=new, by=backoffice(dana), at=after(minutes=2))

    assert [row[:3] for row in work_of(ticket)] == [("Dana", "intake", "running")]
    assert WorkEntry.objects.get().started_at == after(minutes=2)


def test_both_sides_read_of_intake_that_it_was_free(dana, petr):
    ticket = accept(ticket=a_ticket(at=TEN), by=backoffice(dana), at=TEN)
    escalate(ticket=ticket, assignee=petr, by=backoffice(dana), at=after(minutes=7))
    pages = []
    for person, address in (
        (ticket.author, f"/pozadavky/{ticket.pk}/?zalozka=prace"),
        (dana, f"/backoffice/tickets/ticket/{ticket.pk}/change/?zalozka=prace"),
    ):
        client = Client()
        client.force_login(person)
        page = client.get(address).content.decode().replace("\u00a0", " ")
        pages.append(" ".join(re.sub(r"<[^>]+>", " ", page).split()))

    assert all("7 min příjem požadavku zdarma" in page for page in pages), pages


def test_solving_that_was_never_tracked_is_asked_for_where_there_is_intake_alone(dana):
    ticket = accept(ticket=a_ticket(at=timezone.now()), by=backoffice(dana), at=timezone.now())
    asked = "no_work" in Resolve(ticket=ticket, user=dana).fields
    worked(ticket, by=dana, since=timezone.now(), minutes=5)

    assert (asked, "no_work" in Resolve(ticket=ticket, user=dana).fields) == (True, False)
