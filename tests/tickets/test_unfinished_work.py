"""Work that is not finished yet: its price is foretold, seconds are thrown away, nothing lies about for long."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from helpdesk.customers.models import StaffTask
from tests.builders import a_contract, a_staff_member, backoffice
from tests.tickets.quotes import a_case, an_approved_quote
from tests.tickets.work_builders import TEN, a_taken_ticket, after, charges, worked
from tickets import tasks
from tickets.models import TicketEvent, WorkEntry, WorkSpan
from tickets.services.lifecycle import escalate, return_to_support
from tickets.services.unfinished import discard_entry, preview_finish, remind_of_paused
from tickets.services.work import WorkAlreadyFinished, WorkRefused, continue_timer, pause_timer, start_timer, stop_timer

pytestmark = pytest.mark.django_db


@pytest.fixture
def dana():
    return a_staff_member()


def begun(dana, *, ago: timedelta, **contract) -> WorkEntry:
    """A timer that runs since so long ago of the real clock, for tests of pages."""
    at = timezone.now() - ago
    ticket = a_taken_ticket(staff=dana, at=at - timedelta(minutes=1), contract=a_contract(**contract))
    return start_timer(ticket=ticket, by=backoffice(dana), at=at)


def page(user, entry: WorkEntry, **query: str) -> str:
    client = Client()
    client.force_login(user)
    return client.get(f"/backoffice/tickets/ticket/{entry.ticket_id}/change/", query).content.decode()


def send(user, address: str, **fields: str):
    client = Client()
    client.force_login(user)
    return client.post(address, fields, follow=True)


# What it would cost


@pytest.mark.req("D10", "S1-18")
@pytest.mark.parametrize(
    ("contract", "seconds", "foretold"),
    [
        ({"billing_step_minutes": 15, "hourly_rate": 1100}, 40, (15, Decimal("275.00"), "")),
        ({"billing_step_minutes": 15, "hourly_rate": 1100}, 901, (30, Decimal("550.00"), "")),
        ({"hourly_rate": 1200}, 61, (2, Decimal("40.00"), "")),
        ({"hourly_rate": 0}, 600, (10, Decimal("0.00"), "rate")),
        ({"hourly_rate": 1200, "billing_mode": "flat"}, 600, (10, Decimal("0.00"), "")),
        ({"hourly_rate": 1200}, 11 * 3600, (600, Decimal("0.00"), "check")),
    ],
)
def test_what_finishing_would_charge_is_what_finishing_charges(dana, contract, seconds, foretold):
    ticket = a_taken_ticket(staff=dana, at=TEN, contract=a_contract(**contract))
    entry = start_timer(ticket=ticket, by=backoffice(dana), at=TEN)
    now = TEN + timedelta(seconds=seconds)

    preview = preview_finish(entry=entry, at=now)
    untouched = (WorkEntry.objects.get().state, WorkSpan.objects.get().ended_at, charges(ticket))
    done = stop_timer(entry=entry, by=backoffice(dana), at=now)

    assert (preview.billed_minutes, preview.price, preview.waits_for) == foretold
    assert untouched == ("running", None, [])
    assert (done.billed_minutes, done.price, done.waits_for) == foretold


@pytest.mark.req("S5-12")
def test_preview_follows_the_chosen_activity_and_the_call(dana):
    ticket = a_taken_ticket(staff=dana, at=TEN, contract=a_contract(free_phone_minutes=60))
    entry = start_timer(ticket=ticket, by=backoffice(dana), at=TEN)

    prices = [
        preview_finish(entry=entry, at=after(minutes=10), activity="consulting", is_phone=is_phone).price
        for is_phone in (True, False)
    ]

    assert prices == [Decimal("0.00"), Decimal("200.00")]


@pytest.mark.req("S1-15")
def test_preview_under_a_quote_ends_at_the_ceiling():
    case = a_case()
    an_approved_quote(case, ceiling_price=Decimal(300), at=TEN)
    entry = start_timer(ticket=case.ticket, by=backoffice(case.petr), at=TEN)

    assert preview_finish(entry=entry, at=after(minutes=60)).price == Decimal("300.00")


def test_stopping_page_tells_minutes_and_price_before_it_is_confirmed(dana):
    entry = begun(dana, ago=timedelta(seconds=30), billing_step_minutes=15, hourly_rate=1100)

    shown = page(dana, entry, ukon="work-stop")

    assert "Teď by se účtovalo 15\u00a0min = 275,00\u00a0Kč bez DPH." in shown
    assert ">Zahodit</button>" in shown
    assert WorkEntry.objects.get().state == "running"


def test_stopping_page_of_minutes_offers_no_throwing_away(dana):
    shown = page(dana, begun(dana, ago=timedelta(minutes=3, seconds=5)), ukon="work-stop")

    assert "Odpracováno 3\u00a0min." in shown
    assert ">Zahodit</button>" not in shown


def test_price_is_worked_out_anew_for_another_choice_and_what_was_typed_stays(dana):
    entry = begun(dana, ago=timedelta(minutes=10, seconds=1), free_phone_minutes=60, billing_step_minutes=15)
    fields = {"activity": "consulting", "is_phone": "on", "note": "Psal jsem to", "prepocitat": "1"}

    shown = send(dana, f"/backoffice/tickets/ticket/{entry.ticket_id}/ukon/work-stop/", **fields).content.decode()

    assert "Teď by se účtovalo 15\u00a0min = 0,00\u00a0Kč bez DPH." in shown
    assert "Psal jsem to" in shown
    assert WorkEntry.objects.get().state == "running"


def test_resolving_tells_what_it_finishes(dana):
    petr = a_staff_member("Petr Vaníček", group="řešitel")
    entry = begun(dana, ago=timedelta(seconds=30), billing_step_minutes=15, hourly_rate=1100)
    start_timer(ticket=entry.ticket, by=backoffice(petr), at=timezone.now() - timedelta(seconds=20))

    shown = page(dana, entry, ukon="resolve")

    assert "Dana Pokorná 15\u00a0min = 275,00\u00a0Kč bez DPH; Petr Vaníček 15\u00a0min = 275,00\u00a0Kč bez DPH." in shown


# Thrown away


@pytest.mark.req("S1-17", "S1-18")
def test_seconds_are_thrown_away_and_the_internal_log_says_so(dana):
    ticket = a_taken_ticket(staff=dana, at=TEN)
    entry = start_timer(ticket=ticket, by=backoffice(dana), at=TEN)

    for _ in range(2):
        discard_entry(entry=entry, by=backoffice(dana), at=TEN + timedelta(seconds=59))

    event = TicketEvent.objects.get(kind="work_discarded")
    assert (event.detail, event.is_public, event.actor) == ("řešení, Dana Pokorná, 59\u00a0s", False, dana)
    assert (WorkEntry.objects.count(), WorkSpan.objects.count(), charges(ticket)) == (0, 0, [])


def test_a_minute_of_work_is_not_thrown_away(dana):
    entry = start_timer(ticket=a_taken_ticket(staff=dana, at=TEN), by=backoffice(dana), at=TEN)

    with pytest.raises(WorkRefused, match="minuta nebo víc"):
        discard_entry(entry=entry, by=backoffice(dana), at=after(minutes=1))


def test_finished_work_is_not_thrown_away(dana):
    ticket = a_taken_ticket(staff=dana, at=TEN)
    entry = start_timer(ticket=ticket, by=backoffice(dana), at=TEN)
    stop_timer(entry=entry, by=backoffice(dana), at=TEN + timedelta(seconds=30))

    with pytest.raises(WorkAlreadyFinished, match="už byla ukončena"):
        discard_entry(entry=entry, by=backoffice(dana), at=TEN + timedelta(seconds=40))


def test_button_of_the_stopping_page_throws_away(dana):
    entry = begun(dana, ago=timedelta(seconds=20))

    send(dana, f"/backoffice/tickets/ticket/{entry.ticket_id}/ukon/work-stop/", activity="solving", zahodit="1")

    assert WorkEntry.objects.count() == 0


# Handing over


@pytest.mark.req("S1-17", "S3-05")
@pytest.mark.parametrize(("finishes", "state", "moves"), [(True, "finished", [Decimal("-200.00")]), (False, "paused", [])])
def test_whoever_hands_over_finishes_or_interrupts_their_work(dana, finishes, state, moves):
    petr = a_staff_member("Petr Vaníček", group="řešitel")
    ticket = a_taken_ticket(staff=dana, at=TEN)
    start_timer(ticket=ticket, by=backoffice(dana), at=TEN)

    escalate(ticket=ticket, assignee=petr, finishes_work=finishes, by=backoffice(dana), at=after(minutes=10))

    assert (WorkEntry.objects.get().state, [amount for _, amount in charges(ticket)]) == (state, moves)


def test_whoever_gives_back_may_finish_work_that_was_interrupted(dana):
    ticket = a_taken_ticket(staff=dana, at=TEN)
    escalate(ticket=ticket, assignee=dana, by=backoffice(dana), at=TEN)
    pause_timer(entry=WorkEntry.objects.get(), by=backoffice(dana), at=after(minutes=10))

    return_to_support(ticket=ticket, finishes_work=True, by=backoffice(dana), at=after(hours=1))

    assert (WorkEntry.objects.get().state, charges(ticket)) == ("finished", [("work", Decimal("-200.00"))])


def test_form_of_handing_over_offers_it_with_the_price_to_whoever_has_open_work(dana):
    vera = a_staff_member("Věra Nová", group="vedoucí")
    entry = begun(dana, ago=timedelta(minutes=3, seconds=5))

    mine, hers = page(dana, entry, ukon="escalate"), page(vera, entry, ukon="escalate")

    assert "Ukončit mou rozpracovanou práci" in mine
    assert "Teď by se účtovalo 4\u00a0min = 80,00\u00a0Kč bez DPH, odpracováno 3\u00a0min." in mine
    assert "Ukončit mou rozpracovanou práci" not in hers


# What lies about


@pytest.mark.req("S1-17")
def test_work_interrupted_a_day_ago_becomes_a_task_once(dana):
    ticket = a_taken_ticket(staff=dana, at=TEN)
    entry = start_timer(ticket=ticket, by=backoffice(dana), at=TEN)
    pause_timer(entry=entry, by=backoffice(dana), at=after(minutes=12))

    early = remind_of_paused(entry=entry, at=after(hours=24, minutes=12))
    task = remind_of_paused(entry=entry, at=after(hours=24, minutes=13))
    again = remind_of_paused(entry=entry, at=after(hours=48))

    assert (early, again, StaffTask.objects.get()) == (None, None, task)
    assert (task.assignee, task.due_at) == (dana, after(hours=48, minutes=13))
    assert task.text.startswith("Dokončit přerušenou práci (12\u00a0min)")


@pytest.mark.parametrize("act", [continue_timer, stop_timer])
def test_task_is_done_when_the_work_goes_on_or_ends(dana, act):
    ticket = a_taken_ticket(staff=dana, at=TEN)
    entry = start_timer(ticket=ticket, by=backoffice(dana), at=TEN)
    pause_timer(entry=entry, by=backoffice(dana), at=after(minutes=12))
    remind_of_paused(entry=entry, at=after(hours=30))

    act(entry=entry, by=backoffice(dana), at=after(hours=31))

    assert (StaffTask.objects.get().done_at, StaffTask.objects.get().done_by) == (after(hours=31), dana)


def test_work_that_went_on_and_was_interrupted_again_is_reminded_of_again(dana):
    ticket = a_taken_ticket(staff=dana, at=TEN)
    entry = start_timer(ticket=ticket, by=backoffice(dana), at=TEN)
    pause_timer(entry=entry, by=backoffice(dana), at=after(minutes=12))
    remind_of_paused(entry=entry, at=after(hours=30))
    continue_timer(entry=entry, by=backoffice(dana), at=after(hours=31))
    pause_timer(entry=entry, by=backoffice(dana), at=after(hours=32))

    assert remind_of_paused(entry=entry, at=after(hours=57)) is not None


@pytest.mark.req("S1-17")
def test_sweep_finds_what_lies_about_and_nothing_else(dana):
    old = begun(dana, ago=timedelta(days=3))
    pause_timer(entry=old, by=backoffice(dana), at=timezone.now() - timedelta(days=2, hours=23))
    fresh = begun(dana, ago=timedelta(hours=2))
    pause_timer(entry=fresh, by=backoffice(dana), at=timezone.now() - timedelta(hours=1))
    begun(dana, ago=timedelta(minutes=5))

    tasks.remind_of_paused_work()
    tasks.remind_of_paused_work()

    assert list(StaffTask.objects.values_list("link__ticket", "assignee")) == [(old.ticket_id, dana.pk)]


def test_list_of_unfinished_work_has_only_ones_own_with_its_steps(dana):
    petr = a_staff_member("Petr Vaníček", group="řešitel")
    begun(petr, ago=timedelta(minutes=3))
    long, short = begun(dana, ago=timedelta(hours=1)), begun(dana, ago=timedelta(minutes=30))
    WorkSpan.objects.filter(entry=short).update(started_at=timezone.now() - timedelta(seconds=30))
    pause_timer(entry=short, by=backoffice(dana), at=timezone.now())
    worked(long.ticket, by=a_staff_member("Jan Třetí"), since=timezone.now() - timedelta(minutes=9), minutes=5)
    client = Client()
    client.force_login(dana)

    shown = client.get(reverse("admin:tickets_work"), {"zobrazit": "nedokoncene"}).content.decode()

    assert shown.count(">Ukončit<") == 2
    assert shown.count(">Pokračovat<") == 2
    assert shown.count(">Zahodit<") == 1
    assert f"?ukon=work-stop&amp;zapis={short.pk}#ukon" in shown


def test_list_throws_away(dana):
    short = begun(dana, ago=timedelta(seconds=30))
    pause_timer(entry=short, by=backoffice(dana), at=timezone.now())

    for _ in range(2):
        shown = send(dana, reverse("admin:tickets_work_discard", args=[short.pk])).content.decode()

    assert "Práce je zahozená, nic se neúčtuje." in shown
    assert WorkEntry.objects.count() == 0


def test_nobody_throws_away_the_work_of_others(dana):
    petr = a_staff_member("Petr Vaníček", group="řešitel")
    short = begun(dana, ago=timedelta(seconds=30))

    assert send(petr, reverse("admin:tickets_work_discard", args=[short.pk])).status_code == 403
    assert WorkEntry.objects.count() == 1


def test_of_two_interrupted_entries_the_chosen_one_ends(dana):
    first = begun(dana, ago=timedelta(hours=1))
    second = start_timer(ticket=first.ticket, by=backoffice(dana), at=timezone.now() - timedelta(minutes=10), activity="training")
    pause_timer(entry=second, by=backoffice(dana), at=timezone.now())
    shown = page(dana, first, ukon="work-stop", zapis=str(second.pk))

    address = f"/backoffice/tickets/ticket/{first.ticket_id}/ukon/work-stop/"
    send(dana, address, activity="training", entry=str(second.pk))

    assert f'name="entry" value="{second.pk}"' in shown
    assert dict(WorkEntry.objects.values_list("activity", "state")) == {"solving": "paused", "training": "finished"}
