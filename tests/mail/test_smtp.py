"""Letters over the wire, to a real server on loopback that takes, refuses, hangs and breaks off."""

from __future__ import annotations

from datetime import timedelta
from email.utils import parsedate_to_datetime

import pytest
import time_machine

from helpdesk.mail import services
from helpdesk.mail.models import OutgoingMail
from helpdesk.mail.smtp import bare_address
from helpdesk.mail.tasks import send_due_letters
from tests.builders import MONDAY, a_letter, prague

State = OutgoingMail.State
pytestmark = pytest.mark.django_db


def sweep(at=MONDAY):
    with time_machine.travel(at, tick=False):
        send_due_letters()


def only_letter() -> OutgoingMail:
    return OutgoingMail.objects.get()


def test_letter_goes_out_with_its_identity(sink):
    letter = a_letter(thread="ticket-98570.abc@severka.example", subject="[98570] Vyřešeno: Žluťoučký kůň")

    sweep()

    [sent] = sink.letters
    assert sink.envelopes == [("podpora@severka.example", ["alice@example.cz"])]
    assert {name: sent[name] for name in ("Subject", "From", "To", "Message-ID", "In-Reply-To", "References")} == {
        "Subject": "[98570] Vyřešeno: Žluťoučký kůň",
        "From": "Severka Helpdesk <podpora@severka.example>",
        "To": "alice@example.cz",
        "Message-ID": f"<{letter.message_id}>",
        "In-Reply-To": "<ticket-98570.abc@severka.example>",
        "References": "<ticket-98570.abc@severka.example>",
    }
    assert parsedate_to_datetime(sent["Date"]) == MONDAY


def test_letter_asks_other_robots_to_be_silent(sink):
    a_letter()

    sweep()

    [sent] = sink.letters
    assert {name: sent[name] for name in ("Auto-Submitted", "X-Auto-Response-Suppress", "Content-Language", "Precedence")} == {
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "Content-Language": "cs",
        "Precedence": None,
    }


def test_letter_has_a_plain_and_an_html_part_with_the_same_words(sink):
    a_letter(text="Dobrý den,\n\nkvóta < 5 GB & víc.\n\nOtevřít požadavek:\nhttp://testserver/pozadavky/1/\n\n-- \nSeverka\n")

    sweep()

    [sent] = sink.letters
    plain, page = (sent.get_body((kind,)).get_content().replace("\r\n", "\n") for kind in ("plain", "html"))
    assert plain == "Dobrý den,\n\nkvóta < 5 GB & víc.\n\nOtevřít požadavek:\nhttp://testserver/pozadavky/1/\n\n-- \nSeverka\n"
    assert "kvóta &lt; 5 GB &amp; víc." in page
    assert 'href="http://testserver/pozadavky/1/"' in page
    assert "<img" not in page


def test_sent_letter_keeps_the_servers_answer_as_evidence(sink):
    a_letter()

    sweep(MONDAY + timedelta(seconds=3))

    letter = only_letter()
    assert (letter.state, letter.smtp_reply, letter.sent_at) == (
        State.SENT,
        "250 2.0.0 Ok: queued as 4F1A2",
        MONDAY + timedelta(seconds=3),
    )


def test_letters_of_one_sweep_share_a_connection(sink):
    for number in range(3):
        a_letter(key=f"event:{number}")

    sweep()

    assert (len(sink.letters), sink.connections) == (3, 1)


def test_temporary_refusal_is_tried_again(sink):
    a_letter()
    sink.rcpt = {"alice@example.cz": "450 4.2.1 Schránka je plná"}

    sweep()
    refused = only_letter()
    sink.rcpt = {}
    sweep(MONDAY + timedelta(seconds=10))

    assert (refused.state, refused.next_at, refused.last_error) == (
        State.QUEUED,
        MONDAY + timedelta(seconds=10),
        "450 4.2.1 Schránka je plná",
    )
    assert (only_letter().state, only_letter().last_error, len(sink.letters)) == (State.SENT, "", 1)


def test_server_that_closes_for_now_gets_the_letter_later(sink):
    a_letter()
    sink.data = {"alice@example.cz": "421 4.3.2 Údržba"}

    sweep()

    assert (only_letter().state, only_letter().last_error) == (State.QUEUED, "421 4.3.2 Údržba")


def test_unknown_recipient_fails_at_once_and_does_not_hold_up_the_others(sink):
    a_letter(key="event:1", to="neni@example.cz")
    a_letter(key="event:2", to="alice@example.cz")
    sink.rcpt = {"neni@example.cz": "550 5.1.1 Neznámý příjemce"}

    sweep()

    states = list(OutgoingMail.objects.order_by("id").values_list("state", "last_error"))
    assert states == [(State.FAILED, "550 5.1.1 Neznámý příjemce"), (State.SENT, "")]


def test_letter_refused_after_its_text_fails_at_once(sink):
    a_letter()
    sink.data = {"alice@example.cz": "554 5.7.1 Nežádoucí obsah"}

    sweep()

    assert (only_letter().state, only_letter().last_error) == (State.FAILED, "554 5.7.1 Nežádoucí obsah")


def test_server_that_hangs_is_left_and_asked_again(sink):
    a_letter()
    sink.data = {"alice@example.cz": "hang"}

    sweep()

    letter = only_letter()
    assert (letter.state, letter.attempts) == (State.QUEUED, 1)
    assert letter.last_error == "Spojení se přerušilo: Connection unexpectedly closed: timed out"


def test_line_broken_after_the_letter_gives_at_most_one_more_copy_with_the_same_identity(sink):
    letter = a_letter()
    sink.data = {"alice@example.cz": "close"}

    sweep()
    sink.data = {}
    sweep(MONDAY + timedelta(seconds=10))

    assert [sent["Message-ID"] for sent in sink.letters] == [f"<{letter.message_id}>"] * 2
    assert only_letter().state == State.SENT


def test_without_a_server_one_letter_is_asked_for_and_none_fails(no_server):
    a_letter(key="event:1")
    a_letter(key="event:2")

    sweep()

    assert list(OutgoingMail.objects.order_by("id").values_list("state", "attempts", "next_at")) == [
        (State.QUEUED, 0, MONDAY + timedelta(minutes=1)),
        (State.QUEUED, 0, MONDAY),
    ]


def test_address_that_no_letter_may_carry_fails_before_it_reaches_the_server(sink):
    letter = a_letter()
    OutgoingMail.objects.filter(pk=letter.pk).update(recipient="alice@example.cz\nBcc: cyril@example.cz")

    sweep()

    assert (only_letter().state, sink.letters) == (State.FAILED, [])


def test_letter_at_night_of_the_clock_change_keeps_its_instant(sink):
    a_letter(at=prague("2026-10-25T02:30"))

    sweep(prague("2026-10-25T12:00"))

    assert sink.letters[0]["Date"] == "Sun, 25 Oct 2026 00:30:00 +0000"


def test_without_a_mail_server_letters_are_kept_for_reading():
    a_letter()

    sweep()

    assert (only_letter().state, only_letter().sent_at) == (State.KEPT, MONDAY)


def test_letter_kept_in_the_demo_goes_out_when_asked_for(sink):
    letter = a_letter()
    services.keep_due(at=MONDAY)

    services.retry(mail=letter, at=MONDAY)
    sweep()

    assert (only_letter().state, len(sink.letters)) == (State.SENT, 1)


@pytest.mark.parametrize(
    ("written", "bare"),
    [
        ("alice@example.cz", "alice@example.cz"),
        ("Alice Dvořáková <alice@example.cz>", "alice@example.cz"),
        ("alice@žluťoučký.cz", "alice@xn--luouk-uva4it5a4g.cz"),
    ],
)
def test_server_gets_the_address_alone(written, bare):
    assert bare_address(written) == bare


@pytest.mark.parametrize("wrong", ["", "alice", "@example.cz", "kůň@example.cz", "a b@example.cz"])
def test_address_that_smtp_cannot_carry_is_refused(wrong):
    with pytest.raises(ValueError):  # noqa: PT011 - UnicodeError, too, whose words are Python's
        bare_address(wrong)
