"""„Přehled požadavků“ as customers use it."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.builders import a_customer, a_member, a_staff_member, an_operator

pytestmark = pytest.mark.django_db


@pytest.mark.req("S4-50")
def test_header_names_the_person_and_the_ways(client: Client) -> None:
    an_operator()
    alice = a_member(a_customer(), "Alice Dvořáková")
    client.force_login(alice)

    page = client.get("/").content.decode()

    assert "Přihlášený uživatel:" in page
    assert "Alice Dvořáková" in page
    assert "Odhlásit se" in page
    assert "Přehled požadavků" in page


def test_staff_have_no_portal(client: Client) -> None:
    client.force_login(a_staff_member())

    response = client.get("/")

    assert (response.status_code, response.url) == (302, "/backoffice/")


def test_missing_page_keeps_the_navigation(client: Client) -> None:
    client.force_login(a_member(a_customer()))

    response = client.get("/neexistuje/")

    assert response.status_code == 404
    assert "Tady nic není" in response.content.decode()
    assert "Odhlásit se" in response.content.decode()
