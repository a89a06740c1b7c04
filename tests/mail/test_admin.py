"""The post office in the backoffice: reading letters and sending one again."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from helpdesk.mail import services
from helpdesk.mail.models import OutgoingMail
from tests.builders import MONDAY, a_customer, a_letter, a_member, a_staff_member, an_operator

pytestmark = pytest.mark.django_db
LIST = reverse("admin:mail_outgoingmail_changelist")


@pytest.fixture
def dana(client):
    """Dana of support, signed in."""
    an_operator()
    person = a_staff_member()
    client.force_login(person)
    return person


def page(letter: OutgoingMail) -> str:
    return reverse("admin:mail_outgoingmail_change", args=[letter.pk])


def retry_address(letter: OutgoingMail) -> str:
    return reverse("admin:mail_outgoingmail_retry", args=[letter.pk])


def a_failed_letter(**fields) -> OutgoingMail:
    letter = a_letter(**fields)
    OutgoingMail.objects.filter(pk=letter.pk).update(state="failed", attempts=20, last_error="550 5.1.1 Neznámý příjemce")
    letter.refresh_from_db()
    return letter


def test_list_says_how_many_letters_failed_and_links_to_them(client, dana):
    a_failed_letter()

    answer = client.get(LIST)

    assert "Neodeslané dopisy: 1." in answer.text
    assert 'href="?state__exact=failed"' in answer.text


def test_list_warns_of_a_letter_that_waits_too_long(client, dana):
    a_letter(at=MONDAY)

    assert "Nejstarší dopis čeká už " in client.get(LIST).text


def test_list_costs_the_same_with_three_letters_as_with_one(client, dana):
    a_letter(key="event:1")
    client.get(LIST)
    with CaptureQueriesContext(connection) as one:
        client.get(LIST)
    a_letter(key="event:2")
    a_letter(key="event:3")

    with CaptureQueriesContext(connection) as three:
        client.get(LIST)

    assert len(three) == len(one)


def test_letter_is_shown_in_a_frame_without_scripts(client, dana):
    letter = a_letter(text="Dobrý den,\n\nzkuste <script>alert(1)</script>.\n")

    answer = client.get(page(letter)).text

    assert '<iframe sandbox srcdoc="&lt;!doctype html&gt;' in answer
    assert "<script>alert(1)" not in answer


@pytest.mark.parametrize(("demo", "shown"), [(False, False), (True, True)])
def test_one_time_link_is_for_its_recipient_alone_and_only_the_demo_shows_it(client, dana, settings, demo, shown):
    settings.DEMO = demo
    letter = a_letter(text="http://testserver/heslo/tajny-klic/", is_confidential=True)

    queued = client.get(page(letter)).text
    services.keep_due(at=MONDAY)
    kept = client.get(page(letter)).text
    OutgoingMail.objects.update(state="sent")
    sent = client.get(page(letter)).text
    OutgoingMail.objects.update(state="failed", sent_at=None)
    failed = client.get(page(letter)).text

    assert ["tajny-klic" in text for text in (queued, kept, sent, failed)] == [False, shown, False, False]


def test_failed_letter_is_sent_again_by_its_button(client, dana):
    letter = a_failed_letter()

    assert retry_address(letter) in client.get(page(letter)).text
    answer = client.post(retry_address(letter))

    letter.refresh_from_db()
    assert (answer.status_code, answer.url, letter.state, letter.attempts) == (302, page(letter), "queued", 0)


def test_nothing_is_sent_by_looking(client, dana):
    letter = a_failed_letter()

    answer = client.get(retry_address(letter))

    letter.refresh_from_db()
    assert (answer.status_code, letter.state) == (405, "failed")


def test_letter_on_its_way_has_no_button(client, dana):
    letter = a_letter()

    assert retry_address(letter) not in client.get(page(letter)).text


def test_chosen_letters_are_sent_again_at_once(client, dana):
    failed, waiting = a_failed_letter(key="event:1"), a_letter(key="event:2")

    client.post(LIST, {"action": "send_again", "_selected_action": [failed.pk, waiting.pk]})

    assert list(OutgoingMail.objects.order_by("id").values_list("state", "attempts")) == [("queued", 0), ("queued", 0)]


def test_solver_reads_no_letters_and_sends_none(client):
    an_operator()
    letter = a_failed_letter()
    client.force_login(a_staff_member("Petr Vaníček", group="řešitel"))

    answers = [client.get(LIST).status_code, client.get(page(letter)).status_code, client.post(retry_address(letter)).status_code]

    assert answers == [403, 403, 403]


def test_customer_finds_no_post_office(client):
    letter = a_failed_letter()
    client.force_login(a_member(a_customer()))

    client.post(retry_address(letter))

    letter.refresh_from_db()
    assert letter.state == "failed"
