"""Pages of access and accounts through their doors."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from helpdesk.customers.models import AccessRequest, AuthorisedSender, Invitation, PageText
from helpdesk.customers.services import invite_person
from helpdesk.customers.services.invitations import invitation_link
from tests.builders import MONDAY, a_contract, a_customer, a_member, a_staff_member, a_user, an_operator, backoffice

pytestmark = pytest.mark.django_db

ASKED = {
    "full_name": "Alice Dvořáková",
    "email": "alice@firma.example",
    "phone": "605 110 220",
    "company": "Hanácké strojírny",
    "hand_over": "sms",
    "message": "",
    "website": "",
}


@pytest.fixture(autouse=True)
def operator():
    return an_operator()


def invited():
    return invite_person(user=a_user(), verified_how="telefon", by=backoffice(a_staff_member()), at=MONDAY)


@pytest.mark.req("S2-01")
def test_description_of_the_service_leads_back_to_sign_in_twice(client):
    PageText.objects.create(page="service", title="Popis služby", body='<p onclick="x()">Helpdesk</p><script>x()</script>')

    page = client.get("/popis-sluzby/").content.decode()

    assert page.count("&lt;- Zpět na&nbsp;přihlášení") == 2
    assert "<p>Helpdesk</p>" in page
    assert "x()" not in page


@pytest.mark.req("S4-02")
def test_methodology_says_its_version(client):
    assert "Verze 2.0.1" in client.get("/metodika/").content.decode()


@pytest.mark.req("S1-04")
def test_public_page_names_the_operator(client):
    page = client.get("/popis-sluzby/").content.decode()

    for part in ("Severka Systémy s.r.o.", "Křenová 12", "27463249", "CZ27463249"):
        assert part in page


@pytest.mark.req("S2-04")
def test_asking_for_access_is_answered_alike_for_people_and_machines(client):
    person = client.post("/nemam-pristup/", ASKED)
    machine = client.post("/nemam-pristup/", ASKED | {"email": "bot@firma.example", "website": "http://spam"})

    assert person.headers["Location"] == machine.headers["Location"] == "/nemam-pristup/odeslano/"
    [request] = AccessRequest.objects.all()
    assert (request.email, str(request.phone), request.hand_over) == ("alice@firma.example", "+420605110220", "sms")


def test_asking_for_access_in_a_hurry_is_slowed_down_and_loses_nothing(client):
    with time_machine.travel(MONDAY, tick=False):
        answers = [client.post("/nemam-pristup/", ASKED | {"email": f"alice{n}@firma.example"}) for n in range(3)]

    assert [answer.status_code for answer in answers] == [302, 302, 429]
    assert "alice2@firma.example" in answers[2].content.decode()


def test_wrong_request_for_access_says_so_beside_the_field(client):
    page = client.post("/nemam-pristup/", ASKED | {"phone": "12"}).content.decode()

    assert 'id="id_phone_error"' in page
    assert "Hanácké strojírny" in page


@pytest.mark.req("S2-06", "S4-04")
def test_invited_person_sets_a_password_and_signs_in(client):
    with time_machine.travel(MONDAY):
        invitation = invited()
        link = invitation_link(invitation)
        assert invitation.user.username in client.get(link).content.decode()
        passwords = {"password1": "modrý-hrnek-na-okně", "password2": "modrý-hrnek-na-okně"}
        assert client.post(link, passwords).headers["Location"] == "/prihlaseni/"
        client.post("/prihlaseni/", {"login": invitation.user.username, "password": "modrý-hrnek-na-okně"})

        assert client.get("/profil/").status_code == 200
        assert Client().get(link).status_code == 410


def test_different_passwords_are_refused_beside_the_field(client):
    with time_machine.travel(MONDAY):
        link = invitation_link(invited())
        page = client.post(link, {"password1": "modrý-hrnek-na-okně", "password2": "jiný"}).content.decode()

    assert 'id="id_password2_error"' in page


def test_late_link_offers_a_new_one(client):
    invitation = invited()
    link = invitation_link(invitation)
    with time_machine.travel(MONDAY + timedelta(days=4)):
        page = client.get(link)
        assert (page.status_code, "Chci nový odkaz" in page.content.decode()) == (410, True)
        client.post(f"{link}nova/")

    assert Invitation.objects.count() == 2


def test_forged_link_changes_nothing(client):
    invitation = invited()

    with time_machine.travel(MONDAY):
        answer = client.get(f"/pozvanka/{invitation.pk}/{'0' * 40}/")
        client.post(f"/pozvanka/{invitation.pk}/{'0' * 40}/nova/")

    assert (answer.status_code, Invitation.objects.count()) == (410, 1)


def test_profile_keeps_what_people_say_about_themselves(client):
    alice = a_member(a_customer())
    client.force_login(alice)

    client.post("/profil/", {"first_name": "Alice", "last_name": "Malá", "phone": "", "theme": "dark", "notify_states": "on"})

    alice.refresh_from_db()
    kept = (alice.last_name, str(alice.phone), alice.theme, alice.notify_states, alice.notify_messages)
    assert kept == ("Malá", "", "dark", True, False)


def test_wrong_profile_keeps_what_was_typed(client):
    client.force_login(a_member(a_customer()))

    page = client.post("/profil/", {"first_name": "Alžběta", "last_name": "", "phone": "x", "theme": ""}).content.decode()

    assert 'value="Alžběta"' in page
    assert 'id="id_last_name_error"' in page
    assert 'id="id_phone_error"' in page


@pytest.mark.req("S4-38")
def test_person_lets_the_own_address_file_requests_for_one_contract(client):
    contract, foreign = a_contract(), a_contract()
    alice = a_member(contract.customer)
    client.force_login(alice)

    assert client.post("/profil/adresy/", {"contract": foreign.pk}).status_code == 404
    client.post("/profil/adresy/", {"contract": contract.pk})
    [sender] = AuthorisedSender.objects.all()
    assert (sender.email, sender.contract) == (alice.email, contract)

    stranger = Client()
    stranger.force_login(a_member(foreign.customer, "Cyril Cizí"))
    assert stranger.post(f"/profil/adresy/{sender.pk}/zrusit/").status_code == 404
    client.post(f"/profil/adresy/{sender.pk}/zrusit/")
    sender.refresh_from_db()
    assert sender.revoked_at is not None


@pytest.mark.req("S4-05")
def test_responsible_person_asks_for_a_colleague_and_nobody_else_can(client):
    customer = a_customer()
    alice, bob = a_member(customer, is_responsible=True), a_member(customer, "Bob Novák")
    asked = {name: value for name, value in ASKED.items() if name not in ("company", "website")}
    client.force_login(alice)

    client.post("/zadost-o-ucet/", asked | {"customer": customer.pk})
    assert AccessRequest.objects.get().requested_by == alice
    foreign = client.post("/zadost-o-ucet/", asked | {"customer": a_customer().pk})
    assert (foreign.status_code, AccessRequest.objects.count()) == (200, 1)

    client.force_login(bob)
    assert client.get("/zadost-o-ucet/").status_code == 404


@pytest.mark.parametrize(
    "path",
    ["/profil/", "/zabezpeceni/", "/heslo/zmena/", "/zabezpeceni/klice/", "/zabezpeceni/prihlaseni/"],
)
def test_own_pages_open_for_customers_and_for_staff(client, path):
    for person in (a_member(a_customer(), password="modrý-hrnek-na-okně"), a_staff_member(password="modrý-hrnek-na-okně")):
        client.post("/prihlaseni/", {"login": person.username, "password": "modrý-hrnek-na-okně"})
        assert client.get(path).status_code == 200
        client.post("/odhlaseni/")
