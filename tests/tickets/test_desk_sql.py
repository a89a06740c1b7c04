"""What the page of a request at the desk costs where quotes, thresholds and running work come together."""

from __future__ import annotations

from decimal import Decimal

import pytest
import time_machine

from tests.builders import a_staff_member, backoffice, prague
from tests.tickets.desk import page_of, signed_in
from tests.tickets.quotes import Case, a_case, a_draft, an_approved_quote
from tests.tickets.test_admin_ticket import statements
from tickets.services import work

pytestmark = pytest.mark.django_db

# session, user, permissions, the request, its small facts, thread, files, moves, tasks or quotes, badges of the menu;
# then quotes: their sum, the draft's rows; threshold: its rows, what a leader recorded; and open work, complaints, price list,
# packages, and where the price list decides the rate, the groups of who works
QUOTED, LIMITED, BY_LIST = 17, 16, 17


def run_timers(case: Case, count: int) -> None:
    for number in range(count):
        person = a_staff_member(f"Jan Nový{number}", group="řešitel")
        at = prague("2026-03-03T09:00")
        work.start_timer(ticket=case.ticket, by=backoffice(person), at=at, activity="solving")


def a_quoted_case() -> Case:
    case = a_case(credit=50_000)
    an_approved_quote(case, ceiling_price=Decimal(9000))
    a_draft(case, ceiling_price=Decimal(12000))
    return case


def a_limited_case(**contract: int) -> Case:
    return a_case(credit=50_000, contract={"specification_above": 9000} | contract)


def a_case_by_price_list() -> Case:
    return a_limited_case(hourly_rate=0)


@pytest.mark.parametrize(("make", "most"), [(a_quoted_case, QUOTED), (a_limited_case, LIMITED), (a_case_by_price_list, BY_LIST)])
def test_running_work_costs_the_same_statements_however_many_people_work(make, most):
    costs = []
    with time_machine.travel(prague("2026-03-03T10:00"), tick=False):
        for count in (1, 3):
            case = make()
            run_timers(case, count)
            costs.append(statements(signed_in(case.petr), page_of(case.ticket)))

    assert costs == [most, most]
