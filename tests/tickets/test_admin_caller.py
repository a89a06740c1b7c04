"""Requests entered for a caller, and the tasks of staff."""

import uuid
from datetime import datetime
from typing import Any

import pytest
from django.utils import timezone

from helpdesk.customers.channels import Channel
from helpdesk.customers.models import StaffTask, User
from tests.builders import a_customer, a_staff_member, a_ticket, an_escalated_ticket
from tests.tickets.desk import LIST, signed_in, text_of
from tickets.models import Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def dana() -> User:
    return a_staff_member()


@pytest.fixture
def petr() -> User:
    return a_staff_member("Petr Vaníček", group="řešitel")


def a_call(ticket_of: Ticket, called_at: datetime, **fields: Any) -> dict[str, Any]:
    values = {
        "form_token": str(uuid.uuid4()),
        "author": ticket_of.author_id,
        "channel": Channel.PHONE,
        "reported_at": timezone.localtime(called_at).strftime("%Y-%m-%dT%H:%M"),
        "paragraph": ticket_of.paragraph_id,
        "subject": "Nejde tisk",
        "description": "Volala paní z účtárny.",
    }
    return values | fields


@pytest.mark.req("S1-10", "S2-08", "S5-11", "C37")
def test_call_is_filed_for_the_customer_with_its_true_time(dana):
    known = a_ticket()
    called_at = timezone.now() - timezone.timedelta(minutes=40)
    client = signed_in(dana)
    address = f"{LIST}zapsat/?zakaznik={known.customer.ico}"

    refused = client.post(address, a_call(known, called_at))
    client.post(address, a_call(known, called_at, late_reason="Výpadek internetu u nás."))

    filed = Ticket.objects.exclude(pk=known.pk).get()
    assert "Hovor je starší než 15 minut. Napište, proč se zapisuje až teď." in text_of(refused)
    assert (filed.author, filed.filed_by, filed.channel, filed.contact_email) == (
        known.author,
        dana,
        Channel.PHONE,
        known.author.email,
    )
    assert filed.created_at == called_at.replace(second=0, microsecond=0)
    assert filed.events.first().text == "Výpadek internetu u nás."


def test_caller_is_found_by_a_part_of_the_name(dana):
    a_customer(name="Lípa dřevo s.r.o."), a_customer(name="Lípa okna s.r.o.")
    client = signed_in(dana)

    several = text_of(client.get(f"{LIST}zapsat/?zakaznik=lipa"))
    nobody = text_of(client.get(f"{LIST}zapsat/?zakaznik=javor"))

    assert "Lípa okna s.r.o." in several
    assert "Takového zákazníka nemáme." in nobody


def test_solver_files_nothing_for_a_caller(petr):
    assert signed_in(petr).get(LIST + "zapsat/").status_code == 403


@pytest.mark.req("S3-06")
def test_tasks_are_listed_given_away_and_finished(dana, petr):
    ticket = an_escalated_ticket(assignee=petr)
    task = StaffTask.objects.get()
    client = signed_in(dana)

    mine = text_of(client.get(LIST + "ukoly/"))
    overdue = text_of(client.get(LIST + "ukoly/?zobrazit=po-terminu"))
    client.post(f"{LIST}ukoly/{task.pk}/predat/", {"kdo": dana.pk})
    client.post(f"{LIST}ukoly/{task.pk}/hotovo/", {"pozadavek": ticket.pk})
    task.refresh_from_db()

    assert "Žádný úkol tu nečeká." in mine
    assert "Upřesnit zadání se zákazníkem" in overdue
    assert (task.assignee, task.done_by) == (dana, dana)


def test_accountant_has_no_tasks():
    assert signed_in(a_staff_member("Eva Nová", group="účtárna")).get(LIST + "ukoly/").status_code == 403
