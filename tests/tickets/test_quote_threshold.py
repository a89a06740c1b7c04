"""Larger work needs a quote first: the threshold of the contract on a request without an approved one (S3-17, D34)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import DatabaseError, transaction

from credit.models import PrepaidPackage
from helpdesk.customers.models import StaffTask
from tests.builders import MONDAY, a_member, a_message, a_resolution, a_staff_member, an_operator, backoffice, portal, prague
from tests.tickets.desk import do, page_of, signed_in, text_of
from tests.tickets.letters import written_by
from tests.tickets.quotes import Case, a_case, a_sent_quote
from tests.tickets.work_builders import is_sound, written
from tickets import tasks
from tickets.models import Message, QuoteWaiver, TicketEvent, WorkEntry
from tickets.services import lifecycle, quote_decisions, quote_gate, work
from tickets.services.corrections import Change, correct_entry
from tickets.services.quote_gate import QuoteNeeded, WaiverRefused
from tickets.services.quote_threshold import threshold_of

pytestmark = pytest.mark.django_db

NINE = prague("2026-03-03T09:00")


def a_limited_case(**contract: Any) -> Case:
    """A request that costs 1,200 CZK an hour and may cost 2,400 CZK without a quote; nobody's timer runs."""
    case = a_case(credit=50_000, contract={"specification_above": Decimal(2400)} | contract)
    for entry in case.ticket.work.open():
        work.stop_timer(entry=entry, by=backoffice(case.petr), at=MONDAY)
    return case


def by_hand(case: Case, minutes: int, *, hour: int, day: int = 3, **how: Any) -> WorkEntry:
    return written(case.ticket, by=case.petr, until=prague(f"2026-03-{day:02}T{hour:02}:00"), minutes=minutes, **how)


def a_timer(case: Case, *, activity: str = "solving", day: int = 4) -> WorkEntry:
    return work.start_timer(ticket=case.ticket, by=backoffice(case.petr), at=prague(f"2026-03-{day:02}T09:00"), activity=activity)


def waive(case: Case, way: str, *, message: Message | None = None, day: int = 4) -> QuoteWaiver:
    leader = backoffice(a_staff_member("Eva Králová", group="vedoucí"))
    return quote_gate.waive_quote(ticket=case.ticket, way=way, message=message, by=leader, at=prague(f"2026-03-{day:02}T08:00"))


def a_consent(case: Case, *, day: int = 3, hour: int = 15) -> Message:
    at = prague(f"2026-03-{day:02}T{hour:02}:00")
    return a_message(case.ticket, author=case.hana, body="Souhlasíme, pokračujte i bez kalkulace.", at=at)


# The gate


@pytest.mark.req("S3-17", "D34")
def test_at_the_threshold_no_timer_starts_and_the_refusal_says_what_to_do():
    case = a_limited_case()
    by_hand(case, 119, hour=11)
    assert a_timer(case, day=3).state == "running"
    work.pause_all(case.ticket, at=prague("2026-03-03T09:00"))
    by_hand(case, 1, hour=12)

    with pytest.raises(QuoteNeeded, match="Pošlete zákazníkovi kalkulaci"):
        a_timer(case)

    assert a_timer(case, activity="quoting").state == "running"


@pytest.mark.parametrize(
    ("contract", "refused"),
    [
        ({"specification_above": None}, False),
        ({"specification_above": Decimal(2400)}, True),
        ({"specification_above": Decimal("2400.01")}, False),
        ({"specification_above": None, "specification_above_minutes": 120}, True),
        ({"specification_above": None, "specification_above_minutes": 121}, False),
        ({"specification_above": Decimal(9999), "specification_above_minutes": 120}, True),
        ({"specification_above": Decimal(2400), "specification_above_minutes": 999}, True),
        ({"specification_above": Decimal(0)}, True),
        ({"billing_mode": "hourly"}, True),
        ({"billing_mode": "flat", "specification_above_minutes": 1}, False),
    ],
)
def test_threshold_is_data_of_the_contract_in_money_or_in_time(contract, refused):
    case = a_limited_case(**contract)
    by_hand(case, 120, hour=11)

    assert quote_gate.may_start(case.ticket, activity="solving", at=NINE) is not refused


def test_prepaid_hours_are_counted_by_time():
    case = a_limited_case(billing_mode="package", specification_above=None, specification_above_minutes=120)
    PrepaidPackage.objects.create(contract=case.contract, minutes=600, sold_on=NINE.date())
    entry = by_hand(case, 150, hour=12)

    assert entry.price == 0
    assert [(part["source"], part["minutes"]) for part in entry.pricing] == [("package", 120), ("covered", 30)]
    assert entry.pricing[1]["text"] == "30\u00a0min nad práh bez kalkulace se neúčtuje"
    assert quote_gate.may_start(case.ticket, activity="solving", at=NINE) is False


@pytest.mark.parametrize("activity", ["quoting", "solving"])
def test_work_on_the_quote_is_not_counted(activity):
    case = a_limited_case()
    by_hand(case, 60, hour=11, activity=activity)

    assert threshold_of(case.ticket).price == Decimal(0 if activity == "quoting" else 1200)


def test_free_work_is_not_counted_and_goes_on():
    case = a_limited_case()
    case.ticket.paragraph.price_scope = "included"
    case.ticket.paragraph.save()
    by_hand(case, 300, hour=14)

    assert threshold_of(case.ticket).share == 0
    assert a_timer(case).state == "running"


def test_reversed_work_is_not_counted():
    case = a_limited_case()
    leader = backoffice(a_staff_member("Eva Králová", group="vedoucí"))
    change = Change(minutes=30, activity="solving")
    correct_entry(entry=by_hand(case, 120, hour=11), change=change, reason="Méně.", by=leader, at=prague("2026-03-03T13:00"))

    assert threshold_of(case.ticket).price == Decimal("600.00")
    assert a_timer(case).state == "running"


def test_an_approved_quote_replaces_the_threshold_by_its_ceiling():
    case = a_limited_case()
    by_hand(case, 120, hour=11)
    quote = a_sent_quote(case, at=prague("2026-03-03T14:00"), specification="Jak.")
    quote_decisions.approve_quote(quote=quote, by=portal(case.hana), at=prague("2026-03-03T15:00"))

    entry = by_hand(case, 300, hour=20, day=4)
    assert (quote.total_price, entry.price) == (Decimal("7200.00"), Decimal("4800.00"))


# Nothing is charged above it


@pytest.mark.req("D34")
@pytest.mark.parametrize(
    ("contract", "minutes", "charged"),
    [
        ({}, [120], ["2400.00"]),
        ({}, [121], ["2400.00"]),
        ({}, [60, 90, 30], ["1200.00", "1200.00", "0.00"]),
        ({"billing_mode": "hourly"}, [60, 90], ["1200.00", "1200.00"]),
        ({"specification_above": None, "specification_above_minutes": 90}, [60, 60], ["1200.00", "600.00"]),
        ({"specification_above_minutes": 90}, [60, 60], ["1200.00", "600.00"]),
        ({"specification_above": None, "specification_above_minutes": 0}, [60], ["0.00"]),
    ],
)
def test_done_work_is_recorded_and_charged_no_further_than_the_threshold(contract, minutes, charged):
    case = a_limited_case(**contract)

    entries = [by_hand(case, count, hour=8 + 3 * number) for number, count in enumerate(minutes)]

    assert [str(entry.price) for entry in entries] == charged
    assert [entry.billed_minutes for entry in entries] == minutes
    assert is_sound()


def test_the_cause_does_not_charge_more_either():
    case = a_limited_case()
    by_hand(case, 180, hour=12)

    lifecycle.resolve(
        ticket=case.ticket,
        resolution=a_resolution(root_cause="user_error", cause_reason="Smazáno."),
        by=backoffice(case.petr),
        at=prague("2026-03-04T09:00"),
    )

    assert WorkEntry.objects.standing().get().price == Decimal("2400.00")


# The timer that runs into it


def sweep(minutes: int) -> None:
    with time_machine.travel(prague("2026-03-04T09:00") + timedelta(minutes=minutes), tick=False):
        tasks.stop_at_ceilings()


def test_a_timer_stops_when_the_threshold_is_reached():
    case = a_limited_case()
    entry = a_timer(case)

    sweep(119)
    entry.refresh_from_db()
    assert entry.state == "running"
    sweep(120)

    entry.refresh_from_db()
    assert (entry.state, entry.billed_minutes, entry.price) == ("finished", 120, Decimal("2400.00"))
    assert [task.assignee for task in StaffTask.objects.open().filter(text__startswith="Práce dosáhla prahu")] == [case.petr]


def test_a_timer_of_free_work_runs_on():
    case = a_limited_case()
    by_hand(case, 120, hour=11)
    case.ticket.paragraph.price_scope = "included"
    case.ticket.paragraph.save()
    entry = a_timer(case)

    sweep(300)

    entry.refresh_from_db()
    assert entry.state == "running"


def test_solver_is_warned_at_four_fifths_and_told_at_the_whole_each_once():
    case = a_limited_case()
    told = [
        written_by(lambda minutes=minutes, hour=hour: by_hand(case, minutes, hour=hour))
        for hour, minutes in ((10, 95), (11, 1), (12, 5), (13, 60), (14, 5))
    ]

    assert told == [[], [("staff_threshold", case.petr.email)], [], [("staff_threshold", case.petr.email)], []]
    kinds = list(case.ticket.events.filter(kind__startswith="threshold").values_list("kind", "is_public"))
    assert kinds == [("threshold_near", False), ("threshold_reached", False)]


# The two ways without a quote


@pytest.mark.req("S3-17", "D34")
def test_after_the_written_consent_work_goes_on_and_is_charged():
    case = a_limited_case()
    by_hand(case, 120, hour=11)
    before = by_hand(case, 60, hour=14)
    consent = a_consent(case, hour=15)
    meanwhile = by_hand(case, 60, hour=17)
    assert [str(entry.price) for entry in (before, meanwhile)] == ["0.00", "0.00"]

    waive(case, "agreed", message=consent)

    for entry in (before, meanwhile):
        entry.refresh_from_db()
    assert [str(entry.price) for entry in (before, meanwhile)] == ["0.00", "1200.00"]
    assert by_hand(case, 60, hour=20, day=4).price == Decimal("1200.00")
    assert a_timer(case, day=5).state == "running"
    assert case.ticket.events.get(kind="unquoted").detail == "zákazník souhlasil písemně: Hana Malá, 3.\u00a03.\u00a02026 15:00"
    assert is_sound()


@pytest.mark.req("S3-17", "D34")
def test_uncharged_work_goes_on_and_costs_nothing_above_the_threshold():
    case = a_limited_case()
    by_hand(case, 120, hour=11)

    waive(case, "uncharged")

    assert a_timer(case).state == "running"
    sweep(60)
    entry = WorkEntry.objects.get(state="running")
    done = work.stop_timer(entry=entry, by=backoffice(case.petr), at=prague("2026-03-04T10:30"))
    assert (done.billed_minutes, done.price) == (90, Decimal("0.00"))


def test_a_later_consent_charges_nothing_of_what_was_promised_for_free():
    case = a_limited_case()
    by_hand(case, 120, hour=11)
    waive(case, "uncharged", day=4)
    free = by_hand(case, 60, hour=12, day=4)

    waive(case, "agreed", message=a_consent(case, day=4, hour=15), day=5)

    free.refresh_from_db()
    assert free.price == 0
    assert by_hand(case, 60, hour=12, day=5).price == Decimal("1200.00")


def test_consent_is_a_message_of_an_approver_to_this_request():
    case, other = a_limited_case(), a_limited_case()
    colleague = a_member(case.ticket.customer, "Bob Kučera", is_manager=True)
    wrong = [
        None,
        a_message(case.ticket, author=case.alice, at=NINE),
        a_message(case.ticket, author=colleague, at=NINE),
        a_message(case.ticket, author=case.petr, at=NINE),
        a_message(other.ticket, author=other.hana, at=NINE),
    ]

    for message in wrong:
        with pytest.raises(WaiverRefused):
            waive(case, "agreed", message=message)
    with pytest.raises(WaiverRefused):
        waive(case, "uncharged", message=a_consent(case))
    assert not QuoteWaiver.objects.exists()


def test_a_second_click_records_once_and_after_a_consent_nothing_is_to_be_recorded():
    case = a_limited_case()
    consent = a_consent(case)

    assert waive(case, "agreed", message=consent).pk == waive(case, "agreed", message=consent).pk
    with pytest.raises(WaiverRefused, match="už písemně souhlasil"):
        waive(case, "uncharged")
    assert TicketEvent.objects.filter(kind="unquoted").count() == 1


def test_what_was_recorded_stays_and_the_database_knows_whose_message_it_is():
    case, other = a_limited_case(), a_limited_case()
    made = waive(case, "agreed", message=a_consent(case))
    foreign = {"ticket": other.ticket, "way": "agreed", "recorded_by": case.petr, "recorded_at": NINE}

    for act in (
        lambda: QuoteWaiver.objects.filter(pk=made.pk).update(recorded_at=NINE),
        lambda: QuoteWaiver.objects.filter(pk=made.pk).delete(),
        lambda: QuoteWaiver.objects.create(**foreign, message=made.message),
        lambda: QuoteWaiver.objects.create(**foreign, message=a_message(other.ticket, author=other.petr, at=NINE)),
        lambda: QuoteWaiver.objects.create(**foreign),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()


# The desk and the portal


def test_desk_shows_the_threshold_with_the_ways_on():
    case = a_limited_case()
    by_hand(case, 120, hour=11)
    leader = a_staff_member("Eva Králová", group="vedoucí")

    pages = [text_of(signed_in(person).get(page_of(case.ticket))) for person in (case.petr, leader)]

    for page in pages:
        assert "Práh smlouvy: 2 400,00 Kč. Časovač placené práce se nespustí a práce nad práh se neúčtuje." in page
        assert 'href="?ukon=quote#ukon"' in page
    assert ['href="?ukon=unquoted#ukon"' in page for page in pages] == [False, True]


def test_leader_records_the_consent_at_the_desk_and_a_solver_may_not():
    case = a_limited_case()
    by_hand(case, 120, hour=11)
    consent = a_consent(case)
    leader = a_staff_member("Eva Králová", group="vedoucí")

    with time_machine.travel(prague("2026-03-04T08:00"), tick=False):
        refused = do(case.petr, case.ticket, "unquoted", way="agreed", message=consent.pk)
        empty = do(leader, case.ticket, "unquoted", way="agreed")
        done = do(leader, case.ticket, "unquoted", way="agreed", message=consent.pk)
        page = text_of(signed_in(leader).get(page_of(case.ticket)))

    assert (refused.status_code, empty.status_code, done.status_code) == (403, 422, 302)
    assert "Vyberte zprávu, ve které zákazník souhlasil." in text_of(empty)
    assert "Zákazník souhlasil písemně, zpráva z 3. 3." in page
    assert "zákazník souhlasil</span>" in page


def test_desk_counts_what_runs_towards_the_threshold_and_the_customer_does_not_see_it():
    case = a_limited_case()
    a_timer(case)

    with time_machine.travel(prague("2026-03-04T10:00"), tick=False):
        desk = text_of(signed_in(case.petr).get(page_of(case.ticket)))
        seen = text_of(signed_in(case.alice).get(f"/pozadavky/{case.ticket.pk}/"))

    assert "S prací, která ještě není ukončená, je vyčerpáno 50 %." in desk
    assert "není ukončená" not in seen


def test_a_start_at_the_threshold_is_refused_at_the_desk_in_words():
    case = a_limited_case()
    by_hand(case, 120, hour=11)

    with time_machine.travel(prague("2026-03-04T08:00"), tick=False):
        response = do(case.petr, case.ticket, "work-start", activity="solving")

    assert response.status_code == 409
    assert "Práce bez schválené kalkulace dosáhla prahu smlouvy" in text_of(response)


@pytest.mark.parametrize(
    ("contract", "words"),
    [
        ({"specification_above": None}, ""),
        ({}, "2 400,00 Kč"),
        ({"specification_above": None, "specification_above_minutes": 480}, "8 h práce"),
    ],
)
def test_customer_reads_the_threshold_on_their_entitlements(contract, words):
    an_operator()
    case = a_limited_case(**contract)

    page = text_of(signed_in(case.alice).get("/narok/"))

    assert ("Bez schválené kalkulace nejvýše" in page) is bool(words)
    assert words in page
