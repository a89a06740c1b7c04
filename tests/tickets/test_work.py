"""Measuring work: timers, hand-written entries, what starts, pauses and finishes them by itself."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from helpdesk.customers.models import StaffTask
from tests.builders import (
    a_contract,
    a_resolution,
    a_staff_member,
    a_ticket,
    backoffice,
    portal,
)
from tests.tickets.work_builders import TEN, a_taken_ticket, after, balance, charges, is_sound, worked, written
from tickets.models import Ticket, WorkEntry, WorkSpan
from tickets.services.complaints import Decision, decide_complaint, file_complaint
from tickets.services.conversation import post_message
from tickets.services.corrections import check_entry
from tickets.services.lifecycle import (
    CooperationItem,
    accept,
    cancel,
    escalate,
    resolve,
    resume,
    return_to_support,
    suspend,
    withdraw,
)
from tickets.services.quote_room import NotApproved
from tickets.services.work import (
    ManualWork,
    WorkAlreadyFinished,
    WorkRefused,
    add_manual_entry,
    cap_forgotten,
    continue_timer,
    pause_timer,
    start_timer,
    stop_timer,
)
from tickets.tasks import stop_forgotten_timers

pytestmark = pytest.mark.django_db


@pytest.fixture
def dana():
    return a_staff_member()


@pytest.mark.req("S1-18", "D10")
def test_finished_work_is_charged_once_and_rounded_up_once(dana):
    ticket = a_taken_ticket(staff=dana, at=TEN)
    entry = start_timer(ticket=ticket, by=backoffice(dana), at=TEN)

    done = stop_timer(entry=entry, by=backoffice(dana), at=after(minutes=44, seconds=30))
    with pytest.raises(WorkAlreadyFinished):
        stop_timer(entry=entry, by=backoffice(dana), at=after(minutes=60))

    assert (done.seconds, done.worked_minutes, done.billed_minutes, done.price) == (2670, 45, 45, Decimal("900.00"))
    assert charges(ticket) == [("work", Decimal("-900.00"))]
    assert is_sound()


@pytest.mark.req("D10")
def test_billing_step_of_the_contract_rounds_the_whole_entry_not_its_stretches(dana):
    ticket = a_taken_ticket(staff=dana, at=TEN)
    ticket.contract.billing_step_minutes = 15
    ticket.contract.save()
    entry = start_timer(ticket=ticket, by=backoffice(dana), at=TEN)
    for minute in (0, 20, 40):
        start_timer(ticket=ticket, by=backoffice(dana), at=after(minutes=minute))
        pause_timer(entry=entry, by=backoffice(dana), at=after(minutes=minute + 6))

    done = stop_timer(entry=entry, by=backoffice(dana), at=after(minutes=50))

    assert (done.seconds, done.billed_minutes, done.price) == (18 * 60, 30, Decimal("600.00"))
    assert done.finished_at == after(minutes=46)


@pytest.mark.req("D10", "S1-13")
def test_work_that_is_interrupted_by_the_course_of_the_request_is_one_entry_rounded_up_once(dana):
    petr = a_staff_member("Petr Vaníček", group="řešitel")
    ticket = a_taken_ticket(staff=dana, at=TEN, contract=a_contract(billing_step_minutes=15))
    start_timer(ticket=ticket, by=backoffice(dana), at=TEN)

    items = [CooperationItem(what="Přístup")]
    suspend(ticket=ticket, reason="access", items=items, by=backoffice(dana), at=after(minutes=4))
    resume(ticket=ticket, by=backoffice(dana), at=after(minutes=5))
    start_timer(ticket=ticket, by=backoffice(dana), at=after(minutes=5))
    escalate(ticket=ticket, assignee=petr, by=backoffice(dana), at=after(minutes=9))
    return_to_support(ticket=ticket, by=backoffice(petr), at=after(minutes=10))
    start_timer(ticket=ticket, by=backoffice(dana), at=after(minutes=10))
    resolve(ticket=ticket, resolution=a_resolution(), by=backoffice(dana), at=after(minutes=13))

    [entry] = WorkEntry.objects.all()
    assert (entry.seconds, entry.spans.count(), entry.billed_minutes) == (11 * 60, 3, 15)


@pytest.mark.req("S1-17")
def test_taking_a_request_over_starts_the_timer_of_that_person(dana):
    ticket = a_ticket(at=TEN)

    accept(ticket=ticket, by=backoffice(dana), at=after(minutes=1))

    [entry] = WorkEntry.objects.all()
    assert (entry.person, entry.state, entry.started_at) == (dana, "running", after(minutes=1))


@pytest.mark.req("S1-17")
def test_handing_over_pauses_ones_own_timer_and_taking_to_oneself_starts_it(dana):
    petr = a_staff_member("Petr Vaníček", group="řešitel")
    ticket = a_taken_ticket(staff=dana, at=TEN)
    start_timer(ticket=ticket, by=backoffice(dana), at=TEN)

    escalate(ticket=ticket, assignee=petr, by=backoffice(dana), at=after(minutes=5))
    escalate(ticket=ticket, assignee=petr, by=backoffice(petr), at=after(minutes=6))
    states = dict(WorkEntry.objects.values_list("person__first_name", "state"))
    return_to_support(ticket=ticket, by=backoffice(petr), at=after(minutes=9))

    assert states == {"Dana": "paused", "Petr": "running"}
    assert dict(WorkEntry.objects.values_list("person__first_name", "seconds")) == {"Dana": 300, "Petr": 180}


@pytest.mark.req("S1-17")
def test_one_person_has_one_running_timer(dana):
    first, second = (a_taken_ticket(staff=dana, at=TEN) for _ in range(2))
    start_timer(ticket=first, by=backoffice(dana), at=TEN)

    start_timer(ticket=second, by=backoffice(dana), at=after(minutes=7))

    assert list(WorkEntry.objects.order_by("id").values_list("state", "seconds")) == [("paused", 420), ("running", 0)]


def test_database_itself_refuses_a_second_running_stretch(dana):
    ticket = a_taken_ticket(staff=dana, at=TEN)
    entry = start_timer(ticket=ticket, by=backoffice(dana), at=TEN)

    with pytest.raises(IntegrityError, match="work_one_running_timer"), transaction.atomic():
        WorkSpan.objects.create(entry=entry, person=dana, started_at=after(minutes=1))


@pytest.mark.parametrize("change", [{"seconds": 1}, {"note": "jinak"}, {"billed_minutes": 1}, {"person_id": None}])
def test_finished_work_is_immutable(dana, change):
    entry = worked(a_taken_ticket(staff=dana, at=TEN), by=dana, since=TEN, minutes=10)

    with pytest.raises(IntegrityError, match="reversing entry"), transaction.atomic():
        WorkEntry.objects.filter(pk=entry.pk).update(**change)
    with pytest.raises(IntegrityError, match="stretches of finished work"), transaction.atomic():
        entry.spans.update(ended_at=after(minutes=20))
    with pytest.raises(IntegrityError), transaction.atomic():
        WorkSpan.objects.all().delete()


@pytest.mark.parametrize("table", ["tickets_workentry", "tickets_workspan"])
def test_no_table_of_work_is_emptied(dana, table):
    worked(a_taken_ticket(staff=dana, at=TEN), by=dana, since=TEN, minutes=10)

    with pytest.raises(IntegrityError, match=table), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET CONSTRAINTS ALL IMMEDIATE; TRUNCATE {table} CASCADE")


def test_starting_again_continues_the_paused_entry_of_the_same_activity(dana):
    ticket = a_taken_ticket(staff=dana, at=TEN)
    entry = start_timer(ticket=ticket, by=backoffice(dana), at=TEN)
    pause_timer(entry=entry, by=backoffice(dana), at=after(minutes=3))

    again = start_timer(ticket=ticket, by=backoffice(dana), at=after(minutes=10))
    other = start_timer(ticket=ticket, activity="training", by=backoffice(dana), at=after(minutes=12))

    assert (again.pk, other.pk == entry.pk) == (entry.pk, False)


def test_timer_stopped_in_the_second_it_started_leaves_nothing(dana):
    ticket = a_taken_ticket(staff=dana, at=TEN)

    assert stop_timer(entry=start_timer(ticket=ticket, by=backoffice(dana), at=TEN), by=backoffice(dana), at=TEN) is None
    assert WorkEntry.objects.count() == 0


@pytest.mark.req("S1-17")
def test_suspending_pauses_and_resolving_finishes_every_open_entry(dana):
    ticket = a_taken_ticket(staff=dana, at=TEN)
    petr = a_staff_member("Petr Vaníček", group="řešitel")
    start_timer(ticket=ticket, by=backoffice(dana), at=TEN)
    start_timer(ticket=ticket, by=backoffice(petr), at=TEN)

    suspend(ticket=ticket, reason="attachment", items=[CooperationItem(what="Výpis")], by=backoffice(dana), at=after(minutes=30))
    paused = list(WorkEntry.objects.values_list("state", "seconds"))
    with pytest.raises(WorkRefused):
        start_timer(ticket=ticket, by=backoffice(dana), at=after(minutes=31))
    ticket.refresh_from_db()
    from_customer(ticket, minutes=60)
    start_timer(ticket=ticket, by=backoffice(dana), at=after(minutes=60))
    resolve(ticket=ticket, resolution=a_resolution(), by=backoffice(dana), at=after(minutes=90))

    assert paused == [("paused", 1800), ("paused", 1800)]
    finished = WorkEntry.objects.order_by("person__first_name").values_list("person__first_name", "state", "billed_minutes")
    assert list(finished) == [("Dana", "finished", 60), ("Petr", "finished", 30)]
    assert balance(ticket) == Decimal("-1800.00")


def from_customer(ticket: Ticket, *, minutes: int) -> None:
    post_message(ticket=ticket, body="Tady je.", by=portal(ticket.author), at=after(minutes=minutes))


@pytest.mark.req("S1-17", "D17")
def test_rejecting_a_complaint_finishes_the_work_on_it(dana):
    ticket = a_taken_ticket(staff=dana, at=TEN)
    start_timer(ticket=ticket, by=backoffice(dana), at=TEN)
    resolve(ticket=ticket, resolution=a_resolution(), by=backoffice(dana), at=after(minutes=10))
    file_complaint(ticket=ticket, reason="Nefunguje", by=portal(ticket.author), at=after(minutes=20))
    start_timer(ticket=ticket, by=backoffice(dana), at=after(minutes=30))

    decide_complaint(
        ticket=ticket, decision=Decision(upheld=False, reasoning="Funguje"), by=backoffice(dana), at=after(minutes=45)
    )

    assert list(WorkEntry.objects.order_by("id").values_list("state", "price")) == [
        ("finished", Decimal("200.00")),
        ("finished", Decimal("300.00")),
    ]


@pytest.mark.req("C14")
def test_cancelled_request_costs_nothing(dana):
    ticket = a_taken_ticket(staff=dana, at=TEN)
    worked(ticket, by=dana, since=TEN, minutes=30)
    start_timer(ticket=ticket, by=backoffice(dana), at=after(minutes=40))

    cancel(ticket=ticket, reason="Omyl", by=backoffice(dana), at=after(minutes=50))

    assert charges(ticket) == [("work", Decimal("-600.00")), ("reversal", Decimal("600.00"))]
    assert (balance(ticket), WorkEntry.objects.standing().count(), WorkEntry.objects.open().count()) == (Decimal("0.00"), 0, 0)
    assert is_sound()


@pytest.mark.req("C14")
def test_work_on_a_request_that_its_author_takes_back_costs_nothing(dana):
    ticket = a_ticket(at=TEN)
    written(ticket, by=dana, until=after(minutes=20), minutes=20)

    withdraw(ticket=ticket, by=portal(ticket.author), at=after(minutes=30))

    assert (charges(ticket), balance(ticket)) == ([("work", Decimal("-400.00")), ("reversal", Decimal("400.00"))], Decimal(0))


@pytest.mark.req("C14")
def test_request_with_invoiced_work_is_not_cancelled(dana):
    ticket = a_taken_ticket(staff=dana, at=TEN)
    entry = worked(ticket, by=dana, since=TEN, minutes=30)
    WorkEntry.objects.filter(pk=entry.pk).update(locked_at=after(minutes=40))

    with pytest.raises(Exception, match="vyfakturovaná"), transaction.atomic():
        cancel(ticket=ticket, reason="Omyl", by=backoffice(dana), at=after(minutes=50))

    ticket.refresh_from_db()
    assert (ticket.status, balance(ticket)) == ("accepted", Decimal("-600.00"))


@pytest.mark.req("S1-17")
def test_forgotten_timer_ends_at_ten_hours_unpriced_and_somebody_is_asked(dana):
    ticket = a_taken_ticket(staff=dana, at=TEN)
    entry = start_timer(ticket=ticket, by=backoffice(dana), at=TEN)

    assert cap_forgotten(entry=entry, at=after(hours=9)) is None
    stop_forgotten_timers()
    stop_forgotten_timers()
    entry.refresh_from_db()

    assert (entry.state, entry.seconds, entry.needs_check, entry.waits_for) == ("finished", 36000, True, "check")
    assert (entry.finished_at, entry.price, balance(ticket)) == (after(hours=10), Decimal("0.00"), Decimal("0.00"))
    assert list(StaffTask.objects.filter(kind="other").values_list("assignee", flat=True)) == [dana.pk]
    assert WorkEntry.objects.visible_to_customer().count() == 0

    check_entry(entry=entry, by=backoffice(dana), at=after(hours=12))
    check_entry(entry=entry, by=backoffice(dana), at=after(hours=12))

    assert charges(ticket) == [("work", Decimal("-12000.00"))]


def test_hand_written_work_is_charged_at_once(dana):
    ticket = a_taken_ticket(staff=dana, at=TEN)

    entry = written(ticket, by=dana, until=after(minutes=30), minutes=20, note="Telefon s účetní")

    assert (entry.started_at, entry.finished_at, entry.price) == (after(minutes=10), after(minutes=30), Decimal("400.00"))


@pytest.mark.parametrize(("minutes", "ends"), [(0, 30), (601, 900), (20, 31)])
def test_hand_written_work_is_of_a_sensible_length_and_done(dana, minutes, ends):
    ticket = a_taken_ticket(staff=dana, at=TEN)
    work = ManualWork(minutes=minutes, ended_at=after(minutes=ends))

    with pytest.raises(WorkRefused):
        add_manual_entry(ticket=ticket, work=work, by=backoffice(dana), at=after(minutes=30))


def test_nobody_works_on_two_things_at_once(dana):
    ticket = a_taken_ticket(staff=dana, at=TEN)
    worked(ticket, by=dana, since=TEN, minutes=30)

    with pytest.raises(WorkRefused, match=f"požadavku {ticket.pk}"):
        written(ticket, by=dana, until=after(minutes=40), minutes=11)

    assert written(ticket, by=dana, until=after(minutes=40), minutes=10).price == Decimal("200.00")


@pytest.mark.req("S1-15", "C24")
def test_before_approval_only_the_quote_is_worked_on_and_no_longer_than_agreed(dana):
    ticket = a_taken_ticket(staff=dana, at=TEN, wants_quote=True)
    ticket.contract.quote_minutes = 30
    ticket.contract.save()

    with pytest.raises(NotApproved):
        start_timer(ticket=ticket, activity="solving", by=backoffice(dana), at=TEN)
    quoted = worked(ticket, by=dana, since=TEN, minutes=30)
    with pytest.raises(WorkRefused, match="30\u00a0min"):
        start_timer(ticket=ticket, by=backoffice(dana), at=after(minutes=40))

    assert (quoted.activity, quoted.price) == ("quoting", Decimal("600.00"))


def test_continuing_finished_work_is_refused(dana):
    entry = worked(a_taken_ticket(staff=dana, at=TEN), by=dana, since=TEN, minutes=1)

    with pytest.raises(WorkAlreadyFinished):
        continue_timer(entry=entry, by=backoffice(dana), at=after(minutes=2))
