"""Correcting credit by hand."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, transaction

from credit.models import CorrectionRequest, LedgerTransfer
from credit.services.corrections import (
    CorrectionRefused,
    Proposal,
    confirm_correction,
    propose_correction,
    refuse_correction,
)
from tests.builders import MONDAY, a_customer, a_staff_member, an_operator, backoffice
from tests.credit.builders import account_of, top_up

pytestmark = pytest.mark.django_db


@pytest.fixture
def eva():
    return a_staff_member("Eva Malá", group="účtárna")


@pytest.fixture
def ota():
    return a_staff_member("Ota Starý", group="účtárna")


def propose(person, change: str, *, reason: str = "Dvojí dobití", token: UUID | None = None, account=None) -> CorrectionRequest:
    if account is None:
        customer = a_customer()
        top_up(customer, "1000")
        account = account_of(customer)
    proposal = Proposal(account=account, change=Decimal(change), reason=reason, token=token or uuid4())
    return propose_correction(proposal=proposal, by=backoffice(person), at=MONDAY)


@pytest.mark.req("S1-18")
@pytest.mark.parametrize(("change", "balance"), [("-300", "700.00"), ("4999.99", "5999.99")])
def test_small_correction_is_booked_at_once_with_its_reason(eva, change: str, balance: str):
    an_operator()

    made = propose(eva, change)

    made.account.refresh_from_db()
    assert (made.state, made.needs_second, made.account.balance) == ("done", False, Decimal(balance))
    assert (made.transfer.memo, made.transfer.created_by, made.transfer.key) == ("Dvojí dobití", eva, f"correction:{made.pk}")


@pytest.mark.req("S1-18")
@pytest.mark.parametrize("change", ["5000", "-5000"])
def test_large_correction_waits_for_a_second_person(eva, ota, change: str):
    an_operator(second_person_above=5000)
    waiting = propose(eva, change)
    assert (waiting.state, waiting.transfer, LedgerTransfer.objects.count()) == ("waiting", None, 1)

    with pytest.raises(CorrectionRefused, match="Vlastní návrh potvrzuje někdo jiný"):
        confirm_correction(request=waiting, by=backoffice(eva), at=MONDAY)
    done = confirm_correction(request=waiting, by=backoffice(ota), at=MONDAY)

    assert (done.state, done.decided_by, done.transfer.change) == ("done", ota, Decimal(change))
    assert done.transfer.created_by == ota


@pytest.mark.req("S1-18")
def test_refused_correction_books_nothing_and_is_not_decided_again(eva, ota):
    waiting = propose(eva, "9000")

    refuse_correction(request=waiting, by=backoffice(ota), at=MONDAY)

    with pytest.raises(CorrectionRefused, match="už někdo rozhodl"):
        confirm_correction(request=waiting, by=backoffice(ota), at=MONDAY)
    assert LedgerTransfer.objects.count() == 1


@pytest.mark.req("S1-18")
def test_form_sent_twice_is_one_correction(eva):
    token = uuid4()
    first = propose(eva, "-300", token=token)

    second = propose(eva, "-300", token=token, account=first.account)

    assert first == second
    assert account_of(first.account.customer).balance == Decimal("700.00")


@pytest.mark.parametrize(("change", "reason"), [("0", "Oprava"), ("10", "  ")])
def test_correction_has_an_amount_and_a_reason(eva, change: str, reason: str):
    with pytest.raises(CorrectionRefused, match="Vyplňte"):
        propose(eva, change, reason=reason)


@pytest.mark.req("S1-18")
@pytest.mark.parametrize(
    "fields",
    [{"change": 1}, {"reason": "Jiný"}, {"needs_second": False}, {"state": "done"}, "own"],
)
def test_database_keeps_what_was_proposed_and_asks_for_two_people(eva, fields):
    waiting = propose(eva, "9000")
    if fields == "own":
        transfer = propose(eva, "1").transfer
        fields = {"state": "done", "decided_by": eva, "decided_at": MONDAY, "transfer": top_up(a_customer(), "1")}
        assert transfer

    with pytest.raises(IntegrityError), transaction.atomic():
        CorrectionRequest.objects.filter(pk=waiting.pk).update(**fields)


@pytest.mark.req("S1-18")
def test_database_keeps_a_decided_correction(eva):
    made = propose(eva, "-300")

    with pytest.raises(IntegrityError), transaction.atomic():
        CorrectionRequest.objects.filter(pk=made.pk).update(state="refused")
