"""Ways to charge more than a quote or a contract allows, tried one by one."""

from __future__ import annotations

import threading
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from credit.models import PrepaidPackage
from credit.services import packages
from tests.builders import backoffice, portal, prague
from tests.tickets.quotes import a_draft, a_sent_quote, an_approved_quote
from tests.tickets.test_quote_totals import approved, by_hand, charged, quiet, sent
from tests.tickets.work_builders import is_sound
from tickets.models import WorkEntry
from tickets.services import quote_decisions, quotes, work
from tickets.services.quotes import QuoteIncomplete

pytestmark = pytest.mark.django_db


@pytest.mark.req("C24")
@pytest.mark.parametrize(
    ("pieces", "prices"),
    [([60], ["1200.00"]), ([61], ["1200.00"]), ([600], ["1200.00"]), ([59, 60], ["1180.00", "20.00"])],
)
def test_work_on_a_quote_is_charged_no_further_than_the_contract_allows_without_consent(pieces, prices):
    case = quiet(wants_quote=True)

    entries = [by_hand(case, minutes, day=3 + number, hour=20, activity="quoting") for number, minutes in enumerate(pieces)]

    assert [str(entry.price) for entry in entries] == prices
    assert [entry.billed_minutes for entry in entries] == pieces
    assert sent(case, day=6).preparation_price == Decimal("1200.00")


@pytest.mark.req("C24")
def test_a_forgotten_timer_of_a_quote_is_charged_no_further_either():
    case = quiet(wants_quote=True)
    start = prague("2026-03-03T09:00")
    entry = work.start_timer(ticket=case.ticket, by=backoffice(case.petr), at=start, activity="quoting")

    done = work.stop_timer(entry=entry, by=backoffice(case.petr), at=start + timedelta(hours=9))

    assert (done.billed_minutes, done.price) == (540, Decimal("1200.00"))
    assert done.pricing[1]["text"] == "480\u00a0min přípravy kalkulace nad dohodnutý čas se neúčtuje"


def test_no_more_prepaid_hours_are_drawn_than_the_effort_that_was_approved():
    case = quiet(contract={"billing_mode": "package"})
    PrepaidPackage.objects.create(contract=case.contract, minutes=600, sold_on=prague("2026-03-02T10:00").date())
    an_approved_quote(case, ceiling_minutes=240)

    entry = by_hand(case, 300, day=3, hour=18)

    assert [(part["source"], part["minutes"]) for part in entry.pricing] == [("package", 240), ("covered", 60)]
    assert packages.minutes_left(contract=case.contract, at=entry.finished_at) == 360


@pytest.mark.req("S3-17")
@pytest.mark.parametrize(("minutes", "is_larger"), [(480, False), (481, True)])
def test_effort_above_the_contract_needs_a_specification_too(minutes, is_larger):
    case = quiet(contract={"specification_above_minutes": 480})
    draft = a_draft(case, ceiling_minutes=minutes)

    if is_larger:
        with pytest.raises(QuoteIncomplete, match="Nad 8\u00a0h patří ke kalkulaci technická specifikace"):
            quotes.send_quote(quote=draft, by=backoffice(case.petr), at=prague("2026-03-02T11:00"))
    else:
        quotes.send_quote(quote=draft, by=backoffice(case.petr), at=prague("2026-03-02T11:00"))


def test_a_timer_of_a_colleague_is_told_with_the_quote():
    """Whose timer runs on while somebody else sends the quote would otherwise be charged after it."""
    case = quiet()
    start = prague("2026-03-03T09:00")
    work.start_timer(ticket=case.ticket, by=backoffice(case.petr), at=start, activity="solving")

    quote = a_sent_quote(case, at=start + timedelta(hours=2))
    approved(case, quote, day=3)

    assert (quote.done_price, charged(case.ticket)) == (Decimal("2400.00"), Decimal("2400.00"))
    assert not WorkEntry.objects.open().exists()


@pytest.mark.django_db(transaction=True)
def test_an_approval_and_work_on_the_quote_at_once_keep_what_was_told():
    case = quiet(wants_quote=True, contract={"quote_minutes": 600})
    by_hand(case, 30, day=3, hour=10, activity="quoting")
    quote = sent(case, day=3)
    barrier = threading.Barrier(2)
    failed: list[Any] = []

    def at_once(act: Any) -> None:
        try:
            barrier.wait()
            act()
        except Exception as failure:
            failed.append(failure)
        finally:
            connection.close()

    acts = [
        lambda: quote_decisions.approve_quote(quote=quote, by=portal(case.hana), at=prague("2026-03-04T12:00")),
        lambda: by_hand(case, 60, day=4, hour=12, activity="quoting"),
    ]
    threads = [threading.Thread(target=at_once, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failed == []
    assert charged(case.ticket) == Decimal("600.00")
    assert is_sound()
