"""What no browser sends and every scanner does: an answer in words, never a failure of ours."""

import uuid

import pytest
from django.utils import timezone

from helpdesk.customers.models import StaffTask
from tests.builders import (
    a_contract,
    a_member,
    a_paragraph,
    a_staff_member,
    a_ticket,
    a_user,
    an_accepted_ticket,
    an_operator,
    backoffice,
)
from tests.tickets.desk import LIST, do, signed_in
from tickets.models import Participant, Ticket
from tickets.services.lifecycle import escalate

pytestmark = pytest.mark.django_db

NUMBERS = ["\0", "abc", "é", "²", "-1", "9" * 30, "1e4", "<script>"]


@pytest.mark.parametrize(
    "address",
    [
        "/?q=%00",
        "/pozadavky.csv?q=a%00b",
        "/backoffice/search/?s=%00",
        f"{LIST}?zakaznik=%00",
        f"{LIST}fragment/?smlouva=a%00b",
        f"{LIST}zapsat/?zakaznik=%00",
        f"{LIST}zakaznici/?zakaznik=a%00b",
        "/backoffice/autocomplete/?term=%00&app_label=customers&model_name=membership&field_name=user",
        "/backoffice/customers/user/%00/pozvat/",
    ],
)
def test_address_with_a_zero_byte_is_refused(address):
    response = signed_in(a_staff_member()).get(address)

    assert response.status_code == 400


@pytest.mark.parametrize("key", ["abc", "é", "-1", "1_00", "9" * 30])
@pytest.mark.parametrize(
    "page",
    ["user/{}/pozvat/", "user/{}/ukoncit/", "accessrequest/{}/schvalit/", "customer/{}/history/", "user/{}/change/"],
)
def test_backoffice_does_not_break_on_a_key_that_no_row_has(page, key):
    response = signed_in(a_user(is_staff=True, is_superuser=True)).get(f"/backoffice/customers/{page.format(key)}")

    assert response.status_code in (302, 403, 404)


@pytest.mark.parametrize("key", ["abc", "\0", ""])
def test_acting_as_nobody_is_not_found(key):
    response = signed_in(a_staff_member()).post("/backoffice/jako-zakaznik/", {"user_pk": key})

    assert response.status_code == 404


@pytest.mark.parametrize("solver", NUMBERS)
def test_bulk_hand_over_to_a_made_up_solver_changes_nothing(solver):
    ticket = a_ticket()

    response = signed_in(a_staff_member()).post(f"{LIST}hromadne/", {"pozadavek": ticket.pk, "krok": "escalate", "resi": solver})

    ticket.refresh_from_db()
    assert (response.status_code, ticket.status) == (302, "new")


@pytest.mark.parametrize("token", NUMBERS)
def test_message_with_a_made_up_token_comes_back_with_its_text(token):
    ticket = a_ticket()

    response = signed_in(ticket.author).post(f"/pozadavky/{ticket.pk}/zprava/", {"form_token": token, "body": "Děkuji."})

    assert response.status_code == 422
    assert "Děkuji." in response.content.decode()


@pytest.mark.parametrize("fields", [{"form_token": "abc"}, {"form_token": "abc", "odstranit": "abc"}, {"odstranit": "1"}])
def test_answer_with_a_made_up_token_comes_back(fields):
    ticket = an_accepted_ticket()

    response = do(a_staff_member(), ticket, "message", body="Dobrý den.", **fields)

    assert response.status_code in (200, 422)


def test_zero_byte_in_a_subject_is_a_mistake_of_the_form():
    an_operator()
    paragraph = a_paragraph()
    alice = a_member(paragraph.contract.customer)
    typed = {"contract": paragraph.contract_id, "paragraph": paragraph.pk, "subject": "a\0b"}

    preview = signed_in(alice).post("/pozadavky/novy/", {**typed, "nacist": "1"})
    sent = signed_in(alice).post("/pozadavky/novy/", typed)

    assert (preview.status_code, sent.status_code, Ticket.objects.count()) == (200, 200, 0)


@pytest.mark.parametrize("moment", ["0001-01-01T00:00", "9999-12-31T23:59"])
def test_task_of_another_age_is_refused(moment):
    ticket = an_accepted_ticket()

    response = do(a_staff_member(), ticket, "task", text="Zavolat", kind="other", due_at=moment)

    assert (response.status_code, StaffTask.objects.count()) == (422, 0)


def test_call_of_another_age_is_refused():
    contract = a_contract()
    alice = a_member(contract.customer)
    call = {
        "form_token": uuid.uuid4(),
        "author": alice.pk,
        "channel": "phone",
        "reported_at": "0001-01-01T00:00",
        "late_reason": "Zapsáno později",
        "paragraph": a_paragraph(contract).pk,
        "subject": "Nejde tisk",
        "description": "Tiskárna stojí.",
    }

    response = signed_in(a_staff_member()).post(f"{LIST}zapsat/?zakaznik={contract.customer.ico}", call)

    assert (response.status_code, Ticket.objects.count()) == (200, 0)


def test_form_sent_again_for_another_caller_is_refused_in_words():
    contract = a_contract()
    call = {
        "form_token": uuid.uuid4(),
        "author": a_member(contract.customer).pk,
        "channel": "phone",
        "reported_at": timezone.localtime().strftime("%Y-%m-%dT%H:%M"),
        "paragraph": a_paragraph(contract).pk,
        "subject": "Nejde tisk",
        "description": "Tiskárna stojí.",
    }
    page, dana = f"{LIST}zapsat/?zakaznik={contract.customer.ico}", a_staff_member()

    first = signed_in(dana).post(page, call)
    second = signed_in(dana).post(page, {**call, "author": a_member(contract.customer, "Bob Novák").pk})

    assert (first.status_code, second.status_code, second.url, Ticket.objects.count()) == (302, 302, "/", 1)


def test_longest_names_fit_into_the_log():
    ticket = a_ticket()
    bob = a_member(ticket.customer, "B" * 150 + " " + "C" * 150)

    response = signed_in(ticket.author).post(f"/pozadavky/{ticket.pk}/lide/", {"person": bob.pk, "may_write": "on"})

    assert (response.status_code, Participant.objects.count()) == (302, 1)


def test_longest_name_of_a_solver_fits_into_the_log():
    petr = a_staff_member("P" * 150 + " " + "V" * 150, group="řešitel")
    ticket = an_accepted_ticket()

    ticket = escalate(ticket=ticket, assignee=petr, by=backoffice(petr), at=timezone.now())

    assert ticket.status == "escalated"
