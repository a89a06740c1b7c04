"""A newly published version of a calendar: running clocks follow it, stopped ones stay; nothing is lost or done twice."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection, transaction

from helpdesk.customers.models import ContractParagraph, StaffTask
from sla.models import CalendarVersion, ServiceCalendar, ServiceWindow
from sla.services import draft_version, publish_version
from tests.builders import MONDAY, a_calendar, a_staff_member, a_ticket, an_accepted_ticket, backoffice, prague
from tests.tickets.lives import complain, decide, promised, resolve, stored, suspend
from tickets import tasks
from tickets.models import SlaCheck, Ticket
from tickets.models.clocks import SLA_COLUMNS
from tickets.services import clocks, lifecycle, recompute

LATER = prague("2026-03-02T12:00")


def sweep(at: datetime = LATER) -> None:
    with time_machine.travel(at, tick=False):
        tasks.move_to_new_calendars()


def publish(calendar: ServiceCalendar, *, closes: str = "12:00", at: datetime = LATER) -> CalendarVersion:
    """A version whose days end earlier: by default half of the usual day."""
    draft = draft_version(calendar=calendar)
    hours, minutes = closes.split(":")
    ServiceWindow.objects.filter(version=draft).update(closes=int(hours) * 3600 + int(minutes) * 60)
    return publish_version(version=draft, by=None, at=at)


@pytest.fixture
def calendar():
    return a_calendar("08:00-16:00")


@pytest.fixture
def paragraph(calendar) -> ContractParagraph:
    return promised("Hod", "4", "8", calendar=calendar)


def progress(version: CalendarVersion) -> tuple[int, int, bool]:
    version.refresh_from_db()
    return version.recompute_done, version.recompute_total, version.recomputed_at is not None


@pytest.mark.django_db
def test_running_requests_are_measured_by_the_new_version(paragraph, calendar):
    ticket = a_ticket(paragraph=paragraph)
    before = stored(ticket)

    version = publish(calendar)
    sweep()

    after = stored(ticket)
    assert (before.reaction_due_at, before.resolution_due_at) == (prague("2026-03-02T14:00"), prague("2026-03-03T10:00"))
    assert (after.reaction_due_at, after.resolution_due_at) == (prague("2026-03-03T10:00"), prague("2026-03-04T10:00"))
    assert (after.calendar_version, after.reaction_version, after.next_due_at) == (version, version, after.reaction_due_at)
    assert progress(version) == (1, 1, True)


@pytest.mark.django_db
@pytest.mark.parametrize("stopped", ["resolved", "disputed", "cancelled", "closed"])
def test_stopped_clocks_stay_as_they_were_measured(paragraph, calendar, stopped):
    ticket = an_accepted_ticket(paragraph=paragraph)
    staff = backoffice(a_staff_member())
    if stopped == "cancelled":
        lifecycle.cancel(ticket=ticket, reason="Duplicita", by=staff, at=MONDAY)
    else:
        resolve(ticket, MONDAY)
    if stopped in ("disputed", "closed"):
        complain(ticket, MONDAY)
    if stopped == "closed":
        decide(ticket, MONDAY, upheld=False)
    before = Ticket.objects.filter(pk=ticket.pk).values(*SLA_COLUMNS).get()

    version = publish(calendar)
    sweep()

    assert Ticket.objects.filter(pk=ticket.pk).values(*SLA_COLUMNS).get() == before
    assert progress(version) == (0, 0, True)


@pytest.mark.django_db
def test_reaction_that_was_decided_stays_while_the_resolution_moves(paragraph, calendar):
    ticket = an_accepted_ticket(paragraph=paragraph)
    before = stored(ticket)

    publish(calendar)
    sweep()

    after = stored(ticket)
    assert (after.reaction_due_at, after.reaction_version) == (before.reaction_due_at, before.calendar_version)
    assert after.resolution_due_at == prague("2026-03-04T10:00")


@pytest.mark.django_db
def test_suspended_request_moves_too_and_goes_on_by_the_new_version(paragraph, calendar):
    ticket = an_accepted_ticket(paragraph=paragraph)
    suspend(ticket, MONDAY)

    version = publish(calendar)
    sweep()

    assert (stored(ticket).calendar_version, stored(ticket).resolution_due_at) == (version, None)


@pytest.mark.django_db
def test_upheld_complaint_that_runs_again_by_an_old_version_is_moved_later(paragraph, calendar):
    ticket = an_accepted_ticket(paragraph=paragraph)
    resolve(ticket, MONDAY)
    complain(ticket, MONDAY)
    version = publish(calendar)
    sweep()

    decide(ticket, LATER, upheld=True)
    sweep()
    sweep()

    assert (stored(ticket).calendar_version, progress(version)) == (version, (1, 1, True))


@pytest.mark.django_db
def test_calendars_of_others_and_paragraphs_moved_to_them_are_left_alone(paragraph, calendar):
    other = a_ticket(paragraph=promised("Hod", "4", "8"))
    before = stored(other).calendar_version

    publish(calendar)
    sweep()

    assert stored(other).calendar_version == before


@pytest.mark.django_db
def test_version_overtaken_before_its_sweep_is_skipped(paragraph, calendar):
    ticket = a_ticket(paragraph=paragraph)

    second, third = publish(calendar), publish(calendar, closes="10:00")
    sweep()

    assert stored(ticket).calendar_version == third
    assert (progress(second), progress(third)) == ((0, 0, True), (1, 1, True))


@pytest.mark.django_db
def test_requests_of_several_older_versions_are_moved_by_one_sweep(paragraph, calendar, monkeypatch):
    monkeypatch.setattr(recompute, "BATCH", 1)
    outer, *inner, last = tickets = [an_accepted_ticket(paragraph=paragraph) for _ in range(4)]
    for ticket in inner:
        resolve(ticket, MONDAY)
        complain(ticket, MONDAY)
    second = publish(calendar)
    sweep()
    for ticket in inner:
        decide(ticket, LATER, upheld=True)
    behind = stored(outer).calendar_version, stored(last).calendar_version, {stored(one).calendar_version for one in inner}
    third = publish(calendar, closes="10:00")

    sweep()

    first = calendar.versions.get(number=1)
    assert behind == (second, second, {first})
    assert {stored(ticket).calendar_version for ticket in tickets} == {third}


@pytest.mark.django_db
def test_nothing_to_do_costs_three_small_queries(paragraph, calendar, django_assert_num_queries):
    a_ticket(paragraph=paragraph)
    publish(calendar)
    sweep()

    with django_assert_num_queries(5):  # savepoint, versions to reach, older versions, requests by them, release
        assert recompute.move_batch(at=LATER, sweep=recompute.Sweep()) == 0


@pytest.mark.django_db(transaction=True)
def test_worker_killed_in_the_middle_is_resumed_without_doing_anything_twice(paragraph, calendar, monkeypatch):
    tickets = [a_ticket(paragraph=paragraph) for _ in range(10)]
    version = publish(calendar)
    monkeypatch.setattr(recompute, "BATCH", 4)
    apply, seen = clocks.apply, []

    def dying(ticket: Ticket, *rest: Any) -> None:
        seen.append(ticket.pk)
        if len(seen) == 6:  # the second of the second batch
            raise KeyboardInterrupt
        apply(ticket, *rest)

    monkeypatch.setattr(clocks, "apply", dying)
    with pytest.raises(KeyboardInterrupt):
        sweep()
    half_way = progress(version), Ticket.objects.filter(calendar_version=version).count()
    seen[:] = [0] * 10
    sweep()

    assert half_way == ((4, 10, False), 4)
    assert progress(version) == (10, 10, True)
    assert seen[10:] == [ticket.pk for ticket in tickets[4:]]
    assert {stored(ticket).resolution_due_at for ticket in tickets} == {prague("2026-03-04T10:00")}


@pytest.mark.django_db
def test_request_whose_replay_fails_does_not_stop_the_others(paragraph, calendar, monkeypatch):
    broken, healthy = a_ticket(paragraph=paragraph), a_ticket(paragraph=paragraph)
    version = publish(calendar)
    apply = clocks.apply

    def apply_unless_broken(ticket: Ticket, *rest: Any) -> None:
        if ticket.pk == broken.pk:
            raise RuntimeError("the row is broken")
        apply(ticket, *rest)

    monkeypatch.setattr(clocks, "apply", apply_unless_broken)
    sweep()

    assert (stored(healthy).calendar_version, progress(version)) == (version, (1, 2, False))


@pytest.mark.django_db(transaction=True)
def test_request_that_somebody_works_on_is_moved_when_they_are_done(paragraph, calendar):
    busy, idle = a_ticket(paragraph=paragraph), a_ticket(paragraph=paragraph)
    version = publish(calendar)
    locked, done = threading.Event(), threading.Event()

    def somebody() -> None:
        try:
            with transaction.atomic():
                Ticket.objects.locked(busy.pk)
                locked.set()
                done.wait(timeout=10)
        finally:
            connection.close()

    thread = threading.Thread(target=somebody)
    thread.start()
    locked.wait(timeout=10)
    sweep()
    meanwhile = stored(idle).calendar_version, progress(version)
    done.set()
    thread.join()
    sweep()

    assert meanwhile == (version, (1, 2, False))
    assert (stored(busy).calendar_version, progress(version)) == (version, (2, 2, True))


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_move_each_request_once(paragraph, calendar, monkeypatch):
    tickets = [a_ticket(paragraph=paragraph) for _ in range(8)]
    version = publish(calendar)
    monkeypatch.setattr(recompute, "BATCH", 2)
    start = threading.Barrier(2, timeout=10)

    def worker() -> None:
        try:
            start.wait()
            tasks.move_to_new_calendars()
        finally:
            connection.close()

    workers = [threading.Thread(target=worker) for _ in range(2)]
    for thread in workers:
        thread.start()
    for thread in workers:
        thread.join()
    sweep()

    assert ({stored(ticket).calendar_version for ticket in tickets}, progress(version)) == ({version}, (8, 8, True))


def check(at: datetime) -> None:
    with time_machine.travel(at, tick=False):
        tasks.check_deadlines()


@pytest.mark.django_db
def test_nightly_check_finds_nothing_where_stored_equals_replayed(paragraph):
    resolve(an_accepted_ticket(paragraph=paragraph), MONDAY)
    suspend(an_accepted_ticket(paragraph=paragraph), MONDAY)
    lifecycle.cancel(ticket=a_ticket(paragraph=paragraph), reason="Omyl", by=backoffice(a_staff_member()), at=MONDAY)
    a_ticket(paragraph=promised("Hod", "4", "8"))

    check(prague("2026-03-03T02:00"))

    night = SlaCheck.objects.get()
    assert (night.checked, night.differing, night.finished_at) == (4, 0, prague("2026-03-03T02:00"))


@pytest.mark.django_db
def test_difference_is_reported_to_a_leader_once_and_not_mended(paragraph):
    vera = a_staff_member("Věra Horká", group="vedoucí")
    ticket = a_ticket(paragraph=paragraph)
    wrong = stored(ticket).resolution_due_at - timedelta(hours=1)
    Ticket.objects.filter(pk=ticket.pk).update(resolution_due_at=wrong)

    check(prague("2026-03-03T02:00"))
    check(prague("2026-03-04T02:00"))

    task = StaffTask.objects.get(link__ticket=ticket)
    assert (task.assignee, task.text) == (vera, "Zkontrolovat lhůty SLA: uložené se neshodují s přepočtem")
    assert (stored(ticket).resolution_due_at, [night.differing for night in SlaCheck.objects.all()]) == (wrong, [1, 1])


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("at", "nights"), [("2026-03-04T01:59", 1), ("2026-03-04T02:00", 2), ("2026-03-07T11:00", 2)], ids=["same", "next", "late"]
)
def test_check_is_made_once_a_night_and_made_up_for(paragraph, at, nights):
    check(prague("2026-03-03T02:00"))
    check(prague("2026-03-03T14:00"))

    check(prague(at))

    assert SlaCheck.objects.count() == nights


@pytest.mark.django_db
def test_later_check_looks_at_open_requests_and_at_what_changed_since(paragraph):
    untouched = resolve(an_accepted_ticket(paragraph=paragraph), MONDAY)
    check(prague("2026-03-03T02:00"))
    a_ticket(paragraph=paragraph)
    resolve(an_accepted_ticket(paragraph=paragraph), prague("2026-03-03T10:00"))
    Ticket.objects.filter(pk=untouched.pk).update(resolution_due_at=MONDAY, resolution_seconds=5)

    check(prague("2026-03-04T02:00"))

    night = SlaCheck.objects.first()
    assert (night.checked, night.differing) == (2, 0)
