"""Guessing gets slower and slower, an honest mistake costs nothing."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import connection

from helpdesk.customers.models import SignInDelay
from helpdesk.customers.services.delays import forget_old_delays, forgive_attempt, take_attempt
from helpdesk.customers.tasks import tidy_sign_in
from tests.builders import MONDAY

pytestmark = pytest.mark.django_db

IP = "192.0.2.10"


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)


@pytest.mark.req("S2-03")
def test_delay_doubles_from_the_second_try_up_to_a_minute():
    at, waits = MONDAY, []
    for _ in range(9):
        assert take_attempt(identifier="alice", ip=IP, at=at)
        row = SignInDelay.objects.order_by("failures", "-blocked_until").first()
        waits.append((row.blocked_until - at).total_seconds())
        at = row.blocked_until

    assert waits == [0, 1, 2, 4, 8, 16, 32, 60, 60]


def test_attempt_before_the_delay_is_over_is_refused_and_does_not_prolong_it():
    take_attempt(identifier="alice", ip=IP, at=MONDAY)
    take_attempt(identifier="alice", ip=IP, at=MONDAY)

    assert not take_attempt(identifier="alice", ip=IP, at=MONDAY + seconds(0.9))
    assert take_attempt(identifier="alice", ip=IP, at=MONDAY + seconds(1))


def test_another_name_and_another_network_are_not_delayed():
    for _ in range(3):
        take_attempt(identifier="alice", ip=IP, at=MONDAY)

    assert not take_attempt(identifier="ALICE ", ip="192.0.2.99", at=MONDAY)
    assert take_attempt(identifier="bob", ip=IP, at=MONDAY)
    assert take_attempt(identifier="alice", ip="198.51.100.7", at=MONDAY)
    assert take_attempt(identifier="alice", ip="2001:db8::1", at=MONDAY)


def test_network_as_a_whole_is_slowed_down_after_thirty_names():
    taken = [take_attempt(identifier=f"name{number}", ip=IP, at=MONDAY) for number in range(40)]

    assert taken.count(True) == 31


def test_right_password_forgives_the_name_but_not_the_network():
    for number in range(29):
        take_attempt(identifier=f"name{number}", ip=IP, at=MONDAY)
    take_attempt(identifier="alice", ip=IP, at=MONDAY)
    forgive_attempt(identifier="alice", ip=IP)

    assert take_attempt(identifier="alice", ip=IP, at=MONDAY)
    assert take_attempt(identifier="bob", ip=IP, at=MONDAY)
    assert not take_attempt(identifier="cyril", ip=IP, at=MONDAY)


def test_old_delays_are_forgotten_and_deleted():
    for _ in range(4):
        take_attempt(identifier="alice", ip=IP, at=MONDAY)
    later = MONDAY + timedelta(hours=1, seconds=1)

    assert [take_attempt(identifier="alice", ip=IP, at=later) for _ in range(2)] == [True, True]
    assert forget_old_delays(at=later + timedelta(hours=2)) == 2


def test_sessions_and_delays_whose_time_is_over_are_deleted():
    SessionStore().create()
    Session.objects.update(expire_date=MONDAY)
    take_attempt(identifier="alice", ip=IP, at=MONDAY)

    tidy_sign_in()

    assert (Session.objects.count(), SignInDelay.objects.count()) == (0, 0)


@pytest.mark.django_db(transaction=True)
def test_simultaneous_guesses_do_not_pass_together():
    def guess(_: int) -> bool:
        try:
            return take_attempt(identifier="alice", ip=IP, at=MONDAY)
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
        assert take_attempt(identifier=f"mistyped{number}", ip=IP, at=at)
    at += seconds(61)

    assert take_attempt(identifier="alice", ip=IP, at=at)
    forgive_attempt(identifier="alice", ip=IP)

    assert take_attempt(identifier="bob", ip=IP, at=at + seconds(1))


@pytest.mark.req("S2-03")
def test_own_account_does_not_end_the_wait_after_a_guess():
    at = MONDAY
    for number in range(40):
        at += seconds(61)
        assert take_attempt(identifier=f"guess{number}", ip=IP, at=at)

    assert not take_attempt(identifier="own account", ip=IP, at=at + seconds(1))
