"""The allowed overdraft is a gate for starting work; what was done is recorded whatever it says."""

from __future__ import annotations

import threading
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from credit.models import LedgerAccount, PrepaidPackage
from helpdesk.customers.channels import Channel
from helpdesk.customers.models import User
from tests.builders import (
    MONDAY,
    a_contract,
    a_member,
    a_paragraph,
    a_request_type,
    a_resolution,
    a_staff_member,
    a_ticket,
    backoffice,
    portal,
    prague,
)
from tests.tickets.desk import do, page_of, signed_in, text_of
from tests.tickets.quotes import a_case, an_approved_quote, top_up
from tests.tickets.test_admin_ticket import statements
from tests.tickets.work_builders import a_taken_ticket, balance, charges, worked, written
from tickets.models import Status, Ticket, WorkEntry
from tickets.services.complaints import Decision, decide_complaint, file_complaint
from tickets.services.credit_gate import CreditSpent
from tickets.services.lifecycle import CooperationItem, accept, escalate, resolve, resume, suspend
from tickets.services.work import continue_timer, pause_timer, start_timer, stop_timer

pytestmark = pytest.mark.django_db

TEN = prague("2026-03-02T10:00")
REFUSAL = "Kredit zákazníka na novou práci nestačí: k dispozici je 0,00 Kč včetně povoleného přečerpání."


def after(minutes: int):
    return TEN + timedelta(minutes=minutes)


@pytest.fixture
def dana() -> User:
    return a_staff_member()


def an_unpaid_ticket(dana: User, **fields: Any) -> Ticket:
    """A request taken over, of a customer who has neither topped up nor been allowed an overdraft."""
    contract = a_contract(overdraft=0, **fields.pop("contract", {}))
    return a_taken_ticket(staff=dana, at=TEN, contract=contract, **fields)


def starts(ticket: Ticket, by: User, *, at=TEN, **how: Any) -> bool:
    try:
        start_timer(ticket=ticket, by=backoffice(by), at=at, **how)
    except CreditSpent:
        return False
    return True


@pytest.mark.req("S1-18")
def test_timer_does_not_start_without_credit_and_the_refusal_says_what_to_do(dana):
    ticket = an_unpaid_ticket(dana)

    with pytest.raises(CreditSpent) as refused:
        start_timer(ticket=ticket, by=backoffice(dana), at=TEN)

    assert str(refused.value).replace("\u00a0", " ") == (
        f"{REFUSAL} Požádejte zákazníka o dobití, nebo vedoucího o zvýšení povoleného přečerpání. "
        "Hotovou práci zapište ručně, ta se zaznamená vždy."
    )
    assert not WorkEntry.objects.exists()


@pytest.mark.req("S1-18")
@pytest.mark.parametrize(("credit", "limit", "reserved", "begins"), [
    (0, 0, 0, False), (1, 0, 0, True), (0, 1, 0, True), (4800, 0, 4800, False), (4800, 1, 4800, True),
])  # fmt: skip
def test_what_counts_is_balance_less_reservations_plus_allowed_overdraft(dana, credit, limit, reserved, begins):
    case = a_case(credit=credit)
    if reserved:
        an_approved_quote(case, ceiling_price=Decimal(reserved))
    LedgerAccount.objects.filter(customer=case.ticket.customer).update(overdraft_limit=limit)
    if limit and not credit:
        LedgerAccount.objects.create(customer=case.ticket.customer, kind="customer", overdraft_limit=limit)
    other = a_taken_ticket(staff=dana, at=MONDAY, contract=case.contract)

    assert starts(other, dana, at=MONDAY) == begins


@pytest.mark.req("S1-17", "S1-18")
def test_done_work_is_recorded_into_overdraft_whatever_the_limit(dana):
    ticket = an_unpaid_ticket(dana)

    written(ticket, by=dana, until=after(30), minutes=30)
    written(ticket, by=dana, until=after(60), minutes=30)

    assert charges(ticket) == [("work", Decimal("-600.00")), ("work", Decimal("-600.00"))]


def test_running_timer_goes_on_and_is_charged_but_once_interrupted_it_does_not_begin_again(dana):
    contract = a_contract(overdraft=1)
    first = a_taken_ticket(staff=dana, at=TEN, contract=contract)
    petr = a_staff_member("Petr Vaníček", group="řešitel")
    running = start_timer(ticket=first, by=backoffice(petr), at=TEN)

    written(first, by=dana, until=after(30), minutes=30)  # 600 Kč: the account is 599 Kč past its limit
    same = start_timer(ticket=first, by=backoffice(petr), at=after(31))
    paused = pause_timer(entry=same, by=backoffice(petr), at=after(40))
    with pytest.raises(CreditSpent):
        continue_timer(entry=paused, by=backoffice(petr), at=after(41))
    done = stop_timer(entry=paused, by=backoffice(petr), at=after(50))

    assert same.pk == running.pk
    assert (done.billed_minutes, done.price, balance(first)) == (40, Decimal("800.00"), Decimal("-1400.00"))


def test_taking_up_suspending_and_resolving_go_on_without_a_timer(dana):
    ticket = a_ticket(paragraph=a_paragraph(a_contract(overdraft=0)), at=TEN)
    by = backoffice(dana)

    accept(ticket=ticket, by=by, at=TEN)
    escalate(ticket=ticket, assignee=dana, by=by, at=after(1))
    suspend(ticket=ticket, reason="access", items=[CooperationItem(what="Přístup")], by=by, at=after(2))
    resume(ticket=ticket, by=by, at=after(3))
    resolve(ticket=ticket, resolution=a_resolution(), by=by, at=after(4))

    ticket.refresh_from_db()
    assert ticket.status == Status.RESOLVED
    assert list(WorkEntry.objects.values_list("activity", "price")) == [("intake", Decimal("0.00"))]


def test_top_up_or_a_raised_limit_opens_the_gate(dana):
    topped_up, raised = an_unpaid_ticket(dana), an_unpaid_ticket(dana)

    top_up(topped_up, 100)
    LedgerAccount.objects.create(customer=raised.customer, kind="customer", overdraft_limit=100)

    assert (starts(topped_up, dana), starts(raised, dana)) == (True, True)


@pytest.mark.req("S3-12", "S3-16", "C27")
@pytest.mark.parametrize(
    ("contract", "paragraph", "kind", "begins"),
    [
        ({}, {}, {}, False),
        ({}, {"price_scope": "included"}, {}, True),
        ({}, {"price_scope": "included"}, {"is_chargeable": True}, False),
        ({}, {}, {"is_statutory": True}, True),
        ({"hourly_rate": 0}, {}, {}, False),
        ({"billing_mode": "flat"}, {"price_scope": "above"}, {}, True),
        ({"billing_mode": "package"}, {}, {}, True),
        ({"billing_mode": "hourly"}, {}, {}, True),
    ],
)
def test_only_work_that_credit_would_pay_is_held_back(dana, contract, paragraph, kind, begins):
    ticket = an_unpaid_ticket(dana, contract=contract, paragraph=paragraph, request_type=a_request_type(**kind))

    assert starts(ticket, dana) == begins


@pytest.mark.req("S5-12", "S5-13")
def test_consultation_begins_while_free_phone_minutes_or_a_package_pay_for_it(dana):
    paragraph = {"kind": "consultation", "has_sla": False}
    mail, phone, packaged = (
        an_unpaid_ticket(dana, contract={"free_phone_minutes": 5}, paragraph=paragraph, channel=channel)
        for channel in (Channel.PORTAL, Channel.PHONE, Channel.PORTAL)
    )
    PrepaidPackage.objects.create(contract=packaged.contract, minutes=5, sold_on=date(2026, 1, 1))

    assert [starts(ticket, dana) for ticket in (mail, phone, packaged)] == [False, True, True]
    assert starts(packaged, dana, activity="solving") is False


@pytest.mark.req("C24", "S1-15")
def test_quote_is_worked_on_without_credit_because_the_customer_needs_it_to_know_how_much_to_top_up(dana):
    ticket = an_unpaid_ticket(dana, wants_quote=True)

    assert starts(ticket, dana)
    assert WorkEntry.objects.get().activity == "quoting"


@pytest.mark.req("S1-16")
def test_approved_quote_is_worked_on_from_its_own_reservation_to_the_end_of_it():
    case = a_case(credit=4800)
    an_approved_quote(case)

    begun = starts(case.ticket, case.petr, at=MONDAY, activity="solving")

    assert (case.account.available, begun) == (Decimal(0), True)


@pytest.mark.req("D17")
def test_work_on_a_complaint_is_not_held_back_because_credit_does_not_pay_for_it(dana):
    ticket = an_unpaid_ticket(dana)
    by = backoffice(dana)
    resolve(ticket=ticket, resolution=a_resolution(), by=by, at=after(1))
    file_complaint(ticket=ticket, reason="Nefunguje", by=portal(ticket.author), at=after(2))

    undecided = start_timer(ticket=ticket, by=by, at=after(3))
    stop_timer(entry=undecided, by=by, at=after(4))
    decide_complaint(ticket=ticket, decision=Decision(upheld=True, reasoning="Ano"), by=by, at=after(5))
    stop_timer(entry=start_timer(ticket=ticket, by=by, at=after(6)), by=by, at=after(9))

    assert (WorkEntry.objects.filter(price=0, is_priced=True).count(), charges(ticket)) == (2, [])


@pytest.mark.django_db(transaction=True)
def test_two_timers_that_start_at_the_edge_both_run(dana):
    petr = a_staff_member("Petr Vaníček", group="řešitel")
    ticket = a_taken_ticket(staff=dana, at=TEN, contract=a_contract(overdraft=1))
    barrier = threading.Barrier(2)

    def start(person: User) -> None:
        barrier.wait()
        start_timer(ticket=ticket, by=backoffice(person), at=TEN)
        connection.close()

    threads = [threading.Thread(target=start, args=[person]) for person in (dana, petr)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert WorkEntry.objects.filter(state="running").count() == 2


def test_desk_says_why_nothing_is_measured_and_leads_to_the_account(dana):
    leader = a_staff_member("Vera Malá", group="vedoucí")
    ticket = an_unpaid_ticket(dana)

    refused = do(dana, ticket, "work-start", activity="solving")
    page = text_of(signed_in(dana).get(page_of(ticket)))
    of_leader = text_of(signed_in(leader).get(page_of(ticket)))

    assert (refused.status_code, REFUSAL in text_of(refused)) == (409, True)
    assert f"Práci teď nelze začít měřit.</b> {REFUSAL}" in page
    address = f"/backoffice/credit/ledgeraccount/?q={ticket.customer.ico}"
    assert (address in page, address in of_leader) == (False, True)


def test_desk_is_silent_where_nothing_is_held_back(dana):
    enough, covered = a_taken_ticket(staff=dana, at=TEN), an_unpaid_ticket(dana, paragraph={"price_scope": "included"})
    quoted, done = an_unpaid_ticket(dana, wants_quote=True), an_unpaid_ticket(dana)
    resolve(ticket=done, resolution=a_resolution(), by=backoffice(dana), at=TEN)

    pages = [text_of(signed_in(dana).get(page_of(ticket))) for ticket in (enough, covered, quoted, done)]

    assert ["Práci teď nelze začít měřit" in page for page in pages] == [False] * 4


def test_taking_up_at_the_desk_is_not_refused_and_the_page_says_that_nothing_is_measured(dana):
    ticket = a_ticket(paragraph=a_paragraph(a_contract(overdraft=0)))

    answer = do(dana, ticket, "accept", classification="right", paragraph=ticket.paragraph_id)
    page = text_of(signed_in(dana).get(answer.url))

    assert (answer.status_code, ticket.status) == (302, Status.ACCEPTED)
    assert "Práci teď nelze začít měřit." in page


def test_page_of_a_held_back_request_costs_no_more_statements_than_promised(dana):
    ticket = an_unpaid_ticket(dana, request_type=a_request_type())

    assert statements(signed_in(dana), page_of(ticket)) <= 12


def test_leader_raises_the_limit_and_the_history_tells_who(dana):
    leader = a_staff_member("Vera Malá", group="vedoucí")
    ticket = an_unpaid_ticket(dana)
    account = LedgerAccount.objects.create(customer=ticket.customer, kind="customer")
    rows = {"thresholds-TOTAL_FORMS": "0", "thresholds-INITIAL_FORMS": "0"}

    address = f"/backoffice/credit/ledgeraccount/{account.pk}/change/"
    answers = [signed_in(who).post(address, {"overdraft_limit": "4000"} | rows).status_code for who in (dana, leader)]

    assert answers == [403, 302]
    newest = account.history.latest()
    assert (newest.overdraft_limit, newest.history_user) == (Decimal(4000), leader)
    assert starts(ticket, dana)


@pytest.mark.parametrize(
    ("roles", "sentence"),
    [
        ({"is_manager": True}, "Další práci na požadavku začneme, až kredit dobijete."),
        ({}, "Kredit vaší firmy je vyčerpaný, další práci na požadavku začneme až po dobití."),
    ],
)
def test_customer_reads_that_work_waits_for_credit_and_a_sum_only_with_the_right_to_it(dana, roles, sentence):
    contract = a_contract(overdraft=0)
    alice = a_member(contract.customer, **roles)
    ticket = a_taken_ticket(staff=dana, at=TEN, contract=contract, author=alice)
    client = Client()
    client.force_login(alice)

    held_back = text_of(client.get(f"/pozadavky/{ticket.pk}/"))
    top_up(ticket, 100)
    paid = text_of(client.get(f"/pozadavky/{ticket.pk}/"))

    assert sentence in held_back
    assert ('K dispozici je <b class="num">0,00 Kč</b>' in held_back) == bool(roles)
    assert "Práce čeká na kredit" not in paid


def test_customers_page_of_a_held_back_request_costs_no_more_statements_than_promised(dana):
    contract = a_contract(overdraft=0)
    alice = a_member(contract.customer, is_manager=True)
    ticket = a_taken_ticket(staff=dana, at=TEN, contract=contract, author=alice, request_type=a_request_type())

    assert statements(signed_in(alice), f"/pozadavky/{ticket.pk}/") <= 12


def test_work_of_a_covered_request_still_costs_nothing_and_moves_no_credit(dana):
    ticket = an_unpaid_ticket(dana, paragraph={"price_scope": "included"})

    entry = worked(ticket, by=dana, since=TEN, minutes=30)

    assert (entry.price, charges(ticket)) == (Decimal("0.00"), [])
