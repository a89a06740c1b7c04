"""Eight people at the same moment: work is charged once, minutes are given once, a quote is decided once."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection

from credit.models import LedgerTransfer, PackageDraw, PrepaidPackage
from helpdesk.errors import DomainError
from tests.builders import MONDAY, a_contract, a_member, a_staff_member, an_operator, backoffice, portal
from tests.tickets.quotes import a_case, a_sent_quote, token_for
from tests.tickets.work_builders import TEN, a_taken_ticket, after, balance, charges, is_sound, worked
from tickets.models import Quote, Status, Ticket, WorkEntry
from tickets.services.corrections import Change, check_entry, confirm_correction, correct_entry, refuse_correction
from tickets.services.lifecycle import cancel
from tickets.services.quote_decisions import approve_quote, decide_by_link, refuse_quote
from tickets.services.work import ManualWork, add_manual_entry, cap_forgotten, start_timer, stop_timer

pytestmark = pytest.mark.django_db(transaction=True)

PEOPLE = 8


def at_once(*acts: Callable[[], object]) -> Counter[str]:
    """Do all acts in threads that begin together; how often each ended with which refusal, "done" for none."""
    barrier, outcomes = threading.Barrier(len(acts)), []

    def run(act: Callable[[], object]) -> None:
        try:
            barrier.wait()
            act()
            outcomes.append("done")
        except DomainError as refusal:
            outcomes.append(type(refusal).__name__)
        except BaseException as crash:
            outcomes.append(repr(crash))
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Counter(outcomes)


@pytest.fixture
def dana():
    return a_staff_member()


@pytest.mark.req("S1-18")
def test_timer_stopped_by_eight_clicks_is_charged_once(dana):
    ticket = a_taken_ticket(staff=dana, at=TEN)
    entry = start_timer(ticket=ticket, by=backoffice(dana), at=TEN)

    ends = at_once(*[lambda: stop_timer(entry=entry, by=backoffice(dana), at=after(minutes=30))] * PEOPLE)

    assert ends == {"done": 1, "WorkAlreadyFinished": PEOPLE - 1}
    assert charges(ticket) == [("work", Decimal("-600.00"))]
    assert is_sound()


@pytest.mark.req("S1-17")
def test_timers_started_by_eight_clicks_are_one(dana):
    tickets = [a_taken_ticket(staff=dana, at=TEN) for _ in range(PEOPLE)]

    ends = at_once(*[lambda one=one: start_timer(ticket=one, by=backoffice(dana), at=TEN) for one in tickets])

    assert ends == {"done": PEOPLE}
    assert WorkEntry.objects.filter(state="running").count() == 1


@pytest.mark.req("S5-12", "S5-13", "C27")
def test_eight_consultations_at_once_get_no_minute_twice():
    contract = a_contract(free_phone_minutes=50)
    PrepaidPackage.objects.create(contract=contract, minutes=70, sold_on=date(2026, 1, 1))
    people = [a_staff_member(f"Osoba {number}") for number in range(PEOPLE)]
    tickets = [a_taken_ticket(staff=one, at=TEN, contract=contract) for one in people]
    call = ManualWork(minutes=20, ended_at=after(minutes=20), activity="consulting", source="phone")

    ends = at_once(
        *[
            lambda one=one, ticket=ticket: add_manual_entry(ticket=ticket, work=call, by=backoffice(one), at=after(hours=1))
            for one, ticket in zip(people, tickets, strict=True)
        ]
    )

    free = sum(WorkEntry.objects.values_list("free_minutes", flat=True))
    drawn = sum(PackageDraw.objects.values_list("minutes", flat=True))
    assert ends == {"done": PEOPLE}
    assert (free, drawn, balance(tickets[0])) == (50, 70, Decimal("-800.00"))  # 160 − 50 − 70 = 40 min at 1 200 an hour
    assert is_sound()


@pytest.mark.req("S1-18")
def test_large_correction_decided_by_eight_is_decided_once(dana):
    an_operator(second_person_above=500)
    ticket = a_taken_ticket(staff=dana, at=TEN)
    entry = worked(ticket, by=dana, since=TEN, minutes=30)
    nothing = Change(minutes=0, activity="solving")
    waiting = correct_entry(entry=entry, change=nothing, reason="Omyl", by=backoffice(dana), at=after(hours=1))
    leaders = [backoffice(a_staff_member(f"Vedoucí {number}", group="vedoucí")) for number in range(PEOPLE)]

    ends = at_once(
        *[lambda one=one: confirm_correction(correction=waiting, by=one, at=after(hours=2)) for one in leaders[:4]],
        *[lambda one=one: refuse_correction(correction=waiting, by=one, at=after(hours=2)) for one in leaders[4:]],
    )

    waiting.refresh_from_db()
    assert ends == {"done": 1, "CorrectionRefused": PEOPLE - 1}
    assert (waiting.state, balance(ticket)) in (("done", Decimal(0)), ("refused", Decimal(-600)))
    assert is_sound()


@pytest.mark.req("S1-18")
def test_forgotten_timer_checked_and_corrected_at_once_is_charged_once(dana):
    ticket = a_taken_ticket(staff=dana, at=TEN)
    entry = cap_forgotten(entry=start_timer(ticket=ticket, by=backoffice(dana), at=TEN), at=after(hours=11))
    change = Change(minutes=600, activity="solving")
    by, later = backoffice(dana), after(hours=12)

    at_once(
        *[lambda: check_entry(entry=entry, by=by, at=later)] * 4,
        *[lambda: correct_entry(entry=entry, change=change, reason="Bylo to tak", by=by, at=later)] * 4,
    )

    assert balance(ticket) == Decimal("-12000.00")
    assert WorkEntry.objects.standing().count() == 1
    assert is_sound()


@pytest.mark.req("C14")
def test_cancelling_while_work_is_being_finished_costs_nothing(dana):
    ticket = a_taken_ticket(staff=dana, at=TEN)
    entry = start_timer(ticket=ticket, by=backoffice(dana), at=TEN)
    by, later = backoffice(dana), after(minutes=30)

    at_once(
        *[lambda: stop_timer(entry=entry, by=by, at=later)] * 4,
        *[lambda: cancel(ticket=Ticket.objects.get(pk=ticket.pk), reason="Omyl", by=by, at=later)] * 4,
    )

    assert (Ticket.objects.get().status, balance(ticket)) == (Status.CANCELLED, Decimal(0))
    assert WorkEntry.objects.standing().count() == 0
    assert is_sound()


@pytest.mark.req("S1-16", "C23")
def test_quote_approved_and_refused_by_eight_is_decided_once():
    case = a_case()
    quote = a_sent_quote(case)
    by = portal(case.hana)

    ends = at_once(
        *[lambda: approve_quote(quote=Quote.objects.get(pk=quote.pk), by=by, at=MONDAY)] * 4,
        *[lambda: refuse_quote(quote=Quote.objects.get(pk=quote.pk), reason="Ne", by=by, at=MONDAY)] * 4,
    )

    quote.refresh_from_db()
    held = Decimal(4800) if quote.state == "approved" else Decimal(0)
    assert ends == {"done": 1, "QuoteClosed": PEOPLE - 1}
    assert (case.account.held, case.account.holds.count()) == (held, bool(held))
    assert is_sound()


@pytest.mark.req("S1-16")
def test_link_opened_by_two_at_once_decides_once():
    case = a_case()
    ivan = a_member(case.ticket.customer, "Ivan Nový", is_approver=True)
    a_sent_quote(case)
    tokens = [token_for(case.hana)] * 4 + [token_for(ivan)] * 4

    ends = at_once(*[lambda one=one: decide_by_link(token=one, approves=True, name="Kdo", at=MONDAY, ip=None) for one in tokens])

    assert ends == {"done": 1, "LinkVoid": PEOPLE - 1}
    assert case.account.held == Decimal(4800)
    assert LedgerTransfer.objects.filter(code="work").count() == 0
