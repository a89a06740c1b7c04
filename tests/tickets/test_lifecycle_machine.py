"""Random lives of a request against a table that knows nothing of the code."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from django.db import transaction
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from helpdesk.errors import DomainError
from tests.builders import (
    MONDAY,
    a_contract,
    a_customer,
    a_member,
    a_paragraph,
    a_resolution,
    a_staff_member,
    a_ticket,
    backoffice,
    portal,
)
from tickets.models import Ticket
from tickets.services import clocks, complaints, conversation, lifecycle
from tickets.services.checks import differences

COMPLAINTS_ALLOWED = 2
LONG_LIFE = 12  # events
ITEM = [lifecycle.CooperationItem(what="Výpis")]

TABLE: dict[str, dict[str, str]] = {
    "accept": {"new": "accepted"},
    "escalate": {"accepted": "escalated", "escalated": "escalated"},
    "give_back": {"escalated": "accepted"},
    "suspend": {"accepted": "suspended", "escalated": "suspended"},
    "resume": {"suspended": "<before>"},
    "resolve": {"accepted": "resolved", "escalated": "resolved"},
    "dispute": {"resolved": "disputed"},
    "uphold": {"disputed": "<work>"},
    "uphold_suspend": {"disputed": "suspended"},
    "reject": {"disputed": "closed"},
    "confirm": {"resolved": "closed"},
    "cancel": dict.fromkeys(["new", "accepted", "escalated", "suspended"], "cancelled"),
    "withdraw": {"new": "cancelled"},
    "reply": {"new": "new", "accepted": "accepted", "escalated": "escalated", "disputed": "disputed", "suspended": "<before>"},
    "answer": {state: state for state in ("new", "accepted", "escalated", "suspended", "disputed")},
}


class Life(RuleBasedStateMachine):
    """One request; `state`, `solver`, `before` and `complaints` are the table's own memory."""

    @initialize()
    def file(self) -> None:
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()
        contract = a_contract(a_customer(), complaint_limit=COMPLAINTS_ALLOWED)
        self.author = a_member(contract.customer)
        self.staff = a_staff_member()
        self.ticket = a_ticket(author=self.author, paragraph=a_paragraph(contract))
        self.now: datetime = MONDAY
        self.state, self.before, self.solver, self.complaints, self.steps = "new", "", False, 0, 1
        self.deadline: datetime | None = None

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.savepoint.__exit__(None, None, None)

    @rule(minutes=st.integers(min_value=-30, max_value=60 * 24 * 4))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @precondition(lambda self: self.possible())
    @rule(data=st.data())
    def a_possible_step(self, data: st.DataObject) -> None:
        act = data.draw(st.sampled_from(self.possible()))
        expected = self.expected(act)

        self.do(act)

        self.remember(act, str(expected))

    @rule(act=st.sampled_from(sorted(TABLE)))
    def an_impossible_step_is_refused(self, act: str) -> None:
        if self.expected(act) is None:
            with pytest.raises(DomainError):
                self.do(act)

    @precondition(lambda self: self.steps > LONG_LIFE and self.expected("cancel"))
    @rule()
    def it_is_cancelled(self) -> None:
        self.do("cancel")
        self.remember("cancel", "cancelled")

    def possible(self) -> list[str]:
        """Acts that the table allows now; the two that end a life early stay apart, or few lives would grow old."""
        return [act for act in sorted(TABLE) if act not in ("cancel", "withdraw") and self.expected(act)]

    def expected(self, act: str) -> str | None:
        target = TABLE[act].get(self.state)
        if act == "dispute" and target and (self.complaints >= COMPLAINTS_ALLOWED or self.now >= self.deadline):
            return None
        work = "escalated" if self.solver else "accepted"
        return {"<before>": self.before, "<work>": work}.get(target, target)

    def remember(self, act: str, expected: str) -> None:
        if act == "suspend":
            self.before = self.state
        if act == "uphold_suspend":
            self.before = "escalated" if self.solver else "accepted"
        if act in ("escalate", "give_back"):
            self.solver = act == "escalate"
        self.complaints += act == "dispute"
        self.steps += 2 if act == "reply" and self.state == "suspended" else 1  # the message and the resuming
        self.state = expected
        if act == "resolve":
            self.deadline = Ticket.objects.get(pk=self.ticket.pk).complaint_until

    def do(self, act: str) -> object:
        ticket, at = Ticket.objects.get(pk=self.ticket.pk), self.now
        customer, staff = portal(self.author), backoffice(self.staff)
        acts = {
            "accept": lambda: lifecycle.accept(ticket=ticket, by=staff, at=at),
            "escalate": lambda: lifecycle.escalate(ticket=ticket, assignee=self.staff, by=staff, at=at),
            "give_back": lambda: lifecycle.return_to_support(ticket=ticket, by=staff, at=at),
            "suspend": lambda: lifecycle.suspend(ticket=ticket, reason="access", items=ITEM, by=staff, at=at),
            "resume": lambda: lifecycle.resume(ticket=ticket, by=staff, at=at),
            "resolve": lambda: lifecycle.resolve(ticket=ticket, resolution=a_resolution(), by=staff, at=at),
            "dispute": lambda: complaints.file_complaint(ticket=ticket, reason="Trvá.", by=customer, at=at),
            "uphold": lambda: self.decide(ticket, upheld=True),
            "uphold_suspend": lambda: self.decide(ticket, upheld=True, suspend_reason="access", items=ITEM),
            "reject": lambda: self.decide(ticket, upheld=False),
            "confirm": lambda: lifecycle.confirm_resolution(ticket=ticket, by=customer, at=at),
            "cancel": lambda: lifecycle.cancel(ticket=ticket, reason="Duplicita", by=staff, at=at),
            "withdraw": lambda: lifecycle.withdraw(ticket=ticket, by=customer, at=at),
            "reply": lambda: conversation.post_message(ticket=ticket, body="Posílám.", by=customer, at=at),
            "answer": lambda: conversation.post_message(ticket=ticket, body="Zkoumáme.", by=staff, at=at),
        }
        return acts[act]()

    def decide(self, ticket: Ticket, **fields: object) -> None:
        decision = complaints.Decision(reasoning="Důvod", **fields)
        complaints.decide_complaint(ticket=ticket, decision=decision, by=backoffice(self.staff), at=self.now)

    @invariant()
    def state_and_log_agree_with_the_table(self) -> None:
        ticket = Ticket.objects.get(pk=self.ticket.pk)
        events = list(ticket.events.all())
        moves = [(event.from_status, event.to_status) for event in events if event.to_status]
        times = [event.at for event in events]

        assert (ticket.status, len(events)) == (self.state, self.steps)
        assert all(left[1] == right[0] for left, right in pairwise(moves))
        assert moves[-1][1] == self.state
        assert times == sorted(times)
        assert ticket.last_event_at == times[-1]

    @invariant()
    def stored_clocks_equal_a_replay_of_the_log(self) -> None:
        ticket = Ticket.objects.get(pk=self.ticket.pk)
        stands = self.state in ("suspended", "cancelled")

        assert differences(ticket, clocks.lives_of([ticket.pk])[ticket.pk]) == {}
        assert stands or ticket.resolution_due_at is not None
        assert (ticket.resolution_met is not None) == (self.state in ("resolved", "disputed", "closed"))


@pytest.mark.django_db
def test_random_lives_follow_the_table():
    run_state_machine_as_test(
        Life, settings=hypothesis_settings(max_examples=30, stateful_step_count=40, deadline=None, database=None)
    )
