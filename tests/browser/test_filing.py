"""Filing in a real browser: files dropped, pasted and chosen, and the same form without scripts."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from helpdesk.customers.models import User
from tests.browser.conftest import PNG, faults_of, give
from tests.builders import a_contract, a_member, a_paragraph, a_request_type, a_ticket, an_asset, an_operator
from tickets.models import Attachment, Ticket

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def alice() -> User:
    an_operator()
    contract = a_contract(number="2024/118")
    a_paragraph(contract, code="čl. 4.1 b)", is_email_default=True)
    a_paragraph(contract, code="čl. 5", title="Úprava systému", kind="change", has_sla=False, position=2)
    an_asset(contract.customer, name="ERP Vektor")
    a_request_type(name="Jiná oprava", position=0)
    a_request_type(name="Jiná výuka", is_covered=False, way_out="Objednejte ji zvlášť.", position=900)
    return a_member(contract.customer)


def a_page(open_browser: Any, user: User, **how: Any) -> Page:
    page = open_browser(user=user, **how)
    page.goto("/pozadavky/novy/")
    return page


def rows_of(page: Page) -> list[str]:
    return page.locator(".files .name").all_text_contents()


@pytest.mark.req("S4-33", "S4-36", "S2-12")
def test_request_with_a_pasted_screenshot_and_a_dropped_file_is_filed(open_browser, alice):
    page = a_page(open_browser, alice)
    page.get_by_label("Předmět").fill("Nelze tisknout")
    page.get_by_label("Zadání").fill("Příliš žluťoučký")
    expect(page.locator("output")).to_have_text("16 z 8 000", use_inner_text=True)
    give(page, "paste", "image.png")
    give(page, "drop", "protokol.txt", "text/plain", b"ahoj")
    expect(page.locator(".files li[data-id]")).to_have_count(2)

    page.get_by_role("button", name="OK, odeslat").click()
    page.wait_for_url("**/pozadavky/1*/")

    [ticket] = Ticket.objects.all()
    names = sorted(Attachment.objects.filter(ticket=ticket).values_list("name", "content_type"))
    assert [(name[:7], kind) for name, kind in names] == [
        ("protoko", "application/octet-stream"),
        ("snimek-", "image/png"),
    ]
    assert page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('draft:novy-pozadavek'))") == []


@pytest.mark.req("S4-36")
def test_wrong_file_is_removed_and_a_program_refused_before_sending(open_browser, alice):
    page = a_page(open_browser, alice)
    page.locator("input[type=file]").set_input_files({"name": "spatny.png", "mimeType": "image/png", "buffer": PNG})
    expect(page.get_by_text("nahráno", exact=False).first).to_be_visible()
    page.locator("input[type=file]").set_input_files({"name": "virus.exe", "mimeType": "image/png", "buffer": b"MZ\0"})
    expect(page.locator(".files .error")).to_have_text("Programy nepřijímáme. Pošlete protokol jako text nebo PDF.")

    page.get_by_role("button", name="Odstranit spatny.png").click()
    page.get_by_role("button", name="Odstranit virus.exe").click()
    page.wait_for_load_state("networkidle")

    assert (rows_of(page), Attachment.objects.count()) == ([], 0)


@pytest.mark.req("S4-36")
def test_file_on_its_way_shows_progress_and_can_be_cancelled(open_browser, alice):
    page = a_page(open_browser, alice)
    held = []
    page.route("**/prilohy/", lambda route: held.append(route))

    give(page, "drop", "velky.png")
    expect(page.get_by_role("progressbar", name="Nahrávání velky.png")).to_be_visible()
    page.get_by_role("button", name="Zrušit nahrávání velky.png").click()

    assert (rows_of(page), Attachment.objects.count()) == ([], 0)


@pytest.mark.req("S4-36")
def test_form_sent_too_early_waits_for_its_files(open_browser, alice):
    page = a_page(open_browser, alice)
    page.get_by_label("Předmět").fill("Nelze tisknout")
    page.get_by_label("Zadání").fill("Dnes v 9:00")
    held = []
    page.route("**/prilohy/", lambda route: held.append(route))
    give(page, "drop", "pozdni.png")
    expect(page.get_by_role("progressbar")).to_be_visible()

    page.get_by_role("button", name="OK, odeslat").click()
    expect(page.get_by_text("Odešle se, jakmile se soubory nahrají.")).to_be_attached()
    held[0].continue_()
    page.wait_for_url("**/pozadavky/1*/")

    assert [attachment.ticket.subject for attachment in Attachment.objects.select_related("ticket")] == ["Nelze tisknout"]


def test_file_over_the_limit_and_the_eleventh_are_refused_without_being_sent(open_browser, alice, settings):
    settings.ATTACHMENT_MAX_BYTES = 1024**2
    page = a_page(open_browser, alice)
    picker = page.locator("input[type=file]")

    picker.set_input_files({"name": "velky.bin", "mimeType": "text/plain", "buffer": b"a" * (1024**2 + 1)})
    picker.set_input_files([{"name": f"{number}.png", "mimeType": "image/png", "buffer": PNG} for number in range(11)])
    expect(page.locator(".files li[data-id]")).to_have_count(10)

    assert page.locator(".files .error").all_text_contents() == [
        "Soubor je větší než 1,0\u00a0MB. Zmenšete jej, nebo jej rozdělte.",
        "K jedné zprávě lze přidat nejvýše 10 souborů.",
    ]


@pytest.mark.req("S4-34", "S5-05", "S4-59")
def test_form_follows_the_choices_and_keeps_what_was_typed(open_browser, alice):
    page = a_page(open_browser, alice)
    page.get_by_label("Předmět").fill("Nová sestava")
    page.get_by_label("Kontaktní telefon").fill("605")
    give(page, "drop", "navrh.png")
    expect(page.locator(".files li[data-id]")).to_have_count(1)

    page.get_by_label("čl. 5 Úprava systému").check()
    page.get_by_label("Část smlouvy / dokumentu").fill("příloha 2")
    page.get_by_label("Druh požadavku").select_option(label="Jiná výuka")
    expect(page.get_by_text("Tohle podpora nepokrývá. Objednejte ji zvlášť.")).to_be_visible()

    assert page.get_by_label("Předmět").input_value() == "Nová sestava"
    assert page.get_by_label("Kontaktní telefon").input_value() == "605"
    assert page.get_by_label("Část smlouvy / dokumentu").input_value() == "příloha 2"
    assert rows_of(page) == ["navrh.png"]


def test_what_was_typed_survives_a_closed_window(open_browser, alice):
    page = a_page(open_browser, alice)
    page.get_by_label("Zadání").fill("Rozepsáno")

    page.goto("/")
    page.goto("/pozadavky/novy/")

    assert page.get_by_label("Zadání").input_value() == "Rozepsáno"


@pytest.mark.req("S4-47", "S4-36")
def test_message_takes_a_pasted_screenshot_too(open_browser, alice):
    ticket = a_ticket(author=alice, paragraph=alice.memberships.get().customer.contracts.get().paragraphs.first())
    page = open_browser(user=alice)
    page.goto(f"/pozadavky/{ticket.pk}/?cast=komunikace")
    page.get_by_label("Nová zpráva").fill("Posílám snímek.")
    give(page, "paste", "image.png", to="#text")
    expect(page.locator(".files li[data-id]")).to_have_count(1)

    page.get_by_role("button", name="Odeslat", exact=True).click()
    expect(page.locator(".thread").get_by_text("Posílám snímek.")).to_be_visible()

    assert [attachment.message.body for attachment in Attachment.objects.select_related("message")] == ["Posílám snímek."]


@pytest.mark.req("S4-36", "S2-12", "S4-59")
def test_whole_filing_works_without_javascript(open_browser, alice, tmp_path: Path):
    page = a_page(open_browser, alice, scripts=False)
    page.get_by_label("Předmět").fill("Nelze tisknout")
    page.get_by_label("čl. 5 Úprava systému").check()
    page.get_by_role("button", name="Načíst").click()
    page.get_by_label("Část smlouvy / dokumentu").fill("příloha 2")
    page.get_by_label("Kontaktní telefon").fill("605 110 22")
    page.locator("input[type=file]").set_input_files(
        [{"name": name, "mimeType": "image/png", "buffer": PNG} for name in ("prvni.png", "druhy.png")]
    )

    page.get_by_role("button", name="OK, odeslat").click()
    expect(page.get_by_text("Číslo má mít 9 číslic, chybí jedna. Předvolbu pište jen u ciziny.")).to_be_visible()
    page.get_by_role("button", name="Odstranit prvni.png").click()
    page.get_by_label("Kontaktní telefon").fill("605 110 220")
    page.get_by_role("button", name="OK, odeslat").click()
    page.wait_for_url("**/pozadavky/1*/")

    [ticket] = Ticket.objects.all()
    assert (ticket.subject, ticket.contract_part) == ("Nelze tisknout", "příloha 2")
    assert [attachment.name for attachment in ticket.attachments.all()] == ["druhy.png"]


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("light", 390), ("dark", 1280), ("dark", 390)])
def test_pages_of_filing_are_readable_for_everybody(open_browser, alice, theme, width):
    page = a_page(open_browser, alice, theme=theme, width=width)
    faults = {"new": faults_of(page)}
    page.get_by_label("Kontaktní telefon").fill("605")
    give(page, "drop", "snimek.png")
    give(page, "drop", "virus.exe")
    expect(page.locator(".files .error")).to_have_count(1)
    faults["files"] = faults_of(page)
    page.get_by_role("button", name="Odstranit virus.exe").click()
    page.get_by_role("button", name="OK, odeslat").click()
    expect(page.locator("#id_contact_phone_error")).to_be_visible()
    faults["errors"] = faults_of(page)
    page.goto("/narok/")
    faults["entitlements"] = faults_of(page)

    assert {name: found for name, found in faults.items() if found} == {}
