"""A phone consultation in one step: a request with its work, resolved and closed, and one letter (D23)."""

from __future__ import annotations

import uuid
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine

from helpdesk.customers.channels import Channel
from helpdesk.customers.models import User
from helpdesk.mail.models import OutgoingMail
from tests.builders import (
    a_contract,
    a_member,
    a_paragraph,
    a_staff_member,
    an_operator,
    backoffice,
    prague,
)
from tests.tickets.desk import LIST, signed_in, text_of
from tests.tickets.letters import letters
from tests.tickets.work_builders import a_taken_ticket, charges, is_sound
from tickets.models import Status, Ticket, WorkEntry
from tickets.services.consultations import Consultation, ConsultationRefused, record_consultation
from tickets.services.filing import BackdatingRefused, NewRequest
from tickets.services.work import WorkRefused, start_timer, stop_timer

pytestmark = pytest.mark.django_db

CALLED = prague("2026-03-02T10:12")
NOW = prague("2026-03-02T10:20:30")
ADDRESS = f"{LIST}konzultace/"


@pytest.fixture
def dana() -> User:
    return a_staff_member()


def a_consulting_paragraph(**contract: Any):
    return a_paragraph(a_contract(**contract), kind="consultation", has_sla=False, title="Konzultace")


def a_call(paragraph: Any, *, answer: str = "Zaškrtněte ji v uzávěrce.", note: str = "", **fields: Any) -> Consultation:
    author = fields.pop("author", None) or a_member(paragraph.contract.customer)
    values: dict[str, Any] = {
        "author": author,
        "paragraph": paragraph,
        "subject": "Roční zúčtování",
        "description": "Kde se zapíná sleva na dítě?",
        "contact_email": author.email,
        "contact_phone": "",
        "channel": Channel.PHONE,
        "reported_at": CALLED,
        "minutes": 8,
    }
    return Consultation(call=NewRequest(**values | fields), answer=answer, note=note)


def recorded(call: Consultation, dana: User, *, at=NOW) -> Ticket:
    return record_consultation(consultation=call, by=backoffice(dana), at=at)


@pytest.mark.req("D23", "S3-11")
def test_call_is_filed_taken_over_worked_on_resolved_and_closed_with_all_events(dana):
    ticket = recorded(a_call(a_consulting_paragraph()), dana)

    assert (ticket.status, ticket.channel, ticket.filed_by, ticket.created_at) == (Status.CLOSED, "phone", dana, CALLED)
    assert ticket.resolution == "Zaškrtněte ji v uzávěrce."
    settled = NOW.replace(second=30)
    assert list(ticket.events.order_by("id").values_list("kind", "from_status", "to_status", "at")) == [
        ("filed", "", "new", CALLED),
        ("accepted", "new", "accepted", settled),
        ("resolved", "accepted", "resolved", settled),
        ("consulted", "resolved", "closed", settled),
    ]


@pytest.mark.req("D23", "S5-12", "S1-18")
def test_its_work_is_one_entry_by_phone_paid_by_free_minutes_first(dana):
    ticket = recorded(a_call(a_consulting_paragraph(free_phone_minutes=5), note="Sleva na dítě"), dana)

    entry = ticket.work.get()
    assert (entry.person, entry.activity, entry.source, entry.note) == (dana, "consulting", "phone", "Sleva na dítě")
    assert (entry.started_at, entry.finished_at, entry.billed_minutes) == (CALLED, CALLED + timedelta(minutes=8), 8)
    assert [(part["source"], part["minutes"], part["price"]) for part in entry.pricing] == [
        ("free_phone", 5, "0.00"),
        ("credit", 3, "60.00"),
    ]
    assert charges(ticket) == [("work", Decimal("-60.00"))]
    assert is_sound()


def test_done_consultation_is_recorded_without_any_credit(dana):
    ticket = recorded(a_call(a_consulting_paragraph(overdraft=0)), dana)

    assert charges(ticket) == [("work", Decimal("-160.00"))]


@pytest.mark.req("D23", "S4-24")
def test_customer_gets_one_letter_with_question_answer_and_payment(dana):
    an_operator()

    paragraph = a_consulting_paragraph(free_phone_minutes=10)
    alice = a_member(paragraph.contract.customer, email="alice@example.cz", notify_states=False)

    ticket = recorded(a_call(paragraph, author=alice), dana)

    assert letters() == [("consulted", "alice@example.cz")]
    letter = OutgoingMail.objects.get()
    assert letter.subject == f"[{ticket.pk}] Telefonická konzultace: Roční zúčtování"
    assert letter.text.replace("\u00a0", " ") == (
        "Dobrý den,\n"
        "\n"
        f"děkujeme za zavolání. Konzultaci jsme zapsali jako požadavek číslo {ticket.pk} a rovnou uzavřeli.\n"
        "\n"
        "Předmět: Roční zúčtování\n"
        "Hovor: 2. 3. 2026 10:12, 8 min\n"
        f"Smlouva: {ticket.contract}\n"
        "Úhrada: 8 min z bezplatných telefonických minut\n"
        "\n"
        "Na co jste se ptali:\n"
        "Kde se zapíná sleva na dítě?\n"
        "\n"
        "Co jsme poradili:\n"
        "Zaškrtněte ji v uzávěrce.\n"
        "\n"
        "Kdybyste potřebovali něco dalšího, založte prosím nový požadavek, nebo znovu zavolejte.\n"
        "\n"
        "Otevřít požadavek:\n"
        f"http://testserver/pozadavky/{ticket.pk}/\n"
        "\n"
        "-- \n"
        "Severka Systémy s.r.o.\n"
        "533 000 120, podpora@severka.example\n"
    )


def test_form_that_was_sent_twice_makes_one_consultation(dana):
    call = a_call(a_consulting_paragraph(), form_token=uuid.uuid4())

    first, second = recorded(call, dana), recorded(call, dana)

    assert first.pk == second.pk
    assert (WorkEntry.objects.count(), OutgoingMail.objects.count(), len(charges(first))) == (1, 1, 1)


def test_call_interrupts_the_timer_that_ran_through_it(dana):
    other = a_taken_ticket(staff=dana, at=prague("2026-03-02T10:00"))
    running = start_timer(ticket=other, by=backoffice(dana), at=prague("2026-03-02T10:00"))

    recorded(a_call(a_consulting_paragraph()), dana)
    done = stop_timer(entry=running, by=backoffice(dana), at=prague("2026-03-02T10:30"))

    spans = [(span.started_at, span.ended_at) for span in done.spans.all()]
    assert spans == [
        (prague("2026-03-02T10:00"), CALLED),
        (prague("2026-03-02T10:20"), prague("2026-03-02T10:30")),
    ]
    assert done.billed_minutes == 22


def test_time_that_is_written_down_elsewhere_is_not_charged_twice(dana):
    recorded(a_call(a_consulting_paragraph()), dana)

    with pytest.raises(WorkRefused, match="V tu dobu už máte zapsanou práci"):
        recorded(a_call(a_consulting_paragraph(), reported_at=CALLED + timedelta(minutes=3), minutes=4), dana)

    assert Ticket.objects.count() == 1


@pytest.mark.parametrize(("minutes", "refused"), [(0, True), (8, False), (9, False), (10, True)])
def test_call_is_over_when_it_is_written_down_give_or_take_a_begun_minute(dana, minutes, refused):
    call = a_call(a_consulting_paragraph(), minutes=minutes)

    if refused:
        with pytest.raises(ConsultationRefused, match="Opravte, kdy začal"):
            recorded(call, dana)
    else:
        assert recorded(call, dana).work.get().finished_at == min(CALLED + timedelta(minutes=minutes), NOW)


@pytest.mark.req("C37")
def test_quarter_of_an_hour_without_a_reason_counts_from_the_end_of_the_call(dana):
    paragraph = a_consulting_paragraph()
    ended = CALLED + timedelta(minutes=40)
    in_time = a_call(paragraph, minutes=40)
    late = a_call(paragraph, reported_at=CALLED - timedelta(hours=2), minutes=40)

    assert recorded(in_time, dana, at=ended + timedelta(minutes=15)).status == Status.CLOSED
    with pytest.raises(BackdatingRefused, match="Hovor je starší než 15 minut"):
        recorded(late, dana, at=ended)


def test_incident_is_no_consultation(dana):
    with pytest.raises(ConsultationRefused, match="pro dotazy nebo konzultace"):
        recorded(a_call(a_paragraph(a_contract())), dana)

    assert not Ticket.objects.exists()


def sent(paragraph: Any, author: User, **fields: Any) -> dict[str, Any]:
    values = {
        "form_token": str(uuid.uuid4()),
        "channel": "phone",
        "author": author.pk,
        "reported_at": "2026-03-02T10:12",
        "minutes": "8",
        "paragraph": paragraph.pk,
        "subject": "Roční zúčtování",
        "description": "Kde se zapíná sleva na dítě?",
        "answer": "Zaškrtněte ji v uzávěrce.",
    }
    return values | fields


@pytest.mark.req("D23", "S1-10")
@time_machine.travel(NOW, tick=False)
def test_desk_records_a_call_and_keeps_what_was_typed_when_it_is_refused(dana):
    paragraph = a_consulting_paragraph()
    alice = a_member(paragraph.contract.customer)
    client, address = signed_in(dana), f"{ADDRESS}?zakaznik={paragraph.contract.customer.ico}"

    too_long = client.post(address, sent(paragraph, alice, minutes="30"))
    silent = client.post(address, sent(paragraph, alice, answer=""))
    done = client.post(address, sent(paragraph, alice, internal_note="Volá často"))

    ticket = Ticket.objects.get()
    assert (too_long.status_code, silent.status_code) == (409, 422)
    assert "Hovor by skončil až v budoucnosti." in text_of(too_long)
    assert "Zaškrtněte ji v uzávěrce." in text_of(too_long)
    assert done.url == f"{LIST}{ticket.pk}/change/"
    assert (ticket.status, ticket.work.get().internal_note) == (Status.CLOSED, "Volá často")
    assert "Uzavřeno po telefonické konzultaci" in text_of(client.get(done.url))


def test_desk_offers_paragraphs_for_questions_and_consultations_alone(dana):
    paragraph = a_consulting_paragraph()
    incident = a_paragraph(paragraph.contract)
    a_member(paragraph.contract.customer)
    bare = a_paragraph(a_contract())
    client = signed_in(dana)

    page = text_of(client.get(ADDRESS, {"zakaznik": paragraph.contract.customer.ico}))
    without = text_of(client.get(ADDRESS, {"zakaznik": bare.contract.customer.ico}))

    assert (f"{paragraph.code} Konzultace" in page, incident.title in page) == (True, False)
    assert "Zákazník nemá ve smlouvě odstavec pro dotazy ani konzultace." in without


def test_work_list_and_menu_lead_to_the_form(dana):
    page = text_of(signed_in(dana).get(LIST))

    assert page.count(f'href="{ADDRESS}"') >= 2
