"""Nobody answers to a resolution: the sweep reminds, then closes, and says so."""

import pytest
import time_machine

from helpdesk.mail.models import OutgoingMail
from tests.builders import an_escalated_ticket, prague
from tests.flows.doors import DESK, filled, letters, signed_in, text_of
from tickets import tasks

pytestmark = pytest.mark.django_db

SOLVED = {"text": "Kvóta zvýšena.", "outcome": "done", "root_cause": "configuration", "problem_category": "defect"}


def sweep_at(text: str) -> None:
    """What beat does at an instant, twice, as two beats would."""
    with time_machine.travel(prague(text), tick=False):
        for _ in range(2):
            tasks.remind_of_closing()
            tasks.close_expired_requests()


@pytest.mark.req("C08", "D16", "S4-20")
def test_unanswered_resolution_is_reminded_of_and_closed_after_ten_working_days(alice, petr, paragraph):
    ticket = an_escalated_ticket(assignee=petr, author=alice, paragraph=paragraph, contact_email="alice@hanacke.example")
    with time_machine.travel(prague("2026-03-02T10:30"), tick=False):
        desk = signed_in("petr")
        address = f"{DESK}{ticket.pk}/ukon/resolve/"
        desk.post(address, filled(desk.get(address), "outcome", **SOLVED))

    states = []
    for moment in ("2026-03-12T07:59", "2026-03-12T08:00", "2026-03-16T23:59", "2026-03-17T00:00"):
        sweep_at(moment)
        ticket.refresh_from_db()
        states.append((ticket.status, letters()[-1][0]))

    with time_machine.travel(prague("2026-03-17T08:00"), tick=False):
        portal = signed_in("alice")
        history = text_of(portal.get(f"/pozadavky/{ticket.pk}/?cast=historie"))
        too_late = portal.post(f"/pozadavky/{ticket.pk}/potvrzeni/", follow=True)
    assert states == [
        ("resolved", "resolved"),
        ("resolved", "closing_reminder"),
        ("resolved", "closing_reminder"),
        ("closed", "closed"),
    ]
    assert letters()[-3:] == [(kind, "alice@hanacke.example") for kind in ("resolved", "closing_reminder", "closed")]
    assert "do konce dne 16. 3. 2026" in OutgoingMail.objects.get(kind="closing_reminder").text
    assert "lhůta k reklamaci uplynula a požadavek je uzavřen." in OutgoingMail.objects.get(kind="closed").text
    assert "17. 3. 2026 00:00 Uzavřeno po lhůtě k reklamaci" in history
    assert f"Požadavek {ticket.pk} je nyní ve stavu „Uzavřeno“" in text_of(too_late)
