"""„Nemám přístup“: from the public page over support's task to the first sign-in."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from helpdesk.customers.models import AccessRequest, Invitation, StaffTask, User
from helpdesk.mail.models import OutgoingMail
from tests.flows.doors import DESK, PASSWORD, filled, letters, signed_in, text_of

pytestmark = pytest.mark.django_db

ASKED = {"full_name": "Karel Nový", "email": "karel@hanacke.example", "phone": "605 110 221", "company": "27463249"}
VERIFIED = "zavolali jsme odpovědné osobě na číslo ze smlouvy"


@pytest.mark.req("S2-04", "S2-05", "S2-06")
def test_stranger_is_verified_invited_and_signs_in_with_an_own_password(dana, paragraph):
    visitor, desk = Client(), signed_in("dana")
    visitor.post("/nemam-pristup/", filled(visitor.get("/nemam-pristup/"), "full_name", **ASKED, hand_over="email"))
    row = AccessRequest.objects.get()
    to_do = text_of(desk.get(f"{DESK}ukoly/?zobrazit=vse"))
    address = reverse("admin:customers_accessrequest_approve", args=[row.pk])
    desk.post(address, filled(desk.get(address), "verified_how", verified_how=VERIFIED))

    letter = OutgoingMail.objects.get(kind="invitation")
    link = re.search(r"http://testserver(/pozvanka/\S+)", letter.text)[1]
    visitor.post(link, filled(visitor.get(link), "password1", password1=PASSWORD, password2=PASSWORD))
    portal = signed_in("karel@hanacke.example")

    karel = User.objects.get(email="karel@hanacke.example")
    invitation = Invitation.objects.get()
    assert "Karel Nový" in to_do
    assert letters() == [("invitation", "karel@hanacke.example"), ("account_changed", "karel@hanacke.example")]
    assert (invitation.user, invitation.verified_by, invitation.verified_how) == (karel, dana, VERIFIED)
    assert "Přihlášený uživatel: Karel Nový" in text_of(portal.get("/"))
    assert karel.memberships.get().customer == paragraph.contract.customer
    assert StaffTask.objects.open().count() == 0
    assert visitor.get(link).status_code == 410
