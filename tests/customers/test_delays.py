"""Guessing gets slower and slower, an honest mistake costs nothing, and nobody pays for guesses of a neighbour."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import connection

from helpdesk.customers.models import SignInDelay
from helpdesk.customers.services.delays import AttemptTooSoon, forget_old_delays, forgive_attempt, take_attempt
from helpdesk.customers.tasks import tidy_sign_in
from tests.builders import MONDAY

pytestmark = pytest.mark.django_db

IP = "192.0.2.10"


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)


def wait(identifier: str, *, ip: str = IP, at: datetime = MONDAY, device: str = "") -> int:
    """Seconds that the attempt has to wait; 0 when it was made and counted."""
    try:
        take_attempt(identifier=identifier, ip=ip, device=device, at=at)
    except AttemptTooSoon as refusal:
        return refusal.wait_seconds
    return 0


@pytest.mark.req("S2-03", "D20")
def test_delay_doubles_from_the_second_try_up_to_a_minute():
    at, waits = MONDAY, []
    wait("alice")
    for _ in range(8):
        assert wait("alice", at=at) == 0
        waits.append(wait("alice", at=at))
        at += seconds(waits[-1])

    assert waits == [1, 2, 4, 8, 16, 32, 60, 60]


def test_attempt_before_the_delay_is_over_is_refused_and_does_not_prolong_it():
    assert [wait("alice"), wait("alice")] == [0, 0]

    assert wait("alice", at=MONDAY + seconds(0.9)) == 1
    assert wait("alice", at=MONDAY + seconds(1)) == 0


def test_refusal_says_how_long_to_wait():
    for _ in range(2):
        wait("alice")
    with pytest.raises(AttemptTooSoon, match=r"^Na\u00a0další pokus prosím počkejte 1\u00a0s\.$"):
        take_attempt(identifier="alice", ip=IP, at=MONDAY)


def test_another_name_and_another_network_are_not_delayed():
    for _ in range(3):
        wait("alice")

    assert wait("ALICE ", ip="192.0.2.99") == 1
    assert wait("bob") == 0
    assert wait("alice", ip="198.51.100.7") == 0
    assert wait("alice", ip="2001:db8::1") == 0


@pytest.mark.req("D20")
def test_ipv4_address_written_in_ipv6_counts_with_its_ipv4_network():
    for _ in range(2):
        wait("alice", ip="::ffff:192.0.2.77")

    assert wait("alice", ip="192.0.2.10") == 1
    assert wait("alice", ip="::ffff:198.51.100.7") == 0


@pytest.mark.req("D20")
def test_name_that_did_not_fail_is_never_delayed_by_guesses_at_others_from_the_same_network():
    for number in range(200):
        assert wait(f"name{number}") == 0

    assert wait("alice") == 0


@pytest.mark.req("D20")
def test_after_many_failures_in_a_network_a_name_that_failed_there_waits_longer():
    for number in range(30):
        wait(f"name{number}")
    assert [wait("alice"), wait("alice"), wait("alice", at=MONDAY + seconds(8)), wait("alice", at=MONDAY + seconds(8))] == [
        0,
        8,
        0,
        16,
    ]
    assert wait("name3") == 0  # failed before the network was suspicious; from now on it waits as well
    assert wait("name3") == 16


@pytest.mark.req("D20")
def test_known_device_is_never_delayed_by_guesses_from_its_own_network():
    for _ in range(5):
        wait("alice")

    assert wait("alice") == 1
    assert wait("alice", device="device:notebook") == 0


def test_known_device_is_slowed_down_by_its_own_failures():
    waits = [wait("alice", device="device:notebook") for _ in range(3)]

    assert waits == [0, 0, 1]
    assert SignInDelay.objects.count() == 1


def test_right_password_forgives_the_name_but_not_the_network():
    for number in range(30):
        wait(f"name{number}")
    wait("alice")
    forgive_attempt(identifier="alice", ip=IP)

    assert [wait("alice"), wait("alice")] == [0, 8]


def test_old_delays_are_forgotten_and_deleted():
    for _ in range(4):
        wait("alice")
    later = MONDAY + timedelta(hours=1, seconds=1)

    assert [wait("alice", at=later), wait("alice", at=later)] == [0, 0]
    assert forget_old_delays(at=later + timedelta(hours=2)) == 2


def test_sessions_and_delays_whose_time_is_over_are_deleted():
    SessionStore().create()
    Session.objects.update(expire_date=MONDAY)
    wait("alice")

    tidy_sign_in()

    assert (Session.objects.count(), SignInDelay.objects.count()) == (0, 0)


@pytest.mark.django_db(transaction=True)
def test_simultaneous_guesses_do_not_pass_together():
    def guess(_: int) -> bool:
        try:
            return wait("alice") == 0
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        passed = list(threads.map(guess, range(24)))

    assert passed.count(True) == 2


@pytest.mark.req("S2-03")
def test_right_sign_in_does_not_hold_up_the_colleagues_behind_the_same_address():
    at = MONDAY
    for number in range(40):
        at += seconds(61)
        assert wait(f"mistyped{number}", at=at) == 0

    assert wait("alice", at=at) == 0
    forgive_attempt(identifier="alice", ip=IP)

    assert wait("bob", at=at) == 0
