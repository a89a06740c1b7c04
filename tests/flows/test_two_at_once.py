"""A page that went stale, and a button pressed twice: one act happens, the other person reads what changed."""

import pytest
import time_machine

from tests.builders import a_resolved_ticket, an_escalated_ticket, prague
from tests.flows.doors import DESK, filled, letters, signed_in, text_of, typed_into
from tickets import tasks
from tickets.models import Ticket

pytestmark = pytest.mark.django_db

NEW = "/pozadavky/novy/"
SOLVED = {"outcome": "done", "root_cause": "configuration", "problem_category": "defect"}


def test_second_of_two_solvers_reads_that_the_first_was_quicker_and_keeps_the_text(alice, dana, petr, paragraph):
    ticket = an_escalated_ticket(assignee=petr, author=alice, paragraph=paragraph)
    first, second = signed_in("dana"), signed_in("petr")
    address = f"{DESK}{ticket.pk}/ukon/resolve/"
    by_dana = filled(first.get(address), "outcome", text="Kvóta zvýšena.", **SOLVED)
    by_petr = filled(second.get(address), "outcome", text="Dlouho psané vyhodnocení.", **SOLVED)

    first.post(address, by_dana)
    refused = second.post(address, by_petr)

    ticket.refresh_from_db()
    assert "Požadavek je nyní ve stavu „Vyřešeno“, tento krok v něm není možný." in text_of(refused)
    assert typed_into(refused, "text") == "Dlouho psané vyhodnocení."
    assert ticket.resolution == "Kvóta zvýšena."
    assert [kind for kind, _ in letters()].count("resolved") == 1


@pytest.mark.req("S4-56", "S4-20")
def test_complaint_written_while_the_window_ended_is_refused_in_words_and_kept(alice, petr, paragraph):
    ticket = a_resolved_ticket(assignee=petr, author=alice, paragraph=paragraph)
    with time_machine.travel(prague("2026-03-16T23:58"), tick=False):
        portal = signed_in("alice")
        complaint = filled(portal.get(f"/pozadavky/{ticket.pk}/"), "reason", reason="Stále to nejde.")
    with time_machine.travel(prague("2026-03-17T00:01"), tick=False):
        tasks.close_expired_requests()
        refused = portal.post(f"/pozadavky/{ticket.pk}/reklamace/", complaint)

    ticket.refresh_from_db()
    assert (refused.status_code, ticket.status, ticket.complaints.count()) == (409, "closed", 0)
    assert f"Požadavek {ticket.pk} je nyní ve stavu „Uzavřeno“" in text_of(refused)
    assert typed_into(refused, "reason") == "Stále to nejde."


@pytest.mark.req("S2-12")
def test_form_sent_twice_files_one_request_and_confirms_it_once(alice, dana):
    portal = signed_in("alice")
    form = filled(portal.get(NEW), "subject", subject="Nejde tisk", description="Od rána.")

    answers = [portal.post(NEW, form).url for _ in range(2)]

    ticket = Ticket.objects.get()
    assert answers == [f"/pozadavky/{ticket.pk}/"] * 2
    assert letters() == [("filed", "alice@hanacke.example"), ("staff_filed", "dana@severka.example")]


def test_message_sent_twice_is_one_message_and_one_letter(alice, petr, paragraph):
    ticket = an_escalated_ticket(assignee=petr, author=alice, paragraph=paragraph)
    portal = signed_in("alice")
    form = filled(portal.get(f"/pozadavky/{ticket.pk}/?cast=komunikace"), "body", body="Kdy to bude?")

    for _ in range(2):
        portal.post(f"/pozadavky/{ticket.pk}/zprava/", form)

    assert ticket.messages.count() == 1
    assert [kind for kind, _ in letters()].count("staff_message") == 1
