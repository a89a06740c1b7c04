"""What work costs, through the services, with prices worked out by hand; corrections and new prices."""

from datetime import date
from decimal import Decimal

import pytest

from credit.models import PrepaidPackage, PriceList, PriceRate
from credit.services.ledger import account_of, top_up
from credit.services.packages import minutes_left
from credit.services.prices import publish_price_list
from helpdesk.customers.channels import Channel
from helpdesk.customers.models import RequestType
from helpdesk.mail.models import OutgoingMail
from tests.builders import (
    a_contract,
    a_resolution,
    a_staff_member,
    an_operator,
    backoffice,
    portal,
    prague,
)
from tests.tickets.work_builders import TEN, a_taken_ticket, after, balance, charges, is_sound, worked, written
from tickets.models import WorkCorrection, WorkEntry
from tickets.services.complaints import Decision, decide_complaint, file_complaint
from tickets.services.corrections import Change, CorrectionRefused, confirm_correction, correct_entry, refuse_correction
from tickets.services.lifecycle import ResolutionIncomplete, resolve
from tickets.services.work import start_timer, stop_timer
from tickets.tasks import price_waiting_work

pytestmark = pytest.mark.django_db

SPOILED = {"root_cause": "user_error", "problem_category": "usage"}


@pytest.fixture
def dana():
    return a_staff_member()


@pytest.fixture
def leader():
    return a_staff_member("Jan Vedoucí", group="vedoucí")


def a_price_list(*rates: tuple[str, str, int], valid_from: date = date(2026, 1, 1), **percents: int) -> PriceList:
    prices = PriceList.objects.create(valid_from=valid_from, **percents)
    for activity, role, rate in rates:
        PriceRate.objects.create(price_list=prices, activity=activity, role=role, hourly_rate=rate)
    return publish_price_list(price_list=prices, by=backoffice(a_staff_member(group="vedoucí")), at=TEN)


def prices(ticket) -> list[tuple[str, int, Decimal]]:
    """Activity, billed minutes and price of what stands."""
    return list(WorkEntry.objects.standing().filter(ticket=ticket).values_list("activity", "billed_minutes", "price"))


def sources(entry) -> list[tuple[str, int, str]]:
    return [(part["source"], part["minutes"], part["price"]) for part in entry.pricing]


@pytest.mark.req("S5-12", "S5-13", "S5-14", "C27", "D22")
def test_consulting_takes_free_minutes_then_the_package_then_the_price_list(dana):
    a_price_list(("consulting", "support", 1500), ("consulting", "", 900))
    contract = a_contract(hourly_rate=0, free_phone_minutes=10)
    PrepaidPackage.objects.create(contract=contract, minutes=20, sold_on=date(2026, 1, 1))
    by_phone = {"channel": Channel.PHONE, "paragraph": {"kind": "consultation", "has_sla": False}}
    ticket = a_taken_ticket(staff=dana, at=TEN, contract=contract, **by_phone)

    first = worked(ticket, by=dana, since=TEN, minutes=60)
    second = worked(ticket, by=dana, since=after(minutes=60), minutes=6)
    april = worked(ticket, by=dana, since=prague("2026-04-01T10:00"), minutes=6)

    assert sources(first) == [("free_phone", 10, "0.00"), ("package", 20, "0.00"), ("credit", 30, "750.00")]
    assert sources(second) == [("credit", 6, "150.00")]
    assert sources(april) == [("free_phone", 6, "0.00")]
    assert balance(ticket) == Decimal("-900.00")


@pytest.mark.req("S5-12")
def test_free_phone_minutes_pay_for_consultations_by_phone_alone(dana):
    contract = a_contract(free_phone_minutes=10)
    ticket = a_taken_ticket(staff=dana, at=TEN, contract=contract)

    by_mail = written(ticket, by=dana, until=TEN, minutes=6, activity="consulting")
    repair_by_phone = written(ticket, by=dana, until=after(minutes=6), minutes=6, source="phone")
    running = start_timer(ticket=ticket, by=backoffice(dana), at=after(minutes=6), activity="consulting")
    call = stop_timer(entry=running, by=backoffice(dana), at=after(minutes=12), is_phone=True)

    assert [sources(entry) for entry in (by_mail, repair_by_phone, call)] == [
        [("credit", 6, "120.00")],
        [("credit", 6, "120.00")],
        [("free_phone", 6, "0.00")],
    ]


@pytest.mark.req("S5-12")
def test_measured_consultation_on_a_reported_call_is_part_of_the_call_unless_somebody_says_otherwise(dana):
    contract = a_contract(free_phone_minutes=10)
    ticket = a_taken_ticket(staff=dana, at=TEN, contract=contract, channel=Channel.PHONE)

    running = start_timer(ticket=ticket, by=backoffice(dana), at=TEN, activity="consulting")
    by_phone = stop_timer(entry=running, by=backoffice(dana), at=after(minutes=4))
    again = start_timer(ticket=ticket, by=backoffice(dana), at=after(minutes=4), activity="consulting")
    by_mail = stop_timer(entry=again, by=backoffice(dana), at=after(minutes=8), is_phone=False)

    assert (by_phone.source, sources(by_phone)) == ("phone", [("free_phone", 4, "0.00")])
    assert (by_mail.source, sources(by_mail)) == ("timer", [("credit", 4, "80.00")])


@pytest.mark.req("S5-14")
def test_price_list_of_the_day_of_work_and_role_of_the_person(dana):
    petr = a_staff_member("Petr Vaníček", group="řešitel")
    a_price_list(("solving", "support", 1000), ("solving", "specialist", 2000))
    a_price_list(("solving", "", 1200), valid_from=date(2026, 4, 1))
    ticket = a_taken_ticket(staff=dana, at=TEN, contract=a_contract(hourly_rate=0))

    worked(ticket, by=dana, since=TEN, minutes=30)
    worked(ticket, by=petr, since=TEN, minutes=30)
    worked(ticket, by=petr, since=prague("2026-04-01T10:00"), minutes=30)

    assert prices(ticket) == [
        ("solving", 30, Decimal("500.00")),
        ("solving", 30, Decimal("1000.00")),
        ("solving", 30, Decimal("600.00")),
    ]


@pytest.mark.req("S4-73")
def test_question_is_charged_above_the_contract_at_its_own_rate(dana):
    contract = a_contract(hourly_rate=1200, hypercare_rate=1800, billing_mode="flat")
    question = a_taken_ticket(staff=dana, at=TEN, contract=contract, paragraph={"kind": "question", "has_sla": False})
    incident = a_taken_ticket(staff=dana, at=TEN, contract=contract)

    above = worked(question, by=dana, since=TEN, minutes=20)
    within = worked(incident, by=dana, since=after(minutes=20), minutes=20)

    assert sources(above) == [("invoice", 20, "600.00")]
    assert sources(within) == [("flat", 20, "0.00")]
    assert charges(question) == []


def test_express_and_minutes_outside_service_hours_cost_more(dana):
    a_price_list(("travel", "", 1), express_percent=50, outside_percent=100)
    ticket = a_taken_ticket(staff=dana, at=TEN)
    ticket.request_type = RequestType.objects.get(name="Expresní servisní zásah")
    ticket.save()

    entry = worked(ticket, by=dana, since=prague("2026-03-02T16:00"), minutes=60)  # service ends at 16:30

    assert (entry.is_express, entry.outside_minutes) == (True, 30)
    assert entry.price == Decimal("2400.00")  # 60 min × 1200/h × 1.5 = 1800, and 30 min × 1200/h × 1.0 = 600


@pytest.mark.req("S3-12")
def test_change_of_law_is_tracked_and_costs_nothing(dana):
    ticket = a_taken_ticket(staff=dana, at=TEN, request_type=RequestType.objects.get(is_statutory=True))

    entry = worked(ticket, by=dana, since=TEN, minutes=25)

    assert (sources(entry), charges(ticket)) == ([("covered", 25, "0.00")], [])


@pytest.mark.req("S3-12")
def test_data_error_that_no_user_caused_turns_out_free_when_it_is_resolved(dana):
    ticket = a_taken_ticket(staff=dana, at=TEN)
    worked(ticket, by=dana, since=TEN, minutes=30)

    resolve(ticket=ticket, resolution=a_resolution(root_cause="data"), by=backoffice(dana), at=after(minutes=31))

    assert charges(ticket) == [("work", Decimal("-600.00")), ("reversal", Decimal("600.00"))]
    assert prices(ticket) == [("solving", 30, Decimal("0.00"))]


@pytest.mark.req("S3-16")
def test_improper_use_makes_a_covered_fix_paid_with_a_reason_that_the_customer_reads(dana):
    ticket = a_taken_ticket(staff=dana, at=TEN, paragraph={"price_scope": "included"})
    covered = worked(ticket, by=dana, since=TEN, minutes=30)
    start_timer(ticket=ticket, by=backoffice(dana), at=after(minutes=30))

    with pytest.raises(ResolutionIncomplete, match="Neodborné užívání"):
        resolve(ticket=ticket, resolution=a_resolution(**SPOILED), by=backoffice(dana), at=after(minutes=40))
    resolution = a_resolution(**SPOILED, cause_reason="Účetní smazala číselník.")
    resolve(ticket=ticket, resolution=resolution, by=backoffice(dana), at=after(minutes=40))

    assert sources(covered) == [("covered", 30, "0.00")]
    assert prices(ticket) == [("solving", 30, Decimal("600.00")), ("solving", 10, Decimal("200.00"))]
    assert balance(ticket) == Decimal("-800.00")
    [letter] = OutgoingMail.objects.filter(kind="work_paid")
    assert "Účetní smazala číselník." in letter.text
    assert "800,00\u00a0Kč" in letter.text


def test_improper_use_of_what_is_paid_anyway_needs_no_reason(dana):
    ticket = a_taken_ticket(staff=dana, at=TEN)
    worked(ticket, by=dana, since=TEN, minutes=30)

    resolve(ticket=ticket, resolution=a_resolution(**SPOILED), by=backoffice(dana), at=after(minutes=31))

    assert charges(ticket) == [("work", Decimal("-600.00"))]


def test_missing_rate_waits_and_is_charged_once_somebody_sets_it(dana):
    ticket = a_taken_ticket(staff=dana, at=TEN, contract=a_contract(hourly_rate=0))
    entry = worked(ticket, by=dana, since=TEN, minutes=30)
    waited = (entry.is_priced, entry.waits_for, charges(ticket))
    price_waiting_work()
    a_price_list(("solving", "", 1400))

    price_waiting_work()
    price_waiting_work()

    assert waited == (False, "rate", [])
    assert charges(ticket) == [("work", Decimal("-700.00"))]


def test_account_with_a_hard_limit_never_loses_work(dana):
    ticket = a_taken_ticket(staff=dana, at=TEN, contract=a_contract(overdraft=0))
    account = account_of(ticket.customer)
    account.has_hard_limit = True
    account.save()

    entry = written(ticket, by=dana, until=TEN, minutes=30)
    top_up(customer=ticket.customer, amount=Decimal(600), source="bank", key="bank:1", text="", at=TEN, by=backoffice(dana))
    price_waiting_work()

    assert (entry.waits_for, entry.billed_minutes) == ("credit", 30)
    assert balance(ticket) == Decimal("0.00")


@pytest.mark.req("D17")
@pytest.mark.parametrize(("upheld", "paid"), [(True, "0.00"), (False, "200.00")])
def test_work_since_a_complaint_is_unpriced_until_it_is_decided(dana, upheld, paid):
    ticket = a_taken_ticket(staff=dana, at=TEN)
    worked(ticket, by=dana, since=TEN, minutes=30)
    resolve(ticket=ticket, resolution=a_resolution(), by=backoffice(dana), at=after(minutes=40))
    file_complaint(ticket=ticket, reason="Nefunguje", by=portal(ticket.author), at=after(minutes=50))

    entry = worked(ticket, by=dana, since=after(minutes=60), minutes=10)
    decision = Decision(upheld=upheld, reasoning="Prověřeno.")
    decide_complaint(ticket=ticket, decision=decision, by=backoffice(dana), at=after(minutes=90))

    assert (entry.is_priced, entry.waits_for) == (False, "complaint")
    assert prices(ticket) == [("solving", 30, Decimal("600.00")), ("solving", 10, Decimal(paid))]


@pytest.mark.req("D17")
def test_work_after_a_justified_complaint_is_free(dana):
    ticket = a_taken_ticket(staff=dana, at=TEN)
    resolve(ticket=ticket, resolution=a_resolution(), by=backoffice(dana), at=after(minutes=40))
    file_complaint(ticket=ticket, reason="Nefunguje", by=portal(ticket.author), at=after(minutes=50))
    decide_complaint(ticket=ticket, decision=Decision(upheld=True, reasoning=""), by=backoffice(dana), at=after(minutes=60))

    entry = worked(ticket, by=dana, since=after(minutes=70), minutes=10)

    assert (sources(entry), charges(ticket)) == ([("covered", 10, "0.00")], [])


@pytest.mark.req("C24")
def test_quote_work_is_free_where_the_contract_says_so(dana):
    ticket = a_taken_ticket(staff=dana, at=TEN, contract=a_contract(is_quote_work_free=True), wants_quote=True)

    assert sources(worked(ticket, by=dana, since=TEN, minutes=10)) == [("covered", 10, "0.00")]


def test_correction_is_a_reversal_and_a_new_entry_with_a_reason(dana):
    ticket = a_taken_ticket(staff=dana, at=TEN)
    entry = worked(ticket, by=dana, since=TEN, minutes=30)

    change = Change(minutes=20, activity="training", note="Školení")
    made = correct_entry(entry=entry, change=change, reason="Byl oběd", by=backoffice(dana), at=after(hours=1)).made

    assert (made.note, made.correction_reason, made.finished_at) == ("Školení", "Byl oběd", after(minutes=20))
    assert prices(ticket) == [("training", 20, Decimal("400.00"))]
    assert charges(ticket) == [("work", Decimal("-600.00")), ("reversal", Decimal("600.00")), ("work", Decimal("-400.00"))]
    assert sum(WorkEntry.objects.values_list("seconds", flat=True)) == 1200
    assert is_sound()


def test_corrected_entry_returns_minutes_of_the_package_and_free_minutes(dana):
    contract = a_contract(free_phone_minutes=10)
    PrepaidPackage.objects.create(contract=contract, minutes=20, sold_on=date(2026, 1, 1))
    ticket = a_taken_ticket(staff=dana, at=TEN, contract=contract, paragraph={"kind": "consultation", "has_sla": False})
    entry = written(ticket, by=dana, until=TEN, minutes=25, activity="consulting", source="phone")

    change = Change(minutes=12, activity="consulting")
    made = correct_entry(entry=entry, change=change, reason="Omyl", by=backoffice(dana), at=after(hours=1)).made

    assert sources(made) == [("free_phone", 10, "0.00"), ("package", 2, "0.00")]
    assert minutes_left(contract=contract, at=TEN) == 18


def test_discount_of_a_leader_lowers_the_price(dana, leader):
    ticket = a_taken_ticket(staff=dana, at=TEN)
    entry = worked(ticket, by=dana, since=TEN, minutes=30)

    change = Change(minutes=30, activity="solving", discount_percent=Decimal(25))
    made = correct_entry(entry=entry, change=change, reason="Vstřícnost", by=backoffice(leader), at=after(hours=1)).made

    assert made.price == Decimal("450.00")
    assert made.pricing[0]["text"].endswith("sleva 25\u00a0%")


def test_corrected_work_does_not_reach_past_the_present(dana):
    ticket = a_taken_ticket(staff=dana, at=TEN)
    entry = worked(ticket, by=dana, since=TEN, minutes=30)
    tool = {"entry": entry, "reason": "Omyl", "by": backoffice(dana), "at": after(minutes=40)}

    with pytest.raises(CorrectionRefused, match="do této chvíle mohla trvat nejvýš 40\u00a0min"):
        correct_entry(change=Change(minutes=41, activity="solving"), **tool)
    made = correct_entry(change=Change(minutes=40, activity="solving"), **tool).made

    assert (made.finished_at, made.price) == (after(minutes=40), Decimal("800.00"))
    assert written(ticket, by=dana, until=after(minutes=50), minutes=10).price == Decimal("200.00")


def test_correction_above_the_limit_waits_for_a_second_person(dana, leader):
    an_operator(second_person_above=Decimal(500))
    ticket = a_taken_ticket(staff=dana, at=TEN)
    entry = worked(ticket, by=dana, since=TEN, minutes=30)
    nothing = Change(minutes=0, activity="solving")

    correction = correct_entry(entry=entry, change=nothing, reason="Omyl", by=backoffice(leader), at=after(hours=1))
    waiting = (correction.state, correction.change, balance(ticket))
    with pytest.raises(CorrectionRefused, match="jiná osoba"):
        confirm_correction(correction=correction, by=backoffice(leader), at=after(hours=2))
    with pytest.raises(CorrectionRefused, match="čeká"):
        correct_entry(entry=entry, change=nothing, reason="Znovu", by=backoffice(leader), at=after(hours=2))
    other = a_staff_member("Eva Druhá", group="vedoucí")
    confirm_correction(correction=correction, by=backoffice(other), at=after(hours=3))

    assert waiting == ("waiting", Decimal("-600.00"), Decimal("-600.00"))
    assert (balance(ticket), prices(ticket)) == (Decimal("0.00"), [])


@pytest.mark.parametrize(
    ("limit", "minutes", "state"),
    [("200.00", 20, "waiting"), ("200.01", 20, "done"), ("200.00", 40, "waiting"), ("0", 30, "done"), ("0", 29, "waiting")],
)
def test_second_person_decides_from_the_limit_on(dana, limit, minutes, state):
    an_operator(second_person_above=Decimal(limit))
    ticket = a_taken_ticket(staff=dana, at=TEN)
    entry = worked(ticket, by=dana, since=TEN, minutes=30)  # 20 CZK a minute

    change = Change(minutes=minutes, activity="solving", note="Jinak")
    correction = correct_entry(entry=entry, change=change, reason="Omyl", by=backoffice(dana), at=after(hours=1))

    assert correction.state == state


def test_refused_correction_changes_nothing(dana, leader):
    an_operator(second_person_above=Decimal(500))
    ticket = a_taken_ticket(staff=dana, at=TEN)
    entry = worked(ticket, by=dana, since=TEN, minutes=30)
    asked = correct_entry(
        entry=entry, change=Change(minutes=0, activity="solving"), reason="Omyl", by=backoffice(dana), at=after(hours=1)
    )

    refuse_correction(correction=asked, by=backoffice(leader), at=after(hours=2))
    with pytest.raises(CorrectionRefused, match="už někdo rozhodl"):
        confirm_correction(correction=asked, by=backoffice(leader), at=after(hours=3))

    assert (balance(ticket), WorkCorrection.objects.get().state) == (Decimal("-600.00"), "refused")


def test_what_is_corrected_or_invoiced_is_not_corrected_again(dana):
    ticket = a_taken_ticket(staff=dana, at=TEN)
    entry = worked(ticket, by=dana, since=TEN, minutes=30)
    invoiced = written(ticket, by=dana, until=after(hours=2), minutes=10)
    WorkEntry.objects.filter(pk=invoiced.pk).update(locked_at=after(hours=3))
    change = Change(minutes=10, activity="solving")
    correct_entry(entry=entry, change=change, reason="Omyl", by=backoffice(dana), at=after(hours=3))

    with pytest.raises(CorrectionRefused, match="už byl opraven"):
        correct_entry(entry=entry, change=change, reason="Jinak", by=backoffice(dana), at=after(hours=4))
    with pytest.raises(CorrectionRefused, match="vyfakturovaná"):
        correct_entry(entry=invoiced, change=change, reason="Omyl", by=backoffice(dana), at=after(hours=4))


@pytest.mark.req("D23")
def test_phone_consultation_is_a_request_with_work_from_free_minutes(dana):
    contract = a_contract(free_phone_minutes=30)
    ticket = a_taken_ticket(staff=dana, at=TEN, contract=contract, paragraph={"kind": "consultation", "has_sla": False})

    entry = written(ticket, by=dana, until=after(minutes=10), minutes=10, activity="consulting", source="phone")
    resolve(ticket=ticket, resolution=a_resolution(), by=backoffice(dana), at=after(minutes=10))

    assert (sources(entry), charges(ticket)) == ([("free_phone", 10, "0.00")], [])
