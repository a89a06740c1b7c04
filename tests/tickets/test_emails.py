"""Who gets which letter about a request, and what it says."""

from __future__ import annotations

import pytest

from helpdesk.customers.actor import SYSTEM
from helpdesk.customers.channels import Channel
from helpdesk.mail.models import OutgoingMail
from tests.builders import (
    MONDAY,
    a_closed_ticket,
    a_contract,
    a_message,
    a_paragraph,
    a_resolution,
    a_resolved_ticket,
    a_staff_member,
    a_suspended_ticket,
    an_accepted_ticket,
    an_escalated_ticket,
    an_operator,
    backoffice,
    portal,
    prague,
)
from tests.tickets.letters import filed, letters, written_by
from tickets.models import Ticket, Watcher
from tickets.services import complaints, lifecycle, tasks
from tickets.services.conversation import add_note
from tickets.services.filing import NewRequest, file_request

pytestmark = pytest.mark.django_db


@pytest.mark.req("S2-14", "S2-09")
def test_filing_is_confirmed_with_the_number_and_told_to_support(customer, alice, dana):
    an_operator()

    ticket = filed(customer, alice)

    assert letters() == [("filed", "alice@example.cz"), ("staff_filed", "dana@severka.example")]
    confirmation = OutgoingMail.objects.get(kind="filed")
    assert confirmation.subject == f"[{ticket.pk}] Požadavek jsme zaevidovali: Nelze uložit fakturu do DMS"
    assert confirmation.text == (
        "Dobrý den,\n"
        "\n"
        f"váš požadavek jsme zaevidovali pod číslem {ticket.pk}.\n"
        "\n"
        "Předmět: Nelze uložit fakturu do DMS\n"
        "Podáno: 2. 3. 2026 10:00\n"
        f"Smlouva: {ticket.contract}\n"
        f"Odstavec smlouvy: {ticket.paragraph}\n"
        "\n"
        "Jakmile požadavek někdo z podpory převezme, napíšeme vám jeho jméno. "
        "Další přílohy a zprávy přidáte na stránce požadavku.\n"
        "\n"
        "Otevřít požadavek:\n"
        f"http://testserver/pozadavky/{ticket.pk}/\n"
        "\n"
        "-- \n"
        "Severka Systémy s.r.o.\n"
        "533 000 120, podpora@severka.example\n"
    )


@pytest.mark.req("S2-09", "S4-25", "C15")
def test_author_and_contact_address_get_one_letter_each(customer, alice):
    filed(customer, alice, contact_email="Sklad@Example.cz")
    filed(customer, alice, contact_email="ALICE@example.cz")

    assert letters() == [("filed", "alice@example.cz"), ("filed", "sklad@example.cz"), ("filed", "alice@example.cz")]


def test_letters_of_one_request_lie_in_one_thread(customer, alice, dana):
    ticket = filed(customer, alice)
    lifecycle.accept(ticket=ticket, by=backoffice(dana), at=MONDAY)
    filed(customer, alice)

    threads = list(OutgoingMail.objects.filter(recipient="alice@example.cz").order_by("id").values_list("in_reply_to", flat=True))

    assert threads[0] == threads[1]
    assert threads[0] != threads[2]
    assert threads[0].startswith(f"ticket-{ticket.pk}.")


def test_words_of_people_reach_the_letter_as_they_wrote_them(customer, alice, dana):
    ticket = filed(customer, alice, subject="Kvóta < 5 GB & „víc“")

    a_message(ticket, author=dana, body="Zkuste <b>znovu</b> & napište.")

    letter = OutgoingMail.objects.get(kind="message")
    assert letter.subject == f"[{ticket.pk}] Nová zpráva: Kvóta < 5 GB & „víc“"
    assert letter.text.startswith("Dobrý den,\n\nDana Pokorná vám píše:\n\nZkuste <b>znovu</b> & napište.\n\nOdpovědět")


@pytest.mark.req("S3-04")
def test_acceptance_names_the_person(customer, alice, dana):
    ticket = filed(customer, alice)

    written = written_by(lambda: lifecycle.accept(ticket=ticket, by=backoffice(dana), at=MONDAY))

    assert written == [("accepted", "alice@example.cz")]
    letter = OutgoingMail.objects.get(kind="accepted")
    assert letter.subject == f"[{ticket.pk}] Převzetí potvrzeno: Nelze uložit fakturu do DMS"
    assert "převzetí vašeho požadavku potvrzuje Dana Pokorná." in letter.text


@pytest.mark.req("S2-16")
def test_assignment_tells_the_customer_who_and_the_solver_what(customer, alice, dana, petr):
    ticket = filed(customer, alice)
    lifecycle.accept(ticket=ticket, by=backoffice(dana), at=MONDAY)

    written = written_by(lambda: lifecycle.escalate(ticket=ticket, assignee=petr, by=backoffice(dana), at=MONDAY))

    assert written == [("escalated", "alice@example.cz"), ("staff_assigned", "petr@severka.example")]
    assert OutgoingMail.objects.get(kind="escalated").subject == f"[{ticket.pk}] Řeší Petr Vaníček: Nelze uložit fakturu do DMS"


def test_solver_who_takes_a_request_needs_no_letter_about_it(customer, alice, petr):
    ticket = an_accepted_ticket(staff=petr, author=alice, paragraph=a_paragraph(a_contract(customer)))

    written = written_by(lambda: lifecycle.escalate(ticket=ticket, assignee=petr, by=backoffice(petr), at=MONDAY))

    assert written == [("escalated", "alice@example.cz")]


@pytest.mark.req("S4-64")
def test_suspension_lists_what_is_missing_from_whom_by_when(customer, alice, petr):
    ticket = an_escalated_ticket(assignee=petr, author=alice, paragraph=a_paragraph(a_contract(customer)))
    items = [
        lifecycle.CooperationItem(what="Výpis z banky", from_whom="Bob", due_at=prague("2026-03-04T12:00")),
        lifecycle.CooperationItem(what="Snímek obrazovky"),
    ]

    lifecycle.suspend(ticket=ticket, reason="attachment", items=items, by=backoffice(petr), at=MONDAY, text="Děkujeme.")

    letter = OutgoingMail.objects.get(kind="suspended")
    assert letter.text.split("Dodat podklady:")[0] == (
        "Dobrý den,\n"
        "\n"
        "abychom mohli na požadavku pokračovat, potřebujeme od vás:\n"
        "\n"
        "- Výpis z banky (od: Bob), do 4. 3. 2026 12:00\n"
        "- Snímek obrazovky\n"
        "\n"
        "Děkujeme.\n"
        "\n"
        "Do té doby je požadavek pozastaven a lhůty neběží. Jakmile odpovíte nebo přiložíte soubor, hned pokračujeme.\n"
        "\n"
    )


@pytest.mark.req("S4-24")
def test_customers_reply_that_resumes_gives_one_letter_to_each_other_person(customer, alice, petr):
    ticket = a_suspended_ticket(
        assignee=petr, author=alice, paragraph=a_paragraph(a_contract(customer)), contact_email="sklad@example.cz"
    )

    written = written_by(lambda: a_message(ticket))

    assert written == [("state_changed", "sklad@example.cz"), ("staff_message", "petr@severka.example")]
    resumed = OutgoingMail.objects.get(kind="state_changed")
    assert resumed.text.startswith("Dobrý den,\n\nna požadavku zase pracujeme.\n\nStav: Pozastaveno → Eskalováno\n\nOtevřít")


@pytest.mark.req("S3-07", "D16")
def test_resolution_says_how_and_until_when_to_complain(customer, alice, petr):
    ticket = a_resolved_ticket(assignee=petr, author=alice, paragraph=a_paragraph(a_contract(customer)))

    letter = OutgoingMail.objects.get(kind="resolved")
    assert letter.subject == f"[{ticket.pk}] Vyřešeno: Nelze uložit fakturu do DMS"
    assert "Kvóta složky byla zvýšena." in letter.text
    assert "můžete jej reklamovat do konce dne 16. 3. 2026." in letter.text


@pytest.mark.req("S5-09")
def test_service_that_is_ordered_elsewhere_is_said_so(customer, alice, petr):
    ticket = an_escalated_ticket(assignee=petr, author=alice, paragraph=a_paragraph(a_contract(customer)))

    resolution = a_resolution(text="Objednávku vám pošle obchod.", outcome=Ticket.Outcome.ORDER)
    lifecycle.resolve(ticket=ticket, resolution=resolution, by=backoffice(petr), at=MONDAY)

    letter = OutgoingMail.objects.get(kind="resolved")
    assert "služba, o kterou žádáte, se dodává na objednávku." in letter.text


def test_who_confirms_gets_the_confirmation_too(customer, alice):
    a_closed_ticket(author=alice, paragraph=a_paragraph(a_contract(customer)))

    letter = OutgoingMail.objects.get(kind="closed")
    assert letter.recipient == "alice@example.cz"
    assert letter.text.startswith("Dobrý den,\n\nvyřešení požadavku je potvrzeno a požadavek je uzavřen. Děkujeme.\n")


@pytest.mark.req("S4-62")
def test_cancellation_gives_the_reason_and_the_way_back(customer, alice, dana):
    ticket = filed(customer, alice)

    lifecycle.cancel(ticket=ticket, reason="Chybná klasifikace", by=backoffice(dana), at=MONDAY)

    letter = OutgoingMail.objects.get(kind="cancelled")
    assert "Důvod: Chybná klasifikace\n\nJe-li věc stále aktuální, založte ji na stránce požadavku znovu" in letter.text


def test_withdrawal_is_confirmed_to_the_author_and_told_to_the_contact(customer, alice):
    ticket = filed(customer, alice, contact_email="sklad@example.cz")

    written = written_by(lambda: lifecycle.withdraw(ticket=ticket, by=portal(alice), at=MONDAY))

    assert written == [("withdrawn", "alice@example.cz"), ("withdrawn", "sklad@example.cz")]


@pytest.mark.req("S4-55")
def test_complaint_is_confirmed_and_told_to_leaders_and_solver(customer, alice, petr):
    a_staff_member("Lea Malá", group="vedoucí", email="lea@severka.example")
    ticket = a_resolved_ticket(assignee=petr, author=alice, paragraph=a_paragraph(a_contract(customer)))

    written = written_by(lambda: complaints.file_complaint(ticket=ticket, reason="Stále to nejde.", by=portal(alice), at=MONDAY))

    assert written == [
        ("complaint_filed", "alice@example.cz"),
        ("staff_complaint", "lea@severka.example"),
        ("staff_complaint", "petr@severka.example"),
    ]
    confirmation = OutgoingMail.objects.get(kind="complaint_filed").text
    assert "posoudíme ji do konce dne 9. 3. 2026." in confirmation
    assert "Důvod reklamace:\nStále to nejde.\n" in confirmation


@pytest.mark.req("S4-58")
@pytest.mark.parametrize(
    ("upheld", "subject", "words"),
    [
        (True, "Reklamace uznána", "vaši reklamaci jsme uznali a na požadavku pracujeme dál."),
        (False, "Reklamace zamítnuta", "vaši reklamaci jsme posoudili jako neoprávněnou."),
    ],
)
def test_decision_of_a_complaint_is_one_letter_with_its_reasoning(customer, alice, dana, petr, upheld, subject, words):
    ticket = a_resolved_ticket(assignee=petr, author=alice, paragraph=a_paragraph(a_contract(customer)))
    complaints.file_complaint(ticket=ticket, reason="Stále to nejde.", by=portal(alice), at=MONDAY)
    decision = complaints.Decision(upheld=upheld, reasoning="Ověřili jsme zálohu.")

    written = written_by(lambda: complaints.decide_complaint(ticket=ticket, decision=decision, by=backoffice(dana), at=MONDAY))

    assert written == [("complaint_decided", "alice@example.cz")]
    letter = OutgoingMail.objects.get(kind="complaint_decided")
    assert letter.subject == f"[{ticket.pk}] {subject}: Nelze uložit fakturu do DMS"
    assert letter.text.startswith(f"Dobrý den,\n\n{words}")
    assert "Odůvodnění:\nOvěřili jsme zálohu.\n" in letter.text


def test_message_of_support_goes_to_the_customers_people_only(customer, alice, dana, petr):
    ticket = an_escalated_ticket(assignee=petr, author=alice, paragraph=a_paragraph(a_contract(customer)))

    assert written_by(lambda: a_message(ticket, author=dana)) == [("message", "alice@example.cz")]


def test_message_of_the_customer_goes_to_support_until_there_is_a_solver(customer, alice, dana, petr):
    ticket = filed(customer, alice)
    before = written_by(lambda: a_message(ticket))
    lifecycle.accept(ticket=ticket, by=backoffice(dana), at=MONDAY)
    lifecycle.escalate(ticket=ticket, assignee=petr, by=backoffice(dana), at=MONDAY)
    Watcher.objects.create(ticket=ticket, user=dana)
    Watcher.objects.create(ticket=ticket, user=petr)

    after = written_by(lambda: a_message(ticket))

    assert before == [("staff_message", "dana@severka.example")]
    assert after == [("staff_message", "petr@severka.example"), ("staff_message", "dana@severka.example")]


@pytest.mark.req("S3-06")
def test_question_about_the_state_goes_to_the_solver(customer, alice, petr):
    ticket = an_escalated_ticket(assignee=petr, author=alice, paragraph=a_paragraph(a_contract(customer)))

    written = written_by(lambda: tasks.ask_status(ticket=ticket, by=portal(alice), at=MONDAY))

    assert written == [("staff_status_asked", "petr@severka.example")]


def test_note_reaches_mentioned_colleagues_and_no_customer(customer, alice, dana, petr):
    ticket = an_escalated_ticket(assignee=petr, author=alice, paragraph=a_paragraph(a_contract(customer)))

    written = written_by(lambda: add_note(ticket=ticket, body="Tajné", by=backoffice(petr), at=MONDAY, mentioned=[dana, petr]))

    assert written == [("staff_mention", "dana@severka.example")]


def test_request_filed_for_a_caller_says_so(customer, alice, dana):
    new = NewRequest(
        author=alice,
        paragraph=a_paragraph(a_contract(customer)),
        subject="Tiskárna",
        description="Netiskne.",
        contact_email="alice@example.cz",
        contact_phone="",
        channel=Channel.PHONE,
    )
    ticket = file_request(new=new, by=backoffice(dana), at=MONDAY)

    assert OutgoingMail.objects.get(kind="filed").text.startswith(
        f"Dobrý den,\n\npodle vašeho sdělení jsme zapsali požadavek číslo {ticket.pk}.\n"
    )


def test_every_letter_reads_without_gaps(customer, alice, dana, petr):
    """No letter of a whole life has an empty paragraph, a leftover tag or a gendered ending."""
    an_operator()
    ticket = a_suspended_ticket(assignee=petr, author=alice, paragraph=a_paragraph(a_contract(customer)))
    a_message(ticket)
    lifecycle.resolve(ticket=ticket, resolution=a_resolution(), by=backoffice(petr), at=MONDAY)
    complaints.file_complaint(ticket=ticket, reason="Stále to nejde.", by=portal(alice), at=MONDAY)
    decision = complaints.Decision(upheld=True, reasoning="")
    complaints.decide_complaint(ticket=ticket, decision=decision, by=backoffice(dana), at=MONDAY)
    lifecycle.return_to_support(ticket=ticket, by=backoffice(petr), at=MONDAY)
    lifecycle.cancel(ticket=ticket, reason="Zdvojeno", by=SYSTEM, at=MONDAY)

    faults = [
        (letter.kind, fault)
        for letter in OutgoingMail.objects.all()
        for fault in ("\n\n\n", "{%", "{{", "(a)", "None", " \n")
        if fault in letter.text.replace("-- \n", "")
    ]
    assert faults == []
