"""Timers, pauses, hand-written entries, corrections and cancels in any order, against a plain list of what should stand."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from django.db import transaction
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from credit.models import LedgerAccount
from tests.builders import a_contract, a_member, a_paragraph, a_staff_member, a_ticket, an_operator, backoffice, prague
from tests.tickets.work_builders import balance, is_sound
from tickets.models import Ticket, WorkEntry, WorkSpan
from tickets.services.corrections import Change, CorrectionRefused, correct_entry
from tickets.services.credit_gate import CreditSpent
from tickets.services.lifecycle import accept, cancel
from tickets.services.work import ManualWork, WorkRefused, add_manual_entry, pause_timer, start_timer, stop_timer
from tickets.views.work import effort

STEPS = int(os.environ.get("HELPDESK_FUZZ_STEPS", "15"))
EXAMPLES = int(os.environ.get("HELPDESK_FUZZ_EXAMPLES", "20"))
STEP = 5
PER_HOUR = Decimal(1200)
GAPS = st.integers(1, 90)
LONGEST_CORRECTION = 600
LIMIT = Decimal(1500)


def cost(minutes: int) -> Decimal:
    return (PER_HOUR * minutes / 60).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


class Work(RuleBasedStateMachine):
    """One person and three requests of one customer; the model keeps minutes of what stands and stretches of what is open.

    The customer may be overdrawn by LIMIT until somebody raises it; past it no timer starts, and everything else goes on.
    """

    def __init__(self) -> None:
        super().__init__()
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()

    @initialize()
    def begin(self) -> None:
        self.at: datetime = prague("2026-03-02T08:00")
        an_operator(second_person_above=Decimal(1_000_000))
        self.dana = a_staff_member()
        paragraph = a_paragraph(a_contract(billing_step_minutes=STEP, overdraft=int(LIMIT)))
        self.limit = LIMIT
        author = a_member(paragraph.contract.customer, is_manager=True)
        self.tickets = [self._taken(author, paragraph) for _ in range(3)]
        self.standing: dict[int, tuple[int, int]] = {}  # entry → place of its request, minutes
        self.open: dict[int, int] = {}  # place of the request → minutes worked so far
        self.running: tuple[int, datetime] | None = None
        self.cancelled: set[int] = set()

    def _taken(self, author: Any, paragraph: Any) -> Ticket:
        ticket = a_ticket(author=author, paragraph=paragraph, at=self.at)
        return accept(ticket=ticket, by=backoffice(self.dana), at=self.at, starts_work=False)

    def _interrupt(self) -> None:
        if self.running:
            place, since = self.running
            self.open[place] = self.open.get(place, 0) + round((self.at - since).total_seconds()) // 60
            self.running = None

    def _spent(self) -> Decimal:
        billed = [-(-minutes // STEP) * STEP for _, minutes in self.standing.values()]
        return sum(map(cost, billed), Decimal(0))

    def _entry(self, place: int) -> WorkEntry:
        return WorkEntry.objects.open().get(ticket=self.tickets[place])

    @rule(place=st.integers(0, 2), gap=GAPS)
    def start(self, place: int, gap: int) -> None:
        if not self.running or self.running[0] != place:  # starting again and again would reach the cap of a forgotten timer
            self.at += timedelta(minutes=gap)
        if place in self.cancelled:
            with pytest.raises(WorkRefused):
                start_timer(ticket=self.tickets[place], by=backoffice(self.dana), at=self.at)
            return
        runs = self.running is not None and self.running[0] == place
        if self._spent() >= self.limit and not runs:
            with pytest.raises(CreditSpent):
                start_timer(ticket=self.tickets[place], by=backoffice(self.dana), at=self.at)
            return
        start_timer(ticket=self.tickets[place], by=backoffice(self.dana), at=self.at)
        if not runs:
            self._interrupt()
            self.running = (place, self.at)

    @precondition(lambda self: self._spent() >= self.limit)
    @rule()
    def raise_limit(self) -> None:
        self.limit += LIMIT
        LedgerAccount.objects.filter(customer=self.tickets[0].customer).update(overdraft_limit=self.limit)

    @precondition(lambda self: self.running)
    @rule(gap=GAPS)
    def pause(self, gap: int) -> None:
        assert self.running
        self.at += timedelta(minutes=gap)
        pause_timer(entry=self._entry(self.running[0]), by=backoffice(self.dana), at=self.at)
        self._interrupt()

    @precondition(lambda self: self.running or self.open)
    @rule(gap=GAPS)
    def stop(self, gap: int) -> None:
        self.at += timedelta(minutes=gap)
        place = self.running[0] if self.running else next(iter(self.open))
        entry = stop_timer(entry=self._entry(place), by=backoffice(self.dana), at=self.at)
        if self.running:
            self._interrupt()
        assert entry is not None
        self.standing[entry.pk] = (place, self.open.pop(place))

    @rule(place=st.integers(0, 2), minutes=st.integers(1, 60))
    def write(self, place: int, minutes: int) -> None:
        if self.running or place in self.cancelled:
            return
        self.at += timedelta(minutes=minutes)  # it begins where all that stands has ended
        work = ManualWork(minutes=minutes, ended_at=self.at)
        entry = add_manual_entry(ticket=self.tickets[place], work=work, by=backoffice(self.dana), at=self.at)
        self.standing[entry.pk] = (place, minutes)

    @precondition(lambda self: self.standing)
    @rule(data=st.data(), minutes=st.integers(0, LONGEST_CORRECTION))
    def correct(self, data: st.DataObject, minutes: int) -> None:
        pk = data.draw(st.sampled_from(sorted(self.standing)))
        change = Change(minutes=minutes, activity="solving")
        entry = WorkEntry.objects.get(pk=pk)
        *earlier, last = entry.spans.all()
        before = sum((span.ended_at - span.started_at for span in earlier), timedelta(0))
        if last.started_at + timedelta(minutes=minutes) - before > self.at:
            with pytest.raises(CorrectionRefused, match="v\u00a0budoucnosti"):
                correct_entry(entry=entry, change=change, reason="Oprava", by=backoffice(self.dana), at=self.at)
            return
        if self._reaches_into_other_work(entry, last, last.started_at + timedelta(minutes=minutes) - before):
            with pytest.raises(CorrectionRefused, match="překrývala"):
                correct_entry(entry=entry, change=change, reason="Oprava", by=backoffice(self.dana), at=self.at)
            return
        place, _ = self.standing.pop(pk)
        done = correct_entry(entry=entry, change=change, reason="Oprava", by=backoffice(self.dana), at=self.at)
        if done.made:
            self.standing[done.made.pk] = (place, minutes)

    def _reaches_into_other_work(self, entry: WorkEntry, last: WorkSpan, end: datetime) -> bool:
        others = WorkSpan.objects.filter(entry__reversed_by__isnull=True).exclude(entry=entry)
        return any(last.started_at < other.started_at < end for other in others)

    @rule(place=st.integers(0, 2))
    def cancel(self, place: int) -> None:
        if place in self.cancelled:
            return
        cancel(ticket=self.tickets[place], reason="Omyl", by=backoffice(self.dana), at=self.at)
        self.cancelled.add(place)
        self.standing = {pk: kept for pk, kept in self.standing.items() if kept[0] != place}
        self.open.pop(place, None)
        if self.running and self.running[0] == place:
            self.running = None

    @invariant()
    def credit_lost_exactly_what_stands(self) -> None:
        assert balance(self.tickets[0]) == -self._spent()
        assert is_sound()

    @invariant()
    def customer_sees_exactly_the_closed_time(self) -> None:
        for place, ticket in enumerate(self.tickets):
            stands = sum(minutes for where, minutes in self.standing.values() if where == place)
            assert effort(ticket).minutes == stands + self.open.get(place, 0)

    @invariant()
    def reversals_mirror_what_they_reverse(self) -> None:
        net = sum(WorkEntry.objects.finished().values_list("seconds", flat=True))

        assert net == 60 * sum(minutes for _, minutes in self.standing.values())
        assert WorkSpan.objects.filter(ended_at__isnull=True).count() == bool(self.running)

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.savepoint.__exit__(None, None, None)


@pytest.mark.django_db
@pytest.mark.req("S1-12", "S1-13", "S1-17", "S1-18", "C14")
def test_random_days_of_work_agree_with_the_list():
    run_state_machine_as_test(
        Work, settings=settings(max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None, database=None)
    )
