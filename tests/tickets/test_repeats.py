"""A second click, or the same form sent again, makes nothing twice."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from helpdesk.customers.actor import Actor
from helpdesk.customers.channels import Channel
from helpdesk.customers.models import AccessRequest, StaffTask, User
from helpdesk.customers.services.access import NewAccess, request_access
from tests.builders import MONDAY, a_customer, a_member, a_staff_member, a_ticket, an_accepted_ticket, portal
from tests.tickets.desk import do
from tickets.models import Note, PhysicalAnnex, Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def dana() -> User:
    return a_staff_member()


def test_note_sent_twice_is_one_note(dana: User):
    ticket, note = a_ticket(), {"form_token": uuid.uuid4(), "body": "Volala účetní."}

    do(dana, ticket, "note", **note)
    do(dana, ticket, "note", **note)

    assert Note.objects.count() == 1


@pytest.mark.req("S4-71")
def test_request_split_off_twice_is_one_request(dana: User):
    ticket = an_accepted_ticket()
    part = {"form_token": uuid.uuid4(), "subject": "Nová sestava", "description": "Součet.", "paragraph": ticket.paragraph_id}

    do(dana, ticket, "split", **part)
    do(dana, ticket, "split", **part)

    assert Ticket.objects.count() == 2


@pytest.mark.req("S2-20")
def test_paper_registered_twice_is_one_paper(dana: User):
    ticket, paper = a_ticket(), {"description": "Smlouva", "stored_at": "Skříň 3", "received_on": "2026-03-02"}

    do(dana, ticket, "annex", **paper)
    do(dana, ticket, "annex", **paper)

    assert PhysicalAnnex.objects.count() == 1


def test_task_planned_twice_is_one_task(dana: User):
    ticket, task = a_ticket(), {"text": "Zavolat", "kind": "other"}

    do(dana, ticket, "task", **task)
    do(dana, ticket, "task", **task)

    assert StaffTask.objects.filter(text="Zavolat").count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.req("S4-05")
def test_account_asked_for_by_four_clicks_is_one_request():
    customer = a_customer()
    by = portal(a_member(customer, is_responsible=True))
    new = NewAccess(full_name="Karel Nový", email="karel@example.cz", customer=customer)

    def click(_: int) -> None:
        request_access(new=new, by=Actor(user=by.user, channel=Channel.PORTAL), at=MONDAY)
        connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(click, range(4)))

    assert (AccessRequest.objects.count(), StaffTask.objects.count()) == (1, 1)
