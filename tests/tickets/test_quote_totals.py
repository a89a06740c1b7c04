"""The most that a request may cost by a quote: what the customer is told, and that no more is charged in the end."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db.models import Sum
from django.urls import reverse

from credit.models import LedgerAccount, PrepaidPackage
from helpdesk.mail.models import OutgoingMail
from tests.builders import MONDAY, a_resolution, a_staff_member, an_operator, backoffice, portal, prague
from tests.tickets.desk import page_of, signed_in, text_of
from tests.tickets.quotes import Case, a_case, a_draft, a_sent_quote, token_for
from tests.tickets.work_builders import charges, is_sound, written
from tickets.models import Quote, Ticket, WorkEntry
from tickets.services import corrections, lifecycle, quote_decisions, quote_room, work
from tickets.services.quotes import QuoteIncomplete

pytestmark = pytest.mark.django_db

TUESDAY = prague("2026-03-03T09:00")


def quiet(**fields: Any) -> Case:
    """A case on which nobody's timer runs."""
    case = a_case(**fields)
    for entry in case.ticket.work.open():
        work.stop_timer(entry=entry, by=backoffice(case.petr), at=MONDAY)
    assert not case.ticket.work.exists()
    return case


def by_hand(case: Case, minutes: int, *, day: int, hour: int, activity: str = "solving") -> WorkEntry:
    """Work of Petr's that ended at that hour of March."""
    until = prague(f"2026-03-{day:02}T{hour:02}:00")
    return written(case.ticket, by=case.petr, until=until, minutes=minutes, activity=activity)


def sent(case: Case, *, day: int, **fields: Any) -> Quote:
    return a_sent_quote(case, at=prague(f"2026-03-{day:02}T18:00"), **fields)


def approved(case: Case, quote: Quote, *, day: int) -> Quote:
    quote = quote_decisions.approve_quote(quote=quote, by=portal(case.hana), at=prague(f"2026-03-{day:02}T18:30"))
    case.ticket.refresh_from_db()
    return quote


def told(quote: Quote) -> tuple[str, str, str, str]:
    """Ceiling, preparation, done before, and the most of all."""
    quote.refresh_from_db()
    return tuple(str(one) for one in (quote.ceiling_price, quote.preparation_price, quote.done_price, quote.total_price))


def charged(ticket: Ticket) -> Decimal:
    """What stands on the request in the end."""
    return WorkEntry.objects.finished().standing().filter(ticket=ticket).aggregate(sum=Sum("price"))["sum"] or Decimal(0)


def work_beyond_everything(case: Case, *, day: int) -> None:
    """What makes a request dearer after an approval: work on a new version, a correction of every entry, the cause."""
    for entry in list(WorkEntry.objects.finished().standing().filter(ticket=case.ticket).order_by("id")):
        leader = a_staff_member("Eva Králová", group="vedoucí")
        change = corrections.Change(minutes=entry.worked_minutes + 30, activity=entry.activity)
        at = prague(f"2026-03-{day:02}T08:00")
        asked = corrections.correct_entry(entry=entry, change=change, reason="Zapsáno málo.", by=backoffice(leader), at=at)
        if asked.state == "waiting":
            second = a_staff_member("Ivo Beran", group="vedoucí")
            corrections.confirm_correction(correction=asked, by=backoffice(second), at=at)
    by_hand(case, 120, day=day, hour=11, activity="quoting")
    by_hand(case, 600, day=day + 1, hour=20)
    resolution = a_resolution(root_cause="user_error", cause_reason="Smazaná tabulka.")
    at = prague(f"2026-03-{day + 2:02}T09:00")
    lifecycle.resolve(ticket=case.ticket, resolution=resolution, by=backoffice(case.petr), at=at)


def nothing_before(case: Case) -> Quote:
    return sent(case, day=3)


def a_quote_worked_on(case: Case) -> Quote:
    by_hand(case, 30, day=3, hour=10, activity="quoting")
    return sent(case, day=3)


def work_before_the_quote(case: Case) -> Quote:
    by_hand(case, 60, day=3, hour=9)
    by_hand(case, 30, day=3, hour=10, activity="quoting")
    return sent(case, day=3)


def a_timer_that_runs(case: Case) -> Quote:
    """Sending ends it, so that its price is told."""
    work.start_timer(ticket=case.ticket, by=backoffice(case.petr), at=prague("2026-03-03T17:00"), activity="quoting")
    return sent(case, day=3)


def a_second_version(case: Case) -> Quote:
    """Work under the first version is in the ceiling of the second, work on the second in its preparation."""
    by_hand(case, 60, day=3, hour=9)
    by_hand(case, 30, day=3, hour=10, activity="quoting")
    approved(case, sent(case, day=3), day=3)
    by_hand(case, 120, day=4, hour=12)
    by_hand(case, 30, day=5, hour=10, activity="quoting")
    return sent(case, day=5, ceiling_price=Decimal(6000))


TABLE = [
    (nothing_before, {}, ("4800.00", "0.00", "0.00", "4800.00")),
    (a_quote_worked_on, {}, ("4800.00", "600.00", "0.00", "5400.00")),
    (a_quote_worked_on, {"is_quote_work_free": True}, ("4800.00", "0.00", "0.00", "4800.00")),
    (work_before_the_quote, {}, ("4800.00", "600.00", "1200.00", "6600.00")),
    (work_before_the_quote, {"is_quote_work_free": True}, ("4800.00", "0.00", "1200.00", "6000.00")),
    (a_timer_that_runs, {}, ("4800.00", "1200.00", "0.00", "6000.00")),
    (a_second_version, {}, ("6000.00", "1200.00", "1200.00", "8400.00")),
    (a_second_version, {"is_quote_work_free": True}, ("6000.00", "0.00", "1200.00", "7200.00")),
    (work_before_the_quote, {"billing_mode": "hourly"}, ("4800.00", "600.00", "1200.00", "6600.00")),
    (work_before_the_quote, {"billing_mode": "package"}, ("4800.00", "600.00", "1200.00", "6600.00")),
    (work_before_the_quote, {"billing_mode": "flat"}, ("4800.00", "0.00", "0.00", "4800.00")),
]


@pytest.mark.req("S1-15", "C24")
@pytest.mark.parametrize(("story", "contract", "figures"), TABLE)
def test_customer_is_told_the_true_most_and_is_never_charged_more(story, contract, figures):
    case = quiet(credit=50_000, contract=contract)
    quote = story(case)
    assert told(quote) == figures

    approved(case, quote, day=5)
    work_beyond_everything(case, day=9)

    assert told(quote) == figures
    assert charged(case.ticket) <= quote.total_price
    assert is_sound()


def test_prepaid_hours_make_the_most_smaller_and_not_larger():
    case = quiet(contract={"billing_mode": "package"})
    PrepaidPackage.objects.create(contract=case.contract, minutes=90, sold_on=TUESDAY.date())

    assert told(work_before_the_quote(case)) == ("4800.00", "0.00", "0.00", "4800.00")


# What happens outside the ceiling after the approval


def test_preparing_a_new_version_costs_nothing_until_that_version_is_approved():
    case = quiet()
    first = approved(case, a_quote_worked_on(case), day=3)
    second_look = by_hand(case, 30, day=4, hour=10, activity="quoting")
    assert (second_look.price, charged(case.ticket)) == (Decimal("0.00"), Decimal("600.00"))

    second = sent(case, day=4, ceiling_price=Decimal(6000))
    assert (told(first)[3], told(second)) == ("5400.00", ("6000.00", "1200.00", "0.00", "7200.00"))
    quote_decisions.refuse_quote(quote=second, reason="", by=portal(case.hana), at=prague("2026-03-04T19:00"))
    assert charged(case.ticket) == Decimal("600.00")

    third = sent(case, day=5, ceiling_price=Decimal(5800))
    approved(case, third, day=5)
    assert charged(case.ticket) == Decimal("1200.00")
    assert is_sound()


def test_what_was_prepared_while_the_quote_waited_is_given_back_by_its_approval():
    case = quiet(wants_quote=True, contract={"quote_minutes": 120})
    quote = a_quote_worked_on(case)
    by_hand(case, 60, day=4, hour=10, activity="quoting")
    assert charged(case.ticket) == Decimal("1800.00")

    approved(case, quote, day=4)

    assert (charged(case.ticket), case.account.balance, case.account.held) == (
        Decimal("600.00"),
        Decimal("9400.00"),
        Decimal("4800.00"),
    )
    assert is_sound()


def test_a_refused_quote_leaves_its_preparation_charged():
    case = quiet(wants_quote=True)
    quote = a_quote_worked_on(case)
    by_hand(case, 30, day=4, hour=10, activity="quoting")

    quote_decisions.refuse_quote(quote=quote, reason="", by=portal(case.hana), at=prague("2026-03-04T19:00"))

    assert charged(case.ticket) == Decimal("1200.00")


def test_work_before_is_not_raised_above_what_was_told():
    case = quiet()
    quote = work_before_the_quote(case)
    approved(case, quote, day=3)
    before = WorkEntry.objects.get(activity="solving")
    leader = backoffice(a_staff_member("Eva Králová", group="vedoucí"))

    corrections.correct_entry(
        entry=before,
        change=corrections.Change(minutes=90, activity="solving"),
        reason="Zapsáno málo.",
        by=leader,
        at=prague("2026-03-04T09:00"),
    )

    raised = WorkEntry.objects.standing().get(activity="solving")
    assert (raised.billed_minutes, raised.price, raised.quote) == (90, Decimal("1200.00"), None)
    assert raised.pricing[0]["text"] == "90\u00a0min × 1\u00a0200,00\u00a0Kč/h, z kreditu, nad schválenou kalkulaci se neúčtuje"
    assert raised.pricing[0]["cut"] == "600.00"


# What cannot be told


def test_a_quote_is_not_sent_while_done_work_has_no_price():
    case = quiet(contract={"hourly_rate": 0})
    by_hand(case, 60, day=3, hour=9)

    with pytest.raises(QuoteIncomplete, match="Část hotové práce ještě nemá cenu"):
        sent(case, day=3)


def test_work_that_waits_for_credit_is_told_with_its_price():
    case = quiet(credit=500)
    LedgerAccount.objects.filter(pk=case.account.pk).update(has_hard_limit=True)
    assert by_hand(case, 60, day=3, hour=9).waits_for == "credit"

    assert told(sent(case, day=3)) == ("4800.00", "0.00", "1200.00", "6000.00")


# Where it is read


FIGURES = ["elkem nejvýše", "6 600,00 Kč", "Práce podle kalkulace, nejvýše", "4 800,00 Kč", "Příprava kalkulace", "600,00 Kč",
           "Odpracováno dřív mimo kalkulaci", "1 200,00 Kč"]  # fmt: skip


def test_pages_and_letters_say_the_four_figures():
    an_operator()
    case = quiet(credit=50_000)
    quote = work_before_the_quote(case)
    with time_machine.travel(prague("2026-03-03T19:00"), tick=False):
        pages = {
            "approver": text_of(signed_in(case.hana).get(f"/kalkulace/{quote.pk}/")),
            "request": text_of(signed_in(case.alice).get(f"/pozadavky/{case.ticket.pk}/")),
            "link": text_of(signed_in(case.hana).get(f"/kalkulace/odkaz/{token_for(case.hana)}/")),
            "desk": text_of(signed_in(case.petr).get(page_of(case.ticket))),
        }
        turns = text_of(signed_in(case.hana).get(reverse("tickets:list")))
    letters = {one.kind: one.text.replace("\u00a0", " ") for one in OutgoingMail.objects.filter(kind__startswith="quote_")}

    assert {name: [word for word in FIGURES if word not in page] for name, page in pages.items()} == {name: [] for name in pages}
    assert {name: "včetně práce zapsané do 3. 3. 2026 18:00" in page for name, page in pages.items() if name != "desk"} == {
        "approver": True, "request": True, "link": True,
    }  # fmt: skip
    assert "Celkem nejvýše 6 600,00 Kč" in turns
    for letter in (letters["quote_sent"], letters["quote_told"]):
        assert "Celkem nejvýše: 6 600,00 Kč bez DPH" in letter
        assert "práce podle kalkulace, nejvýše: 4 800,00 Kč" in letter
        assert "příprava kalkulace: 600,00 Kč" in letter
        assert "odpracováno dřív mimo kalkulaci: 1 200,00 Kč" in letter


def test_free_preparation_is_called_free():
    an_operator()
    case = quiet(contract={"is_quote_work_free": True})
    quote = a_quote_worked_on(case)

    page = text_of(signed_in(case.hana).get(f"/kalkulace/{quote.pk}/"))

    assert "<dt>Příprava kalkulace</dt><dd>zdarma podle smlouvy</dd>" in page


def test_desk_knows_what_a_draft_would_say():
    case = quiet()
    by_hand(case, 60, day=3, hour=9)
    by_hand(case, 30, day=3, hour=10, activity="quoting")
    a_draft(case)

    page = text_of(signed_in(case.petr).get(page_of(case.ticket)))

    assert "Teď by zákazník četl celkem nejvýše 6 600,00 Kč" in page


def test_sending_ends_open_work_so_that_nothing_is_worked_on_both_sides_of_the_approval():
    case = quiet()
    entry = work.start_timer(ticket=case.ticket, by=backoffice(case.petr), at=prague("2026-03-03T17:00"), activity="solving")
    quote = sent(case, day=3)

    entry.refresh_from_db()
    assert (entry.state, entry.quote, told(quote)[2]) == ("finished", None, "1200.00")
    assert [code for code, _ in charges(case.ticket)] == ["top_up", "work"]


def test_under_the_ceiling_the_same_work_is_not_counted_twice():
    case = quiet()
    approved(case, sent(case, day=3), day=3)
    by_hand(case, 60, day=4, hour=10)

    room = quote_room.quote_room(case.ticket)

    assert (room.price, room.left) == (Decimal("1200.00"), Decimal("3600.00"))
    assert told(sent(case, day=4, ceiling_price=Decimal(6000))) == ("6000.00", "0.00", "0.00", "6000.00")
