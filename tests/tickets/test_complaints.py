"""Complaints: window, decision, what happens to the request."""

import pytest

from tests.builders import MONDAY, a_resolution, a_resolved_ticket, a_staff_member, backoffice, portal, prague
from tickets.models import Status
from tickets.services.complaints import ComplaintRefused, Decision, decide_complaint, file_complaint
from tickets.services.lifecycle import confirm_resolution, resolve

pytestmark = pytest.mark.django_db


@pytest.mark.req("S4-55", "S4-58", "S4-21")
def test_upheld_complaint_goes_back_to_the_solver_and_can_be_resolved_again():
    ticket = a_resolved_ticket()
    leader = a_staff_member("Václav Hora", group="vedoucí")
    later = prague("2026-03-03T09:00")

    file_complaint(ticket=ticket, reason="Chyba trvá.", by=portal(ticket.author), at=later)
    decide_complaint(ticket=ticket, decision=Decision(upheld=True, reasoning="Máte pravdu."), by=backoffice(leader), at=later)
    ticket.refresh_from_db()
    assert (ticket.status, ticket.resolved_at) == (Status.ESCALATED, None)

    resolve(ticket=ticket, resolution=a_resolution(), by=backoffice(leader), at=later)
    closed = confirm_resolution(ticket=ticket, by=portal(ticket.author), at=later)

    assert closed.status == Status.CLOSED


@pytest.mark.req("S4-55")
def test_complaint_is_possible_until_midnight_of_the_last_working_day():
    ticket = a_resolved_ticket(at=MONDAY)

    assert ticket.complaint_until == prague("2026-03-17T00:00")
    with pytest.raises(ComplaintRefused):
        file_complaint(ticket=ticket, reason="Pozdě.", by=portal(ticket.author), at=prague("2026-03-17T00:00"))
    complaint = file_complaint(ticket=ticket, reason="Včas.", by=portal(ticket.author), at=prague("2026-03-16T23:59"))
    assert complaint.decide_by == prague("2026-03-24T00:00")
