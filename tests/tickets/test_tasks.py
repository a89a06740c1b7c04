"""Sweeps over requests with a fixed clock: what is due happens once, late or doubled workers or not."""

from __future__ import annotations

import threading
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection

from helpdesk.customers.models import StaffTask
from helpdesk.mail.models import OutgoingMail
from tests.builders import (
    MONDAY,
    a_contract,
    a_customer,
    a_member,
    a_paragraph,
    a_resolution,
    a_resolved_ticket,
    a_staff_member,
    a_suspended_ticket,
    a_ticket,
    an_accepted_ticket,
    backoffice,
    portal,
    prague,
)
from tickets import tasks
from tickets.models import Attachment, Status, Ticket
from tickets.services import attachments, complaints, lifecycle
from tickets.services.tasks import add_ticket_task, finish_task


def sweep(task, at):
    with time_machine.travel(at, tick=False):
        task()


def status(ticket: Ticket) -> str:
    return Ticket.objects.get(pk=ticket.pk).status


def letters(kind: str) -> int:
    return OutgoingMail.objects.filter(kind=kind).count()


@pytest.mark.django_db
@pytest.mark.req("C08", "D16", "S4-20")
@pytest.mark.parametrize(
    ("resolved", "last_moment", "end"),
    [
        pytest.param("2026-03-02T10:00", "2026-03-16T23:59:59", "2026-03-17T00:00", id="ten working days"),
        pytest.param("2026-12-21T10:00", "2027-01-07T23:59:59", "2027-01-08T00:00", id="Christmas and New Year"),
        pytest.param("2026-03-27T10:00", "2026-04-14T23:59:59", "2026-04-15T00:00", id="Easter and the clock change"),
        pytest.param("2026-03-07T10:00", "2026-03-20T23:59:59", "2026-03-21T00:00", id="resolved on a Saturday"),
    ],
)
def test_request_closes_itself_when_the_complaint_window_ends(resolved, last_moment, end):
    ticket = a_resolved_ticket(at=prague(resolved))

    sweep(tasks.close_expired_requests, prague(last_moment))
    before = status(ticket)
    sweep(tasks.close_expired_requests, prague(end))

    assert (before, status(ticket)) == (Status.RESOLVED, Status.CLOSED)
    closed = Ticket.objects.get(pk=ticket.pk)
    assert (closed.closed_at, closed.events.last().actor) == (prague(end), None)


@pytest.mark.django_db
@pytest.mark.req("C08")
@pytest.mark.parametrize(
    ("resolved", "early", "due"),
    [
        pytest.param("2026-03-02T10:00", "2026-03-12T07:59:59", "2026-03-12T08:00", id="ten working days"),
        pytest.param("2026-12-21T10:00", "2027-01-05T07:59:59", "2027-01-05T08:00", id="Christmas and New Year"),
        pytest.param("2026-03-27T10:00", "2026-04-10T07:59:59", "2026-04-10T08:00", id="Easter"),
    ],
)
def test_customer_is_reminded_two_working_days_before_the_window_ends(resolved, early, due):
    a_resolved_ticket(at=prague(resolved))

    sweep(tasks.remind_of_closing, prague(early))
    before = letters("closing_reminder")
    sweep(tasks.remind_of_closing, prague(due))
    sweep(tasks.remind_of_closing, prague(due) + timedelta(minutes=1))

    assert (before, letters("closing_reminder")) == (0, 1)


@pytest.mark.django_db
@pytest.mark.req("C08")
def test_reminder_says_the_last_day():
    a_resolved_ticket(at=MONDAY)

    sweep(tasks.remind_of_closing, prague("2026-03-12T08:00"))

    letter = OutgoingMail.objects.get(kind="closing_reminder")
    assert letter.text.startswith("Dobrý den,\n\nřešení tohoto požadavku lze reklamovat do konce dne 16. 3. 2026.")


@pytest.mark.django_db
def test_complaint_in_the_last_second_keeps_the_request_open():
    ticket = a_resolved_ticket(at=MONDAY)
    complaints.file_complaint(ticket=ticket, reason="Nejde to.", by=portal(ticket.author), at=prague("2026-03-16T23:59:59"))

    sweep(tasks.close_expired_requests, prague("2026-03-17T00:00"))

    assert status(ticket) == Status.DISPUTED


@pytest.mark.django_db
def test_request_resolved_anew_is_reminded_anew():
    ticket = a_resolved_ticket(at=MONDAY)
    sweep(tasks.remind_of_closing, prague("2026-03-12T08:00"))
    complaints.file_complaint(ticket=ticket, reason="Nejde to.", by=portal(ticket.author), at=prague("2026-03-12T09:00"))
    staff = backoffice(a_staff_member())
    decision = complaints.Decision(upheld=True, reasoning="")
    complaints.decide_complaint(ticket=ticket, decision=decision, by=staff, at=prague("2026-03-12T10:00"))
    lifecycle.resolve(ticket=ticket, resolution=a_resolution(), by=staff, at=prague("2026-03-12T11:00"))

    sweep(tasks.remind_of_closing, prague("2026-03-12T12:00"))
    too_early = letters("closing_reminder")
    sweep(tasks.remind_of_closing, prague("2026-03-24T08:00"))

    assert (too_early, letters("closing_reminder")) == (1, 2)


@pytest.mark.django_db
def test_worker_that_slept_for_a_week_catches_up_without_doubles():
    ticket = a_resolved_ticket(at=MONDAY)
    late = prague("2026-03-24T10:00")

    for _ in range(2):
        sweep(tasks.remind_of_closing, late)
        sweep(tasks.close_expired_requests, late)

    assert (status(ticket), letters("closing_reminder"), letters("closed")) == (Status.CLOSED, 0, 1)


@pytest.mark.django_db
def test_row_that_fails_does_not_stop_the_others(monkeypatch):
    broken, healthy = a_resolved_ticket(at=MONDAY), a_resolved_ticket(at=MONDAY)
    close = lifecycle.close_expired

    def close_unless_broken(*, ticket, at):
        if ticket.pk == broken.pk:
            raise RuntimeError("the row is broken")
        return close(ticket=ticket, at=at)

    monkeypatch.setattr(lifecycle, "close_expired", close_unless_broken)
    sweep(tasks.close_expired_requests, prague("2026-03-17T00:00"))

    assert (status(broken), status(healthy)) == (Status.RESOLVED, Status.CLOSED)


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_close_and_write_once():
    tickets = [a_resolved_ticket(at=MONDAY) for _ in range(4)]
    start = threading.Barrier(2, timeout=10)

    def worker() -> None:
        try:
            start.wait()
            tasks.close_expired_requests()
        finally:
            connection.close()

    with time_machine.travel(prague("2026-03-17T00:00"), tick=False):
        workers = [threading.Thread(target=worker) for _ in range(2)]
        for thread in workers:
            thread.start()
        for thread in workers:
            thread.join()

    assert [status(ticket) for ticket in tickets] == [Status.CLOSED] * 4
    assert letters("closed") == 4


@pytest.mark.django_db
def test_due_task_is_told_to_its_assignee_once():
    petr = a_staff_member("Petr Vaníček", group="řešitel", email="petr@severka.example")
    ticket = an_accepted_ticket(staff=petr, paragraph=a_paragraph(a_contract(a_customer(name="Hanácké strojírny"))))
    due_at = prague("2026-03-03T10:00")
    add_ticket_task(ticket=ticket, kind=StaffTask.Kind.CALL_BACK, text="Zavolat", at=MONDAY, due_at=due_at, assignee=petr)

    sweep(tasks.remind_of_due_tasks, due_at - timedelta(seconds=1))
    before = letters("staff_task_due")
    sweep(tasks.remind_of_due_tasks, due_at)
    sweep(tasks.remind_of_due_tasks, due_at + timedelta(minutes=1))

    letter = OutgoingMail.objects.get(kind="staff_task_due")
    assert (before, letter.recipient, letter.subject) == (
        0,
        "petr@severka.example",
        f"[{ticket.pk}] Úkol má být hotov: Zavolat zpět",
    )
    assert letter.text.startswith(
        "Dobrý den,\n"
        "\n"
        "tento úkol měl být hotov 3. 3. 2026 10:00:\n"
        "\n"
        "Zavolat\n"
        "\n"
        f"Požadavek: {ticket.pk} – Nelze uložit fakturu do DMS\n"
        "Zákazník: Hanácké strojírny\n"
        "\n"
        "Otevřít v podpoře:\n"
    )


@pytest.mark.django_db
@pytest.mark.parametrize("solver_left", [False, True])
def test_due_task_of_nobody_is_told_to_support(solver_left):
    a_staff_member(email="dana@severka.example")
    solver = a_staff_member("Petr Vaníček", group="řešitel", is_active=False) if solver_left else None
    StaffTask.objects.create(kind="access", text="Ověřit žadatele", created_at=MONDAY, due_at=MONDAY, assignee=solver)

    sweep(tasks.remind_of_due_tasks, MONDAY)

    letter = OutgoingMail.objects.get(kind="staff_task_due")
    assert (letter.recipient, letter.subject) == ("dana@severka.example", "Úkol má být hotov: Nemám přístup")


@pytest.mark.django_db
def test_finished_task_is_not_reminded_of():
    dana = a_staff_member()
    task = StaffTask.objects.create(kind="other", text="Uklidit", created_at=MONDAY, due_at=MONDAY, assignee=dana)
    finish_task(task=task, by=backoffice(dana), at=MONDAY)

    sweep(tasks.remind_of_due_tasks, MONDAY)

    assert letters("staff_task_due") == 0


@pytest.mark.django_db
@pytest.mark.req("S2-16", "S3-06")
@pytest.mark.parametrize("settled", [a_suspended_ticket, a_resolved_ticket])
def test_who_asked_the_customer_or_resolved_has_no_task_left(settled):
    petr = a_staff_member("Petr Vaníček", group="řešitel")

    ticket = settled(assignee=petr)

    assert [task.done_by for task in StaffTask.objects.filter(link__ticket=ticket)] == [petr]


@pytest.mark.django_db
@pytest.mark.req("D25")
def test_files_of_a_form_never_sent_are_deleted_after_a_day(django_capture_on_commit_callbacks):
    alice = a_member(a_customer())
    kept = a_staged_file(alice, at=MONDAY + timedelta(hours=1))
    abandoned = a_staged_file(alice, at=MONDAY)
    sent = a_staged_file(alice, at=MONDAY)
    paragraph = a_paragraph(a_contract(alice.memberships.get().customer))
    a_ticket(author=alice, paragraph=paragraph, form_token=sent.form_token)

    with django_capture_on_commit_callbacks(execute=True):
        sweep(tasks.delete_abandoned_files, MONDAY + timedelta(hours=24, seconds=1))

    assert set(Attachment.objects.values_list("pk", flat=True)) == {kept.pk, sent.pk}
    assert [default_storage.exists(file.path) for file in (abandoned, kept, sent)] == [False, True, True]


def a_staged_file(user, *, at) -> Attachment:
    upload = ContentFile(b"Protokol", name="protokol.txt")
    return attachments.stage_file(user=user, form_token=uuid4(), upload=upload, at=at)
