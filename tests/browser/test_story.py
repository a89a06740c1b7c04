"""The main job from end to end in a real browser: one request, through real doors only, told by everybody whom it concerns."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from helpdesk.customers.models import StaffTask, User
from helpdesk.mail.models import OutgoingMail
from tests.browser.conftest import give, open_signed_in
from tests.builders import a_contract, a_customer, a_member, a_paragraph, a_request_type, a_staff_member, an_operator, backoffice
from tickets.models import Attachment, Ticket
from tickets.services.work import ManualWork, add_manual_entry

pytestmark = pytest.mark.django_db(transaction=True)

PASSWORD = "modrý-hrnek-na-okně"
DESK = "/backoffice/tickets/ticket/"
SECRET = "Zákazník má starou licenci, neříkat."
PORTAL_ACTS = ("zprava", "reklamace", "potvrzeni", "vyzadat-stav", "stazeni", "lide", "lide/1/odebrat")

PUBLIC_HISTORY = [
    ("Založeno", "Alice Dvořáková"),
    ("Převzetí potvrzeno", "Dana Pokorná"),
    ("Předáno řešiteli", "Dana Pokorná"),
    ("Pozastaveno", "Petr Vaníček"),
    ("Nová zpráva", "Alice Dvořáková"),
    ("Součinnost dodána", "Alice Dvořáková"),
    ("Obnoveno", "Alice Dvořáková"),
    ("Vyřešeno", "Petr Vaníček"),
    ("Reklamováno", "Alice Dvořáková"),
    ("Reklamace uznána", "Václav Horák"),
    ("Vyřešeno", "Petr Vaníček"),
    ("Vyřešení potvrzeno zákazníkem", "Alice Dvořáková"),
]
FULL_HISTORY = [*PUBLIC_HISTORY[:3], ("Interní poznámka", "Petr Vaníček"), *PUBLIC_HISTORY[3:]]
LETTERS = [
    ("filed", "alice@hanacke.example"),
    ("staff_filed", "dana@severka.example"),
    ("accepted", "alice@hanacke.example"),
    ("escalated", "alice@hanacke.example"),
    ("staff_assigned", "petr@severka.example"),
    ("staff_mention", "dana@severka.example"),
    ("suspended", "alice@hanacke.example"),
    ("staff_message", "petr@severka.example"),
    ("resolved", "alice@hanacke.example"),
    ("complaint_filed", "alice@hanacke.example"),
    ("staff_complaint", "vaclav@severka.example"),
    ("staff_complaint", "petr@severka.example"),
    ("complaint_decided", "alice@hanacke.example"),
    ("resolved", "alice@hanacke.example"),
    ("closed", "alice@hanacke.example"),
]


@pytest.fixture
def people(settings: Any) -> dict[str, User]:
    """The customer's people, a stranger, and three of ours."""
    settings.STAFF_MFA_REQUIRED = False
    an_operator()
    company = a_customer(name="Hanácké strojírny s.r.o.")
    a_paragraph(a_contract(company, number="2024/118", billing_mode="flat"), code="čl. 4.1 b)", title="Závažná vada")
    a_request_type(name="Oprava závady", position=0, asks_asset=False)
    return {
        "alice": a_member(company, "Alice Dvořáková", username="alice", email="alice@hanacke.example", password=PASSWORD),
        "bob": a_member(company, "Bohumil Kříž", is_manager=True, email="bob@hanacke.example"),
        "cyril": a_member(a_contract().customer, "Cyril Stránský", is_manager=True, email="cyril@jinde.example"),
        "dana": a_staff_member("Dana Pokorná", username="dana", email="dana@severka.example", password=PASSWORD),
        "petr": a_staff_member("Petr Vaníček", group="řešitel", email="petr@severka.example"),
        "vaclav": a_staff_member("Václav Horák", group="vedoucí", email="vaclav@severka.example"),
    }


@pytest.mark.req("S4-26", "S1-11", "S2-14", "S3-04", "S3-05", "S3-07", "S4-46", "S4-55", "S4-57", "S4-65", "C17", "D9")
def test_request_lives_its_whole_life_before_everybodys_eyes(open_browser, people):
    alice, dana = (open_signed_in(open_browser, login, PASSWORD) for login in ("alice", "dana"))
    petr, vaclav, bob, cyril = (open_browser(user=people[name]) for name in ("petr", "vaclav", "bob", "cyril"))

    ticket = file_with_pasted_picture(alice)
    accept_and_hand_over(dana, ticket)
    note_for_colleagues(petr, ticket)
    ask_for_cooperation(petr, ticket)
    deliver_what_is_missing(alice, ticket)
    work = ManualWork(minutes=3, ended_at=timezone.now())  # the browser may be quicker than a second of measured work
    add_manual_entry(ticket=ticket, work=work, by=backoffice(people["petr"]), at=timezone.now())
    resolve(petr, ticket, "Kvóta složky byla zvýšena.")
    complain(alice, ticket)
    uphold_the_complaint(vaclav, ticket)
    resolve(petr, ticket, "Opraven i plánovač, který kvótu vracel.")
    confirm(alice, ticket)

    assert [history_in_portal(page, ticket) for page in (alice, bob)] == [PUBLIC_HISTORY, PUBLIC_HISTORY]
    assert history_at_the_desk(dana, ticket) == FULL_HISTORY
    assert StaffTask.objects.open().count() == 0
    assert list(OutgoingMail.objects.order_by("id").values_list("kind", "recipient")) == LETTERS
    assert [kind for kind, text in OutgoingMail.objects.values_list("kind", "text") if SECRET in text] == ["staff_mention"]
    assert [page for page in all_of_the_portal(bob, ticket) if SECRET in page] == []
    assert f"[{ticket.pk}] - Nelze uložit fakturu" in listed(bob, "uzavrene")
    assert {path: status for path, status in answers_to(cyril, ticket).items() if status != 404} == {}


def file_with_pasted_picture(page: Page) -> Ticket:
    """The customer describes the trouble and pastes a screenshot; the answer names the number."""
    page.get_by_role("link", name="Založení nového incidentu").click()
    page.get_by_label("Předmět").fill("Nelze uložit fakturu")
    page.get_by_label("Zadání").fill("Dnes v 9:00 nešla uložit faktura do DMS, přikládám snímek.")
    give(page, "paste", "image.png")
    expect(page.get_by_text("nahráno", exact=False).first).to_be_visible()
    page.get_by_role("button", name="OK, odeslat").click()
    page.wait_for_url("**/pozadavky/1*/")
    ticket = Ticket.objects.get()
    expect(page.get_by_text(f"Požadavek {ticket.pk} jsme zaregistrovali.")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"[{ticket.pk}] - Nelze uložit fakturu")
    expect(page.locator(".files .name")).to_have_count(1)
    confirmation = OutgoingMail.objects.get(kind="filed")
    assert confirmation.subject == f"[{ticket.pk}] Požadavek jsme zaevidovali: Nelze uložit fakturu"
    return ticket


def accept_and_hand_over(page: Page, ticket: Ticket) -> None:
    """Support finds the request in the work list, answers „Klasifikace odpovídá?“ and hands over to the solver."""
    page.goto(DESK)
    page.get_by_role("link", name="Nelze uložit fakturu").click()
    act(page, "Přijmout")
    expect(page.get_by_label("Ano, odstavec je správný")).to_be_checked()
    page.get_by_role("button", name="Potvrdit", exact=True).click()
    expect_state(page, "Přijato")
    act(page, "Předat řešiteli")
    page.get_by_label("Řešitel", exact=True).select_option(label="Petr Vaníček")
    page.get_by_role("button", name="Předat", exact=True).click()
    expect_state(page, "Eskalováno")


def note_for_colleagues(page: Page, ticket: Ticket) -> None:
    """The solver leaves a note that only colleagues may read, and mentions one."""
    page.goto(at_desk(ticket))
    page.get_by_role("link", name="Napsat interní poznámku").click()
    page.get_by_label("Interní poznámka").fill(SECRET)
    page.get_by_label("Dana Pokorná").check()
    page.get_by_role("button", name="Uložit poznámku").click()
    expect(page.locator(".thread").get_by_text(SECRET)).to_be_visible()


def ask_for_cooperation(page: Page, ticket: Ticket) -> None:
    """Suspending says what is missing, from whom and by when."""
    act(page, "Pozastavit")
    page.get_by_label("Důvod").select_option(label="chybí příloha")
    page.get_by_label("1. co chybí").fill("Protokol z tiskárny")
    page.get_by_label("Od koho").first.fill("Alice Dvořáková")
    page.get_by_label("Do kdy").first.fill((timezone.localdate() + timedelta(days=3)).isoformat())
    page.get_by_role("button", name="Pozastavit a požádat").click()
    expect_state(page, "Pozastaveno")


def deliver_what_is_missing(page: Page, ticket: Ticket) -> None:
    """„Dodat“ in the portal: the file goes up, the item is ticked off and work goes on at once."""
    page.goto(in_portal(ticket))
    expect_state(page, "Pozastaveno")
    page.get_by_role("link", name="Dodat Protokol z tiskárny").click()
    expect(page.get_by_label("Protokol z tiskárny")).to_be_checked()
    give(page, "drop", "protokol.txt", mime="text/plain", content=b"09:00 kvota prekrocena", to="#text")
    expect(page.get_by_text("nahráno", exact=False).first).to_be_visible()
    page.get_by_role("button", name="Odeslat", exact=True).click()
    expect(page.locator(".thread").get_by_text("protokol.txt")).to_be_visible()
    expect_state(page, "Eskalováno")


def resolve(page: Page, ticket: Ticket, text: str) -> None:
    """The solver says what was done, why it had happened and what kind of problem it was."""
    page.goto(at_desk(ticket))
    act(page, "Vyřešit")
    page.get_by_label("Vyhodnocení pro zákazníka").fill(text)
    page.get_by_label("Příčina").select_option(index=1)
    page.get_by_label("Kategorie problému").select_option(index=1)
    page.get_by_role("button", name="Odeslat vyhodnocení").click()
    expect_state(page, "Vyřešeno")


def complain(page: Page, ticket: Ticket) -> None:
    """The customer reads the resolution and says what still does not work."""
    page.goto(in_portal(ticket))
    expect(page.locator(".main .prose").first).to_have_text("Kvóta složky byla zvýšena.")
    page.locator("#reklamace summary").click()
    page.get_by_label("Důvod reklamace").fill("Fakturu nelze uložit ani dnes.")
    page.get_by_role("button", name="Reklamovat").click()
    expect_state(page, "Reklamováno")


def uphold_the_complaint(page: Page, ticket: Ticket) -> None:
    """The leader finds the complaint in its queue and gives reasons; work goes on with the same solver."""
    page.goto(f"{DESK}?fronta=reklamace")
    page.get_by_role("link", name="Nelze uložit fakturu").click()
    act(page, "Rozhodnout o reklamaci")
    page.get_by_label("Oprávněná, řešení pokračuje").check()
    page.get_by_label("Odůvodnění pro zákazníka").fill("Plánovač vrátil původní kvótu.")
    page.get_by_role("button", name="Rozhodnout", exact=True).click()
    expect_state(page, "Eskalováno")


def confirm(page: Page, ticket: Ticket) -> None:
    """The customer agrees and the request is closed for good."""
    page.goto(in_portal(ticket))
    page.get_by_role("button", name="Potvrdit vyřešení").click()
    expect(page.get_by_text("Děkujeme za potvrzení, požadavek je uzavřený.")).to_be_visible()
    expect_state(page, "Uzavřeno")


def act(page: Page, label: str) -> None:
    """Open the form of an act at the desk."""
    page.locator(".acts").get_by_role("link", name=label, exact=True).click()
    page.locator("#ukon").wait_for()


def expect_state(page: Page, label: str) -> None:
    """The mark beside the title says the state, in the portal as at the desk."""
    expect(page.locator(".page-head .state, .head .state")).to_have_text(label)


def in_portal(ticket: Ticket) -> str:
    return f"/pozadavky/{ticket.pk}/"


def at_desk(ticket: Ticket) -> str:
    return f"{DESK}{ticket.pk}/change/"


def history_in_portal(page: Page, ticket: Ticket) -> list[tuple[str, str]]:
    page.goto(in_portal(ticket))
    page.get_by_role("link", name="Historie").click()
    return _history(page, separator=", ")


def history_at_the_desk(page: Page, ticket: Ticket) -> list[tuple[str, str]]:
    page.goto(at_desk(ticket))
    page.locator(".tabs").get_by_role("link", name="Historie").click()
    return _history(page, separator=" · ")


def _history(page: Page, *, separator: str) -> list[tuple[str, str]]:
    """What happened and who did it, in the order of the page."""
    rows = page.locator(".history > li")
    rows.first.wait_for()
    whos = [who.split(separator)[0].strip() for who in rows.locator("p.muted").all_text_contents()]
    return list(zip(rows.locator("b").all_text_contents(), whos, strict=True))


def all_of_the_portal(page: Page, ticket: Ticket) -> list[str]:
    """Everything that the portal says about the request: its tabs, the live thread, the list and the table for Excel."""
    tabs = [f"{in_portal(ticket)}?cast={tab}" for tab in ("zadani", "komunikace", "vyhodnoceni", "historie")]
    paths = [*tabs, f"{in_portal(ticket)}vlakno/", "/?cast=uzavrene", "/?cast=uzavrene&q=licenci", "/pozadavky.csv?cast=uzavrene"]
    return [page.request.get(path).text() for path in paths]


def listed(page: Page, tab: str) -> list[str]:
    page.goto(f"/?cast={tab}")
    numbers, subjects = (page.locator(f"#seznam tbody {cell}").all_text_contents() for cell in ("td:first-child", "a.title"))
    return [f"[{number}] - {subject}" for number, subject in zip(numbers, subjects, strict=True)]


def answers_to(page: Page, ticket: Ticket) -> dict[str, int]:
    """How every door of the request answers a person of another company."""
    page.goto("/")
    token = page.locator("[name=csrfmiddlewaretoken]").first.input_value()
    files = [f"/prilohy/{pk}/" for pk in Attachment.objects.values_list("pk", flat=True)]
    looks = {path: page.request.get(path).status for path in (in_portal(ticket), f"{in_portal(ticket)}vlakno/", *files)}
    acts = {
        path: page.request.post(path, form={"csrfmiddlewaretoken": token, "body": "Ahoj", "reason": "Nic"}).status
        for path in [f"{in_portal(ticket)}{name}/" for name in PORTAL_ACTS]
    }
    return looks | acts | {at_desk(ticket): page.request.get(at_desk(ticket)).status}
