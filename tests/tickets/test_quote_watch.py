"""Timers under the ceiling of an approved quote, through the services of work."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine

from helpdesk.customers.models import StaffTask
from tests.builders import backoffice, prague
from tests.tickets.desk import page_of, signed_in, text_of
from tests.tickets.quotes import Case, a_case, an_approved_quote
from tickets import tasks
from tickets.models import Quote, WorkEntry
from tickets.services import quote_room, work

pytestmark = pytest.mark.django_db

START = prague("2026-03-03T09:00")


def a_running_timer(case: Case) -> WorkEntry:
    return work.start_timer(ticket=case.ticket, by=backoffice(case.petr), at=START, activity="solving")


def sweep(minutes: int) -> None:
    with time_machine.travel(START + timedelta(minutes=minutes), tick=False):
        tasks.stop_at_ceilings()


def a_quiet_case(**fields: object) -> tuple[Case, Quote]:
    """A case with an approved ceiling of one hour and no timer running from before."""
    case = a_case(**fields)
    quote = an_approved_quote(case, ceiling_price=Decimal(1200))
    for entry in case.ticket.work.open():
        work.stop_timer(entry=entry, by=backoffice(case.petr), at=prague("2026-03-02T10:00"))
    return case, quote


def test_a_timer_stops_when_the_ceiling_is_reached():
    case, quote = a_quiet_case()
    a_running_timer(case)

    sweep(59)
    assert WorkEntry.objects.get().state == "running"
    sweep(60)

    entry = WorkEntry.objects.get()
    quote.refresh_from_db()
    quote.hold.refresh_from_db()
    assert (entry.state, entry.billed_minutes, entry.price) == ("finished", 60, Decimal("1200.00"))
    assert (quote.spent_at is not None, quote.hold.captured, case.account.held) == (True, Decimal("1200.00"), Decimal("0.00"))
    assert [task.assignee for task in StaffTask.objects.open().filter(text__startswith="Strop kalkulace")] == [case.petr]


def test_work_past_the_ceiling_is_recorded_but_not_charged():
    case, _ = a_quiet_case()
    entry = a_running_timer(case)

    work.stop_timer(entry=entry, by=backoffice(case.petr), at=START + timedelta(minutes=75))

    entry.refresh_from_db()
    assert (entry.billed_minutes, entry.price, case.account.balance) == (75, Decimal("1200.00"), Decimal("8800.00"))


@pytest.mark.req("S1-15")
def test_at_the_ceiling_no_timer_starts():
    case, _ = a_quiet_case()
    work.stop_timer(entry=a_running_timer(case), by=backoffice(case.petr), at=START + timedelta(minutes=60))

    with pytest.raises(quote_room.CeilingReached):
        work.start_timer(ticket=case.ticket, by=backoffice(case.petr), at=START + timedelta(hours=2), activity="solving")


@pytest.mark.req("S1-15")
def test_before_the_approval_only_the_quote_is_timed():
    case = a_case(wants_quote=True)

    with pytest.raises(quote_room.NotApproved):
        a_running_timer(case)

    assert work.start_timer(ticket=case.ticket, by=backoffice(case.petr), at=START).activity == "quoting"


@pytest.mark.parametrize(
    ("minutes", "sentence"),
    [
        (30, "S prací, která ještě není ukončená, je vyčerpáno 50 %."),
        (47, "S prací, která ještě není ukončená, je vyčerpáno 78 %."),
        (48, "je vyčerpáno 80 %, zbývá 240,00 Kč. Domluvte se na nové verzi včas."),
        (60, "S prací, která ještě není ukončená, je strop vyčerpaný."),
    ],
)
def test_desk_counts_running_work_towards_the_ceiling_and_the_customer_does_not_see_it(minutes, sentence):
    case, _ = a_quiet_case()
    a_running_timer(case)

    with time_machine.travel(START + timedelta(minutes=minutes), tick=False):
        desk = text_of(signed_in(case.petr).get(page_of(case.ticket)))
        portal = text_of(signed_in(case.alice).get(f"/pozadavky/{case.ticket.pk}/"))

    assert sentence in desk
    assert "vyčerpáno 0 %" in desk
    assert "ještě není ukončená" not in portal


def test_desk_says_nothing_of_running_work_when_none_is_open_or_it_is_work_on_a_quote():
    case, _ = a_quiet_case()
    idle = text_of(signed_in(case.petr).get(page_of(case.ticket)))
    work.start_timer(ticket=case.ticket, by=backoffice(case.petr), at=START, activity="quoting")
    quoting = text_of(signed_in(case.petr).get(page_of(case.ticket)))

    assert ["ještě není ukončená" in page for page in (idle, quoting)] == [False, False]
