"""A customer rings up: support writes the request down with the true time of the call, the customer follows it."""

import pytest
import time_machine

from helpdesk.mail.models import OutgoingMail
from tests.builders import prague
from tests.flows.doors import DESK, filled, letters, signed_in, text_of
from tickets.models import Ticket

pytestmark = pytest.mark.django_db


@pytest.mark.req("S1-10", "S5-11", "C37", "S1-09")
@time_machine.travel(prague("2026-03-02T10:20"), tick=False)
def test_caller_finds_the_request_in_the_portal_with_the_time_of_the_call(alice, dana, paragraph):
    desk = signed_in("dana")
    page = desk.get(f"{DESK}zapsat/", {"zakaznik": "27463249"})
    call = filled(page, "reported_at", author=alice.pk, paragraph=paragraph.pk, subject="Nejde tisk", description="Volala.")

    desk.post(f"{DESK}zapsat/?zakaznik=27463249", call | {"reported_at": "2026-03-02T10:12"})

    ticket = Ticket.objects.get()
    portal = signed_in("alice")
    assert (ticket.created_at, ticket.events.get().at) == (prague("2026-03-02T10:12"), prague("2026-03-02T10:12"))
    assert "Podáno po 2. 3. 2026 10:12, telefon" in text_of(portal.get(f"/pozadavky/{ticket.pk}/"))
    assert "Nejde tisk" in text_of(portal.get("/", {"q": ticket.pk}, follow=True))
    assert letters() == [("filed", "alice@hanacke.example")]
    confirmation = OutgoingMail.objects.get().text
    assert f"podle vašeho sdělení jsme zapsali požadavek číslo {ticket.pk}." in confirmation
    assert "Podáno: 2. 3. 2026 10:12" in confirmation


@time_machine.travel(prague("2026-03-02T10:20"), tick=False)
def test_caller_withdraws_the_request_that_support_wrote_down(alice, dana, paragraph):
    desk = signed_in("dana")
    page = desk.get(f"{DESK}zapsat/", {"zakaznik": "27463249"})
    call = filled(page, "reported_at", author=alice.pk, paragraph=paragraph.pk, subject="Nejde tisk", description="Volala.")
    desk.post(f"{DESK}zapsat/?zakaznik=27463249", call)
    ticket = Ticket.objects.get()

    signed_in("alice").post(f"/pozadavky/{ticket.pk}/stazeni/")

    ticket.refresh_from_db()
    assert (ticket.status, ticket.events.last().actor) == ("cancelled", alice)
    assert letters() == [("filed", "alice@hanacke.example"), ("withdrawn", "alice@hanacke.example")]
