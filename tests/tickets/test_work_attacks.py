"""Work and quotes against old pages, odd amounts and the hours in which the clock changes."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from tests.builders import MONDAY, a_contract, a_resolution, a_staff_member, backoffice, portal, prague
from tests.tickets.quotes import a_case, a_draft, a_sent_quote, an_approved_quote
from tests.tickets.work_builders import TEN, a_taken_ticket, after, charges, is_sound, worked, written
from tickets import tasks
from tickets.models import WorkEntry
from tickets.services import quote_decisions, quotes
from tickets.services.corrections import Change, CorrectionRefused, check_entry, correct_entry
from tickets.services.lifecycle import resolve
from tickets.services.work import WorkRefused, cap_forgotten, price_waiting, start_timer, stop_timer

pytestmark = pytest.mark.django_db


@pytest.fixture
def dana():
    return a_staff_member()


@pytest.mark.req("S1-17", "S1-18")
def test_old_page_of_a_check_does_not_charge_what_was_corrected(dana):
    ticket = a_taken_ticket(staff=dana, at=TEN)
    entry = cap_forgotten(entry=start_timer(ticket=ticket, by=backoffice(dana), at=TEN), at=after(hours=11))
    change = Change(minutes=30, activity="solving")
    correct_entry(entry=entry, change=change, reason="Zapomněl jsem", by=backoffice(dana), at=after(hours=12))

    with pytest.raises(CorrectionRefused, match="už byl opraven"):
        check_entry(entry=entry, by=backoffice(dana), at=after(hours=13))

    assert charges(ticket) == [("work", Decimal("-600.00"))]


@pytest.mark.req("S1-18")
@pytest.mark.parametrize("change", [{"price": 100}, {"is_priced": True, "waits_for": ""}, {"revision": 1}])
def test_database_closes_the_price_of_reversed_work(dana, change):
    ticket = a_taken_ticket(staff=dana, at=TEN, contract=a_contract(hourly_rate=0))
    entry = worked(ticket, by=dana, since=TEN, minutes=30)  # waits for a rate
    nothing = Change(minutes=0, activity="solving")
    correct_entry(entry=entry, change=nothing, reason="Omyl", by=backoffice(dana), at=after(hours=1))

    with pytest.raises(IntegrityError, match=r"reversed work keeps its price|work_unpriced"), transaction.atomic():
        WorkEntry.objects.filter(pk=entry.pk).update(**change)


def test_work_that_waited_for_a_rate_and_was_reversed_meanwhile_is_left_alone(dana):
    ticket = a_taken_ticket(staff=dana, at=TEN, contract=a_contract(hourly_rate=0))
    entry = worked(ticket, by=dana, since=TEN, minutes=30)
    nothing = Change(minutes=0, activity="solving")
    correct_entry(entry=entry, change=nothing, reason="Omyl", by=backoffice(dana), at=after(hours=1))
    ticket.contract.hourly_rate = 1200
    ticket.contract.save()

    left = price_waiting(entry=entry, at=after(hours=2))

    assert (left.is_priced, charges(ticket)) == (False, [])


@pytest.mark.req("S3-16", "S1-21")
def test_invoiced_work_keeps_its_price_when_the_cause_turns_out_to_be_ours(dana):
    ticket = a_taken_ticket(staff=dana, at=TEN)
    invoiced = worked(ticket, by=dana, since=TEN, minutes=30)
    WorkEntry.objects.filter(pk=invoiced.pk).update(locked_at=after(minutes=31))
    worked(ticket, by=dana, since=after(minutes=40), minutes=10)

    resolve(ticket=ticket, resolution=a_resolution(root_cause="data"), by=backoffice(dana), at=after(hours=1))

    assert charges(ticket) == [("work", Decimal(-600)), ("work", Decimal(-200)), ("reversal", Decimal(200))]


@pytest.mark.req("S1-18", "S1-21")
@pytest.mark.parametrize("change", [{"price": 1}, {"pricing": []}, {"transfer": None}, {"free_minutes": 5}, {"revision": 1}])
def test_database_closes_the_price_of_invoiced_work(dana, change):
    ticket = a_taken_ticket(staff=dana, at=TEN)
    entry = worked(ticket, by=dana, since=TEN, minutes=30)
    WorkEntry.objects.filter(pk=entry.pk).update(locked_at=after(hours=1))

    with pytest.raises(IntegrityError, match="invoiced work is never changed"), transaction.atomic():
        WorkEntry.objects.filter(pk=entry.pk).update(**change)


@pytest.mark.parametrize(
    ("ended", "minutes", "price"),
    [
        ("2026-03-29T03:30", 60, "1200.00"),  # begins at 1:30, two o'clock is three o'clock
        ("2026-10-25T03:30", 60, "1200.00"),  # begins at the second half past two
        ("2026-10-25T03:30", 180, "3600.00"),
        ("2026-03-31T00:10", 20, "400.00"),
    ],
)
def test_hand_written_work_has_its_length_also_when_the_clock_changes(dana, ended, minutes, price):
    ticket = a_taken_ticket(staff=dana, at=TEN)

    entry = written(ticket, by=dana, until=prague(ended), minutes=minutes)

    assert (entry.seconds, entry.billed_minutes, entry.price) == (minutes * 60, minutes, Decimal(price))


@pytest.mark.parametrize(
    ("since", "until", "seconds"),
    [("2026-03-29T01:30", "2026-03-29T03:30", 3600), ("2026-10-25T01:30", "2026-10-25T03:30", 10800)],
)
def test_measured_work_has_its_length_also_when_the_clock_changes(dana, since, until, seconds):
    ticket = a_taken_ticket(staff=dana, at=TEN)
    entry = start_timer(ticket=ticket, by=backoffice(dana), at=prague(since))

    done = stop_timer(entry=entry, by=backoffice(dana), at=prague(until))

    assert (done.seconds, done.price) == (seconds, Decimal(seconds) / 3)


@pytest.mark.parametrize("ended", ["2026-03-01T23:59", "2025-03-02T10:00", "1970-01-01T10:00"])
def test_work_written_down_before_the_day_of_the_request_is_refused(dana, ended):
    ticket = a_taken_ticket(staff=dana, at=TEN)

    with pytest.raises(WorkRefused, match=r"nahlášen až 2\.\u00a03\.\u00a02026"):
        written(ticket, by=dana, until=prague(ended), minutes=10, at=TEN)


def test_work_on_the_day_of_the_request_may_have_come_before_it(dana):
    ticket = a_taken_ticket(staff=dana, at=TEN)

    assert written(ticket, by=dana, until=prague("2026-03-02T09:30"), minutes=10, at=TEN).price == Decimal("200.00")


@pytest.mark.req("S1-16", "C23")
def test_version_that_was_worked_off_while_it_waited_is_refused_in_words():
    case = a_case()
    an_approved_quote(case, ceiling_price=Decimal(4800))
    second = a_sent_quote(case, ceiling_price=Decimal(1000))
    written(case.ticket, by=case.petr, until=MONDAY + timedelta(hours=3), minutes=120)

    with pytest.raises(quotes.QuoteClosed, match="Odpracováno je mezitím už 2\u00a0400,00\u00a0Kč"):
        quote_decisions.approve_quote(quote=second, by=portal(case.hana), at=MONDAY + timedelta(hours=4))

    assert (case.account.held, case.ticket.quotes.get(version=1).state) == (Decimal(2400), "approved")


@pytest.mark.parametrize("activity", ["solving", "quoting"])
def test_corrected_work_from_before_the_quote_stays_outside_of_it(activity):
    case = a_case()
    before = written(case.ticket, by=a_staff_member("Jana Nová"), until=MONDAY, minutes=60)
    an_approved_quote(case, ceiling_price=Decimal(500), at=MONDAY + timedelta(hours=3))

    change = Change(minutes=60, activity=activity, note="Jinak")
    done = correct_entry(entry=before, change=change, reason="Text", by=backoffice(case.petr), at=MONDAY + timedelta(hours=4))

    assert (done.change, done.made.price, done.made.quote) == (Decimal(0), Decimal("1200.00"), None)


def test_corrected_work_under_the_quote_stays_under_it():
    case = a_case()
    quote = an_approved_quote(case, ceiling_price=Decimal(1000))
    under = written(case.ticket, by=a_staff_member("Jana Nová"), until=MONDAY, minutes=30)

    change = Change(minutes=60, activity="solving")
    done = correct_entry(entry=under, change=change, reason="Déle", by=backoffice(case.petr), at=MONDAY + timedelta(hours=1))

    assert (done.change, done.made.price, done.made.quote) == (Decimal(400), Decimal("1000.00"), quote)


def test_price_beyond_all_measure_is_refused_in_words():
    with pytest.raises(quotes.QuoteIncomplete, match="Zkontrolujte sazbu a pracnost"):
        a_draft(a_case(), ceiling_price=None, hourly_rate=Decimal("99999999.99"), ceiling_minutes=600_000)


@pytest.mark.req("S5-14")
def test_work_that_goes_on_waiting_does_not_stand_before_what_can_be_priced(dana, monkeypatch):
    monkeypatch.setattr(tasks, "BATCH", 1)
    stuck = a_taken_ticket(staff=dana, at=TEN, contract=a_contract(hourly_rate=0))
    ready = a_taken_ticket(staff=dana, at=TEN, contract=a_contract(hourly_rate=0))
    for hour, ticket in enumerate((stuck, ready)):
        worked(ticket, by=dana, since=after(hours=hour), minutes=30)
    ready.contract.hourly_rate = 1200
    ready.contract.save()

    for _ in range(64):  # one of two each time: the chance of a miss is that of a lost coin toss 64 times over
        tasks.price_waiting_work()

    assert (charges(ready), charges(stuck)) == ([("work", Decimal("-600.00"))], [])
    assert is_sound()
