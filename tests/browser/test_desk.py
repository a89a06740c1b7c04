"""The agents' desk in a real browser: no fault of ours, live parts, keyboard."""

import re

import pytest

from tests.browser.conftest import faults_of
from tests.builders import (
    a_customer,
    a_message,
    a_resolved_ticket,
    a_staff_member,
    a_suspended_ticket,
    a_ticket,
    an_escalated_ticket,
    an_operator,
    backoffice,
)
from tickets.models import CannedAnswer, Status
from tickets.services.conversation import add_note

pytestmark = pytest.mark.django_db(transaction=True)

LIST = "/backoffice/tickets/ticket/"


@pytest.fixture
def dana():
    an_operator()
    return a_staff_member("Dana Pokorná", group="podpora")


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 390)])
def test_pages_of_the_desk_have_no_fault(open_browser, dana, theme, width):
    ticket = a_suspended_ticket()
    a_message(ticket, body="Přikládám výpis.")
    ticket = a_suspended_ticket()
    add_note(ticket=ticket, body="Pozor na VPN.", by=backoffice(dana), at=ticket.last_event_at)
    resolved = a_resolved_ticket()
    customer = a_customer(name="Nábytek Lípa s.r.o.")
    page = open_browser(theme=theme, width=width, user=dana)
    faults = {}

    for address in (
        LIST,
        f"{LIST}?fronta=moje",
        f"{LIST}{ticket.pk}/change/",
        f"{LIST}{ticket.pk}/change/?ukon=note",
        f"{LIST}{ticket.pk}/sla/",
        f"{LIST}{resolved.pk}/change/?zalozka=historie",
        f"{LIST}{resolved.pk}/change/?zalozka=dopisy&ukon=dispute",
        f"{LIST}zapsat/",
        f"{LIST}zapsat/?zakaznik={customer.ico}",
        f"{LIST}ukoly/?zobrazit=vse",
    ):
        page.goto(address)
        faults[address] = [fault for fault in faults_of(page) if ".desk" in fault or "#" in fault or "wider" in fault]

    assert {address: found for address, found in faults.items() if found} == {}


def test_agent_accepts_hands_over_and_answers_by_keyboard_and_mouse(open_browser, dana):
    petr = a_staff_member("Petr Vaníček", group="řešitel")
    CannedAnswer.objects.create(title="Restart", body="Restartujte prosím službu.")
    ticket = a_ticket()
    page = open_browser(user=dana)

    page.goto(LIST)
    page.keyboard.press("/")
    page.keyboard.type(str(ticket.pk))
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(rf"/{ticket.pk}/change/"))
    page.get_by_role("link", name="Přijmout").click()
    page.get_by_role("button", name="Potvrdit", exact=True).click()
    page.get_by_text("Převzetí je potvrzené, měří se příjem.").wait_for()
    page.get_by_role("link", name="Předat řešiteli").click()
    page.get_by_label("Řešitel", exact=True).select_option(label="Petr Vaníček")
    page.get_by_role("button", name="Předat", exact=True).click()
    page.get_by_text("Řeší Petr Vaníček.").wait_for()
    page.get_by_text("Připravené odpovědi").click()
    page.get_by_label("Připravená odpověď").select_option(label="Restart")
    page.get_by_role("button", name="Odeslat zákazníkovi").click()
    page.get_by_text("Odpověď je odeslaná.").wait_for()
    ticket.refresh_from_db()

    assert (ticket.status, ticket.assignee) == (Status.ESCALATED, petr)
    assert ticket.messages.get().body == "Restartujte prosím službu."


def test_list_is_filtered_in_place_and_keeps_its_address(open_browser, dana):
    ticket = an_escalated_ticket()
    a_ticket(subject="Jiná věc")
    page = open_browser(user=dana)

    page.goto(LIST)
    page.get_by_label("Stav").select_option(label="Eskalováno")
    page.get_by_text("Jiná věc").wait_for(state="detached")

    assert page.locator("#worklist tbody tr").count() == 1
    assert page.locator("#worklist a.title").get_attribute("href") == f"{ticket.pk}/change/"
    assert "stav=escalated" in page.url


def test_answer_to_the_classification_shows_only_what_it_asks_for(open_browser, dana):
    page = open_browser(user=dana)
    page.goto(f"{LIST}{a_ticket().pk}/change/?ukon=accept")
    asked = {"": fields_shown(page)}

    for answer in ("Ne, opravím odstavec a přijmu", "Ne, požadavek zruším s vysvětlením"):
        page.get_by_label(answer).check()
        asked[answer] = fields_shown(page)

    hand_over = "Rovnou předat řešiteli"
    assert list(asked.values()) == [[hand_over], ["Odstavec smlouvy", hand_over], ["Vysvětlení pro zákazníka"]]


def fields_shown(page):
    labels = page.locator("#ukon [data-field] > label")
    return [label.text_content().removesuffix(" nepovinné") for label in labels.all() if label.is_visible()]
