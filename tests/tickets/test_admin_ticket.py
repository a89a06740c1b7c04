"""The page of a request in the backoffice: every act by its form, rights, stale pages, and what the page costs."""

import uuid
from datetime import date
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from helpdesk.customers.models import User
from helpdesk.mail.models import OutgoingMail
from tests.builders import (
    MONDAY,
    a_cancelled_ticket,
    a_member,
    a_message,
    a_paragraph,
    a_request_type,
    a_resolved_ticket,
    a_staff_member,
    a_suspended_ticket,
    a_ticket,
    an_accepted_ticket,
    an_escalated_ticket,
    backoffice,
    portal,
)
from tests.tickets.desk import LIST, do, page_of, signed_in, text_of
from tickets.models import CannedAnswer, Status, Ticket
from tickets.services.complaints import file_complaint
from tickets.services.conversation import add_note
from tickets.services.lifecycle import accept

pytestmark = pytest.mark.django_db


@pytest.fixture
def dana() -> User:
    return a_staff_member()


@pytest.fixture
def petr() -> User:
    return a_staff_member("Petr Vaníček", group="řešitel")


@pytest.mark.req("S4-61", "S3-04")
def test_accepting_asks_whether_the_classification_is_right(dana):
    ticket = a_ticket()

    asked = text_of(signed_in(dana).get(page_of(ticket, "?ukon=accept")))
    do(dana, ticket, "accept", classification="right", paragraph=ticket.paragraph_id)

    assert "Klasifikace odpovídá?" in asked
    assert ticket.status == Status.ACCEPTED


@pytest.mark.req("S4-61")
def test_wrong_paragraph_is_corrected_while_accepting(dana):
    ticket = a_ticket()
    right = a_paragraph(ticket.contract, code="čl. 5", severity=1)

    do(dana, ticket, "accept", classification="corrected", paragraph=right.pk)

    assert (ticket.status, ticket.paragraph, ticket.severity) == (Status.ACCEPTED, right, 1)


@pytest.mark.req("S4-62")
def test_wrong_classification_cancels_with_an_explanation(dana):
    ticket = a_ticket()

    refused = do(dana, ticket, "accept", classification="wrong", paragraph=ticket.paragraph_id)
    do(dana, ticket, "accept", classification="wrong", paragraph=ticket.paragraph_id, reason="Není to vada.")

    assert "Napište zákazníkovi, proč klasifikace neodpovídá." in text_of(refused)
    assert (ticket.status, ticket.cancel_reason) == (Status.CANCELLED, "Není to vada.")
    assert OutgoingMail.objects.filter(kind="cancelled").count() == 1


@pytest.mark.req("S3-05", "S2-16")
def test_request_is_handed_over_returned_and_handed_over_again(dana, petr):
    ticket = an_accepted_ticket()

    do(dana, ticket, "escalate", assignee=petr.pk)
    escalated = (ticket.status, ticket.assignee)
    do(petr, ticket, "return", reason="Nejsem na to odborník.")

    assert escalated == (Status.ESCALATED, petr)
    assert (ticket.status, ticket.assignee) == (Status.ACCEPTED, None)


@pytest.mark.req("S4-64")
def test_suspending_names_what_is_missing_from_whom_and_by_when(petr):
    ticket = an_escalated_ticket(assignee=petr)

    refused = do(petr, ticket, "suspend", reason="access", text="Potřebujeme se připojit.")
    unchanged = ticket.status
    do(petr, ticket, "suspend", reason="access", what_1="Přístup na VPN", from_whom_1="správce sítě", due_1="2026-12-01")

    [item] = ticket.cooperation.all()
    assert unchanged == Status.ESCALATED
    assert "Napište aspoň jednu věc, kterou od zákazníka potřebujete." in text_of(refused)
    assert "Potřebujeme se připojit." in text_of(refused)
    assert (ticket.status, item.what, item.from_whom) == (Status.SUSPENDED, "Přístup na VPN", "správce sítě")
    assert timezone.localtime(item.due_at).strftime("%Y-%m-%d %H:%M") == "2026-12-01 23:59"


@pytest.mark.req("S4-65")
def test_ticked_off_cooperation_and_a_click_both_resume(petr):
    by_item, by_click = a_suspended_ticket(assignee=petr), a_suspended_ticket(assignee=petr)

    do(petr, by_item, "tick-off", item=by_item.cooperation.get().pk)
    do(petr, by_click, "resume", text="Vyzkoušeli jsme to sami.")

    assert (by_item.status, by_click.status) == (Status.ESCALATED, Status.ESCALATED)


@pytest.mark.req("S5-04")
def test_incident_is_resolved_with_its_cause_and_category(petr):
    ticket = an_escalated_ticket(assignee=petr)

    refused = do(petr, ticket, "resolve", text="Kvóta je zvýšená.", outcome="done")
    do(petr, ticket, "resolve", text="Kvóta je zvýšená.", outcome="done", root_cause="configuration", problem_category="defect")

    assert "Vyberte příčinu incidentu." in text_of(refused)
    assert "Kvóta je zvýšená." in text_of(refused)
    assert (ticket.status, ticket.root_cause, ticket.problem_category) == (Status.RESOLVED, "configuration", "defect")


@pytest.mark.req("S5-09")
def test_service_delivered_elsewhere_is_offered_as_passed_to_an_order(petr):
    kind = a_request_type(delivered_elsewhere=True)
    ticket = an_escalated_ticket(assignee=petr, request_type=kind)

    form = signed_in(petr).get(f"{LIST}{ticket.pk}/ukon/resolve/").content.decode()
    do(petr, ticket, "resolve", text="Nabídku pošle obchodní oddělení.", outcome="order")

    assert '<option value="order" selected>' in form
    assert (ticket.status, ticket.get_outcome_display()) == (Status.RESOLVED, "předáno k objednávce")


@pytest.mark.req("S4-58", "C05", "D17")
def test_complaint_is_taken_down_for_the_customer_and_decided_with_cooperation(dana):
    ticket = a_resolved_ticket(at=timezone.now())

    do(dana, ticket, "dispute", reason="Chyba se objevila znovu.")
    complaint = ticket.complaints.get()
    do(
        dana,
        ticket,
        "decide",
        decision="suspended",
        reasoning="Máte pravdu.",
        suspend_reason="attachment",
        what_1="Nový protokol chyby",
    )

    assert (complaint.filed_by, complaint.on_behalf_by) == (ticket.author, dana)
    assert (ticket.status, ticket.cooperation.get().what) == (Status.SUSPENDED, "Nový protokol chyby")


@pytest.mark.req("S4-58", "C06")
def test_complaint_is_rejected_only_with_reasoning(dana):
    ticket = a_resolved_ticket(at=timezone.now())
    file_complaint(ticket=ticket, reason="Nelíbí se mi.", by=portal(ticket.author), at=timezone.now())

    refused = do(dana, ticket, "decide", decision="rejected", reasoning="")
    do(dana, ticket, "decide", decision="rejected", reasoning="Chování odpovídá zadání.")

    assert refused.status_code == 422
    assert ticket.status == Status.CLOSED


@pytest.mark.req("S4-71")
def test_part_is_split_off_by_its_form(dana):
    ticket = an_accepted_ticket()

    do(dana, ticket, "split", subject="Nová sestava", description="Součet.", paragraph=ticket.paragraph_id)

    assert Ticket.objects.get(links_in__source=ticket).subject == "Nová sestava"


def test_duplicate_link_and_foreign_number(dana):
    ticket, other = an_accepted_ticket(), None
    other = an_accepted_ticket(author=ticket.author, paragraph=ticket.paragraph)

    missing = do(dana, ticket, "link", number=999)
    do(dana, ticket, "link", number=other.pk)
    do(dana, ticket, "duplicate", number=other.pk)

    assert "Požadavek s tímto číslem neexistuje." in text_of(missing)
    assert (ticket.status, ticket.duplicate_of) == (Status.CANCELLED, other)


@pytest.mark.req("S2-17", "S2-20", "S3-13")
def test_agreement_paper_subsupplier_task_and_watching_are_recorded(dana):
    ticket = an_accepted_ticket()

    do(dana, ticket, "agree", price="1500", on="2026-12-24")
    do(dana, ticket, "annex", description="Protokol", stored_at="šanon 3", received_on="2026-03-02")
    do(dana, ticket, "wait", subsupplier="Datacentrum")
    do(dana, ticket, "task", text="Zavolat", kind="call_back")
    do(dana, ticket, "watch")
    page = text_of(signed_in(dana).get(page_of(ticket)))
    do(dana, ticket, "wait-end")
    do(dana, ticket, "unwatch")

    assert (ticket.agreed_price, ticket.agreed_on, ticket.agreed_by) == (Decimal("1500.00"), date(2026, 12, 24), dana)
    for shown in ("1 500,00 Kč", "24. 12. 2026", "šanon 3", "Datacentrum", "Zavolat", "Nesledovat"):
        assert shown in page, shown
    assert (ticket.subsupplier_waits.get().ended_at is None, ticket.watchers.count()) == (False, 0)


@pytest.mark.req("S4-63")
def test_answer_goes_to_the_customer_once_with_its_file(petr):
    ticket = an_escalated_ticket(assignee=petr)
    token = str(uuid.uuid4())
    client = signed_in(petr)

    for _ in range(2):
        proof = SimpleUploadedFile("postup.txt", b"1. Restartujte.")
        client.post(f"{LIST}{ticket.pk}/ukon/message/", {"body": "Zkuste to teď.", "form_token": token, "files": proof})

    [message] = ticket.messages.all()
    assert (message.body, message.is_ours, message.author) == ("Zkuste to teď.", True, petr)
    assert message.attachments.first().name == "postup.txt"
    assert OutgoingMail.objects.filter(kind="message").count() == 1


def test_note_is_apart_and_tells_the_mentioned_colleague(dana, petr):
    ticket = an_escalated_ticket(assignee=petr)

    form = text_of(signed_in(dana).get(f"{LIST}{ticket.pk}/ukon/note/"))
    do(dana, ticket, "note", body="Zákazník je netrpělivý.", mentioned=[petr.pk], form_token=str(uuid.uuid4()))

    assert "Zákazník tuto poznámku neuvidí." in form
    assert ticket.notes.get().body == "Zákazník je netrpělivý."
    assert list(OutgoingMail.objects.filter(kind="staff_mention").values_list("recipient", flat=True)) == [petr.email]


def test_canned_answers_are_offered(dana):
    CannedAnswer.objects.create(title="Restart", body="Restartujte prosím službu.")

    assert '<option value="Restartujte prosím službu.">Restart</option>' in text_of(signed_in(dana).get(LIST + "odpovedi/"))


def test_stale_page_says_what_changed_and_keeps_the_text(dana):
    ticket = a_resolved_ticket(at=timezone.now())

    late = do(dana, ticket, "message", body="Ještě jedna věc…", form_token=str(uuid.uuid4()))
    late_resolution = do(dana, ticket, "resolve", text="Dlouho psané vyhodnocení.", outcome="done")

    assert (late.status_code, late_resolution.status_code) == (422, 422)
    assert "Požadavek je nyní ve stavu „Vyřešeno“" in text_of(late)
    assert "Ještě jedna věc…" in text_of(late)
    assert "Dlouho psané vyhodnocení." in text_of(late_resolution)
    assert ticket.messages.count() == 0


def test_colleague_is_warned_that_somebody_else_is_writing(dana, petr):
    ticket = an_escalated_ticket(assignee=petr)
    pulse = f"{LIST}{ticket.pk}/puls/"
    newest = ticket.events.last().pk

    signed_in(petr).get(f"{pulse}?pise=1&posledni={newest}")

    assert "Petr Vaníček právě píše odpověď." in text_of(signed_in(dana).get(f"{pulse}?posledni={newest}"))
    assert text_of(signed_in(petr).get(f"{pulse}?posledni={newest}")).strip() == ""


def test_open_page_notices_a_new_message(dana):
    ticket = an_accepted_ticket()
    seen = ticket.events.last().pk
    a_message(ticket, body="Ještě něco.", at=MONDAY)

    told = text_of(signed_in(dana).get(f"{LIST}{ticket.pk}/puls/?posledni={seen}"))
    thread = text_of(signed_in(dana).get(f"{LIST}{ticket.pk}/fragment/"))

    assert "V požadavku se něco změnilo." in told
    assert "Ještě něco." in thread


RIGHTS = [
    ("podpora", {"cancel": True, "resolve": True, "note": True}),
    ("řešitel", {"cancel": False, "resolve": True, "note": True}),
    ("vedoucí", {"cancel": True, "resolve": True, "note": True}),
    ("účtárna", {"cancel": False, "resolve": False, "note": False}),
]


@pytest.mark.parametrize(("group", "rights"), RIGHTS)
def test_role_does_what_the_table_of_permissions_says(group, rights):
    ticket = an_accepted_ticket()
    client = signed_in(a_staff_member("Ota Malý", group=group))

    allowed = {name: client.get(f"{LIST}{ticket.pk}/ukon/{name}/").status_code == 200 for name in rights}
    posted = {name: client.post(f"{LIST}{ticket.pk}/ukon/{name}/", {}).status_code != 403 for name in rights}

    assert (allowed, posted) == (rights, rights)


def test_solver_decides_no_complaint_and_accepts_without_the_choice_to_cancel(petr):
    disputed = a_resolved_ticket(assignee=petr, at=timezone.now())
    file_complaint(ticket=disputed, reason="Trvá to.", by=portal(disputed.author), at=timezone.now())

    form = text_of(signed_in(petr).get(f"{LIST}{a_ticket().pk}/ukon/accept/"))

    assert do(petr, disputed, "decide", decision="rejected", reasoning="Ne.").status_code == 403
    assert "požadavek zruším" not in form


def test_accountant_sees_the_request_without_notes_and_buttons(dana):
    eva = a_staff_member("Eva Nová", group="účtárna")
    ticket = an_accepted_ticket()
    add_note(ticket=ticket, body="Tajné mezi námi.", by=backoffice(dana), at=MONDAY)
    client = signed_in(eva)

    pages = [text_of(client.get(page_of(ticket, query))) for query in ("", "?zalozka=historie")]
    pages.append(text_of(client.get(f"{LIST}{ticket.pk}/fragment/")))

    assert [("Tajné" in page or "Interní poznámka" in page or "Odeslat" in page) for page in pages] == [False] * 3
    assert "Tajné mezi námi." in text_of(signed_in(dana).get(page_of(ticket)))


@pytest.mark.req("S4-01")
def test_history_shows_who_from_where_and_failed_letters_stand_out(dana):
    ticket = a_ticket()
    accept(ticket=ticket, by=backoffice(dana), at=MONDAY)
    OutgoingMail.objects.filter(kind="accepted").update(state="failed", last_error="550 neznámá schránka")
    client = signed_in(dana)

    history = text_of(client.get(page_of(ticket, "?zalozka=historie")))
    letters = text_of(client.get(page_of(ticket, "?zalozka=dopisy")))

    assert "Převzetí potvrzeno" in history
    assert "IP 192.0.2.20" in history
    assert "neodeslané dopisy: 1" in history
    assert "550 neznámá schránka" in letters


def test_missing_request_act_and_admin_forms_are_not_there(dana):
    ticket = a_ticket()
    client = signed_in(dana)

    codes = [
        client.get(address).status_code
        for address in (
            f"{LIST}999/change/",
            f"{LIST}999/fragment/",
            f"{LIST}999/puls/",
            f"{LIST}{ticket.pk}/ukon/neznamy/",
            f"{LIST}{ticket.pk}/delete/",
            f"{LIST}add/",
        )
    ]

    assert codes == [404] * 6


def statements(client: Client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as caught:
        assert client.get(address).status_code == 200
    return len([one for one in caught.captured_queries if "SAVEPOINT" not in one["sql"] and "usersessions" not in one["sql"]])


def test_page_costs_the_same_however_long_the_conversation(dana, petr):
    ticket = an_escalated_ticket(assignee=petr)
    client = signed_in(dana)
    costs = []
    for count in (1, 3):
        while ticket.messages.count() < count:
            a_message(ticket)
            add_note(ticket=ticket, body="Poznámka", by=backoffice(petr), at=MONDAY, mentioned=[dana])
        costs.append((statements(client, page_of(ticket)), statements(client, f"{LIST}{ticket.pk}/fragment/")))

    assert costs == [(10, 6)] * 2


def test_cancelled_request_offers_nothing_but_a_paper(dana):
    page = text_of(signed_in(dana).get(page_of(a_cancelled_ticket())))

    assert ("ukon=cancel" in page, "ukon=resolve" in page, "ukon=annex" in page) == (False, False, True)


def test_member_of_the_customer_does_not_get_in():
    ticket = a_ticket()

    assert signed_in(a_member(ticket.customer, is_manager=True)).get(page_of(ticket)).status_code in (302, 404)
