"""The security log: what is written, in which form, how much of it, and that nobody changes it."""

from datetime import datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from structlog.testing import capture_logs

from helpdesk.customers.actor import Actor
from helpdesk.customers.channels import Channel
from helpdesk.customers.models import AuditEvent, AuditTally, Membership
from helpdesk.customers.services.audit import (
    forget_old_tallies,
    record_audit_event,
    record_repeated_event,
    rights_of,
    watched_rights,
)
from tests.builders import MONDAY, a_customer, a_member, a_staff_member, a_user, backoffice

pytestmark = pytest.mark.django_db


def visitor(ip: str = "192.0.2.30") -> Actor:
    return Actor(channel=Channel.PORTAL, ip=ip)


def failures(count: int, *, ip: str = "192.0.2.30", at: datetime = MONDAY) -> list[int]:
    """Which of so many failed sign-ins are written."""
    written = [record_repeated_event(kind="sign_in_failed", by=visitor(ip), at=at) for _ in range(count)]
    return [event.times for event in written if event]


@pytest.mark.req("S4-01")
def test_an_event_says_who_did_what_to_whom_when_and_from_where():
    dana, alice = a_staff_member("Dana Pokorná"), a_user("Alice Dvořáková")

    with capture_logs() as lines:
        record_audit_event(
            kind="email_changed", by=backoffice(dana), at=MONDAY, subject=alice,
            before={"email": "alice@example.cz"}, after={"email": "alice@jinde.example"},
        )  # fmt: skip

    [event] = AuditEvent.objects.all()
    assert (event.kind, event.by, event.acting_for, event.at, event.ip) == ("email_changed", dana, None, MONDAY, "192.0.2.20")
    assert (event.object_type, event.object_id, event.object_text) == ("customers.user", alice.pk, "Alice Dvořáková")
    assert (event.before, event.after) == ({"email": "alice@example.cz"}, {"email": "alice@jinde.example"})
    assert lines == [
        {
            "event": "audit", "log_level": "info", "kind": "email_changed", "by": dana.pk, "acting_for": None,
            "ip": "192.0.2.20", "object": f"customers.user:{alice.pk}", "changed": ["email"], "times": 1,
        }
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["password", "new_password", "token", "invitation_link", "Secret", "hash"])
def test_a_secret_is_refused_before_it_is_written(name: str):
    with pytest.raises(ValueError, match="Secrets stay out of the security log"):
        record_audit_event(kind="password_changed", by=visitor(), at=MONDAY, after={name: "x"})

    assert AuditEvent.objects.count() == 0


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE customers_auditevent SET ip = NULL",
        "DELETE FROM customers_auditevent",
        "TRUNCATE customers_auditevent",
    ],
)
def test_the_database_itself_refuses_to_change_the_log(statement: str):
    event = record_audit_event(kind="exported", by=visitor(), at=MONDAY)

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET CONSTRAINTS ALL IMMEDIATE; {statement}")

    event.refresh_from_db()
    assert event.ip == "192.0.2.30"


def test_an_act_that_is_rolled_back_leaves_no_event():
    with transaction.atomic():
        record_audit_event(kind="exported", by=visitor(), at=MONDAY)
        transaction.set_rollback(True)

    assert AuditEvent.objects.count() == 0


def test_of_many_failures_of_a_network_few_are_written():
    assert failures(300) == [1, 2, 3, 4, 5, 8, 16, 32, 64, 128, 256]


def test_a_network_is_one_place_and_another_hour_begins_anew():
    failures(6, ip="192.0.2.30")

    assert failures(2, ip="192.0.2.99") == [8]
    assert failures(1, ip="192.0.2.30", at=MONDAY + timedelta(hours=1)) == [1]


def test_a_thousand_networks_write_no_more_than_the_bound_of_an_hour():
    written = [failures(1, ip=f"10.{number // 250}.{number % 250}.7") for number in range(1000)]

    assert (sum(map(len, written)), AuditTally.objects.count()) == (300 + 5 + 7, 301)


def test_what_a_person_may_not_do_is_counted_by_person_not_by_network():
    alice, bob = a_user("Alice Dvořáková"), a_user("Bob Kučera")
    by = [Actor(user=user, channel=Channel.PORTAL, ip="192.0.2.30") for user in (alice, bob)]

    for actor in by * 5:
        record_repeated_event(kind="access_refused", by=actor, at=MONDAY, after={"page": "tickets:detail"})

    assert list(AuditEvent.objects.filter(by=bob).order_by("id").values_list("times", flat=True)) == [1, 2, 3, 4, 5]


def test_counts_of_hours_that_are_over_are_forgotten():
    failures(1)

    assert forget_old_tallies(at=MONDAY + timedelta(hours=1)) == 0
    assert forget_old_tallies(at=MONDAY + timedelta(hours=3)) == 1


def test_changed_rights_of_a_person_are_written_before_and_after():
    dana, company = a_staff_member("Dana Pokorná"), a_customer()
    alice = a_member(company, "Alice Dvořáková")

    with watched_rights(alice, by=backoffice(dana), at=MONDAY):
        Membership.objects.filter(user=alice).update(is_manager=True)
        alice.is_active = False
        alice.save()

    [event] = AuditEvent.objects.all()
    assert (event.kind, event.object_id) == ("rights_changed", alice.pk)
    assert event.before == {"is_active": True, f"customer {company.pk}": ["is_member"]}
    assert event.after == {"is_active": False, f"customer {company.pk}": ["is_member", "is_manager"]}


def test_nothing_is_written_where_no_right_changed():
    dana = a_staff_member("Dana Pokorná")

    with watched_rights(dana, by=backoffice(dana), at=MONDAY):
        dana.first_name = "Daniela"
        dana.save()

    assert AuditEvent.objects.count() == 0


def test_groups_are_rights():
    assert rights_of(a_staff_member(group="vedoucí")) == {
        "is_active": True, "is_staff": True, "is_superuser": False, "groups": ["vedoucí"],
    }  # fmt: skip
