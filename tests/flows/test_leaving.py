"""Somebody leaves: one step ends every session, the work goes on with a colleague and the customer knows with whom."""

import pytest
from django.urls import reverse

from tests.builders import a_staff_member, an_escalated_ticket
from tests.flows.doors import PASSWORD, filled, letters, signed_in, text_of

pytestmark = pytest.mark.django_db

FAILED = "Bohužel Vaše přihlášení do systému se nezdařilo. Zkuste akci zopakovat znovu"


@pytest.mark.req("S5-07")
def test_solver_who_leaves_is_signed_out_and_a_colleague_goes_on(alice, petr, vaclav, paragraph):
    jana = a_staff_member("Jana Malá", group="řešitel", email="jana@severka.example")
    ticket = an_escalated_ticket(assignee=petr, author=alice, paragraph=paragraph, contact_email=alice.email)
    before = len(letters())
    desk, leaving = signed_in("petr"), signed_in("vaclav")
    address = reverse("admin:customers_user_release", args=[petr.pk])

    leaving.post(address, filled(leaving.get(address), "to", to=jana.pk))

    ticket.refresh_from_db()
    assert desk.get("/backoffice/").status_code == 302
    assert FAILED in text_of(signed_in("petr").post("/prihlaseni/", {"login": "petr", "password": PASSWORD}))
    assert (ticket.assignee, ticket.status) == (jana, "escalated")
    assert letters()[before:] == [("escalated", "alice@hanacke.example"), ("staff_assigned", "jana@severka.example")]
    assert "Řeší Jana Malá" in text_of(signed_in("alice").get(f"/pozadavky/{ticket.pk}/"))


@pytest.mark.req("S5-07")
def test_person_of_a_customer_who_leaves_is_signed_out_and_gets_no_more_letters(alice, petr, dana, paragraph):
    ticket = an_escalated_ticket(assignee=petr, author=alice, paragraph=paragraph, contact_email=alice.email)
    portal, desk = signed_in("alice"), signed_in("dana")
    address = reverse("admin:customers_user_release", args=[alice.pk])
    before = len(letters())

    desk.post(address)
    desk.post(f"/backoffice/tickets/ticket/{ticket.pk}/ukon/return/", {"reason": ""})

    ticket.refresh_from_db()
    assert portal.get(f"/pozadavky/{ticket.pk}/").url.startswith("/prihlaseni/")
    assert ticket.status == "accepted"
    assert letters()[before:] == []
