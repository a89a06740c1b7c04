"""Whoever guesses at the sign-in form waits; owners and colleagues do not."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.test import Client

from helpdesk.customers.models import SignInDelay
from helpdesk.mail.models import OutgoingMail
from tests.builders import a_member
from tests.customers.signing_in import code_of, sign_in, signed_in, try_code

pytestmark = pytest.mark.django_db


@pytest.mark.req("D20")
def test_wrong_codes_do_not_stop_the_owner_on_another_device(client, alice):
    secret = generate_totp_secret()
    TOTP.activate(alice, secret)
    attacker, owner = Client(), Client()
    sign_in(attacker, "alice.dvorakova")
    for _ in range(5):
        try_code(attacker, "000000")

    sign_in(owner, "alice.dvorakova")
    try_code(owner, code_of(secret))

    assert signed_in(owner)
    assert not signed_in(attacker)
    assert [letter.subject for letter in OutgoingMail.objects.all()] == ["Někdo zkouší kódy k vašemu účtu"]


@pytest.mark.req("D20")
def test_guessed_codes_get_slower_and_the_owners_known_device_never_waits(client, alice):
    secret = generate_totp_secret()
    TOTP.activate(alice, secret)
    with time_machine.travel(datetime(2026, 3, 2, 9, 0, tzinfo=UTC), tick=False) as clock:
        sign_in(client, "alice.dvorakova")
        try_code(client, code_of(secret))
        client.post("/odhlaseni/")
        clock.shift(timedelta(minutes=1))
        attacker = Client()
        sign_in(attacker, "alice.dvorakova")
        pages = [try_code(attacker, "000000").content.decode() for _ in range(8)]
        assert ["počkejte" in page for page in pages] == [False] * 6 + [True] * 2

        for guess in range(3):
            sign_in(attacker, "alice.dvorakova", f"špatné {guess}")
        sign_in(client, "alice.dvorakova")
        try_code(client, code_of(secret))
        assert signed_in(client)


@pytest.mark.req("D20")
def test_codes_guessed_from_many_networks_are_slowed_down_together(alice):
    TOTP.activate(alice, generate_totp_secret())
    pages = []
    for number in range(33):
        guesser = Client(REMOTE_ADDR=f"198.51.{number}.7")
        sign_in(guesser, "alice.dvorakova")
        pages.append(try_code(guesser, "000000").content.decode())

    assert ["počkejte" in page for page in pages] == [False] * 31 + [True] * 2


@pytest.mark.req("D20")
def test_colleague_signs_in_while_somebody_guesses_from_the_same_network(client, alice):
    for guess in range(70):
        sign_in(Client(), f"name{guess}", "špatné")
    for guess in range(4):
        sign_in(Client(), "alice.dvorakova", f"špatné {guess}")
    bob = a_member(alice.memberships.get().customer, "Bob Novák", username="bob", password="dlouhé-heslo-bobovo")

    sign_in(client, "bob", "dlouhé-heslo-bobovo")

    assert client.session["_auth_user_id"] == str(bob.pk)


@pytest.mark.req("D20")
def test_owner_signs_in_on_a_known_device_while_somebody_guesses_their_name_next_door(client, alice):
    sign_in(client, "alice.dvorakova")
    client.post("/odhlaseni/")
    for guess in range(6):
        sign_in(Client(), "alice.dvorakova", f"špatné {guess}")

    sign_in(client, "alice.dvorakova")

    assert signed_in(client)


@pytest.mark.req("D20")
def test_device_of_one_person_is_none_of_another_and_cannot_be_made_up(client, alice):
    sign_in(client, "alice.dvorakova")
    cookie = client.cookies["device"].value
    bob = a_member(alice.memberships.get().customer, "Bob Novák", username="bob", password="dlouhé-heslo-bobovo")
    for forged in (cookie, cookie[:-1] + ("a" if cookie[-1] != "a" else "b"), "", "x:y:z"):
        SignInDelay.objects.all().delete()
        guesser = Client()
        guesser.cookies["device"] = forged
        for _ in range(2):
            sign_in(guesser, bob.username, "špatné")
        assert "počkejte" in sign_in(Client(), bob.username, "dlouhé-heslo-bobovo").content.decode()
