"""Letters as rows: written once, claimed by one sender, tried again, given up."""

from __future__ import annotations

import threading
from datetime import timedelta
from time import monotonic

import pytest
from django.db import connection, transaction

from helpdesk.mail import services, wake
from helpdesk.mail.models import OutgoingMail
from helpdesk.mail.tasks import send_due_letters
from tests.builders import MONDAY, a_letter

State = OutgoingMail.State


@pytest.mark.django_db
def test_same_key_and_address_give_one_letter():
    first = a_letter(key="event:1", to="alice@example.cz")

    second = services.queue(key="event:1", kind="filed", to="Alice@Example.cz", subject="Jiný", text="Jiný", at=MONDAY)

    assert second is None
    assert list(OutgoingMail.objects.values_list("pk", "subject")) == [(first.pk, "[1] Vyřešeno")]


@pytest.mark.django_db
def test_same_key_and_another_address_give_another_letter():
    a_letter(key="event:1", to="alice@example.cz")
    a_letter(key="event:1", to="bob@example.cz")

    assert list(OutgoingMail.objects.order_by("id").values_list("recipient", flat=True)) == ["alice@example.cz", "bob@example.cz"]


@pytest.mark.django_db
def test_longest_address_and_key_find_room():
    address = "a" * 64 + "@" + "b" * 63 + "." + "c" * 63 + "." + "d" * 60

    letter = a_letter(key="ticket:9999999:reminder:2026-03-16", to=address)

    assert letter.recipient == address


@pytest.mark.django_db
def test_subject_cannot_bring_further_headers():
    letter = a_letter(subject="Ahoj\r\nBcc: cyril@example.cz")

    assert letter.subject == "Ahoj Bcc: cyril@example.cz"


@pytest.mark.django_db
def test_letter_vanishes_with_the_act_that_wrote_it():
    with transaction.atomic():
        a_letter()
        transaction.set_rollback(True)

    assert OutgoingMail.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_two_acts_at_once_write_one_letter():
    start = threading.Barrier(2, timeout=10)
    written = []

    def act() -> None:
        try:
            with transaction.atomic():
                start.wait()
                written.append(services.queue(key="event:1", kind="filed", to="a@example.cz", subject="S", text="T", at=MONDAY))
        finally:
            connection.close()

    threads = [threading.Thread(target=act) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(letter is None for letter in written) == [False, True]
    assert OutgoingMail.objects.count() == 1


@pytest.mark.django_db
def test_claim_counts_the_attempt_and_takes_a_lease_before_the_work():
    a_letter()

    claimed = services.claim_next(at=MONDAY)

    assert (claimed.state, claimed.attempts, claimed.lease_until) == (State.SENDING, 1, MONDAY + timedelta(minutes=2))
    assert services.claim_next(at=MONDAY + timedelta(minutes=1)) is None


@pytest.mark.django_db
def test_letter_of_a_dead_sender_is_claimed_again_when_its_lease_is_over():
    letter = a_letter()
    services.claim_next(at=MONDAY)

    again = services.claim_next(at=MONDAY + timedelta(minutes=2))

    assert (again.pk, again.attempts, again.message_id) == (letter.pk, 2, letter.message_id)


@pytest.mark.django_db
def test_letter_that_is_not_due_yet_is_left_alone():
    a_letter(at=MONDAY + timedelta(seconds=1))

    assert services.claim_next(at=MONDAY) is None


@pytest.mark.django_db(transaction=True)
def test_senders_at_once_claim_different_letters():
    letters = {a_letter(key=f"event:{number}").pk for number in range(8)}
    start = threading.Barrier(4, timeout=10)
    claimed: list[int] = []

    def sender() -> None:
        try:
            start.wait()
            while letter := services.claim_next(at=MONDAY):
                claimed.append(letter.pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=sender) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(claimed) == sorted(letters)


@pytest.mark.django_db
def test_refused_letter_climbs_the_ladder_and_is_given_up_after_two_days():
    a_letter()
    at, pauses = MONDAY, []

    while letter := services.claim_next(at=at):
        services.mark_refused(mail=letter, error="451 Zkuste to později", is_permanent=False, at=at)
        letter.refresh_from_db()
        if letter.state == State.FAILED:
            break
        pauses.append((letter.next_at - at).total_seconds())
        at = letter.next_at

    assert pauses == [10, 30, 60, 300, 900, 1800, 3600, 7200, *[14400] * 11]
    assert (letter.state, letter.attempts, letter.last_error) == (State.FAILED, 20, "451 Zkuste to později")


@pytest.mark.django_db
def test_letter_refused_for_good_fails_at_once():
    a_letter()
    letter = services.claim_next(at=MONDAY)

    services.mark_refused(mail=letter, error="550 Neznámý příjemce", is_permanent=True, at=MONDAY)

    letter.refresh_from_db()
    assert (letter.state, letter.attempts, letter.last_error) == (State.FAILED, 1, "550 Neznámý příjemce")


@pytest.mark.django_db
def test_letter_without_a_server_keeps_its_attempts():
    a_letter()
    letter = services.claim_next(at=MONDAY)

    services.postpone(mail=letter, error="Connection refused", at=MONDAY)

    letter.refresh_from_db()
    assert (letter.state, letter.attempts, letter.next_at) == (State.QUEUED, 0, MONDAY + timedelta(minutes=1))


@pytest.mark.django_db
def test_sender_that_lost_its_claim_cannot_put_the_letter_back():
    a_letter()
    slow = services.claim_next(at=MONDAY)
    services.claim_next(at=MONDAY + timedelta(minutes=2))

    services.mark_refused(mail=slow, error="421", is_permanent=True, at=MONDAY + timedelta(minutes=2))

    slow.refresh_from_db()
    assert (slow.state, slow.attempts) == (State.SENDING, 2)


@pytest.mark.django_db
def test_letter_that_killed_every_sender_is_given_up():
    a_letter()
    at = MONDAY
    while services.claim_next(at=at):
        at += services.LEASE

    given_up = services.give_up_exhausted(at=at)

    letter = OutgoingMail.objects.get()
    assert (given_up, letter.state, letter.attempts) == (1, State.FAILED, 20)


@pytest.mark.django_db
def test_failed_letter_is_tried_again_as_the_same_letter():
    letter = a_failed_letter()

    services.retry(mail=letter, at=MONDAY + timedelta(hours=1))

    again = services.claim_next(at=MONDAY + timedelta(hours=1))
    assert (again.pk, again.attempts, again.message_id) == (letter.pk, 1, letter.message_id)


@pytest.mark.django_db
def test_sent_letter_is_not_sent_twice():
    a_letter()
    letter = services.claim_next(at=MONDAY)
    services.mark_sent(mail=letter, reply="250 OK", at=MONDAY)

    with pytest.raises(services.LetterNotRetried) as refusal:
        services.retry(mail=letter, at=MONDAY)

    assert str(refusal.value) == ("Dopis „[1] Vyřešeno“ je ve stavu „odesláno“. Znovu lze poslat jen dopis, který neodešel.")


@pytest.mark.django_db
def test_backlog_tells_how_long_the_oldest_letter_waits():
    a_failed_letter()
    a_letter(key="event:2", at=MONDAY)

    in_time = services.backlog(at=MONDAY + timedelta(minutes=15))
    late = services.backlog(at=MONDAY + timedelta(minutes=16))

    assert in_time == services.Backlog(waiting=1, failed=1, oldest=timedelta(minutes=15))
    assert (in_time.is_late, late.is_late) == (False, True)


@pytest.mark.django_db
def test_old_letter_that_is_sent_again_waits_from_now_on():
    later = MONDAY + timedelta(days=3)
    services.retry(mail=a_failed_letter(), at=later)

    assert services.backlog(at=later) == services.Backlog(waiting=1, failed=0, oldest=timedelta(0))


@pytest.mark.django_db
def test_empty_queue_is_never_late():
    assert services.backlog(at=MONDAY) == services.Backlog(waiting=0, failed=0, oldest=timedelta(0))


@pytest.mark.django_db
def test_thread_is_named_and_cannot_be_made_up(settings):
    before = services.thread_id("ticket-98570")
    settings.SECRET_KEY = "another installation"

    after = services.thread_id("ticket-98570")

    assert before.startswith("ticket-98570.")
    assert before != after


def test_sender_is_woken_by_the_name_of_its_sweep():
    assert send_due_letters.name == wake.SWEEP


@pytest.mark.django_db
def test_act_with_many_letters_wakes_the_sender_once(django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as callbacks, transaction.atomic():
        a_letter(key="event:1")
        a_letter(key="event:2")

    assert len(callbacks) == 1


@pytest.mark.django_db
def test_broker_that_is_down_costs_only_the_wake(django_capture_on_commit_callbacks, broker_down):
    started = monotonic()
    with django_capture_on_commit_callbacks(execute=True):
        letter = a_letter()

    assert OutgoingMail.objects.get().pk == letter.pk
    assert monotonic() - started < 4  # with kombu's defaults the page would wait for more than 6 s


@pytest.fixture
def broker_down(settings):
    """A Celery application whose broker nobody started."""
    from celery import Celery, current_app

    usual = current_app._get_current_object()
    app = Celery("without-broker", broker="redis://127.0.0.1:9/0")
    app.conf.broker_transport_options = settings.CELERY_BROKER_TRANSPORT_OPTIONS
    app.set_current()
    yield
    usual.set_current()


def a_failed_letter() -> OutgoingMail:
    a_letter(key="event:failed")
    letter = services.claim_next(at=MONDAY)
    services.mark_refused(mail=letter, error="550", is_permanent=True, at=MONDAY)
    return letter
