"""Warnings that time runs out: at which share, to whom, when, and only once."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest
import time_machine
from django.db import connection

from helpdesk.customers.models import EscalationLevel
from helpdesk.mail.models import OutgoingMail
from tests.builders import (
    MONDAY,
    a_calendar,
    a_message,
    a_staff_member,
    a_ticket,
    an_accepted_ticket,
    an_escalated_ticket,
    backoffice,
    prague,
)
from tests.tickets.lives import complain, decide, promised, resolve, resume, stored, suspend
from tickets import tasks
from tickets.models import SlaAlarm, Ticket
from tickets.services import lifecycle

EIGHT = prague("2026-03-02T08:00")  # a Monday; Hod 8 is used up at 16:00


def sweep(at: datetime) -> None:
    with time_machine.travel(at, tick=False):
        tasks.warn_of_deadlines()


def letters() -> list[tuple[str, str]]:
    """The warnings written so far, as (subject, recipient)."""
    found = OutgoingMail.objects.filter(kind__in=["sla_warning", "sla_breach"]).order_by("pk")
    return [(mail.subject, mail.recipient) for mail in found]


def noticed(ticket: Ticket) -> list[tuple[str, int]]:
    return [(alarm.kind, alarm.percent) for alarm in ticket.sla_alarms.all()]


@pytest.fixture
def petr():
    return a_staff_member("Petr Vaníček", group="řešitel", email="petr@severka.example")


@pytest.fixture
def vera():
    return a_staff_member("Věra Horká", group="vedoucí", email="vera@severka.example")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-03-02T11:59:59", []),
        ("2026-03-02T12:00:00", [50]),
        ("2026-03-02T14:00:00", [50, 75]),
        ("2026-03-02T15:12:00", [50, 75, 90]),
        ("2026-03-02T16:00:00", [50, 75, 90]),
        ("2026-03-02T16:00:01", [50, 75, 90, 100]),
    ],
)
def test_levels_are_shares_of_the_counted_time_and_the_last_is_the_breach(petr, at, expected):
    ticket = an_escalated_ticket(assignee=petr, paragraph=promised("Hod", "8", "8"), at=EIGHT)

    sweep(prague(at))

    assert noticed(ticket) == [("resolution", percent) for percent in expected]


@pytest.mark.django_db
def test_solver_is_warned_first_and_leaders_when_it_gets_serious(petr, vera):
    ticket = an_escalated_ticket(assignee=petr, paragraph=promised("Hod", "8", "8"), at=EIGHT)

    for at in ("12:00", "14:00", "15:12", "16:00:01"):
        sweep(prague(f"2026-03-02T{at}"))

    about = "na vyřešení: Nelze uložit fakturu do DMS"
    assert letters() == [
        (f"[{ticket.pk}] Zbývá 4 h {about}", "petr@severka.example"),
        (f"[{ticket.pk}] Zbývá 2 h {about}", "petr@severka.example"),
        (f"[{ticket.pk}] Zbývá 48 min {about}", "petr@severka.example"),
        (f"[{ticket.pk}] Zbývá 48 min {about}", "vera@severka.example"),
        (f"[{ticket.pk}] Překročen čas {about}", "petr@severka.example"),
        (f"[{ticket.pk}] Překročen čas {about}", "vera@severka.example"),
    ]


@pytest.mark.django_db
def test_warning_says_what_is_left_and_opens_the_request_at_the_desk(petr):
    ticket = an_escalated_ticket(assignee=petr, paragraph=promised("Hod", "8", "8"), at=EIGHT)

    sweep(prague("2026-03-02T12:00"))

    letter = OutgoingMail.objects.get(kind="sla_warning")
    assert letter.text.startswith(
        "Dobrý den,\n"
        "\n"
        "z času na vyřešení tohoto požadavku uplynulo 50 %.\n"
        "\n"
        "Zbývá: 4\u00a0h\n"
        "Termín: po\u00a02.\u00a03.\u00a02026 16:00\n"
        "\n"
        f"Požadavek: {ticket.pk} – Nelze uložit fakturu do DMS\n"
        f"Zákazník: {ticket.customer}\n"
        "Stav: Eskalováno\n"
        "Řeší: Petr Vaníček\n"
        "\n"
        "Otevřít požadavek:\n"
        f"http://testserver/backoffice/tickets/ticket/{ticket.pk}/change/\n"
    )


@pytest.mark.django_db
def test_each_level_is_noticed_once():
    ticket = an_accepted_ticket(paragraph=promised("Hod", "8", "8"), at=EIGHT)

    for minutes in (0, 1, 30):
        sweep(prague("2026-03-02T12:00") + timedelta(minutes=minutes))

    assert (noticed(ticket), len(letters())) == ([("resolution", 50)], 1)


@pytest.mark.django_db
def test_request_of_nobody_warns_all_of_support_and_who_has_left_gets_nothing(petr, vera):
    a_staff_member(email="dana@severka.example")
    a_ticket(paragraph=promised("Hod", "8", "16"), at=EIGHT)
    vera.is_active = False
    vera.save()

    sweep(prague("2026-03-02T15:12"))

    assert [recipient for _, recipient in letters()] == ["dana@severka.example"]


@pytest.mark.django_db
def test_leader_who_solves_gets_one_letter(vera):
    an_escalated_ticket(assignee=vera, paragraph=promised("Hod", "8", "8"), at=EIGHT)

    sweep(prague("2026-03-02T15:12"))

    assert [recipient for _, recipient in letters()] == ["vera@severka.example"]


@pytest.mark.django_db
def test_late_worker_writes_about_the_highest_level_and_notices_all(petr, vera):
    ticket = an_escalated_ticket(assignee=petr, paragraph=promised("Hod", "8", "8"), at=EIGHT)

    sweep(prague("2026-03-04T09:00"))
    sweep(prague("2026-03-04T09:01"))

    assert noticed(ticket) == [("resolution", 50), ("resolution", 75), ("resolution", 90), ("resolution", 100)]
    assert {subject for subject, _ in letters()} == {f"[{ticket.pk}] Překročen čas na vyřešení: Nelze uložit fakturu do DMS"}
    assert stored(ticket).alarm_at is None


@pytest.mark.django_db
def test_both_clocks_warn_and_a_met_reaction_warns_no_more():
    ticket = a_ticket(paragraph=promised("Hod", "2", "8"), at=EIGHT)
    sweep(prague("2026-03-02T09:00"))

    lifecycle.accept(ticket=ticket, by=backoffice(a_staff_member()), at=prague("2026-03-02T09:10"))
    sweep(prague("2026-03-02T12:00"))

    assert noticed(ticket) == [("reaction", 50), ("resolution", 50)]


@pytest.mark.django_db
@pytest.mark.parametrize("settled", [resolve, suspend])
def test_nobody_is_warned_of_what_was_settled_just_before(settled):
    ticket = an_accepted_ticket(paragraph=promised("Hod", "8", "8"), at=EIGHT)

    settled(ticket, prague("2026-03-02T11:59"))
    sweep(prague("2026-03-02T13:00"))

    assert (noticed(ticket), letters()) == ([], [])


@pytest.mark.django_db
def test_stale_row_of_the_sweep_is_read_anew_under_the_lock():
    ticket = an_accepted_ticket(paragraph=promised("Hod", "8", "8"), at=EIGHT)
    resolve(ticket, prague("2026-03-02T11:00"))
    void = {"resolved_at": None, "complaint_until": None, "resolution_met": None}
    Ticket.objects.filter(pk=ticket.pk).update(status="accepted", alarm_at=EIGHT, **void)

    sweep(prague("2026-03-02T13:00"))

    assert (noticed(ticket), letters()) == ([], [])


@pytest.mark.django_db
def test_suspending_moves_the_warning_by_the_pause():
    ticket = an_accepted_ticket(paragraph=promised("Hod", "8", "8"), at=EIGHT)

    suspend(ticket, prague("2026-03-02T10:00"))
    while_it_stands = stored(ticket).alarm_at
    resume(ticket, prague("2026-03-02T11:30"))

    assert (while_it_stands, stored(ticket).alarm_at) == (None, prague("2026-03-02T13:30"))


@pytest.mark.django_db
def test_continuous_clock_does_not_wake_anybody_at_night():
    ticket = an_accepted_ticket(paragraph=promised("Min-Cont", "60", "480"), at=prague("2026-03-02T16:00"))

    assert stored(ticket).alarm_at == prague("2026-03-03T08:00")


@pytest.mark.django_db
def test_service_round_the_clock_warns_at_night():
    paragraph = promised("Min-Cont", "60", "480", calendar=a_calendar("", always=True))
    ticket = an_accepted_ticket(paragraph=paragraph, at=prague("2026-03-02T22:00"))

    assert stored(ticket).alarm_at == prague("2026-03-03T02:00")


@pytest.mark.django_db
def test_contract_has_levels_of_its_own(petr, vera):
    paragraph = promised("Hod", "8", "8")
    EscalationLevel.objects.create(contract=paragraph.contract, percent=25, to_assignee=False, to_leaders=True)
    ticket = an_escalated_ticket(assignee=petr, paragraph=paragraph, at=EIGHT)

    sweep(prague("2026-03-02T10:00"))
    sweep(prague("2026-03-05T10:00"))

    assert (noticed(ticket), [recipient for _, recipient in letters()]) == ([("resolution", 25)], ["vera@severka.example"])


@pytest.mark.django_db
def test_upheld_complaint_warns_at_the_levels_that_are_left():
    ticket = an_accepted_ticket(paragraph=promised("Hod", "8", "8"), at=EIGHT)
    sweep(prague("2026-03-02T12:00"))
    resolve(ticket, prague("2026-03-02T13:00"))
    complain(ticket, prague("2026-03-03T08:00"))
    undecided = stored(ticket).alarm_at

    upheld = decide(ticket, prague("2026-03-03T08:30"), upheld=True)

    assert (undecided, upheld.alarm_at) == (None, prague("2026-03-03T09:00"))


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_warn_once():
    tickets = [an_accepted_ticket(paragraph=promised("Hod", "8", "8"), at=EIGHT) for _ in range(3)]
    start = threading.Barrier(2, timeout=10)

    def worker() -> None:
        try:
            start.wait()
            tasks.warn_of_deadlines()
        finally:
            connection.close()

    with time_machine.travel(prague("2026-03-02T12:00"), tick=False):
        workers = [threading.Thread(target=worker) for _ in range(2)]
        for thread in workers:
            thread.start()
        for thread in workers:
            thread.join()

    assert (SlaAlarm.objects.count(), [stored(ticket).alarm_at for ticket in tickets]) == (3, [prague("2026-03-02T14:00")] * 3)


@pytest.mark.django_db
def test_answer_of_a_colleague_takes_the_warning_of_the_reaction_away():
    ticket = a_ticket(paragraph=promised("Hod", "2", "16"))
    before = stored(ticket).alarm_at

    a_message(ticket, author=a_staff_member(), at=MONDAY + timedelta(minutes=5))

    assert (before, stored(ticket).alarm_at) == (MONDAY + timedelta(hours=1), prague("2026-03-03T09:30"))
