"""What one signed-in customer may send within an hour and a day; staff are not limited, and nothing typed is lost."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from helpdesk.customers.actor import Actor
from helpdesk.customers.channels import Channel
from helpdesk.customers.models import SentCount
from helpdesk.customers.services.limits import Kind, LimitReached, count_of_person, forget_old_counts
from tests.builders import (
    a_contract,
    a_customer,
    a_member,
    a_paragraph,
    a_staff_member,
    a_ticket,
    an_operator,
    backoffice,
    prague,
)
from tests.tickets.desk import signed_in, text_of
from tests.tickets.test_views_filing import typed
from tickets.models import Attachment, Message, Ticket
from tickets.services.attachments import FileRefused, stage_file
from tickets.services.conversation import post_message

pytestmark = pytest.mark.django_db
MORNING = prague("2026-03-02T10:20")


def by(person) -> Actor:
    return Actor(user=person, channel=Channel.PORTAL)


def write(ticket: Ticket, *, at, person=None) -> Message:
    return post_message(ticket=ticket, body="Prosím o zprávu.", by=by(person or ticket.author), at=at)


@pytest.fixture
def few(settings):
    settings.CUSTOMER_LIMITS = {
        "request": {"hour": 2, "day": 3},
        "message": {"hour": 2, "day": 3},
        "upload": {"day": 3 * 1024**2},
    }


def test_third_message_within_an_hour_waits_for_the_next_hour(few):
    ticket = a_ticket()
    write(ticket, at=MORNING)
    write(ticket, at=MORNING)

    with pytest.raises(LimitReached) as refusal:
        write(ticket, at=prague("2026-03-02T10:59"))
    later = write(ticket, at=prague("2026-03-02T11:00"))

    assert str(refusal.value).replace("\u00a0", " ") == (
        "Za tuto hodinu jste už poslali nejvíc zpráv, kolik jich od jedné osoby přijmeme (2). "
        "Pokračovat můžete v 11:00; spěchá-li to, zavolejte nám prosím."
    )
    assert refusal.value.until == prague("2026-03-02T11:00")
    assert later.at == prague("2026-03-02T11:00")


def test_fourth_message_of_a_day_waits_for_midnight_of_prague(few):
    ticket = a_ticket()
    for hour in ("10", "11", "12"):
        write(ticket, at=prague(f"2026-03-02T{hour}:00"))

    with pytest.raises(LimitReached) as refusal:
        write(ticket, at=prague("2026-03-02T23:59"))
    write(ticket, at=prague("2026-03-03T00:00"))

    assert "Pokračovat můžete zítra po půlnoci" in str(refusal.value).replace("\u00a0", " ")
    assert refusal.value.until == prague("2026-03-03T00:00")


def test_colleagues_and_staff_are_counted_apart_and_not_at_all(few):
    ticket, dana = a_ticket(), a_staff_member()
    bob = a_member(ticket.customer, "Bob Kučera", is_manager=True)
    for person in (ticket.author, ticket.author, bob, bob):
        write(ticket, at=MORNING, person=person)
    for _ in range(5):
        post_message(ticket=ticket, body="Pracujeme na tom.", by=backoffice(dana), at=MORNING)

    assert SentCount.objects.filter(user=dana).count() == 0
    assert sorted(SentCount.objects.filter(kind="message", span="day").values_list("user", "amount")) == [
        (ticket.author_id, 2),
        (bob.pk, 2),
    ]


def test_refused_act_is_not_counted(few):
    ticket = a_ticket()

    with pytest.raises(Exception, match="Napište zprávu"):
        post_message(ticket=ticket, body=" ", by=by(ticket.author), at=MORNING)

    assert SentCount.objects.filter(kind="message").count() == 0


def test_same_message_sent_twice_counts_once(few):
    ticket, token = a_ticket(), uuid.uuid4()

    for _ in range(3):
        post_message(ticket=ticket, body="Dvojklik", by=by(ticket.author), at=MORNING, form_token=token)

    assert SentCount.objects.get(kind="message", span="hour").amount == 1


def test_files_of_a_day_are_limited_by_their_size(few):
    alice = a_member(a_customer())
    megabyte = b"a" * 1024**2

    def upload(content: bytes, at) -> Attachment:
        return stage_file(user=alice, form_token=uuid.uuid4(), upload=SimpleUploadedFile("a.txt", content), at=at)

    for _ in range(3):
        upload(megabyte, MORNING)
    with pytest.raises(FileRefused) as refusal:
        upload(b"a", MORNING + timedelta(hours=5))
    upload(megabyte, MORNING + timedelta(days=1))

    assert refusal.value.reason.replace("\u00a0", " ") == (
        "Dnes jste už nahráli nejvíc souborů, kolik jich od jedné osoby přijmeme (3 MB). "
        "Pokračovat můžete zítra po půlnoci; spěchá-li to, zavolejte nám prosím."
    )
    assert Attachment.objects.count() == 4


@pytest.mark.req("S2-12")
def test_refused_filing_shows_the_form_with_all_that_was_typed(few):
    an_operator()
    paragraph = a_paragraph(a_contract(a_customer()))
    alice = a_member(paragraph.contract.customer)
    client = signed_in(alice)
    form = typed(paragraph)
    for _ in range(2):
        client.post("/pozadavky/novy/", form | {"form_token": uuid.uuid4()})

    third = {"form_token": uuid.uuid4(), "subject": "Třetí požadavek", "description": "Tiskárna hlásí chybu 0x1."}
    refused = client.post("/pozadavky/novy/", form | third)

    page = text_of(refused)
    assert (refused.status_code, Ticket.objects.count()) == (409, 2)
    assert "Za tuto hodinu jste už založili nejvíc požadavků, kolik jich od jedné osoby přijmeme (2)." in page
    assert "Třetí požadavek" in page
    assert "Tiskárna hlásí chybu 0x1." in page


def test_refused_message_and_complaint_stay_in_their_forms(settings):
    settings.CUSTOMER_LIMITS = {**settings.CUSTOMER_LIMITS, "message": {"hour": 0, "day": 0}}
    ticket = a_ticket()

    refused = signed_in(ticket.author).post(
        f"/pozadavky/{ticket.pk}/zprava/", {"form_token": uuid.uuid4(), "body": "Stále to nejde."}
    )

    assert (refused.status_code, Message.objects.count()) == (409, 0)
    assert "Stále to nejde." in text_of(refused)
    assert "poslali nejvíc zpráv" in text_of(refused)


def test_counts_are_forgotten_after_their_day(few):
    alice = a_member(a_customer())
    count_of_person(person=alice, kind=Kind.MESSAGE, at=MORNING)

    early = forget_old_counts(at=prague("2026-03-03T12:00"))
    late = forget_old_counts(at=prague("2026-03-05T12:00"))

    assert (early, late, SentCount.objects.count()) == (0, 2, 0)


@pytest.mark.django_db(transaction=True)
def test_at_once_no_more_pass_than_may(settings):
    settings.CUSTOMER_LIMITS = {**settings.CUSTOMER_LIMITS, "message": {"hour": 5, "day": 5}}
    alice = a_member(a_customer())

    def attempt(_: int) -> bool:
        try:
            count_of_person(person=alice, kind=Kind.MESSAGE, at=MORNING)
        except LimitReached:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(8) as pool:
        passed = sum(pool.map(attempt, range(20)))

    assert (passed, SentCount.objects.get(span="hour").amount) == (5, 5)
