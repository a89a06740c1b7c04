"""Signing in: three ways, one sentence for every failure, doors that depend on who asks."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.test import Client
from django.urls import NoReverseMatch, reverse

from helpdesk.customers.adapter import SIGN_IN_FAILED
from helpdesk.customers.models import SignInDelay
from helpdesk.customers.services import deactivate_person
from helpdesk.mail.models import OutgoingMail
from tests.builders import MONDAY, a_member, a_staff_member, a_user, an_operator, backoffice
from tests.customers.signing_in import PASSWORD, SIGN_IN, code_of, sign_in, signed_in, try_code

pytestmark = pytest.mark.django_db


@pytest.mark.req("S2-03", "S4-03")
@pytest.mark.parametrize(
    "typed",
    [
        "alice.dvorakova",
        "Alice.Dvorakova",
        "alice@firma.example",
        "ALICE@firma.example ",
        "27463249",
        "274 63 249",
        "27463249/alice.dvorakova",
        "274 63 249 / alice@firma.example",
    ],
)
def test_person_signs_in_by_name_email_or_company(client, alice, typed):
    answer = sign_in(client, typed)

    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    assert signed_in(client)


@pytest.mark.req("S2-03", "C20", "D20")
def test_company_number_opens_the_main_account_only_and_others_add_their_name(client, alice):
    bob = a_member(alice.memberships.get().customer, "Bob Novák", username="bob", password="dlouhé-heslo-bobovo")

    sign_in(client, "27463249", "dlouhé-heslo-bobovo")
    assert not signed_in(client)
    sign_in(client, "27463249/bob", "dlouhé-heslo-bobovo")
    assert client.session["_auth_user_id"] == str(bob.pk)


def test_name_of_a_stranger_does_not_open_under_the_company(client, alice):
    a_user(username="cyril", password=PASSWORD)

    sign_in(client, "27463249/cyril")

    assert not signed_in(client)


@pytest.mark.req("S4-07", "S2-03")
@pytest.mark.parametrize(
    ("typed", "password"),
    [
        ("alice.dvorakova", "špatné"),
        ("nobody", PASSWORD),
        ("nobody@firma.example", PASSWORD),
        ("27463248", PASSWORD),
        ("00000019", PASSWORD),
        ("27463249/nobody", PASSWORD),
        ("gone", PASSWORD),
    ],
)
def test_every_failure_says_the_same(client, alice, typed, password):
    an_operator()
    a_user(username="gone", password=PASSWORD, is_active=False)

    failed = sign_in(client, typed, password)
    reference = sign_in(Client(REMOTE_ADDR="198.51.100.9"), "somebody else", "whatever")

    page = failed.content.decode()
    assert page.count(SIGN_IN_FAILED) == 1
    assert "IČO/jméno" in page
    assert _without_tokens(page, typed) == _without_tokens(reference.content.decode(), "somebody else")


def _without_tokens(page: str, typed: str) -> str:
    lines = [line for line in page.splitlines() if "csrfmiddlewaretoken" not in line]
    return "\n".join(lines).replace(typed, "")


def test_delayed_attempt_is_refused_with_the_same_sentence_even_when_right(client, alice):
    with time_machine.travel(datetime(2026, 3, 2, 9, 0, tzinfo=UTC), tick=False) as clock:
        for _ in range(2):
            sign_in(client, "alice.dvorakova", "špatné")
        refused = sign_in(client, "alice.dvorakova").content.decode()
        assert SIGN_IN_FAILED in refused
        assert "Na\u00a0další pokus prosím počkejte 1\u00a0s." in refused
        assert not signed_in(client)

        clock.shift(timedelta(seconds=1))
        sign_in(client, "alice.dvorakova")
        assert signed_in(client)

    assert list(SignInDelay.objects.values_list("failures", flat=True)) == [2]  # the network's, but for the right one


@pytest.mark.req("S4-06", "S1-06")
def test_sign_in_page_has_the_labels_and_the_help(client):
    an_operator()

    page = client.get(SIGN_IN).content.decode()

    for part in ("Přihlašovací jméno", "Heslo", "Přihlásit se", "tel:+420533000120", "mailto:podpora@severka.example", "Po–Pá"):
        assert part in page


@pytest.mark.req("S1-01", "S2-02")
def test_nobody_registers_themselves(client):
    for path in ("/signup/", "/registrace/", "/accounts/signup/", "/prihlaseni/registrace/"):
        assert client.get(path).status_code == 404
    with pytest.raises(NoReverseMatch):
        reverse("account_signup")


@pytest.mark.req("S4-08")
def test_changed_password_signs_out_other_devices_and_is_told_by_a_letter(client, alice):
    other = Client()
    for device in (client, other):
        sign_in(device, "alice.dvorakova")

    new = {"oldpassword": PASSWORD, "password1": "zelený-čaj-po-ránu", "password2": "zelený-čaj-po-ránu"}
    assert client.post("/heslo/zmena/", new).status_code == 302

    assert client.get("/profil/").status_code == 200
    assert other.get("/profil/").status_code == 302
    assert OutgoingMail.objects.get().subject == "Změna u vašeho účtu: heslo bylo změněno."


def test_weak_new_password_is_refused_beside_the_field(client, alice):
    sign_in(client, "alice.dvorakova")

    page = client.post("/heslo/zmena/", {"oldpassword": PASSWORD, "password1": "heslo", "password2": "heslo"}).content.decode()

    assert 'id="id_password1_error"' in page


def test_deactivated_person_is_out_at_the_next_click(client, alice):
    sign_in(client, "alice.dvorakova")

    deactivate_person(user=alice, by=backoffice(a_staff_member()), at=MONDAY)

    assert client.get("/profil/").headers["Location"] == "/prihlaseni/?next=/profil/"


def test_staff_begin_in_the_backoffice(client):
    a_staff_member(username="dana", password=PASSWORD)

    assert sign_in(client, "dana").headers["Location"] == "/backoffice/"


def test_backoffice_has_no_sign_in_of_its_own_and_does_not_exist_for_customers(client, alice):
    assert client.get("/backoffice/login/").headers["Location"].startswith("/prihlaseni/?next=")

    client.force_login(alice)
    for path in ("/backoffice/", "/backoffice/login/", "/backoffice/nonsense/"):
        assert client.get(path).status_code == 404


def test_staff_change_their_password_where_everybody_does(client):
    client.force_login(a_staff_member())

    assert client.get("/backoffice/password_change/").headers["Location"] == "/heslo/zmena/"


def test_second_factor_is_asked_for_after_the_password(client, alice):
    secret = generate_totp_secret()
    TOTP.activate(alice, secret)

    assert sign_in(client, "alice.dvorakova").headers["Location"] == "/prihlaseni/kod/"
    assert not signed_in(client)
    client.get("/prihlaseni/kod/")
    wrong = client.post("/prihlaseni/kod/", {"code": "000000"})
    assert (wrong.status_code, signed_in(client)) == (200, False)

    try_code(client, code_of(secret))
    assert signed_in(client)


@pytest.mark.req("D20")
def test_staff_see_the_portal_as_a_customer_read_only_and_both_names_are_kept(client, alice, caplog):
    dana = a_staff_member()
    client.force_login(dana)

    with caplog.at_level("INFO", logger="helpdesk.security"):
        client.post("/backoffice/jako-zakaznik/", {"user_pk": alice.pk})

    page = client.get("/profil/").content.decode()
    assert str(alice) in page
    assert str(dana) in page
    assert client.post("/profil/", {"first_name": "X"}).status_code == 403
    assert client.get("/zabezpeceni/").status_code == 403
    assert client.get("/backoffice/").status_code == 404
    assert f"'staff': {dana.pk}" in caplog.text
    assert f"'customer_person': {alice.pk}" in caplog.text
    entry = dana.logentry_set.get()
    assert entry.object_id == str(alice.pk)

    client.post("/zpet-do-backoffice/")
    assert client.session["_auth_user_id"] == str(dana.pk)


def test_nobody_acts_as_a_colleague_or_without_the_permission(client, alice):
    dana = a_staff_member()
    petr = a_staff_member("Petr Vaníček", group="řešitel")
    client.force_login(petr)
    refused = client.post("/backoffice/jako-zakaznik/", {"user_pk": alice.pk})
    assert (refused.status_code, "Sem nemáte přístup" in refused.content.decode()) == (403, True)

    client.force_login(dana)
    assert client.post("/backoffice/jako-zakaznik/", {"user_pk": petr.pk}).status_code == 403
    assert client.session["_auth_user_id"] == str(dana.pk)
