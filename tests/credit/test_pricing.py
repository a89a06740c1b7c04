"""The order in which work is paid, with prices worked out by hand."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit.pricing import Case, Scope, Source, Terms, Work, billed_minutes, covered_by, price_work
from helpdesk.payment import PRESETS


def terms(mode: str = "credit", scope: Scope = Scope.PAID, **fields: Any) -> Terms:
    case = {name: fields.pop(name) for name in list(fields) if name.startswith("is_")}
    return Terms(order=PRESETS[mode], case=Case(scope=scope, **case), **{"hourly_rate": Decimal("1200")} | fields)


def paid(work: Work, given_terms: Terms) -> list[tuple[str, int, str]]:
    return [(part.source.value, part.minutes, str(part.price)) for part in price_work(work, given_terms).parts]


@pytest.mark.req("C27", "S1-18", "S3-12", "S3-16", "S4-73", "S5-12", "S5-13", "S5-14", "D17")
@pytest.mark.parametrize(
    ("work", "given_terms", "parts"),
    [
        # 44 min at 1,200 Kč an hour
        (Work(minutes=44), terms(), [("credit", 44, "880.00")]),
        (Work(minutes=50), terms(hourly_rate=Decimal("999.99")), [("credit", 50, "833.33")]),
        # the contract includes it
        (Work(minutes=44), terms(scope=Scope.INCLUDED), [("covered", 44, "0.00")]),
        # a paid kind of request under an including paragraph
        (Work(minutes=30), terms(scope=Scope.INCLUDED, is_chargeable=True), [("credit", 30, "600.00")]),
        # a change of law and wrong data are covered, improper use is not
        (Work(minutes=30), terms(is_statutory=True), [("covered", 30, "0.00")]),
        (Work(minutes=30), terms(is_data_error=True), [("covered", 30, "0.00")]),
        (Work(minutes=30), terms(scope=Scope.INCLUDED, is_user_error=True), [("credit", 30, "600.00")]),
        # a justified complaint costs nothing, whatever caused it
        (Work(minutes=30), terms(is_complaint=True, is_user_error=True), [("covered", 30, "0.00")]),
        (Work(minutes=30), terms(is_free_quote=True), [("covered", 30, "0.00")]),
        # phone: free minutes, then the package, then the price list
        (
            Work(minutes=60, is_consulting=True, is_phone=True),
            terms(free_minutes=10, package_minutes=20),
            [("free_phone", 10, "0.00"), ("package", 20, "0.00"), ("credit", 30, "600.00")],
        ),
        # a consultation that was no call, and a call that was no consultation, take no free minutes
        (
            Work(minutes=60, is_consulting=True),
            terms(free_minutes=10, package_minutes=20),
            [("package", 20, "0.00"), ("credit", 40, "800.00")],
        ),
        (Work(minutes=60, is_phone=True), terms(free_minutes=10, package_minutes=20), [("credit", 60, "1200.00")]),
        # a contract by package pays all its work from it, the rest is invoiced
        (Work(minutes=60), terms("package", package_minutes=45), [("package", 45, "0.00"), ("invoice", 15, "300.00")]),
        # flat fee: ordinary work is in it, work above the contract is invoiced
        (Work(minutes=60), terms("flat"), [("flat", 60, "0.00")]),
        (Work(minutes=60), terms("flat", Scope.ABOVE, hourly_rate=Decimal("1500")), [("invoice", 60, "1500.00")]),
        (Work(minutes=60), terms("flat", is_chargeable=True), [("invoice", 60, "1200.00")]),
        (Work(minutes=60), terms("hourly", package_minutes=60), [("invoice", 60, "1200.00")]),
        # express +50 % on all of it; +100 % only for the 20 minutes in the evening: (30 × 1.5 + 20 × 1) / 60 × 1200
        (
            Work(minutes=30, outside_minutes=20, is_express=True),
            terms(express_percent=Decimal(50), outside_percent=Decimal(100)),
            [("credit", 30, "1300.00")],
        ),
        # what is free takes the dearer minutes first: 10 of the 20 evening minutes remain; (50 + 10) / 60 × 1200
        (
            Work(minutes=60, outside_minutes=20, is_consulting=True, is_phone=True),
            terms(free_minutes=10, outside_percent=Decimal(100)),
            [("free_phone", 10, "0.00"), ("credit", 50, "1200.00")],
        ),
        (Work(minutes=0), terms(), []),
    ],
)
def test_work_is_paid_in_the_order_of_the_contract(work: Work, given_terms: Terms, parts: list[tuple[str, int, str]]):
    assert paid(work, given_terms) == parts


@pytest.mark.req("S5-14")
def test_work_without_a_rate_is_not_charged_until_somebody_sets_one():
    pricing = price_work(Work(minutes=30, is_consulting=True, is_phone=True), terms(hourly_rate=None, free_minutes=10))

    assert (pricing.is_priced, pricing.price()) == (False, Decimal("0.00"))
    assert price_work(Work(minutes=10, is_consulting=True, is_phone=True), terms(hourly_rate=None, free_minutes=10)).is_priced


def test_each_part_says_how_it_was_priced():
    work = Work(minutes=90, outside_minutes=30, is_express=True)

    [part] = price_work(work, terms(express_percent=Decimal("12.5"), outside_percent=Decimal(100))).parts

    assert part.text == (
        "90\u00a0min × 1\u00a0200,00\u00a0Kč/h, expres +12,5\u00a0%, 30\u00a0min mimo provozní dobu +100\u00a0%, z kreditu"
    )


@pytest.mark.req("S4-73", "S3-16")
@pytest.mark.parametrize(
    ("given_terms", "above"),
    [
        (terms(), [False]),
        (terms(scope=Scope.ABOVE), [True]),
        (terms("flat", Scope.ABOVE), [True]),
        (terms("package", Scope.ABOVE, package_minutes=10), [False, True]),
        (terms("hourly", is_chargeable=True), [True]),
        # improper use is above the contract only where the contract would have covered the repair
        (terms(is_user_error=True), [False]),
        (terms(scope=Scope.INCLUDED, is_user_error=True), [True]),
        (terms("flat", is_user_error=True), [True]),
        (terms("flat"), [False]),
        (terms(scope=Scope.INCLUDED), [False]),
    ],
)
def test_what_is_charged_above_the_contract_says_so(given_terms: Terms, above: list[bool]):
    parts = price_work(Work(minutes=30), given_terms).parts

    assert [part.is_above for part in parts] == above
    assert ["nad rámec smlouvy" in part.text for part in parts] == above


@given(
    minutes=st.integers(0, 600),
    outside=st.integers(0, 600),
    free=st.integers(0, 90),
    package=st.integers(0, 300),
    mode=st.sampled_from(sorted(PRESETS)),
    scope=st.sampled_from(Scope),
    flags=st.lists(st.booleans(), min_size=9, max_size=9),
)
def test_every_minute_is_paid_exactly_once(
    minutes: int, outside: int, free: int, package: int, mode: str, scope: Scope, flags: list[bool]
):
    names = ("is_chargeable", "is_statutory", "is_data_error", "is_user_error", "is_complaint", "is_free_quote")
    given_terms = terms(mode, scope, free_minutes=free, package_minutes=package, **dict(zip(names, flags, strict=False)))
    work = Work(
        minutes=minutes, outside_minutes=outside, is_consulting=flags[6], is_express=flags[7], is_phone=flags[8]
    )  # fmt: skip

    pricing = price_work(work, given_terms)

    assert sum(part.minutes for part in pricing.parts) == minutes
    assert pricing.minutes(Source.FREE_PHONE) <= free
    assert pricing.minutes(Source.PACKAGE) <= package
    assert bool(pricing.price()) <= (not covered_by(given_terms.case))


@pytest.mark.req("D10")
@pytest.mark.parametrize(
    ("seconds", "step", "minutes"), [(0, 1, 0), (1, 1, 1), (60, 1, 1), (61, 1, 2), (61, 15, 15), (900, 15, 15), (901, 15, 30)]
)
def test_worked_seconds_are_rounded_up_once(seconds: int, step: int, minutes: int):
    assert billed_minutes(seconds, step=step) == minutes
