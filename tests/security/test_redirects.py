"""Nobody is led to another server: neither by the page before nor by `next` (Zammad, RT CVE-2022-25803)."""

import pytest
from django.test import Client

from tests.builders import a_closed_ticket, a_customer, a_member
from tests.tickets.desk import signed_in

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "before", ["http://testserver//evil.example/", "https://evil.example/", "http://testserver/\\evil.example"]
)
def test_refused_act_leads_to_a_page_of_ours(before):
    ticket = a_closed_ticket()

    response = signed_in(ticket.author).post(f"/pozadavky/{ticket.pk}/vyzadat-stav/", headers={"referer": before})

    assert response.status_code == 302
    assert not response.url.startswith(("//", "http", "/\\"))


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)"])
def test_sign_in_leads_to_a_page_of_ours(target):
    a_member(a_customer(), username="alice", password="severka-a-slunce")

    response = Client().post("/prihlaseni/", {"login": "alice", "password": "severka-a-slunce", "next": target})

    assert (response.status_code, response.url) == (302, "/")
