"""The second factor of staff: a property of how a session was opened, set up from an invitation, never by a password alone."""

import re
from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from helpdesk.customers.models import Invitation, User
from helpdesk.customers.services import invite_person
from helpdesk.customers.services.invitations import invitation_link
from helpdesk.customers.services.people import remove_second_factor
from helpdesk.mail.models import OutgoingMail
from tests.builders import MONDAY, a_customer, a_member, a_staff_member, a_user, an_operator, backoffice
from tests.customers.passkeys import Passkey
from tests.customers.signing_in import PASSWORD, code_of, sign_in, signed_in, try_code
from tests.flows.doors import text_of

pytestmark = pytest.mark.django_db

AGAIN = "Do backoffice se vstupuje se dvěma faktory. Přihlaste se prosím znovu i s druhým faktorem."
NO_FACTOR = "Váš účet nemá druhý faktor. Požádejte kolegu o novou pozvánku, nastavíte si jí heslo i druhý faktor."
NEW = "zelený-čaj-po-ránu"


@pytest.fixture(autouse=True)
def _required(settings):
    settings.STAFF_MFA_REQUIRED = True


@pytest.fixture
def dana():
    return a_staff_member(username="dana", email="dana@severka.example", password=PASSWORD)


def with_app(user: User) -> str:
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    return secret


def through_both_steps(client: Client, login: str, secret: str) -> Client:
    sign_in(client, login)
    try_code(client, code_of(secret))
    return client


def says(response) -> str:
    return text_of(response).replace("\u00a0", " ")


def test_session_of_two_factors_opens_the_backoffice(client, dana):
    through_both_steps(client, "dana", with_app(dana))

    assert client.get("/backoffice/").status_code == 200


@pytest.mark.parametrize(
    "door",
    ["/backoffice/", "/backoffice/customers/user/", "/zabezpeceni/", "/zabezpeceni/aplikace/", "/heslo/zmena/", "/profil/"],
)
def test_session_that_a_password_opened_reaches_nothing_though_the_account_has_a_factor(client, dana, settings, door):
    settings.STAFF_MFA_REQUIRED = False
    sign_in(client, "dana")
    assert client.get("/backoffice/").status_code == 200
    settings.STAFF_MFA_REQUIRED = True
    with_app(dana)

    answer = client.get(door, follow=True)

    assert answer.redirect_chain[0][0].startswith("/prihlaseni/")
    assert AGAIN in says(answer)
    assert not signed_in(client)


def test_password_alone_opens_no_session_of_staff_without_a_factor(client, dana):
    answer = client.post("/prihlaseni/", {"login": "dana", "password": PASSWORD}, follow=True)

    assert NO_FACTOR in says(answer)
    assert not signed_in(client)
    assert client.get("/zabezpeceni/aplikace/").status_code == 302
    assert Authenticator.objects.count() == 0


def test_customers_go_on_with_a_password_alone(client, alice):
    sign_in(client, "alice.dvorakova")

    assert client.get("/profil/").status_code == 200


def test_code_typed_later_to_confirm_an_act_does_not_make_two_factors_of_one(client, dana, settings):
    settings.STAFF_MFA_REQUIRED = False
    sign_in(client, "dana")
    secret = with_app(dana)
    client.post("/overeni/kod/", {"code": code_of(secret)})
    assert client.session["account_authentication_methods"][-1]["method"] == "mfa"
    settings.STAFF_MFA_REQUIRED = True

    assert client.get("/backoffice/").status_code == 302


def test_borrowed_view_needs_the_two_factors_of_the_member_of_staff_and_gives_them_back(client, dana, alice):
    through_both_steps(client, "dana", with_app(dana))
    client.post("/backoffice/jako-zakaznik/", {"user_pk": alice.pk})
    assert client.get("/").status_code == 200

    client.post("/zpet-do-backoffice/")

    assert client.get("/backoffice/").status_code == 200


def challenge_of(client: Client) -> str:
    return client.session["mfa.webauthn.state"]["challenge"]


@pytest.mark.parametrize(("verified", "status"), [(True, 200), (False, 302)])
def test_passkey_counts_as_two_factors_only_when_it_has_verified_its_owner(client, dana, verified, status):
    key = Passkey(dana)
    client.get("/prihlaseni/klic/", headers={"X-Requested-With": "XMLHttpRequest"})

    client.post("/prihlaseni/klic/", {"credential": key.answer(challenge_of(client), verified=verified)})

    assert client.get("/backoffice/").status_code == status


def test_challenge_of_another_sign_in_does_not_let_a_stolen_key_in(client, dana):
    """Eve's own second step asks for no PIN; its challenge must not serve for Dana's key."""
    key = Passkey(dana)
    eve = a_member(a_customer(), username="eve", password=PASSWORD)
    with_app(eve)
    Passkey(eve)
    sign_in(client, "eve")
    client.get("/prihlaseni/kod/")

    client.post("/prihlaseni/klic/", {"credential": key.answer(challenge_of(client), verified=False)})

    assert not signed_in(client)


def test_key_after_the_password_is_a_second_factor_without_a_pin(client, dana):
    key = Passkey(dana)
    sign_in(client, "dana")
    client.get("/prihlaseni/kod/")

    client.post("/prihlaseni/kod/", {"credential": key.answer(challenge_of(client), verified=False)})

    assert client.get("/backoffice/").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_added_factor_ends_the_other_sessions_and_is_told_by_a_letter(client, alice):
    other = Client()
    for device in (client, other):
        sign_in(device, "alice.dvorakova")
    before = client.session.session_key

    client.post("/overeni/", {"password": PASSWORD})
    client.get("/zabezpeceni/aplikace/")
    client.post("/zabezpeceni/aplikace/", {"code": code_of(client.session["mfa.totp.secret"])})

    assert client.get("/profil/").status_code == 200
    assert other.get("/profil/").status_code == 302
    assert client.session.session_key != before
    assert [letter.subject for letter in OutgoingMail.objects.all()] == [
        "Změna u vašeho účtu: přihlášení jednorázovým kódem bylo zapnuto."
    ]


def test_removed_factor_ends_the_other_sessions_and_is_told_by_a_letter(client, alice):
    secret, other = with_app(alice), Client()
    sign_in(client, "alice.dvorakova")
    try_code(client, code_of(secret))
    other.force_login(alice)
    client.post("/overeni/kod/", {"code": RecoveryCodes.activate(alice).get_unused_codes()[0]})

    client.post("/zabezpeceni/aplikace/zrusit/")

    assert Authenticator.objects.count() == 0
    assert client.get("/profil/").status_code == 200
    assert other.get("/profil/").status_code == 302
    assert "přihlášení jednorázovým kódem bylo vypnuto" in OutgoingMail.objects.get().subject


def test_factor_removed_by_support_is_told_by_a_letter(dana):
    with_app(dana)

    remove_second_factor(user=dana, by=backoffice(a_staff_member("Eva Malá")), at=MONDAY)

    letter = OutgoingMail.objects.get()
    assert (letter.recipient, letter.subject) == (
        "dana@severka.example",
        "Změna u vašeho účtu: podpora odebrala druhý faktor přihlášení.",
    )


@pytest.mark.parametrize("door", ["/zabezpeceni/klice/novy/", "/zabezpeceni/zalozni-kody/nove/", "/zabezpeceni/aplikace/zrusit/"])
def test_who_has_a_second_factor_confirms_with_it_and_not_with_the_password(client, alice, door):
    secret = with_app(alice)
    sign_in(client, "alice.dvorakova")
    try_code(client, code_of(secret))

    asked = client.get(door, follow=True)
    by_password = client.post(f"/overeni/?next={door}", {"password": PASSWORD})

    assert asked.redirect_chain[-1][0].startswith("/overeni/kod/")
    assert "Použít heslo" not in says(asked)
    assert by_password.url.startswith("/overeni/kod/")
    assert client.get(door).url.startswith("/overeni/kod/")


def test_recovery_codes_are_shown_once(client, alice):
    secret = with_app(alice)
    code = RecoveryCodes.activate(alice).get_unused_codes()[0]
    sign_in(client, "alice.dvorakova")
    try_code(client, code_of(secret))
    client.post("/overeni/kod/", {"code": code})

    first, second = client.get("/zabezpeceni/zalozni-kody/"), client.get("/zabezpeceni/zalozni-kody/")

    assert len(re.findall(r"<code>\d{8}</code>", first.content.decode())) == 9
    assert re.findall(r"<code>", second.content.decode()) == []
    assert "Zbývá 9 kódů z 10" in says(second)
    assert client.get("/zabezpeceni/zalozni-kody/soubor/").status_code == 404


def test_last_factor_of_staff_stays(client, dana):
    secret = with_app(dana)
    code = RecoveryCodes.activate(dana).get_unused_codes()[0]
    through_both_steps(client, "dana", secret)
    client.post("/overeni/kod/", {"code": code})

    refused = client.post("/zabezpeceni/aplikace/zrusit/")
    assert "Poslední druhý faktor odebrat nejde." in says(refused)

    key = Passkey(dana)
    client.post("/zabezpeceni/aplikace/zrusit/")
    kept = client.post(f"/zabezpeceni/klice/{key.row.pk}/odebrat/", follow=True)
    assert "Poslední druhý faktor odebrat nejde." in says(kept)
    assert Authenticator.objects.filter(type="webauthn").count() == 1


def path_of(link: str) -> str:
    return link.removeprefix("http://testserver")


def secret_on(page) -> str:
    return re.search(r"<code>([A-Z2-7]{32})</code>", page.content.decode())[1]


@pytest.mark.req("S2-06")
def test_invited_member_of_staff_sets_password_and_factor_in_one_go(client):
    an_operator()
    petr = a_staff_member("Petr Vaníček", username="petr", email="petr@severka.example")
    invited = invite_person(user=petr, verified_how="osobně", by=backoffice(a_staff_member()), at=timezone.now())
    link = path_of(invitation_link(invited))
    secret = secret_on(client.get(link))
    assert secret_on(client.get(link)) == secret

    wrong = client.post(link, {"password1": NEW, "password2": NEW, "code": "000000"})
    petr.refresh_from_db()
    assert "Kód nesouhlasí." in says(wrong)
    assert not petr.has_usable_password()

    done = client.post(link, {"password1": NEW, "password2": NEW, "code": code_of(secret)}, follow=True)
    petr.refresh_from_db()
    assert petr.check_password(NEW)
    assert len(re.findall(r"<code>\d{8}</code>", done.content.decode())) == 10
    assert client.get("/backoffice/").status_code == 200
    assert client.get(link).status_code == 410
    assert OutgoingMail.objects.first().subject == (
        "Změna u vašeho účtu: odkazem z pozvánky bylo nastaveno heslo a přihlášení jednorázovým kódem."
    )
    sign_in(other := Client(), "petr", NEW)
    try_code(other, code_of(secret))
    assert other.get("/backoffice/").status_code == 200


def test_member_of_staff_with_a_factor_keeps_it_and_sets_only_the_password(client, dana):
    secret = with_app(dana)
    invited = invite_person(user=dana, verified_how="osobně", by=backoffice(a_staff_member("Eva Malá")), at=timezone.now())
    link = path_of(invitation_link(invited))

    assert "Kód z aplikace" not in says(client.get(link))
    client.post(link, {"password1": NEW, "password2": NEW})

    assert not signed_in(client)
    sign_in(client, "dana", NEW)
    try_code(client, code_of(secret))
    assert client.get("/backoffice/").status_code == 200


def test_first_administrator_is_made_on_the_server_with_a_factor(client):
    an_operator()
    out = StringIO()
    call_command("invite_administrator", "sprava", "--email", "sprava@severka.example", stdout=out)
    link = path_of(out.getvalue().strip())

    client.post(link, {"password1": NEW, "password2": NEW, "code": code_of(secret_on(client.get(link)))})

    made = User.objects.get(username="sprava")
    assert (made.is_superuser, made.is_staff, made.email) == (True, True, "sprava@severka.example")
    assert client.get("/backoffice/").status_code == 200


def test_administrator_who_lost_the_factor_is_helped_on_the_server(client):
    an_operator()
    admin = a_user(username="sprava", password=PASSWORD, is_staff=True, is_superuser=True)
    lost, out = with_app(admin), StringIO()
    call_command("invite_administrator", "sprava", "--lost-factor", stdout=out)
    link = path_of(out.getvalue().strip())

    new = secret_on(client.get(link))
    client.post(link, {"password1": NEW, "password2": NEW, "code": code_of(new)})

    assert new != lost
    assert client.get("/backoffice/").status_code == 200
    assert Authenticator.objects.filter(type="totp").count() == 1


@pytest.mark.parametrize("name", ["dana", "alice.dvorakova"])
def test_server_invites_administrators_alone(dana, alice, name):
    with pytest.raises(CommandError, match="není platný účet správce"):
        call_command("invite_administrator", name)

    assert Invitation.objects.count() == 0
