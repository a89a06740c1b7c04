"""„Rodný list SLA“ of real requests: sums, the same bytes each time, page, data and print, and who has none."""

from __future__ import annotations

import hashlib
import html
import json
import re
import shutil
import subprocess
from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from helpdesk.customers.channels import Channel
from sla import verdict
from sla.services import draft_version, publish_version
from tests.builders import (
    MONDAY,
    a_calendar,
    a_member,
    a_message,
    a_paragraph,
    a_staff_member,
    a_ticket,
    an_accepted_ticket,
    an_operator,
    backoffice,
    prague,
)
from tests.tickets.lives import complain, decide, promised, resolve, resume, stored, suspend
from tickets.models import Ticket
from tickets.services import clocks, lifecycle, records
from tickets.services.proofs import proof_of, time_split_now, why_without_clock
from tickets.services.recompute import Sweep, move_batch
from tickets.views.proof_sheet import time_split_text

pytestmark = pytest.mark.django_db

FRIDAY = prague("2024-10-25T15:00")
HASH = re.compile(r"(?:[0-9a-f]{8} ){7}[0-9a-f]{8}")


def signed_in(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def words_of(page: bytes) -> str:
    """Text of a page without its tags, with ordinary spaces."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page.decode())).replace("\u00a0", " "))


at_noon = time_machine.travel(prague("2024-10-29T12:00"), tick=False)  # a quarter of an hour after the resolution


def paused_ticket() -> Ticket:
    """Hod 4 from Friday, suspended over a weekend, the end of summer time and a holiday; resolved in 3 h 15 min."""
    an_operator()
    ticket = an_accepted_ticket(paragraph=promised("Hod", "1", "4"), at=FRIDAY)
    suspend(ticket, prague("2024-10-25T15:30"))
    resume(ticket, prague("2024-10-29T09:00"))
    resolve(ticket, prague("2024-10-29T11:45"))
    return stored(ticket)


@pytest.mark.req("S4-67", "S4-68", "D1", "D3", "D4", "D5")
@pytest.mark.parametrize(
    ("method", "amount", "every_day", "due", "counted"),
    [
        ("Hod", "4", False, "2024-10-29T10:30", 4 * 3600),
        ("Min", "90", False, "2024-10-25T16:30", 90 * 60),
        ("Min", "91", False, "2024-10-29T08:01", 91 * 60),
        ("ND-Hod", "4", False, "2024-10-29T12:00", 4 * 3600),
        ("ND-Hod", "4", True, "2024-10-26T12:00", 4 * 3600),
        ("NBD-Hod", "4", True, "2024-10-29T12:00", 4 * 3600),
        ("Min-Cont", "240", False, "2024-10-25T19:00", 240 * 60),
        ("Den", "2", False, "2024-10-30T15:00", 17 * 3600),
        ("Den-Cont", "2", False, "2024-10-27T15:00", 49 * 3600),
    ],
)
def test_golden_request_is_proved_with_the_amount_as_its_sum(method, amount, every_day, due, counted):
    calendar = a_calendar(days="0123456", serves_holidays=True) if every_day else None
    ticket = an_accepted_ticket(paragraph=promised(method, amount, amount, calendar=calendar), at=FRIDAY)
    resolve(ticket, prague(due))

    resolution = proof_of(stored(ticket)).resolution

    assert (resolution.deadline, resolution.measured, resolution.met) == (prague(due), counted, True)
    assert sum(one.seconds for one in resolution.intervals if one.is_counted) == counted


def lives() -> dict[str, Ticket]:
    """Requests in all kinds of states; a complaint of each fate."""
    paragraph, hour = promised("Hod", "1", "4"), timedelta(hours=1)
    found = {name: an_accepted_ticket(paragraph=paragraph, at=MONDAY) for name in ("accepted", "suspended", "resolved")}
    found["new"] = a_ticket(paragraph=paragraph, at=MONDAY)
    found["answered"] = a_ticket(paragraph=paragraph, at=MONDAY)
    a_message(found["answered"], author=a_staff_member(), at=MONDAY + 2 * hour)
    suspend(found["suspended"], MONDAY + hour)
    resolve(found["resolved"], MONDAY + 5 * hour)
    for name in ("undecided", "upheld", "refused"):
        found[name] = resolve(an_accepted_ticket(paragraph=paragraph, at=MONDAY), MONDAY + hour)
        complain(found[name], MONDAY + 3 * hour)
    for name in ("upheld", "refused"):
        decide(found[name], MONDAY + 4 * hour, upheld=name == "upheld")
    return {name: stored(ticket) for name, ticket in found.items()}


def test_proof_says_what_is_stored():
    differing = {}

    for name, ticket in lives().items():
        proof = proof_of(ticket)
        proved = [
            *((one.deadline, one.breach, one.met, one.measured) for one in (proof.reaction, proof.resolution)),
            proof.reaction.end,
        ]
        columns = [
            (ticket.reaction_due_at, ticket.reaction_breach_at, ticket.reaction_met, ticket.reaction_seconds),
            (ticket.resolution_due_at, ticket.resolution_breach_at, ticket.resolution_met, ticket.resolution_seconds),
            ticket.reaction_met_at,
        ]
        if proved != columns:
            differing[name] = (proved, columns)

    assert differing == {}


def test_verdict_of_columns_and_proof_is_one_rule(monkeypatch: pytest.MonkeyPatch):
    ticket = paused_ticket()
    assert (ticket.resolution_met, proof_of(ticket).resolution.met) == (True, True)

    monkeypatch.setattr(verdict, "standing_resolution", lambda timeline: None)
    clocks.settle(ticket)

    assert (ticket.resolution_met, proof_of(ticket).resolution.met) == (None, None)


@pytest.mark.req("S4-26", "S4-67")
@at_noon
def test_page_names_each_stretch_its_reason_and_both_verdicts():
    ticket = paused_ticket()

    page = words_of(signed_in(ticket.author).get(f"/pozadavky/{ticket.pk}/sla/").content)

    for words in (
        "Rodný list SLA požadavku",
        "Vyřešení splněno",
        "Reakce splněna",
        "limit 4 h, rezerva 45 min",
        "vyřešeno út 29. 10. 11:45, Dana Pokorná",
        "Pozastaveno – chybí příloha: Výpis z banky (v neděli o hodinu delší, konec letního času)",
        "pá 25. 10. 2024 15:00, portál, v pracovní době (WDIN)",
        "U dodavatele (v době poskytování služby) 3 h 15 min",
        "U zákazníka (v době poskytování služby) 2 h 15 min",
        "Mimo dobu služby (nepočítá se nikomu) 88 h 30 min",
        "Celkem 94 h",
        "Od podání do vyřešení uplynulo 93 h 45 min, započteno 3 h 15 min",
    ):
        assert words in page


def test_fingerprint_on_the_page_is_of_the_bytes_of_the_data():
    ticket = paused_ticket()
    client = signed_in(ticket.author)

    page = client.get(f"/pozadavky/{ticket.pk}/sla/").content.decode()
    data = [client.get(f"/pozadavky/{ticket.pk}/sla.json") for _ in range(2)]

    assert HASH.search(page).group().replace(" ", "") == hashlib.sha256(data[0].content).hexdigest()
    assert data[0].content == data[1].content
    assert data[0].headers["Content-Disposition"] == f'attachment; filename="rodny-list-sla-{ticket.pk}.json"'
    assert json.loads(data[0].content)["resolution"]["measured"] == 11700


def test_fingerprint_of_a_request_that_runs_stays_and_the_page_goes_on():
    an_operator()
    ticket = an_accepted_ticket(paragraph=promised("Hod", "1", "4"), at=MONDAY)
    pages = []
    for later in (1, 2):
        with time_machine.travel(MONDAY + timedelta(hours=later), tick=False):
            pages.append(signed_in(ticket.author).get(f"/pozadavky/{ticket.pk}/sla/").content)

    assert [HASH.search(page.decode()).group() for page in pages] == [HASH.search(pages[0].decode()).group()] * 2
    assert ["zbývá 3 h" in words_of(pages[0]), "zbývá 2 h" in words_of(pages[1])] == [True, True]


def pdf_words(content: bytes) -> str:
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not installed.")
    done = subprocess.run(["pdftotext", "-raw", "-", "-"], input=content, capture_output=True, check=True, timeout=30)
    return re.sub(r"\s+", " ", done.stdout.decode().replace("\u00a0", " "))


@at_noon
def test_print_says_the_same_and_is_the_same_each_time():
    ticket = paused_ticket()
    client = signed_in(ticket.author)

    prints = [client.get(f"/pozadavky/{ticket.pk}/sla.pdf") for _ in range(2)]
    page = client.get(f"/pozadavky/{ticket.pk}/sla/").content.decode()
    words = pdf_words(prints[0].content)

    assert prints[0].content == prints[1].content
    for expected in (
        "změřeno 3 h 15 min, limit 4 h, rezerva 45 min",
        "pá 25. 10. 15:00 pá 25. 10. 15:30 30 min Přijato 30 min 30 min",
        "út 29. 10. 09:00 út 29. 10. 11:45 2 h 45 min Přijato 2 h 45 min 3 h 15 min",
        "Od podání do vyřešení 93 h 45 min 3 h 15 min 3 h 15 min",
        "Severka Systémy s.r.o., Křenová 12, 602 00 Brno · IČO 27463249",
        HASH.search(page).group(),
    ):
        assert expected in words


@at_noon
def test_desk_has_the_same_page_data_and_print():
    ticket = paused_ticket()
    desk, portal = signed_in(a_staff_member()), signed_in(ticket.author)
    at_desk, in_portal = f"/backoffice/tickets/ticket/{ticket.pk}/sla", f"/pozadavky/{ticket.pk}/sla"

    page = words_of(desk.get(f"{at_desk}/").content)

    assert "Od podání do vyřešení uplynulo 93 h 45 min, započteno 3 h 15 min" in page
    for kind in (".json", ".pdf"):
        assert desk.get(at_desk + kind).content == portal.get(in_portal + kind).content


def test_colleague_without_rights_finds_no_proof():
    ticket = paused_ticket()
    colleague = signed_in(a_member(ticket.customer, "Bob Kučera"))

    answers = [colleague.get(f"/pozadavky/{ticket.pk}/sla{kind}").status_code for kind in ("/", ".json", ".pdf")]

    assert answers == [404, 404, 404]


@pytest.mark.req("S4-22", "S4-42")
def test_request_without_a_clock_says_why():
    an_operator()
    timeless = a_ticket(paragraph=a_paragraph(sla=False, has_sla=False, title="Dotaz"))
    cancelled = lifecycle.cancel(ticket=a_ticket(), reason="Omyl", by=backoffice(a_staff_member()), at=MONDAY)
    unconfirmed = a_ticket(channel=Channel.EMAIL)

    assert [why_without_clock(stored(ticket)).replace("\u00a0", " ") for ticket in (timeless, cancelled, unconfirmed)] == [
        f"Na odstavec smlouvy „{timeless.paragraph}“ se lhůty SLA nevztahují.",
        "Požadavek je zrušený a bere se, jako by nebyl podán. Žádné lhůty pro něj neběží.",
        "Lhůty začnou běžet, jakmile zákazníkovi odejde potvrzení přijetí. Zatím neodešlo.",
    ]
    client = signed_in(timeless.author)
    assert "lhůty SLA nevztahují" in words_of(client.get(f"/pozadavky/{timeless.pk}/sla/").content)
    assert [client.get(f"/pozadavky/{timeless.pk}/sla{kind}").status_code for kind in (".json", ".pdf")] == [404, 404]


def test_reaction_keeps_the_calendar_by_which_it_was_decided():
    calendar = a_calendar()
    ticket = an_accepted_ticket(paragraph=promised("Hod", "1", "4", calendar=calendar), at=MONDAY)
    draft = draft_version(calendar=calendar)
    draft.windows.update(closes=12 * 3600)
    publish_version(version=draft, by=None, at=MONDAY + timedelta(hours=1))
    move_batch(at=MONDAY + timedelta(hours=1), sweep=Sweep())

    terms = proof_of(stored(ticket)).terms

    assert (terms.reaction.version, terms.resolution.version) == (1, 2)


@pytest.mark.req("S3-13", "C32")
def test_waiting_for_a_subsupplier_is_told_apart_and_counted():
    ticket = an_accepted_ticket(paragraph=promised("Hod", "1", "4"), at=MONDAY)
    by, hour = backoffice(a_staff_member()), timedelta(hours=1)
    records.start_subsupplier_wait(ticket=ticket, subsupplier="Ingram", by=by, at=MONDAY + hour)
    records.end_subsupplier_wait(ticket=ticket, by=by, at=MONDAY + 2 * hour)
    resolve(ticket, MONDAY + 3 * hour)

    split = proof_of(stored(ticket), until=MONDAY + 4 * hour).time_split

    assert time_split_now(stored(ticket), at=MONDAY + 4 * hour) == split
    assert time_split_text(split, customer="u\u00a0vás").replace("\u00a0", " ") == "u nás 2 h · u vás 1 h · subdodavatel 1 h"
    assert (split.supplier, split.subsupplier, split.customer, split.outside) == (7200, 3600, 3600, 0)


@pytest.mark.req("C32", "D38")
@at_noon
def test_pages_of_a_request_say_whose_time_it_was_and_lead_to_the_proof():
    ticket = paused_ticket()

    in_portal = signed_in(ticket.author).get(f"/pozadavky/{ticket.pk}/").content
    at_desk = signed_in(a_staff_member()).get(f"/backoffice/tickets/ticket/{ticket.pk}/change/").content

    assert "u nás 3 h 15 min · u vás 2 h 15 min · Rodný list SLA" in words_of(in_portal)
    assert "u nás 3 h 15 min · u zákazníka 2 h 15 min · Rodný list SLA" in words_of(at_desk)


@pytest.mark.req("D38")
@pytest.mark.parametrize("method", ["Hod", "Den-Cont"])
def test_proof_of_a_continuous_target_says_why_it_measured_more_than_the_suppliers_share(method):
    an_operator()
    ticket = an_accepted_ticket(paragraph=promised(method, "1", "4"), at=FRIDAY)

    with time_machine.travel(prague("2024-10-29T12:00"), tick=False):
        page = words_of(signed_in(ticket.author).get(f"/pozadavky/{ticket.pk}/sla/").content)

    assert ("změřený čas delší než podíl dodavatele" in page) is (method == "Den-Cont")


@pytest.mark.req("D38")
def test_clock_of_service_hours_does_not_run_on_a_saturday():
    an_operator()
    ticket = an_accepted_ticket(paragraph=promised("Hod", "1", "4"), at=FRIDAY)

    with time_machine.travel(prague("2024-10-26T12:00"), tick=False):
        client = signed_in(ticket.author)
        proof = words_of(client.get(f"/pozadavky/{ticket.pk}/sla/").content)
        page = words_of(client.get(f"/pozadavky/{ticket.pk}/").content)

    assert "Vyřešení: mimo dobu služby" in proof
    assert "mimo dobu služby" in page
    assert "běží" not in page


def test_length_of_the_course_costs_no_more_queries(django_assert_num_queries):
    short, long = paused_ticket(), paused_ticket()
    for number in range(3):
        complain(long, prague(f"2024-10-30T1{number}:00"))
        decide(long, prague(f"2024-10-30T1{number}:10"), upheld=True)
        resolve(long, prague(f"2024-10-30T1{number}:20"))
    proof_of(stored(short))  # compiles the calendar

    for ticket in (short, long):
        ticket = stored(ticket)
        _ = ticket.contract, ticket.calendar_version.calendar, ticket.reaction_version.calendar
        with django_assert_num_queries(4):
            proof_of(ticket)
