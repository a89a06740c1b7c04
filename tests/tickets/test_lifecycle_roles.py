"""Random lives of a request through the real doors: every act by every role, against tables that know nothing of the code."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from hypothesis import Phase
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from tests.builders import MONDAY, a_contract, a_customer, a_member, a_paragraph, a_staff_member, a_ticket
from tests.tickets.test_lifecycle_machine import TABLE
from tickets.models import Participant, Ticket, TicketEvent

CUSTOMERS = ("author", "manager", "writer", "reader", "colleague", "stranger", "anonymous")
STAFF = ("podpora", "řešitel", "vedoucí", "účtárna")
WRITERS = ("author", "manager", "writer")
WORKERS = ("podpora", "řešitel", "vedoucí")
DECIDERS = ("podpora", "vedoucí")
WHO = {
    **dict.fromkeys(("accept", "escalate", "give_back", "suspend", "resume", "resolve", "answer"), WORKERS),
    **dict.fromkeys(("uphold", "uphold_suspend", "reject", "cancel", "dispute_for_customer"), DECIDERS),
    **dict.fromkeys(("reply", "dispute", "confirm"), WRITERS),
    "withdraw": ("author",),
}
STATES = TABLE | {"dispute_for_customer": TABLE["dispute"]}
EARLY_ENDS = ("cancel", "withdraw", "confirm", "reject")
ITEM = {"what_1": "Výpis z banky"}
IDLE = {"no_work": "on", "no_work_reason": "Zkouška"}
FORMS: dict[str, tuple[str, dict[str, str]]] = {
    "accept": ("accept", {"classification": "right"}),
    "give_back": ("return", {}),
    "suspend": ("suspend", {"reason": "access"} | ITEM),
    "resume": ("resume", {}),
    "resolve": ("resolve", {"text": "Hotovo.", "outcome": "done", "root_cause": "data", "problem_category": "defect", **IDLE}),
    "uphold": ("decide", {"decision": "upheld", "reasoning": "Máte pravdu."}),
    "uphold_suspend": ("decide", {"decision": "suspended", "reasoning": "Ano.", "suspend_reason": "access"} | ITEM),
    "reject": ("decide", {"decision": "rejected", "reasoning": "Je to podle smlouvy."}),
    "cancel": ("cancel", {"reason": "Duplicita"}),
    "dispute_for_customer": ("dispute", {"reason": "Volal, že to trvá."}),
    "answer": ("message", {"body": "Zkoumáme to."}),
    "escalate": ("escalate", {}),
}
PAGES: dict[str, tuple[str, dict[str, str]]] = {
    "reply": ("send_message", {"body": "Posílám podklady."}),
    "dispute": ("file_complaint", {"reason": "Chyba trvá."}),
    "confirm": ("confirm", {}),
    "withdraw": ("withdraw", {}),
}


class LifeAmongPeople(RuleBasedStateMachine):
    """One request and everybody who may come near it."""

    @initialize()
    def file(self) -> None:
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()
        contract = a_contract(a_customer(), complaint_limit=200)
        people = {
            "author": a_member(contract.customer, "Alice Dvořáková"),
            "manager": a_member(contract.customer, "Hana Malá", is_manager=True),
            "writer": a_member(contract.customer, "Jan Veselý"),
            "reader": a_member(contract.customer, "Iva Tichá"),
            "colleague": a_member(contract.customer, "Bob Kučera"),
            "stranger": a_member(a_customer(), "Cyril Hájek", is_manager=True),
            **{group: a_staff_member(f"Osoba {group}", group=group) for group in STAFF},
        }
        self.solvers = [people["řešitel"], people["podpora"]]
        self.number = a_ticket(author=people["author"], paragraph=a_paragraph(contract)).pk
        for role, may_write in (("writer", True), ("reader", False)):
            Participant.objects.create(ticket_id=self.number, user=people[role], may_write=may_write, added_at=MONDAY)
        self.clients = {role: Client() for role in (*CUSTOMERS, *STAFF)}
        for role, person in people.items():
            self.clients[role].force_login(person)
        self.state, self.before, self.solver, self.acts = "new", "", False, 0

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.savepoint.__exit__(None, None, None)

    @precondition(lambda self: self.possible())
    @rule(data=st.data())
    def somebody_entitled_does_what_is_possible(self, data: st.DataObject) -> None:
        act = data.draw(st.sampled_from(self.possible()))
        role = data.draw(st.sampled_from(WHO[act]))
        expected = self.target(act)

        self.do(act, role)

        assert self.stored() == expected
        self.remember(act, expected)

    @precondition(lambda self: self.now_possible())
    @rule(data=st.data())
    def somebody_else_tries_what_is_possible(self, data: st.DataObject) -> None:
        act = data.draw(st.sampled_from(self.now_possible()))
        role = data.draw(st.sampled_from([role for role in (*CUSTOMERS, *STAFF) if role not in WHO[act]]))
        self.changes_nothing(act, role)

    @rule(data=st.data())
    def somebody_entitled_tries_what_is_not_possible(self, data: st.DataObject) -> None:
        act = data.draw(st.sampled_from([act for act in sorted(STATES) if not self.target(act)]))
        self.changes_nothing(act, data.draw(st.sampled_from(WHO[act])))

    def changes_nothing(self, act: str, role: str) -> None:
        events = TicketEvent.objects.filter(ticket=self.number).count()

        status = self.do(act, role)

        assert (self.stored(), TicketEvent.objects.filter(ticket=self.number).count()) == (self.state, events)
        assert status in (302, 403, 404, 409, 422)

    def now_possible(self) -> list[str]:
        return [act for act in sorted(STATES) if self.target(act)]

    def possible(self) -> list[str]:
        """Acts that the table allows now; those that end a life come into question in its second half."""
        return [act for act in self.now_possible() if act not in EARLY_ENDS or self.acts > 8]

    def target(self, act: str) -> str:
        found = STATES[act].get(self.state, "")
        return {"<before>": self.before, "<work>": "escalated" if self.solver else "accepted"}.get(found, found)

    def remember(self, act: str, target: str) -> None:
        if act in ("suspend", "uphold_suspend"):
            self.before = self.state if act == "suspend" else ("escalated" if self.solver else "accepted")
        if act in ("escalate", "give_back"):
            self.solver = act == "escalate"
        self.state = target
        self.acts += 1

    def stored(self) -> str:
        return Ticket.objects.values_list("status", flat=True).get(pk=self.number)

    def do(self, act: str, role: str) -> int:
        """Post what the page of the act would post; returns the status of the answer."""
        if act in PAGES:
            page, values = PAGES[act]
            address = reverse(f"tickets:{page}", args=[self.number])
        else:
            name, values = FORMS[act]
            address = reverse("admin:tickets_ticket_act", args=[self.number, name])
        return self.clients[role].post(address, values | self._more(act)).status_code

    def _more(self, act: str) -> dict[str, Any]:
        ticket = Ticket.objects.get(pk=self.number)
        other = next(person for person in self.solvers if person.pk != ticket.assignee_id)
        return {"form_token": str(uuid.uuid4()), "paragraph": ticket.paragraph_id} | (
            {"assignee": other.pk} if act == "escalate" else {}
        )


@pytest.mark.django_db
@pytest.mark.req("S4-16", "S4-20", "S5-07")
def test_only_the_entitled_move_a_request_and_only_where_its_state_allows():
    # The first life that goes wrong is told as it is: to make it shorter would take minutes of real requests.
    chosen = hypothesis_settings(max_examples=12, stateful_step_count=40, deadline=None, database=None, phases=[Phase.generate])

    run_state_machine_as_test(LifeAmongPeople, settings=chosen)
