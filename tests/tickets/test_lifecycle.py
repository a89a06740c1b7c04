"""The life of a request: the whole transition matrix, and what each step leaves behind."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from helpdesk.errors import DomainError
from tests.builders import (
    MONDAY,
    a_cancelled_ticket,
    a_closed_ticket,
    a_paragraph,
    a_resolution,
    a_resolved_ticket,
    a_staff_member,
    a_suspended_ticket,
    a_ticket,
    a_user,
    an_accepted_ticket,
    an_escalated_ticket,
    backoffice,
    portal,
    prague,
)
from tickets.models import Status, Ticket, TicketEvent
from tickets.services import complaints, conversation, lifecycle
from tickets.services.log import StateChanged

pytestmark = pytest.mark.django_db

LATER = prague("2026-03-03T09:00")
ITEM = [lifecycle.CooperationItem(what="Výpis z banky")]


def a_disputed_ticket() -> Ticket:
    ticket = a_resolved_ticket()
    complaints.file_complaint(ticket=ticket, reason="Chyba trvá.", by=portal(ticket.author), at=MONDAY)
    return ticket


STATES: dict[str, Callable[[], Ticket]] = {
    "new": a_ticket,
    "accepted": an_accepted_ticket,
    "escalated": an_escalated_ticket,
    "suspended": a_suspended_ticket,
    "resolved": a_resolved_ticket,
    "disputed": a_disputed_ticket,
    "closed": a_closed_ticket,
    "cancelled": a_cancelled_ticket,
}


def decide(ticket: Ticket, *, upheld: bool, suspend: str = "") -> None:
    decision = complaints.Decision(upheld=upheld, reasoning="Důvod", suspend_reason=suspend, items=ITEM if suspend else [])
    complaints.decide_complaint(ticket=ticket, decision=decision, by=backoffice(a_staff_member()), at=LATER)


ACTS: dict[str, Callable[[Ticket], object]] = {
    "accept": lambda t: lifecycle.accept(ticket=t, by=backoffice(a_staff_member()), at=LATER),
    "escalate": lambda t: lifecycle.escalate(
        ticket=t, assignee=a_staff_member("Jana Nová"), by=backoffice(a_staff_member()), at=LATER
    ),
    "return": lambda t: lifecycle.return_to_support(ticket=t, by=backoffice(a_staff_member()), at=LATER),
    "suspend": lambda t: lifecycle.suspend(ticket=t, reason="attachment", items=ITEM, by=backoffice(a_staff_member()), at=LATER),
    "resume": lambda t: lifecycle.resume(ticket=t, by=backoffice(a_staff_member()), at=LATER),
    "resolve": lambda t: lifecycle.resolve(ticket=t, resolution=a_resolution(), by=backoffice(a_staff_member()), at=LATER),
    "dispute": lambda t: complaints.file_complaint(ticket=t, reason="Trvá.", by=portal(t.author), at=LATER),
    "uphold": lambda t: decide(t, upheld=True),
    "uphold_suspend": lambda t: decide(t, upheld=True, suspend="access"),
    "reject": lambda t: decide(t, upheld=False),
    "confirm": lambda t: lifecycle.confirm_resolution(ticket=t, by=portal(t.author), at=LATER),
    "cancel": lambda t: lifecycle.cancel(ticket=t, reason="Duplicita", by=backoffice(a_staff_member()), at=LATER),
    "withdraw": lambda t: lifecycle.withdraw(ticket=t, by=portal(t.author), at=LATER),
    "customer_writes": lambda t: conversation.post_message(ticket=t, body="Posílám.", by=portal(t.author), at=LATER),
    "staff_writes": lambda t: conversation.post_message(ticket=t, body="Zkoumáme.", by=backoffice(a_staff_member()), at=LATER),
}

# Rows are acts, columns are states; a cell is the state after the act, "-" a refusal that changes nothing.
# The suspended and the disputed request were escalated before, so they go back there.
MATRIX = """
                 new        accepted   escalated  suspended  resolved   disputed   closed     cancelled
accept           accepted   -          -          -          -          -          -          -
escalate         -          escalated  escalated  -          -          -          -          -
return           -          -          accepted   -          -          -          -          -
suspend          -          suspended  suspended  -          -          -          -          -
resume           -          -          -          escalated  -          -          -          -
resolve          -          resolved   resolved   -          -          -          -          -
dispute          -          -          -          -          disputed   -          -          -
uphold           -          -          -          -          -          escalated  -          -
uphold_suspend   -          -          -          -          -          suspended  -          -
reject           -          -          -          -          -          closed     -          -
confirm          -          -          -          -          closed     -          -          -
cancel           cancelled  cancelled  cancelled  cancelled  -          -          -          -
withdraw         cancelled  -          -          -          -          -          -          -
customer_writes  new        accepted   escalated  escalated  -          disputed   -          -
staff_writes     new        accepted   escalated  suspended  -          disputed   -          -
"""


def cells() -> list[tuple[str, str, str]]:
    header, *rows = (line.split() for line in MATRIX.strip().splitlines())
    return [(row[0], state, target) for row in rows for state, target in zip(header, row[1:], strict=True)]


@pytest.mark.parametrize(("act", "state", "target"), cells())
@pytest.mark.req("S4-16", "S4-17", "S4-19", "S4-20", "S4-21", "S4-11", "S4-65")
def test_transition_matrix(act: str, state: str, target: str):
    ticket = STATES[state]()
    events = ticket.events.count()

    if target == "-":
        with pytest.raises(DomainError):
            ACTS[act](ticket)
        expected, logged = state, 0
    else:
        ACTS[act](ticket)
        expected = target
        logged = 2 if (act, state) == ("customer_writes", "suspended") else 1

    ticket.refresh_from_db()
    assert (ticket.status, ticket.events.count() - events) == (expected, logged)


def test_the_matrix_covers_every_state_of_the_model():
    assert {state for _, state, _ in cells()} == set(Status.values)


@pytest.mark.req("S4-01", "S4-26")
def test_each_step_is_logged_with_person_time_address_and_both_states():
    dana = a_staff_member("Dana Pokorná")
    ticket = a_ticket()

    lifecycle.accept(ticket=ticket, by=backoffice(dana), at=LATER)

    event = ticket.events.last()
    assert (event.kind, event.actor, event.at, event.ip, event.channel, event.from_status, event.to_status) == (
        TicketEvent.Kind.ACCEPTED, dana, LATER, "192.0.2.20", "backoffice", "new", "accepted",
    )  # fmt: skip


def test_an_act_never_gets_an_earlier_time_than_the_one_before_and_has_whole_seconds():
    ticket = a_ticket(at=prague("2026-03-02T10:00"))
    skewed = prague("2026-03-02T09:59:59").replace(microsecond=999_999)

    accepted = lifecycle.accept(ticket=ticket, by=backoffice(a_staff_member()), at=skewed)

    assert accepted.events.last().at == prague("2026-03-02T10:00")


def test_accepting_may_correct_the_paragraph_within_the_contract():
    ticket = a_ticket()
    right = a_paragraph(ticket.contract, title="Drobná vada", severity=3)

    accepted = lifecycle.accept(ticket=ticket, paragraph=right, by=backoffice(a_staff_member()), at=LATER)

    assert (accepted.paragraph, accepted.severity) == (right, 3)
    assert [event.kind for event in accepted.events.all()] == ["filed", "reclassified", "accepted"]


@pytest.mark.req("S4-61")
def test_a_paragraph_of_another_contract_is_refused():
    ticket = a_ticket()

    with pytest.raises(lifecycle.ParagraphRefused):
        lifecycle.accept(ticket=ticket, paragraph=a_paragraph(), by=backoffice(a_staff_member()), at=LATER)

    ticket.refresh_from_db()
    assert ticket.status == Status.NEW


@pytest.mark.parametrize("fields", [{"is_active": False}, {"is_staff": False}])
@pytest.mark.req("S3-05", "S4-17")
def test_only_active_staff_solve_requests(fields: dict[str, bool]):
    ticket = an_accepted_ticket()
    person = a_user("Jan Bývalý", **({"is_staff": True} | fields))

    with pytest.raises(lifecycle.AssigneeRefused):
        lifecycle.escalate(ticket=ticket, assignee=person, by=backoffice(a_staff_member()), at=LATER)


@pytest.mark.req("S2-16")
def test_the_assignee_is_to_contact_the_customer():
    solver = a_staff_member("Petr Vaníček", group="řešitel")
    ticket = an_escalated_ticket(assignee=solver)

    [task] = [link.task for link in ticket.tasks.select_related("task")]
    assert (task.kind, task.assignee, task.done_at) == ("contact", solver, None)

    conversation.post_message(ticket=ticket, body="Volal jsem vám.", by=backoffice(solver), at=LATER)
    task.refresh_from_db()
    assert (task.done_at, task.done_by) == (LATER, solver)


@pytest.mark.req("S5-04")
@pytest.mark.parametrize("missing", ["root_cause", "problem_category", "text"])
def test_an_incident_is_resolved_with_text_cause_and_category(missing: str):
    ticket = an_accepted_ticket()

    with pytest.raises(lifecycle.ResolutionIncomplete):
        lifecycle.resolve(ticket=ticket, resolution=a_resolution(**{missing: ""}), by=backoffice(a_staff_member()), at=LATER)


def test_a_question_needs_no_root_cause():
    ticket = an_accepted_ticket(paragraph=a_paragraph(kind="question", has_sla=False))
    answer = lifecycle.Resolution(text="Ano, lze.")

    resolved = lifecycle.resolve(ticket=ticket, resolution=answer, by=backoffice(a_staff_member()), at=LATER)

    assert resolved.status == Status.RESOLVED


@pytest.mark.req("S5-09")
def test_a_service_delivered_elsewhere_is_resolved_as_handed_over_to_an_order():
    ticket = an_accepted_ticket()
    handed_over = lifecycle.Resolution(text="Předali jsme obchodu.", outcome=Ticket.Outcome.ORDER)

    resolved = lifecycle.resolve(ticket=ticket, resolution=handed_over, by=backoffice(a_staff_member()), at=LATER)

    assert resolved.get_outcome_display() == "předáno k objednávce"


@pytest.mark.req("S4-64", "S4-65")
def test_a_suspended_request_goes_back_where_it_was():
    ticket = an_accepted_ticket()
    lifecycle.suspend(ticket=ticket, reason="access", items=ITEM, by=backoffice(a_staff_member()), at=MONDAY)

    resumed = lifecycle.resume(ticket=ticket, by=backoffice(a_staff_member()), at=LATER)

    assert (resumed.status, resumed.suspended_at, resumed.suspend_reason) == (Status.ACCEPTED, None, "")


@pytest.mark.req("S4-65")
def test_ticking_off_the_last_open_item_resumes_and_an_earlier_one_does_not():
    ticket = a_suspended_ticket(items=2)
    dana = backoffice(a_staff_member())
    first, last = ticket.cooperation.all()

    conversation.tick_off(item=first, by=dana, at=LATER)
    ticket.refresh_from_db()
    assert ticket.status == Status.SUSPENDED

    conversation.tick_off(item=last, by=dana, at=LATER)
    ticket.refresh_from_db()
    assert ticket.status == Status.ESCALATED


def test_a_reply_ticks_off_what_it_delivers_and_resumes_at_once():
    ticket = a_suspended_ticket(items=2)
    first, second = ticket.cooperation.all()

    conversation.post_message(ticket=ticket, body="Tady je.", delivers=[first], by=portal(ticket.author), at=LATER)

    ticket.refresh_from_db()
    first.refresh_from_db()
    second.refresh_from_db()
    assert (ticket.status, first.done_at, first.done_by, second.done_at) == ("escalated", LATER, ticket.author, None)


@pytest.mark.req("S4-22")
def test_a_cancelled_request_is_in_no_list_but_its_author_still_opens_it():
    ticket = a_cancelled_ticket()

    assert list(Ticket.objects.listed()) == []
    assert list(Ticket.objects.visible_to(ticket.author)) == [ticket]


def test_only_the_author_withdraws():
    ticket = a_ticket()

    with pytest.raises(lifecycle.WithdrawRefused):
        lifecycle.withdraw(ticket=ticket, by=portal(a_user("Bob Kučera")), at=LATER)


def test_a_refusal_says_in_which_state_the_request_is_and_what_to_do():
    ticket = a_closed_ticket()

    with pytest.raises(StateChanged) as refusal:
        lifecycle.accept(ticket=ticket, by=backoffice(a_staff_member()), at=LATER)

    assert str(refusal.value) == (
        f"Požadavek {ticket.pk} je nyní ve stavu „Uzavřeno“, tento krok v něm není možný. "
        "Načtěte stránku znovu a podívejte se, co se změnilo."
    )
