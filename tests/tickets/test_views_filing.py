"""„Založení nového incidentu“ through its page: what is filed, what comes back, and that nothing typed is lost."""

import uuid
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from helpdesk.customers.models import ContractParagraph, Membership, RequestType, User
from tests.builders import (
    a_cancelled_ticket,
    a_contract,
    a_customer,
    a_member,
    a_paragraph,
    a_request_type,
    a_staff_member,
    a_ticket,
    an_asset,
    an_operator,
)
from tickets.models import Attachment, Ticket, TicketLink

pytestmark = pytest.mark.django_db

NEW = "/pozadavky/novy/"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def typed(paragraph: ContractParagraph, **fields: Any) -> dict[str, Any]:
    """What a browser sends from a form filled in right."""
    values: dict[str, Any] = {
        "form_token": str(uuid.uuid4()),
        "contract": paragraph.contract_id,
        "paragraph": paragraph.pk,
        "request_type": a_request_type(asks_asset=False).pk,
        "subject": "Nelze tisknout dodací list",
        "description": "Dnes v 9:50\r\nz tiskárny vyjede prázdná stránka.",
        "contact_phone": "605 110 220",
        "contact_email": "sklad@hanacke.example",
    }
    return values | fields


@pytest.fixture
def paragraph() -> ContractParagraph:
    an_operator()
    return a_paragraph(a_contract(number="2024/118"))


@pytest.fixture
def alice(paragraph: ContractParagraph) -> User:
    return a_member(paragraph.contract.customer)


@pytest.mark.req("S2-12", "S2-09", "S2-11", "S4-30", "S4-32", "S4-33", "S1-14", "S1-03", "S1-07")
def test_request_is_filed_with_everything_that_was_typed(paragraph: ContractParagraph, alice: User):
    asset = an_asset(paragraph.contract.customer)
    kind = a_request_type()
    tomorrow = timezone.localdate() + timedelta(days=1)
    data = typed(paragraph, asset=asset.pk, request_type=kind.pk, requested_on=tomorrow.isoformat(), wants_quote="on")

    answer = signed_in(alice).post(NEW, data, follow=True)

    [ticket] = Ticket.objects.all()
    assert answer.redirect_chain == [(f"/pozadavky/{ticket.pk}/", 302)]
    assert f"Požadavek {ticket.pk} jsme zaregistrovali. Potvrzení posíláme na sklad@hanacke.example." in answer.content.decode()
    assert (ticket.author, ticket.contract, ticket.paragraph, ticket.request_type, ticket.asset) == (
        alice,
        paragraph.contract,
        paragraph,
        kind,
        asset,
    )
    assert (ticket.subject, ticket.description) == (
        "Nelze tisknout dodací list",
        "Dnes v 9:50\nz tiskárny vyjede prázdná stránka.",
    )
    assert (str(ticket.contact_phone), ticket.contact_email) == ("+420605110220", "sklad@hanacke.example")
    assert (ticket.requested_on, ticket.wants_quote, ticket.channel) == (tomorrow, True, "portal")


@pytest.mark.req("S2-12")
def test_second_click_files_nothing_more(paragraph: ContractParagraph, alice: User):
    data, browser = typed(paragraph), signed_in(alice)

    first = browser.post(NEW, data)
    second = browser.post(NEW, data)

    assert (Ticket.objects.count(), first.url) == (1, second.url)


@pytest.mark.req("S2-12")
def test_form_rewritten_after_it_was_sent_says_that_it_made_no_second_request(paragraph: ContractParagraph, alice: User):
    data, browser = typed(paragraph), signed_in(alice)
    browser.post(NEW, data)

    page = browser.post(NEW, data | {"subject": "Něco docela jiného"}, follow=True).content.decode()

    [ticket] = Ticket.objects.all()
    assert f"Z tohoto formuláře už vznikl požadavek {ticket.pk}. Další prosím založte novým formulářem." in page


@pytest.mark.req("S2-12", "S4-28", "S4-35", "D27")
def test_opening_the_page_files_nothing(paragraph: ContractParagraph, alice: User):
    page = signed_in(alice).get(NEW, typed(paragraph))

    assert (page.status_code, Ticket.objects.count()) == (200, 0)
    assert "<h1>Založení nového incidentu</h1>" in page.content.decode()
    assert "OK, odeslat</button>" in page.content.decode()
    assert 'id="id_description_helptext">Čím přesnější zadání bude' in page.content.decode()


@pytest.mark.req("S4-36")
def test_wrong_form_comes_back_with_what_was_typed_and_staged(paragraph: ContractParagraph, alice: User):
    data = typed(paragraph, contact_phone="605 110 22", subject="Tisk <b>nejde</b>", wants_quote="on")

    page = signed_in(alice).post(NEW, data | {"files": [SimpleUploadedFile("snimek.png", PNG)]}).content.decode()

    assert Ticket.objects.count() == 0
    assert 'value="605 110 22"' in page
    assert 'id="id_contact_phone_error">Číslo má mít 9 číslic, chybí jedna. Předvolbu pište jen u ciziny.' in page
    assert 'value="Tisk &lt;b&gt;nejde&lt;/b&gt;"' in page
    assert "z tiskárny vyjede prázdná stránka.</textarea>" in page
    assert 'name="wants_quote" id="id_wants_quote" checked' in page
    assert '<span class="name">snimek.png</span>' in page
    assert data["form_token"] in page


@pytest.mark.req("S4-36")
def test_file_refused_without_javascript_stops_the_form_and_the_rest_goes_with_the_next_try(
    paragraph: ContractParagraph, alice: User
):
    browser, data = signed_in(alice), typed(paragraph)
    files = [SimpleUploadedFile("snimek.png", PNG), SimpleUploadedFile("virus.exe", b"MZ\0")]

    page = browser.post(NEW, data | {"files": files}).content.decode()
    assert "virus.exe: Programy nepřijímáme. Pošlete protokol jako text nebo PDF." in page
    assert Ticket.objects.count() == 0

    browser.post(NEW, data)

    assert [(one.name, one.ticket.subject) for one in Attachment.objects.select_related("ticket")] == [
        ("snimek.png", "Nelze tisknout dodací list")
    ]


@pytest.mark.req("S4-36")
def test_wrong_file_is_taken_out_before_sending(paragraph: ContractParagraph, alice: User):
    browser, data = signed_in(alice), typed(paragraph)
    browser.post(reverse("tickets:stage_file"), {"form_token": data["form_token"], "upload": SimpleUploadedFile("a.png", PNG)})
    [wrong] = Attachment.objects.all()

    page = browser.post(NEW, data | {"odstranit": str(wrong.pk)}).content.decode()
    assert (Ticket.objects.count(), "a.png" in page, data["subject"] in page) == (0, False, True)
    browser.post(NEW, data)

    assert (Ticket.objects.count(), Attachment.objects.count()) == (1, 0)


@pytest.mark.req("S4-59", "S4-60")
def test_load_button_narrows_the_offer_and_keeps_what_was_typed(paragraph: ContractParagraph, alice: User):
    other = a_paragraph(a_contract(paragraph.contract.customer, number="2025/007"), code="čl. 2", title="Výpadek DMS")
    data = typed(paragraph, contract=other.contract_id, contact_phone="605", nacist="1")

    page = signed_in(alice).post(NEW, data).content.decode()

    assert ("čl. 2 Výpadek DMS" in page, str(paragraph) in page, Ticket.objects.count()) == (True, False, 0)
    assert ('value="605"' in page, 'id="id_contact_phone_error"' in page, data["subject"] in page) == (True, False, True)


@pytest.mark.req("S5-02")
def test_after_the_contract_ended_the_page_says_whom_to_contact_and_old_requests_stay_readable():
    an_operator()
    ticket = a_ticket()
    contract, browser = ticket.contract, signed_in(ticket.author)
    contract.valid_until = date(2026, 3, 31)
    contract.save()

    page = browser.get(NEW).content.decode()
    answer = browser.post(NEW, typed(ticket.paragraph))

    assert "skončila 31. 3. 2026. Požadavky můžete číst, zakládat ne." in page
    assert "Ozvěte se nám prosím na 533 000 120 nebo podpora@severka.example." in page
    assert f'href="/narok/?smlouva={contract.pk}#platnost"' in page
    assert (answer.status_code, Ticket.objects.count()) == (200, 1)
    assert browser.get(f"/pozadavky/{ticket.pk}/").status_code == 200


def test_page_opens_also_before_paragraphs_and_kinds_are_written_down(paragraph: ContractParagraph, alice: User):
    RequestType.objects.all().delete()
    paragraph.delete()

    page = signed_in(alice).get(NEW).content.decode()

    assert "K&nbsp;této smlouvě zatím nejsou zapsané odstavce. Ozvěte se nám prosím, doplníme je." in page
    assert 'name="request_type"' not in page


@pytest.mark.req("S1-03", "S4-60")
def test_contract_of_another_company_is_not_offered_nor_taken(paragraph: ContractParagraph, alice: User):
    foreign = a_paragraph(a_contract(a_customer(), number="2020/666"))
    browser = signed_in(alice)

    page = browser.get(NEW, {"smlouva": foreign.contract_id}).content.decode()
    browser.post(NEW, typed(foreign))

    assert ("2020/666" in page, Ticket.objects.count()) == (False, 0)


def test_accountant_reads_why_no_request_can_be_filed(paragraph: ContractParagraph):
    marie = a_member(paragraph.contract.customer, "Marie Hrubá", is_member=False, is_accountant=True)

    page = signed_in(marie).get(NEW).content.decode()

    assert "K&nbsp;zakládání požadavků nemáte oprávnění." in page


def test_staff_are_led_to_the_backoffice(paragraph: ContractParagraph):
    answer = signed_in(a_staff_member()).get(NEW)

    assert (answer.status_code, answer.url) == (302, "/backoffice/")


@pytest.mark.req("S4-62")
def test_cancelled_request_is_filed_again_from_its_own_words_and_linked():
    an_operator()
    old = a_cancelled_ticket(subject="Chybná sestava")
    browser = signed_in(old.author)

    page = browser.get(NEW, {"z": old.pk}).content.decode()
    browser.post(f"{NEW}?z={old.pk}", typed(old.paragraph, subject="Chybná sestava"))

    assert 'value="Chybná sestava"' in page
    assert "Proč byl zrušen: Chybná klasifikace<" in page
    [link] = TicketLink.objects.all()
    assert (link.source, link.kind, link.target.subject) == (old, "refiled", "Chybná sestava")


@pytest.mark.req("S4-62")
@pytest.mark.parametrize("whose", ["colleague's", "open", "missing"])
def test_only_an_own_cancelled_request_is_filed_again(whose: str, paragraph: ContractParagraph, alice: User):
    bob = a_member(paragraph.contract.customer, "Bob Kučera", is_manager=True)
    number = {
        "colleague's": lambda: a_cancelled_ticket(paragraph=paragraph, author=bob).pk,
        "open": lambda: a_ticket(paragraph=paragraph, author=alice).pk,
        "missing": lambda: 99,
    }[whose]()

    assert signed_in(alice).get(NEW, {"z": number}).status_code == 404


def test_similar_open_request_of_the_company_is_offered(paragraph: ContractParagraph, alice: User):
    bob = a_member(paragraph.contract.customer, "Bob Kučera", is_manager=True)
    same = a_ticket(paragraph=paragraph, author=alice, subject="Nelze vytisknout dodací list ze skladu B")
    a_ticket(paragraph=paragraph, author=alice, subject="Změna hesla")
    a_ticket(subject="Nelze vytisknout dodací list")

    page = signed_in(bob).post(NEW, typed(paragraph, nacist="1", subject="Nelze tisknout dodací list")).content.decode()

    assert "Není to tohle?" in page
    assert [int(part.split("/")[0]) for part in page.split('href="/pozadavky/')[1:] if part[0].isdigit()] == [same.pk]


@pytest.mark.req("S4-29")
def test_contract_used_last_is_offered_first(paragraph: ContractParagraph, alice: User):
    older = a_paragraph(a_contract(paragraph.contract.customer, number="2019/1", valid_from=date(2019, 1, 1)))
    a_ticket(paragraph=older, author=alice)

    page = signed_in(alice).get(NEW).content.decode()

    assert f'<option value="{older.contract_id}" selected>' in page


def test_page_costs_the_same_number_of_queries_with_one_and_three_contracts(
    paragraph: ContractParagraph, alice: User, django_assert_num_queries
):
    browser = signed_in(alice)
    browser.get(NEW)
    with django_assert_num_queries(17):
        browser.get(NEW)
    for _ in range(2):
        a_paragraph(a_contract(paragraph.contract.customer))
        an_asset(paragraph.contract.customer)

    with django_assert_num_queries(17):
        browser.get(NEW)


@pytest.mark.req("S4-45", "D24")
def test_person_of_two_companies_files_for_the_chosen_one(paragraph: ContractParagraph, alice: User):
    foundry = a_paragraph(a_contract(a_customer(name="Hanácká slévárna s.r.o."), number="2026/1", valid_from=date(2020, 1, 1)))
    Membership.objects.create(user=alice, customer=foundry.contract.customer)

    page = signed_in(alice).get(NEW, {"firma": foundry.contract.customer_id}).content.decode()

    assert f'<option value="{foundry.contract_id}" selected>' in page
