"""Access and accounts in a real browser: readable for everybody, passkeys and codes under the strict policy."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import hotp_value, yield_hotp_counters_from_time
from django.utils import timezone

from helpdesk.customers.services import invite_person
from helpdesk.customers.services.invitations import invitation_link
from tests.browser.conftest import faults_of
from tests.builders import a_contract, a_member, a_staff_member, a_user, an_operator, backoffice

pytestmark = pytest.mark.django_db(transaction=True)

PASSWORD = "modrý-hrnek-na-okně"
THEMES_AND_WIDTHS = [("light", 1280), ("light", 390), ("dark", 1280), ("dark", 390)]
PUBLIC = ["/prihlaseni/", "/heslo/zapomenute/", "/heslo/zapomenute/odeslano/", "/nemam-pristup/", "/popis-sluzby/", "/metodika/"]
OWN = ["/profil/", "/zabezpeceni/", "/heslo/zmena/", "/zabezpeceni/klice/", "/zabezpeceni/prihlaseni/", "/zadost-o-ucet/"]


@pytest.fixture
def alice():
    an_operator()
    return a_member(a_contract().customer, username="alice", is_responsible=True, password=PASSWORD)


def sign_in(page, login="alice", password=PASSWORD):
    page.goto("/prihlaseni/")
    page.get_by_label("Přihlašovací jméno").fill(login)
    page.get_by_label("Heslo").fill(password)
    page.get_by_role("button", name="Přihlásit se", exact=True).click()


def confirm_password(page):
    page.get_by_label("Heslo").fill(PASSWORD)
    page.get_by_role("button", name="Potvrdit").click()


@pytest.mark.parametrize(("theme", "width"), THEMES_AND_WIDTHS)
def test_pages_of_access_and_account_are_readable_for_everybody(open_browser, alice, theme, width):
    page = open_browser(theme=theme, width=width)
    faults = {}
    for path in PUBLIC:
        page.goto(path)
        faults[path] = faults_of(page)
    sign_in(page, password="špatné heslo")
    faults["failed"] = faults_of(page)
    sign_in(page)
    page.get_by_role("button", name="Odhlásit se").wait_for()
    for path in OWN:
        page.goto(path)
        faults[path] = faults_of(page)

    assert {path: found for path, found in faults.items() if found} == {}


@pytest.mark.parametrize(("theme", "width"), THEMES_AND_WIDTHS)
def test_one_time_link_is_readable_for_everybody(open_browser, live_server, theme, width):
    an_operator()
    invitation = invite_person(
        user=a_user(), verified_how="telefon", by=backoffice(a_staff_member()), at=timezone.now(), hand_over="sms"
    )
    page = open_browser(theme=theme, width=width)

    page.goto(invitation_link(invitation).replace("http://testserver", live_server.url))
    open_form = faults_of(page)
    page.get_by_label("Heslo", exact=True).fill(PASSWORD)
    page.get_by_label("Heslo ještě jednou").fill(PASSWORD)
    page.get_by_role("button", name="Nastavit heslo").click()
    page.wait_for_url("**/prihlaseni/")

    assert (open_form, faults_of(page)) == ([], [])
    assert page.get_by_text("Heslo je nastavené.").is_visible()


def test_passkey_is_added_and_signs_in_without_a_password(open_browser, alice):
    page = open_browser()
    with_virtual_authenticator(page)
    sign_in(page)
    page.get_by_role("button", name="Odhlásit se").wait_for()
    page.goto("/zabezpeceni/klice/novy/")
    confirm_password(page)
    page.get_by_label("Přihlašovat jen tímto klíčem, bez hesla").check()
    page.get_by_role("button", name="Přidat").click()
    page.wait_for_url("**/zabezpeceni/zalozni-kody/")
    assert faults_of(page) == []

    page.get_by_role("button", name="Odhlásit se").click()
    page.wait_for_url("**/prihlaseni/")
    page.get_by_role("button", name="Přihlásit se přístupovým klíčem").click()
    page.get_by_text("Přihlášený uživatel: Alice Dvořáková").wait_for()

    assert Authenticator.objects.filter(user=alice, type="webauthn").count() == 1


def with_virtual_authenticator(page):
    """A security key inside the browser that says yes."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    key = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": key})


def test_code_from_an_app_is_set_up_and_asked_for(open_browser, alice):
    page = open_browser(width=390)
    sign_in(page)
    page.get_by_role("button", name="Odhlásit se").wait_for()
    page.goto("/zabezpeceni/aplikace/")
    confirm_password(page)
    secret = page.locator("code").inner_text()
    assert page.locator(".qr svg").bounding_box()["width"] > 150
    assert faults_of(page) == []
    page.get_by_label("Kód z aplikace").fill(code_of(secret))
    page.get_by_role("button", name="Zapnout").click()
    page.wait_for_url("**/zabezpeceni/zalozni-kody/")
    assert faults_of(page) == []
    recovery = page.locator(".codes code").first.inner_text()

    other = open_browser()
    sign_in(other)
    other.wait_for_url("**/prihlaseni/kod/")
    assert faults_of(other) == []
    other.get_by_label("Kód").fill(recovery)
    other.get_by_role("button", name="Přihlásit se", exact=True).click()
    other.get_by_text("Přihlášený uživatel: Alice Dvořáková").wait_for()


def code_of(secret: str) -> str:
    return f"{hotp_value(secret, next(yield_hotp_counters_from_time())):06}"
