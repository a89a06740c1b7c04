"""What lists and pages say of the clocks of a request: signs, boxes, order and filter of the work list."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from time import process_time
from timeit import repeat
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from helpdesk.statements import read_rows
from tests.builders import (
    MONDAY,
    a_member,
    a_message,
    a_paragraph,
    a_staff_member,
    a_ticket,
    an_accepted_ticket,
    an_escalated_ticket,
    backoffice,
    prague,
)
from tests.tickets.lives import complain, promised, resolve, resume, stored, suspend
from tickets import clockface
from tickets.models import Ticket
from tickets.services import clocks, lifecycle

pytestmark = pytest.mark.django_db

WORKLIST = "/backoffice/tickets/ticket/fragment/"
HOUR = timedelta(hours=1)


def plain(text: str) -> str:
    return text.replace("\u00a0", " ").replace("&nbsp;", " ")


def row_of(ticket: Ticket) -> dict[str, Any]:
    columns = {"status": "status"} | clockface.COLUMNS
    with connection.cursor() as cursor:
        [row] = read_rows(cursor, columns, "FROM tickets_ticket WHERE id = %s", [ticket.pk])
    return row


def sign(ticket: Ticket, now: datetime) -> tuple[str, str, str]:
    found = clockface.sign(row_of(ticket), now)
    return found.tone.value, plain(found.text), plain(found.second)


def boxes(ticket: Ticket, now: datetime) -> list[tuple[str, str, str, str]]:
    ticket = stored(ticket)
    shown = clockface.panel(ticket, now, changed=clockface.changed_at(ticket.events.all()))
    return [(box.name, box.face.word, plain(box.face.amount), plain(box.sentence)) for box in shown.boxes]


def note(ticket: Ticket, now: datetime) -> str:
    return plain(clockface.panel(stored(ticket), now, changed=None).note)


@pytest.mark.req("S4-10", "S4-15", "S4-16")
def test_reaction_matters_until_it_is_met_and_then_the_resolution():
    ticket = a_ticket(paragraph=promised("Hod", "4", "16"))

    before = sign(ticket, MONDAY + HOUR)
    lifecycle.accept(ticket=ticket, by=backoffice(a_staff_member()), at=MONDAY + HOUR)

    assert before == ("running", "na reakci 3 h", "vyřešení zbývá 15 h")
    assert sign(ticket, MONDAY + HOUR) == ("running", "zbývá 15 h", "reakce: splněno")


@pytest.mark.req("D4")
def test_late_reaction_and_late_resolution_are_told_apart():
    ticket = a_ticket(paragraph=promised("Hod", "1", "2"))

    assert sign(ticket, MONDAY + 3 * HOUR) == ("breached", "reakce po termínu 2 h", "vyřešení po termínu 1 h")
    lifecycle.accept(ticket=ticket, by=backoffice(a_staff_member()), at=MONDAY + 3 * HOUR)
    assert sign(ticket, MONDAY + 3 * HOUR) == ("breached", "po termínu 1 h", "reakce: nesplněno")


@pytest.mark.req("S4-18", "D15")
def test_suspended_request_says_what_remains_and_since_when_it_stands():
    ticket = an_accepted_ticket(paragraph=promised("Hod", "4", "16"))
    suspend(ticket, MONDAY + 2 * HOUR)

    assert sign(ticket, MONDAY + 100 * HOUR) == ("paused", "stojí, zbývá 14 h", "reakce: splněno")
    assert boxes(ticket, MONDAY + 100 * HOUR)[1] == (
        "Vyřešení",
        "stojí",
        "zbývá 14 h",
        "Lhůta 16 hodin doby poskytování služby, stojí od po 2. 3. 2026 12:00, termín se určí po obnovení.",
    )


def test_delay_grows_after_a_pause_only_by_what_is_measured():
    ticket = an_accepted_ticket(paragraph=promised("Hod", "4", "1"))
    suspend(ticket, MONDAY + 2 * HOUR)
    resume(ticket, MONDAY + 5 * HOUR)

    assert sign(ticket, MONDAY + 6 * HOUR) == ("breached", "po termínu 2 h", "reakce: splněno")
    assert boxes(ticket, MONDAY + 6 * HOUR)[1][2] == "po termínu 2 h"


@pytest.mark.req("S4-20", "C07", "D9")
def test_open_complaint_shows_both_deadlines():
    ticket = resolve(an_escalated_ticket(paragraph=promised("Hod", "4", "16")), MONDAY + 2 * HOUR)
    ticket = complain(ticket, MONDAY + 4 * HOUR)

    assert sign(ticket, MONDAY + 5 * HOUR) == ("paused", "při uznání zbývá 13 h", "vyřešení: splněno")
    assert ticket.next_due_at == clocks.if_upheld(ticket) == prague("2026-03-04T11:00")
    assert note(ticket, MONDAY + 5 * HOUR) == (
        "Posuzuje se reklamace. Pokud bude uznána, termín vyřešení je st 4. 3. 2026 11:00 (zbývá 13 h); "
        "pokud ne, platí dosavadní vyřešení, lhůta splněná, termín st 4. 3. 2026 09:00."
    )


@pytest.mark.req("S4-70")
def test_request_without_sla_says_so():
    ticket = a_ticket(paragraph=a_paragraph(has_sla=False))

    assert sign(ticket, MONDAY) == ("none", "bez SLA", "")
    assert (boxes(ticket, MONDAY), note(ticket, MONDAY)) == ([], "Tento požadavek nepodléhá lhůtám SLA.")


@pytest.mark.req("S4-42", "C04")
def test_unconfirmed_email_has_no_running_clock():
    ticket = a_ticket(paragraph=promised("Hod", "4", "16"), channel="email")

    before, sentence = sign(ticket, MONDAY), note(ticket, MONDAY)
    clocks.start_clock(ticket=ticket, at=MONDAY + HOUR)

    assert before == ("none", "neběží", "")
    assert sentence == "Lhůty SLA zatím neběží. Začnou, jakmile odejde potvrzení o přijetí e\u2011mailu."
    assert sign(ticket, MONDAY + HOUR) == ("running", "na reakci 4 h", "vyřešení zbývá 16 h")


def test_sign_is_cheap_and_asks_the_database_nothing(django_assert_num_queries: Any):
    ticket = a_ticket(paragraph=promised("Hod", "4", "16"))
    row = row_of(ticket)
    clockface.sign(row, MONDAY)

    with django_assert_num_queries(0):
        rounds = repeat(lambda: clockface.sign(row, MONDAY + HOUR), number=200, repeat=5, timer=process_time)

    assert min(rounds) / 200 < 150e-6  # 20 µs are meant; the quickest round, as a busy machine takes longer


def listed(client: Client, query: str = "") -> list[int]:
    page = client.get(f"{WORKLIST}?{query}").content.decode()
    return [int(number) for number in re.findall(r'href="(\d+)/change/"', page)]


def a_leader() -> Client:
    client = Client()
    client.force_login(a_staff_member())
    return client


@pytest.mark.req("S4-10", "S4-18")
def test_work_list_goes_by_deadline_and_severity_and_ends_with_what_stands():
    slow, quick = promised("Hod", "8", "16"), promised("Hod", "1", "16")
    grave = promised("Hod", "8", "16")
    grave.severity = 1
    grave.save()
    standing = suspend(an_accepted_ticket(paragraph=quick), MONDAY + HOUR)
    without = a_ticket(paragraph=a_paragraph(has_sla=False, severity=3))
    late = a_ticket(paragraph=slow)
    first = a_ticket(paragraph=quick)
    graver = a_ticket(paragraph=grave)

    assert (late.severity, graver.severity, standing.severity) == (2, 1, 2)
    assert listed(a_leader()) == [first.pk, graver.pk, late.pk, standing.pk, without.pk]


@pytest.mark.req("S4-10")
def test_pages_of_equal_deadlines_follow_without_gap_or_repeat():
    paragraph = promised("Hod", "4", "16")
    author = a_member(paragraph.contract.customer)
    filed = [a_ticket(paragraph=paragraph, author=author).pk for _ in range(30)]
    client = a_leader()

    page = client.get("/backoffice/tickets/ticket/").content.decode()
    [following] = re.findall(r'href="\?([^"]+)">Další<', page)

    assert listed(client) + listed(client, following.replace("&amp;", "&")) == filed


@pytest.mark.req("D4")
def test_work_list_is_narrowed_to_what_is_past_its_term():
    paragraph = promised("Hod", "1", "16")
    late = a_ticket(paragraph=paragraph)
    answered = a_ticket(paragraph=paragraph)
    a_message(answered, author=a_staff_member(), at=MONDAY + HOUR / 2)
    Ticket.objects.filter(pk=answered.pk).update(
        resolution_due_at=prague("2099-01-05T10:00"), resolution_breach_at=prague("2099-01-05T10:00"),
        next_due_at=prague("2099-01-05T10:00"),
    )  # fmt: skip
    a_ticket(paragraph=a_paragraph(has_sla=False))

    assert listed(a_leader(), "termin=po") == [late.pk]


def test_page_of_a_request_refreshes_its_clocks(client: Client):
    ticket = a_ticket(paragraph=promised("Hod", "4", "16"))
    client.force_login(ticket.author)

    page = client.get(f"/pozadavky/{ticket.pk}/").content.decode()
    part = client.get(f"/pozadavky/{ticket.pk}/hodiny/").content.decode()

    assert f'hx-get="/pozadavky/{ticket.pk}/hodiny/"' in page
    assert f'href="/pozadavky/{ticket.pk}/sla/"' in part
    assert (part.count('class="clock"'), "<html" in part) == (2, False)
