"""Who has left or lost a right is out at once, and pages of signed-in people are not kept by the browser."""

import pytest
from django.test import Client

from helpdesk.customers.services.people import deactivate_person
from tests.builders import MONDAY, a_customer, a_member, a_staff_member, a_ticket, backoffice
from tests.tickets.desk import signed_in

pytestmark = pytest.mark.django_db


def acting_as_customer() -> tuple:
    dana, alice = a_staff_member(), a_member(a_customer())
    client = signed_in(dana)
    client.post("/backoffice/jako-zakaznik/", {"user_pk": alice.pk})
    return client, dana, alice


def test_staff_who_leave_stop_acting_as_a_customer():
    client, dana, _ = acting_as_customer()
    before = client.get("/").status_code

    deactivate_person(user=dana, by=backoffice(a_staff_member("Eva Malá")), at=MONDAY)
    after = client.get("/")

    assert (before, after.status_code, after.url) == (200, 302, "/prihlaseni/")


def test_staff_without_the_right_any_more_stop_acting_as_a_customer():
    client, dana, _ = acting_as_customer()

    dana.groups.clear()

    assert client.get("/").status_code == 302
    assert client.get("/profil/").url == "/prihlaseni/?next=/profil/"


@pytest.mark.parametrize("address", ["/", "/profil/", "/pozadavky/novy/", "/backoffice/"])
def test_pages_of_signed_in_people_are_not_cached(address):
    client = signed_in(a_staff_member() if "backoffice" in address else a_member(a_customer()))

    response = client.get(address)

    assert "no-store" in response["Cache-Control"]


def test_page_of_a_request_is_not_cached():
    ticket = a_ticket()

    response = signed_in(ticket.author).get(f"/pozadavky/{ticket.pk}/")

    assert response["Cache-Control"] == "private, no-store"


def test_signing_in_renews_the_session():
    alice = a_member(a_customer(), username="alice", password="severka-a-slunce")
    client = Client()
    client.get("/prihlaseni/")
    client.session.save()
    client.cookies["sid"] = "attackers0known0session0key00000"

    client.post("/prihlaseni/", {"login": "alice", "password": "severka-a-slunce"})

    assert client.session.get("_auth_user_id") == str(alice.pk)
    assert client.session.session_key != "attackers0known0session0key00000"
