"""What the database itself refuses, whatever the code does."""

from __future__ import annotations

import threading
from collections.abc import Callable
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import ProtectedError

from helpdesk.mail.models import OutgoingMail
from tests.builders import (
    MONDAY,
    a_member,
    a_message,
    a_paragraph,
    a_resolved_ticket,
    a_staff_member,
    a_ticket,
    an_accepted_ticket,
    backoffice,
    portal,
    prague,
)
from tickets.models import Message, Note, Ticket, TicketEvent
from tickets.services import complaints, conversation, lifecycle
from tickets.services.log import StateChanged

LATER = prague("2026-03-03T09:00")


def an_event() -> TicketEvent:
    return a_ticket().events.get()


def a_public_message() -> Message:
    return a_message(a_ticket())


def a_note() -> Note:
    return conversation.add_note(ticket=a_ticket(), body="Interně.", by=backoffice(a_staff_member()), at=MONDAY)


@pytest.mark.django_db
@pytest.mark.req("S2-18", "S4-01", "S4-26")
@pytest.mark.parametrize("make", [an_event, a_public_message, a_note])
@pytest.mark.parametrize("act", ["update", "delete", "truncate"])
def test_the_log_messages_and_notes_are_append_only(make: Callable[[], TicketEvent | Message | Note], act: str):
    row = make()
    table = row._meta.db_table
    statement = {
        "update": f"UPDATE {table} SET at = now() WHERE id = {row.pk}",
        "delete": f"DELETE FROM {table} WHERE id = {row.pk}",
        "truncate": f"TRUNCATE {table} CASCADE",
    }[act]

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(DatabaseError, match="append-only"):
            cursor.execute(statement)
        transaction.set_rollback(True)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"status": "escalated"}, "ticket_escalated_has_assignee"),
        ({"status": "suspended"}, "ticket_suspended_has_since"),
        ({"status": "resolved"}, "ticket_resolved_has_outcome"),
        ({"status": "closed"}, "ticket_"),
        ({"status": "cancelled"}, "ticket_cancelled_has_reason"),
        ({"status": "reopened"}, "ticket_status_known"),
        ({"description": "á" * 8001}, "ticket_description_limit"),
        ({"agreed_price": 100}, "ticket_agreement_signed"),
    ],
)
def test_no_state_without_its_fields(change: dict[str, object], constraint: str):
    ticket = a_ticket(paragraph=a_paragraph(kind="question", has_sla=False))

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Ticket.objects.filter(pk=ticket.pk).update(**change)


@pytest.mark.django_db
@pytest.mark.req("D15", "S4-22")
@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"calendar_version": None}, "ticket_without_clock"),
        ({"is_wdin": None}, "ticket_without_clock"),
        ({"resolution_due_at": None}, "ticket_due_unless_it_stands"),
        ({"reaction_due_at": None}, "ticket_due_unless_it_stands"),
        ({"resolution_breach_at": MONDAY}, "ticket_due_before_breach"),
        ({"reaction_met": True}, "ticket_reaction_decided"),
        ({"resolution_met": False}, "ticket_resolution_decided"),
        (
            {"status": "cancelled", "cancelled_at": MONDAY, "cancel_reason": "Duplicita"},
            "ticket_alarm_only|ticket_cancelled_without",
        ),
    ],
)
def test_no_clock_without_what_belongs_to_it(change: dict[str, object], constraint: str):
    ticket = a_ticket()

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Ticket.objects.filter(pk=ticket.pk).update(**change)


@pytest.mark.django_db
@pytest.mark.req("S2-11")
def test_the_limit_of_the_description_counts_characters_not_bytes():
    ticket = a_ticket(description="ž" * 8000)

    assert len(ticket.description) == 8000


@pytest.mark.django_db
@pytest.mark.req("S2-13")
def test_numbers_rise_from_10001_and_are_never_used_again():
    author, paragraph = _someone()
    first = a_ticket(author=author, paragraph=paragraph)
    with transaction.atomic():
        lost = a_ticket(author=author, paragraph=paragraph)
        transaction.set_rollback(True)

    next_one = a_ticket(author=author, paragraph=paragraph)

    assert first.pk >= 10001
    assert (lost.pk, next_one.pk) == (first.pk + 1, first.pk + 2)


@pytest.mark.django_db
def test_what_others_refer_to_cannot_be_deleted():
    ticket = a_ticket()

    for row in (ticket, ticket.author, ticket.contract, ticket.paragraph, ticket.customer):
        with pytest.raises(ProtectedError):
            row.delete()


def _someone() -> tuple[object, object]:
    paragraph = a_paragraph()
    return a_member(paragraph.contract.customer), paragraph


def at_once(*acts: Callable[[], object]) -> list[object]:
    """Run the acts in threads with connections of their own; returns results or errors in the same order."""
    results: list[object] = [None] * len(acts)
    gate = threading.Barrier(len(acts))

    def run(place: int, act: Callable[[], object]) -> None:
        try:
            gate.wait()
            results[place] = act()
        except Exception as error:
            results[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place, act)) for place, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.mark.django_db(transaction=True)
def test_of_two_people_who_accept_at_once_one_wins_and_the_other_reads_why():
    ticket = a_ticket()
    people = [backoffice(a_staff_member("Dana Pokorná")), backoffice(a_staff_member("Jana Svobodová"))]

    results = at_once(*[lambda by=by: lifecycle.accept(ticket=ticket, by=by, at=LATER) for by in people])

    assert sorted(type(result).__name__ for result in results) == ["StateChanged", "Ticket"]
    assert ticket.events.filter(kind="accepted").count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_complaint_and_a_confirmation_at_once_leave_one_of_them():
    ticket = a_resolved_ticket()
    by = portal(ticket.author)

    results = at_once(
        lambda: complaints.file_complaint(ticket=ticket, reason="Trvá.", by=by, at=LATER),
        lambda: lifecycle.confirm_resolution(ticket=ticket, by=by, at=LATER),
    )

    ticket.refresh_from_db()
    assert [type(result) for result in results].count(StateChanged) == 1
    assert ticket.complaints.count() == (1 if ticket.status == "disputed" else 0)


@pytest.mark.django_db(transaction=True)
@pytest.mark.req("S2-13")
def test_many_people_file_at_once_and_each_gets_a_number_of_its_own():
    author, paragraph = _someone()

    results = at_once(*[lambda: a_ticket(author=author, paragraph=paragraph) for _ in range(6)])

    assert len({ticket.pk for ticket in results}) == 6


@pytest.mark.django_db(transaction=True)
def test_two_messages_at_once_are_both_counted():
    ticket = an_accepted_ticket()
    by = portal(ticket.author)

    at_once(*[lambda: conversation.post_message(ticket=ticket, body="Ještě něco.", by=by, at=LATER) for _ in range(4)])

    ticket.refresh_from_db()
    assert (ticket.message_count, ticket.messages.count()) == (4, 4)


@pytest.mark.django_db(transaction=True)
@pytest.mark.req("S2-12")
def test_a_double_click_files_one_request_and_sends_one_message():
    author, paragraph = _someone()
    token = uuid4()

    filed = at_once(*[lambda: a_ticket(author=author, paragraph=paragraph, form_token=token) for _ in range(3)])
    sent = at_once(
        *[
            lambda: conversation.post_message(ticket=filed[0], body="Jednou.", by=portal(author), at=LATER, form_token=token)
            for _ in range(3)
        ]
    )

    assert len({ticket.pk for ticket in filed}) == 1
    assert len({message.pk for message in sent}) == 1
    assert OutgoingMail.objects.filter(kind="filed").count() == 1
