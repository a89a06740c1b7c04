"""Deadlines in a real browser: what the form foretells is what is stored, and the clocks of an open page go on."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from helpdesk.customers.models import User
from tests.builders import a_calendar, a_contract, a_member, a_paragraph, a_ticket, an_operator, an_sla_line, prague
from tickets.models import Ticket

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def alice() -> User:
    """Of a company that is promised 4 and 8 hours, or 1 and 2 days, on Mondays to Fridays from 08:00 to 16:30."""
    an_operator()
    contract = a_contract(calendar=a_calendar())
    for code, method, reaction, resolution in (("čl. 4", "Hod", "4", "8"), ("čl. 5", "Den", "1", "2")):
        an_sla_line(a_paragraph(contract, code=code, sla=False), method=method, reaction=reaction, resolution=resolution)
    a_paragraph(contract, code="čl. 6", title="Úprava", kind="change", has_sla=False)
    return a_member(contract.customer)


def foretold(page: Page) -> tuple[list[str], list[str]]:
    """Whether the report lies in the service hours, and both deadlines."""
    card = page.locator("#kdyz-odeslete")
    return spoken(card.locator(".tag").all_inner_texts()), spoken(card.locator("dd.big").all_inner_texts())


def spoken(texts: list[str]) -> list[str]:
    return [text.replace("\u00a0", " ") for text in texts]


def stored_deadlines() -> list[Any]:
    [ticket] = Ticket.objects.all()
    return [ticket.reaction_due_at, ticket.resolution_due_at]


@pytest.mark.req("S4-69", "S4-59")
def test_deadlines_follow_the_paragraph_and_are_stored_as_foretold(open_browser, alice, time_machine):
    time_machine.move_to(prague("2026-03-06T16:20"), tick=False)  # a Friday, ten minutes before closing
    page = open_browser(user=alice)
    page.goto("/pozadavky/novy/")

    page.get_by_label("čl. 4").check()
    expect(page.locator("#kdyz-odeslete dd.big").first).to_have_text("po 9. 3. 2026 11:50")
    by_hours = foretold(page)
    page.get_by_label("čl. 5").check()
    expect(page.locator("#kdyz-odeslete dd.big").first).to_have_text("po 9. 3. 2026 16:20")
    by_days = foretold(page)
    page.get_by_label("čl. 6").check()
    expect(page.locator("#kdyz-odeslete")).to_contain_text("Tento požadavek nepodléhá lhůtám SLA.")
    page.get_by_label("čl. 4").check()
    expect(page.locator("#kdyz-odeslete dd.big").first).to_have_text("po 9. 3. 2026 11:50")
    page.get_by_label("Předmět").fill("Nelze tisknout")
    page.get_by_label("Zadání").fill("Dnes v 9:00")
    page.get_by_role("button", name="OK, odeslat").click()
    page.wait_for_url("**/pozadavky/1*/")

    assert by_hours == (["v době poskytování (WDIN)"], ["po 9. 3. 2026 11:50", "po 9. 3. 2026 15:50"])
    assert by_days == (["v době poskytování (WDIN)"], ["po 9. 3. 2026 16:20", "út 10. 3. 2026 16:20"])
    assert stored_deadlines() == [prague("2026-03-09T11:50"), prague("2026-03-09T15:50")]


@pytest.mark.req("S4-69")
def test_form_that_lay_open_over_closing_time_is_recounted_on_demand(open_browser, alice, time_machine):
    time_machine.move_to(prague("2026-03-06T16:20"), tick=False)
    page = open_browser(user=alice)
    page.goto("/pozadavky/novy/")
    page.get_by_label("čl. 4").check()
    expect(page.locator("#kdyz-odeslete .tag")).to_contain_text("WDIN")

    time_machine.move_to(prague("2026-03-06T16:40"), tick=False)
    page.get_by_role("button", name="Přepočítat").click()
    expect(page.locator("#kdyz-odeslete .tag")).to_contain_text("WDOUT")

    assert foretold(page) == (["mimo dobu poskytování (WDOUT)"], ["po 9. 3. 2026 12:00", "po 9. 3. 2026 16:00"])


@pytest.mark.req("S4-69")
def test_deadlines_are_foretold_without_javascript_too(open_browser, alice, time_machine):
    time_machine.move_to(prague("2026-03-06T16:20"), tick=False)
    page = open_browser(user=alice, scripts=False)
    page.goto("/pozadavky/novy/")
    page.get_by_label("Předmět").fill("Nelze tisknout")
    page.get_by_label("Zadání").fill("Dnes v 9:00")

    page.get_by_label("čl. 5").check()
    page.get_by_role("button", name="Přepočítat").click()
    shown = foretold(page)
    page.get_by_role("button", name="OK, odeslat").click()
    page.wait_for_url("**/pozadavky/1*/")

    assert shown == (["v době poskytování (WDIN)"], ["po 9. 3. 2026 16:20", "út 10. 3. 2026 16:20"])
    assert stored_deadlines() == [prague("2026-03-09T16:20"), prague("2026-03-10T16:20")]


def test_clocks_of_an_open_page_go_on_each_minute(open_browser, alice, time_machine):
    time_machine.move_to(prague("2026-03-02T10:00"), tick=False)
    paragraph = alice.memberships.get().customer.contracts.get().paragraphs.get(code="čl. 4")
    ticket = a_ticket(author=alice, paragraph=paragraph)
    page = open_browser(user=alice)
    page.clock.install()
    page.goto(f"/pozadavky/{ticket.pk}/")
    before = spoken(page.locator("#hodiny .big").all_inner_texts())

    time_machine.move_to(prague("2026-03-02T13:01"), tick=False)
    page.clock.fast_forward(59_000)
    unasked = spoken(page.locator("#hodiny .big").all_inner_texts())
    page.clock.fast_forward(1_000)
    expect(page.locator("#hodiny .big").first).to_have_text("zbývá 59 min")

    assert before == unasked == ["zbývá 4 h", "zbývá 8 h"]
    assert spoken(page.locator("#hodiny .big").all_inner_texts()) == ["zbývá 59 min", "zbývá 4 h 59 min"]
    assert page.locator("#hodiny .clock").first.get_attribute("data-tone") == "warn"
