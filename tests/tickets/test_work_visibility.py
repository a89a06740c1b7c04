"""Who sees which time: the customer never sees a timer that runs, nor a word that was meant for us."""

from decimal import Decimal

import pytest
from django.test import Client

from helpdesk.mail.models import OutgoingMail
from tests.builders import a_member, a_resolution, a_staff_member, backoffice
from tests.tickets.work_builders import TEN, a_taken_ticket, after
from tickets.models import WorkEntry
from tickets.services.corrections import Change, correct_entry
from tickets.services.lifecycle import resolve
from tickets.services.work import pause_timer, start_timer, stop_timer
from tickets.views.work import effort

pytestmark = pytest.mark.django_db

SECRET = "Zákazník si to rozbil sám"


@pytest.fixture
def dana():
    return a_staff_member()


@pytest.fixture
def ticket(dana):
    return a_taken_ticket(staff=dana, at=TEN)


def page(client: Client, ticket) -> str:
    client.force_login(ticket.author)
    return client.get(f"/pozadavky/{ticket.pk}/").content.decode()


@pytest.mark.req("S1-12", "S1-13", "C26")
def test_total_moves_with_each_pause_and_finish_and_never_with_a_running_timer(dana, ticket):
    by, seen = backoffice(dana), []

    def look() -> None:
        seen.append(effort(ticket).minutes)

    entry = start_timer(ticket=ticket, by=by, at=TEN)
    look()
    pause_timer(entry=entry, by=by, at=after(minutes=10))
    look()
    start_timer(ticket=ticket, by=by, at=after(minutes=20))
    look()
    stop_timer(entry=entry, by=by, at=after(minutes=25))
    look()

    assert seen == [0, 10, 10, 15]


@pytest.mark.req("S1-13")
def test_timer_that_runs_changes_nothing_that_the_customer_sees(dana, ticket):
    by, petr = backoffice(dana), backoffice(a_staff_member("Petr Vaníček", group="řešitel"))
    stop_timer(entry=start_timer(ticket=ticket, by=by, at=TEN), by=by, at=after(minutes=10))
    finished = effort(ticket)
    begun = start_timer(ticket=ticket, by=petr, at=after(minutes=20))
    while_it_runs = effort(ticket)
    pause_timer(entry=begun, by=petr, at=after(minutes=30))
    interrupted = effort(ticket)
    start_timer(ticket=ticket, by=petr, at=after(minutes=40))

    assert (while_it_runs, effort(ticket)) == (finished, interrupted)
    assert (finished.minutes, interrupted.minutes) == (10, 20)
    assert interrupted.pieces == finished.pieces  # only what is finished is listed


@pytest.mark.req("S1-13")
def test_portal_page_shows_interrupted_time_and_hides_the_running_one(client, dana, ticket):
    entry = start_timer(ticket=ticket, by=backoffice(dana), at=TEN)
    running = page(client, ticket)
    pause_timer(entry=entry, by=backoffice(dana), at=after(minutes=17))
    paused = page(client, ticket)

    assert "Pracnost" not in running
    assert "17\u00a0min" in paused


@pytest.mark.req("S1-12", "S1-13", "S4-72")
def test_portal_page_tells_activity_note_minutes_and_price_of_finished_work(client, dana, ticket):
    entry = start_timer(ticket=ticket, by=backoffice(dana), at=TEN)
    stop_timer(entry=entry, by=backoffice(dana), at=after(minutes=30), note="Zvětšena složka", internal_note=SECRET)

    html = page(client, ticket)

    assert "Zvětšena složka" in html
    assert "600,00\u00a0Kč" in html
    assert "30\u00a0min × 1\u00a0200,00\u00a0Kč/h, z kreditu" in html
    assert SECRET not in html


@pytest.mark.req("S1-13", "S4-48")
def test_no_letter_tells_running_time_or_the_internal_note(client, dana, ticket):
    entry = start_timer(ticket=ticket, by=backoffice(dana), at=TEN)
    stop_timer(entry=entry, by=backoffice(dana), at=after(minutes=30), internal_note=SECRET)
    start_timer(ticket=ticket, by=backoffice(dana), at=after(minutes=31))
    resolve(ticket=ticket, resolution=a_resolution(), by=backoffice(dana), at=after(minutes=40))

    letters = "\n".join(OutgoingMail.objects.values_list("text", flat=True))

    assert SECRET not in letters
    assert SECRET not in page(client, ticket)


@pytest.mark.req("S1-13")
def test_ledger_that_the_customer_reads_has_no_internal_note(dana, ticket):
    entry = start_timer(ticket=ticket, by=backoffice(dana), at=TEN)

    done = stop_timer(entry=entry, by=backoffice(dana), at=after(minutes=30), internal_note=SECRET)

    assert done.transfer.memo == f"[{ticket.pk}] - Nelze uložit fakturu do DMS: řešení, 30\u00a0min"


def test_corrected_work_shows_as_it_is_now(dana, ticket):
    entry = stop_timer(entry=start_timer(ticket=ticket, by=backoffice(dana), at=TEN), by=backoffice(dana), at=after(minutes=30))
    change = Change(minutes=20, activity="solving", note="Správně")
    correct_entry(entry=entry, change=change, reason="Oběd", by=backoffice(dana), at=after(hours=1))

    seen = effort(ticket)

    assert (seen.minutes, seen.price, [piece["note"] for piece in seen.pieces]) == (20, Decimal("400.00"), ["Správně"])


@pytest.mark.req("S1-13")
def test_desk_shows_what_runs_and_the_internal_note(client, dana, ticket):
    entry = start_timer(ticket=ticket, by=backoffice(dana), at=TEN)
    WorkEntry.objects.filter(pk=entry.pk).update(internal_note=SECRET)
    client.force_login(dana)

    timer = client.get("/backoffice/tickets/ticket/prace/casovac/").content.decode()
    rows = client.get("/backoffice/tickets/ticket/prace/").content.decode()

    assert str(ticket.pk) in timer
    assert SECRET in rows


@pytest.mark.req("S1-13")
def test_another_company_sees_none_of_it(client, dana, ticket):
    stranger = a_member(a_taken_ticket(staff=dana, at=TEN).customer, is_manager=True)
    client.force_login(stranger)

    assert client.get(f"/pozadavky/{ticket.pk}/").status_code == 404


@pytest.mark.req("C26", "S4-48")
def test_evaluation_tells_worked_time_and_time_by_the_sla_side_by_side(client, dana, ticket):
    entry = start_timer(ticket=ticket, by=backoffice(dana), at=TEN)
    stop_timer(entry=entry, by=backoffice(dana), at=after(minutes=23))
    before = page(client, ticket)
    resolve(ticket=ticket, resolution=a_resolution(), by=backoffice(dana), at=after(minutes=41))

    html = page(client, ticket)

    assert "Doba řešení (SLA)" not in before
    assert '<span class="muted">Doba řešení (SLA)</span><span class="big">41\u00a0min</span>' in html
    assert '<span class="muted">Pracnost</span><span class="big">23\u00a0min</span>' in html


@pytest.mark.req("S1-17")
def test_work_is_written_down_at_the_desk_and_what_was_typed_stays_when_it_is_refused(client, dana, ticket):
    client.force_login(dana)
    form = {"minutes": "20", "ended_on": "2026-03-02", "ended_time": "11:00", "activity": "solving", "note": "Po telefonu"}
    url = f"/backoffice/tickets/ticket/{ticket.pk}/ukon/work-write/"

    written = client.post(url, form)
    refused = client.post(url, form | {"note": "Ještě jednou"})

    assert (written.status_code, refused.status_code) == (302, 409)
    assert "Ještě jednou" in refused.content.decode()
    assert list(WorkEntry.objects.values_list("billed_minutes", "note")) == [(20, "Po telefonu")]
