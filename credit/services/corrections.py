"""Correcting credit by hand: small amounts at once, large ones by two people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from credit.models import CorrectionRequest, LedgerAccount
from credit.services.ledger import correct
from helpdesk.customers.actor import Actor
from helpdesk.customers.services import second_person
from helpdesk.errors import DomainError

State = CorrectionRequest.State


class CorrectionRefused(DomainError):
    """The correction cannot be proposed or decided so."""


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """What is to be corrected.

    change  positive gives, negative takes, CZK without VAT
    reason  the customer reads it in the statement
    token   of the form
    """

    account: LedgerAccount
    change: Decimal
    reason: str
    token: UUID


@transaction.atomic
def propose_correction(*, proposal: Proposal, by: Actor, at: datetime) -> CorrectionRequest:
    """Book a small correction, or write down a large one for a second person; those of a day and an account add up.

    returns  the request; for a token used before, that one
    raises   CorrectionRefused, MonthClosed, NotCovered
    """
    reason = proposal.reason.strip()
    if not proposal.change or not reason:
        raise CorrectionRefused("Vyplňte, o kolik kredit opravit, a důvod, který si zákazník přečte ve výpisu.")
    account = LedgerAccount.objects.locked(proposal.account.pk)
    if made := CorrectionRequest.objects.filter(token=proposal.token).first():
        return made
    alone = second_person.may_alone(
        customer=account.customer, amount=proposal.change, what=f"oprava kreditu: {reason}", by=by, at=at
    )
    request = CorrectionRequest.objects.create(
        token=proposal.token,
        account=account,
        change=proposal.change,
        reason=reason,
        needs_second=not alone,
        proposed_by=by.person,
        proposed_at=at,
    )
    return _book(request, by=by, at=at) if alone else request


@transaction.atomic
def confirm_correction(*, request: CorrectionRequest, by: Actor, at: datetime) -> CorrectionRequest:
    """Book a large correction that somebody else proposed.

    raises  CorrectionRefused - it is decided already, or one's own
    """
    request = _waiting(request)
    if request.proposed_by_id == by.person.pk:
        raise CorrectionRefused("Vlastní návrh potvrzuje někdo jiný. Požádejte prosím druhou osobu.")
    request.decided_by = by.person
    return _book(request, by=by, at=at)


@transaction.atomic
def refuse_correction(*, request: CorrectionRequest, by: Actor, at: datetime) -> CorrectionRequest:
    """Drop a proposal, one's own too; nothing is booked."""
    request = _waiting(request)
    request.state, request.decided_by, request.decided_at = State.REFUSED, by.person, at
    request.save()
    return request


def _waiting(request: CorrectionRequest) -> CorrectionRequest:
    request = CorrectionRequest.objects.select_for_update(of=("self",)).select_related("account__customer").get(pk=request.pk)
    if request.state != State.WAITING:
        raise CorrectionRefused("O opravě už někdo rozhodl. Podívejte se do výpisu.")
    return request


def _book(request: CorrectionRequest, *, by: Actor, at: datetime) -> CorrectionRequest:
    customer = request.account.customer
    if customer is None:
        raise CorrectionRefused("Opravit lze jen kredit zákazníka. Vyberte účet zákazníka.")
    request.transfer = correct(
        customer=customer, change=request.change, reason=request.reason, key=f"correction:{request.pk}", at=at, by=by
    )
    request.state, request.decided_at = State.DONE, at
    request.save()
    return request
