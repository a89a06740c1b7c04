"""What the desk says when a rule forbids an act: the sentence stands in the form, and what was typed stays with it."""

import uuid
from datetime import date, timedelta

import pytest
from django.utils import timezone

from helpdesk.customers.models import User
from tests.builders import a_contract, a_paragraph, a_request_type, a_staff_member, a_ticket, an_asset, an_escalated_ticket
from tests.tickets.desk import LIST, do, signed_in, text_of
from tickets.models import PhysicalAnnex, Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def dana() -> User:
    return a_staff_member()


def test_paper_from_the_future_is_refused_and_its_description_stays(dana):
    ticket = an_escalated_ticket()
    tomorrow = timezone.localdate() + timedelta(days=1)
    typed = {"description": "Podepsaný protokol", "stored_at": "skříň 3", "received_on": tomorrow.isoformat()}

    page = do(dana, ticket, "annex", **typed)

    assert (page.status_code, PhysicalAnnex.objects.count()) == (409, 0)
    assert "Den přijetí je v budoucnosti. Opravte jej prosím." in text_of(page)
    assert 'value="Podepsaný protokol"' in page.content.decode()


def test_split_under_an_ended_contract_is_refused_and_its_text_stays(dana):
    contract = a_contract(number="2024/118")
    ticket = an_escalated_ticket(paragraph=a_paragraph(contract))
    contract.valid_until = date(2026, 1, 31)
    contract.save()

    page = do(dana, ticket, "split", paragraph=ticket.paragraph_id, subject="Nový sloupec", description="Prosí o sloupec.")

    assert (page.status_code, Ticket.objects.count()) == (409, 1)
    assert "Smlouva 2024/118 neplatí, skončila 31. 1. 2026." in text_of(page)
    assert "Prosí o sloupec.</textarea>" in page.content.decode()


@pytest.mark.req("S5-02", "S5-05", "S5-06", "S5-18")
def test_call_that_the_contract_does_not_cover_is_refused_beside_each_field(dana):
    contract = a_contract(number="2024/118", kind="implementation")
    known = a_ticket(paragraph=a_paragraph(contract))
    contract.entitlements.create(channel="phone", access="implemented_modules")
    finished = an_asset(contract.customer, name="ERP", version="5")
    training = a_request_type(name="Výuka", is_covered=False, way_out="Objednejte ji zvlášť.")
    call = {
        "form_token": str(uuid.uuid4()),
        "author": known.author_id,
        "channel": "phone",
        "reported_at": timezone.localtime().strftime("%Y-%m-%dT%H:%M"),
        "paragraph": known.paragraph_id,
        "request_type": training.pk,
        "asset": finished.pk,
        "subject": "Nejde tisk",
        "description": "Volala paní z účtárny.",
    }

    page = signed_in(dana).post(f"{LIST}zapsat/?zakaznik={contract.customer.ico}", call)

    assert Ticket.objects.count() == 1
    assert "Výuka: podpora nepokrývá. Objednejte ji zvlášť." in text_of(page)
    assert "Smlouva 2024/118 tu zahrnuje jen právě zaváděné moduly, ERP 5 žádný nemá." in text_of(page)
    assert "Volala paní z účtárny.</textarea>" in page.content.decode()
