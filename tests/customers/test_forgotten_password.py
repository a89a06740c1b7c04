"""„Zapomenuté heslo“: a link for whoever has an account, and no way to learn who has one."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from helpdesk.customers.models import PasswordResetRequest
from helpdesk.customers.tasks import answer_password_resets
from helpdesk.mail.models import OutgoingMail
from tests.builders import a_user
from tests.customers.signing_in import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.mark.req("S2-04")
def test_forgotten_password_sends_a_link_once_usable(client, alice):
    client.post("/heslo/zapomenute/", {"email": "Alice@firma.example"})
    answer_password_resets()

    [letter] = OutgoingMail.objects.all()
    link = next(line for line in letter.text.splitlines() if line.startswith("http://testserver/heslo/nove/"))
    form = client.get(link, follow=True)
    new = {"password1": "zelený-čaj-po-ránu", "password2": "zelený-čaj-po-ránu"}
    done = client.post(form.request["PATH_INFO"], new)
    assert done.status_code == 302
    alice.refresh_from_db()
    assert alice.check_password("zelený-čaj-po-ránu")
    assert "Odkaz už neplatí" in Client().get(link, follow=True).content.decode()


@pytest.mark.req("S2-04", "S2-05")
def test_forgotten_password_answers_alike_and_writes_only_to_activated_accounts(client, alice):
    a_user(username="gone", email="gone@firma.example", password=PASSWORD, is_active=False)
    a_user(username="invited", email="invited@firma.example")

    answers = {
        (answer.status_code, answer.headers["Location"])
        for email in ("alice@firma.example", "gone@firma.example", "invited@firma.example", "nobody@firma.example")
        for answer in [client.post("/heslo/zapomenute/", {"email": email})]
    }

    answer_password_resets()
    assert answers == {(302, "/heslo/zapomenute/odeslano/")}
    assert [letter.recipient for letter in OutgoingMail.objects.all()] == ["alice@firma.example"]


@pytest.mark.req("S2-04")
def test_forgotten_password_does_the_same_work_for_known_and_unknown_addresses(client, alice):
    with CaptureQueriesContext(connection) as known:
        client.post("/heslo/zapomenute/", {"email": "alice@firma.example"})
    with CaptureQueriesContext(connection) as unknown:
        client.post("/heslo/zapomenute/", {"email": "zdena@firma.example"})

    assert [len(queries) for queries in (known, unknown)] == [3, 3]  # the row between a savepoint and its release
    assert PasswordResetRequest.objects.count() == 2
    answer_password_resets()
    assert list(PasswordResetRequest.objects.values_list("email", flat=True)) == ["alice@firma.example"]


@pytest.mark.req("S2-04")
def test_forgotten_password_writes_three_letters_an_hour_at_most(client, alice):
    with time_machine.travel(datetime(2026, 3, 2, 9, 0, tzinfo=UTC), tick=False) as clock:
        for _ in range(5):
            client.post("/heslo/zapomenute/", {"email": "alice@firma.example"})
            client.post("/heslo/zapomenute/", {"email": "ALICE@firma.example"})  # asked twice before the sweep: one letter
            answer_password_resets()
            clock.shift(timedelta(minutes=5))
        assert OutgoingMail.objects.count() == 3

        clock.shift(timedelta(hours=1))
        client.post("/heslo/zapomenute/", {"email": "alice@firma.example"})
        answer_password_resets()
        assert OutgoingMail.objects.count() == 4


def test_links_in_letters_name_the_installation_and_not_the_host_that_was_asked(client, alice, settings):
    settings.HELPDESK_URL = "https://helpdesk.severka.example"
    settings.ALLOWED_HOSTS = ["testserver", "alias.example"]

    client.post("/heslo/zapomenute/", {"email": "alice@firma.example"}, headers={"host": "alias.example"})
    answer_password_resets()

    [letter] = OutgoingMail.objects.all()
    assert "https://helpdesk.severka.example/heslo/nove/" in letter.text
    assert "alias.example" not in letter.text
