"""Moving credit: the only code that writes transfers, reservations and closed months.

Whoever takes several accounts in one transaction takes them in the order of their ids; within a transaction the account is
locked before its reservations.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils import timezone

from credit import letters
from credit.models import Hold, LedgerAccount, LedgerTransfer, PeriodClose
from helpdesk.customers.actor import SYSTEM, Actor
from helpdesk.customers.models import Customer
from helpdesk.errors import DomainError
from helpdesk.money import czk

Code = LedgerTransfer.Code
Kind = LedgerAccount.Kind

MEMO_LIMIT = 300
THRESHOLDS = (Decimal(2000), Decimal(0))  # of accounts that have none of their own


class LedgerConflict(Exception):
    """A key was used before for another movement: a bug of the caller, never silence."""


class NotCovered(DomainError):
    """The account does not cover what is asked of it."""


class MonthClosed(DomainError):
    """Nothing is booked into a closed month any more."""


class AlreadyReversed(DomainError):
    """A movement is reversed once, and a reversal never."""


@dataclass(frozen=True, kw_only=True)
class Movement:
    """What is to be booked.

    key          identity of the cause; the same key with the same contents is the same movement
    debit        the account that pays; credit, the one that receives; exactly one is a customer's
    amount       positive, CZK without VAT, whole halers
    occurred_at  moment of the cause; the movement is booked on its day, or on the first day of the first open month
    """

    key: str
    code: Code
    debit: LedgerAccount
    credit: LedgerAccount
    amount: Decimal
    memo: str
    occurred_at: datetime
    hold: Hold | None = None
    reverses: LedgerTransfer | None = None

    @property
    def account(self) -> LedgerAccount:
        """The customer's one of the two."""
        return self.debit if self.debit.kind == Kind.CUSTOMER else self.credit


def account_of(customer: Customer) -> LedgerAccount:
    """The customer's one credit account, opened at zero when it is first needed (D22)."""
    return LedgerAccount.objects.get_or_create(customer=customer, defaults={"kind": Kind.CUSTOMER})[0]


@transaction.atomic
def post(movement: Movement, *, by: Actor) -> LedgerTransfer:
    """Book a movement exactly once.

    returns  the row; for a key that was booked before with the same contents, that row
    raises   LedgerConflict (the key belongs to another movement), NotCovered (hard limit), MonthClosed, AlreadyReversed
    source   S1-18, D12
    """
    account = LedgerAccount.objects.locked(movement.account.pk)
    if booked := LedgerTransfer.objects.filter(key=movement.key).first():
        return _same(booked, movement)
    try:
        with transaction.atomic():
            transfer = LedgerTransfer.objects.create(
                key=movement.key,
                code=movement.code,
                debit=movement.debit,
                credit=movement.credit,
                amount=movement.amount,
                hold=movement.hold,
                reverses=movement.reverses,
                booked_on=booking_day(account, movement.occurred_at),
                occurred_at=movement.occurred_at,
                created_by=by.user,
                memo=movement.memo[:MEMO_LIMIT],
            )
    except IntegrityError as refused:
        raise _in_words(refused) from refused
    transfer.refresh_from_db()
    _warn_of_low_credit(account, transfer)
    return transfer


def _warn_of_low_credit(account: LedgerAccount, transfer: LedgerTransfer) -> None:
    """Write when the movement took the balance below a threshold; when it crossed several, about the lowest of them.

    account  as it was before the movement
    source   S1-18, feature 4: once each time it is crossed
    """
    if transfer.change > 0:
        return
    own = list(account.thresholds.values_list("amount", flat=True))
    crossed = [amount for amount in own or THRESHOLDS if transfer.balance_after < amount <= account.balance]
    if crossed:
        letters.low_credit(account=account, transfer=transfer, threshold=min(crossed))


def _same(booked: LedgerTransfer, movement: Movement) -> LedgerTransfer:
    """The transfer of a replayed key, after comparing what it moved with what is asked now."""
    asked = (
        movement.code,
        movement.debit.pk,
        movement.credit.pk,
        movement.amount,
        movement.reverses.pk if movement.reverses else None,
    )
    if asked != (booked.code, booked.debit_id, booked.credit_id, booked.amount, booked.reverses_id):
        raise LedgerConflict(f"The key {movement.key} belongs to transfer {booked.pk}, which moved something else.")
    return booked


REFUSALS: dict[str, DomainError] = {
    "ledger_transfer_hard_limit": NotCovered("Kredit na to nestačí a účet nedovoluje přečerpání. Dobijte prosím kredit."),
    "ledger_transfer_open_month": MonthClosed("Měsíc je uzavřený. Zaúčtujte pohyb do otevřeného měsíce."),
    "credit_ledgertransfer_reverses_id_key": AlreadyReversed("Pohyb už byl stornován. Podívejte se do výpisu."),
    "hold_covered": NotCovered("Volný kredit na rezervaci nestačí. Dobijte prosím kredit."),
}


def _in_words(refused: IntegrityError) -> Exception:
    """What the database refused, in words for people; a refusal that no user can cause stays as it is."""
    cause = refused.__cause__
    constraint = getattr(getattr(cause, "diag", None), "constraint_name", None)
    return REFUSALS.get(constraint or "", refused)


def booking_day(account: LedgerAccount, occurred_at: datetime) -> date:
    """The day of the cause in Prague; the first of the next month when its own is closed.

    account  locked by the caller, so that the month cannot be closed meanwhile
    """
    day = timezone.localdate(occurred_at)
    last = account.closes.order_by("-month").values_list("month", flat=True).first()
    if last is None or day >= _next_month(last):
        return day
    return _next_month(last)


def _next_month(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)


def _supplier(kind: Kind) -> LedgerAccount:
    return LedgerAccount.objects.get(kind=kind)


@transaction.atomic
def top_up(*, customer: Customer, amount: Decimal, source: Kind, key: str, text: str, at: datetime, by: Actor) -> LedgerTransfer:
    """Credit a payment's tax base.

    source  the account of the way it came: COMGATE or BANK
    key     "comgate:{id}", "bank:{account}:{transaction}"
    """
    movement = Movement(
        key=key,
        code=Code.TOP_UP,
        debit=_supplier(source),
        credit=account_of(customer),
        amount=amount,
        memo=text,
        occurred_at=at,
    )
    return post(movement, by=by)


@transaction.atomic
def charge_work(
    *, customer: Customer, amount: Decimal, text: str, key: str, at: datetime, by: Actor, hold: Hold | None = None
) -> LedgerTransfer:
    """Take the price of done work from the credit, also into overdraft: done work is always recorded.

    hold    the reservation of the approved quote that the work belongs to; what it still holds pays first
    source  S1-18
    """
    movement = Movement(
        key=key,
        code=Code.WORK,
        debit=account_of(customer),
        credit=_supplier(Kind.WORK),
        amount=amount,
        memo=text,
        occurred_at=at,
        hold=hold,
    )
    return post(movement, by=by)


@transaction.atomic
def correct(*, customer: Customer, change: Decimal, reason: str, key: str, at: datetime, by: Actor) -> LedgerTransfer:
    """Give or take credit by hand, with a reason that the customer reads in the statement.

    change  positive gives, negative takes, CZK without VAT
    """
    account, correction = account_of(customer), _supplier(Kind.CORRECTION)
    debit, credit = (correction, account) if change > 0 else (account, correction)
    movement = Movement(
        key=key, code=Code.CORRECTION, debit=debit, credit=credit, amount=abs(change), memo=reason, occurred_at=at
    )
    return post(movement, by=by)


@transaction.atomic
def reverse(*, transfer: LedgerTransfer, reason: str, at: datetime, by: Actor) -> LedgerTransfer:
    """Mirror a movement; what a reservation had paid goes back into it while it is not released.

    returns  the reversal; the same one when it was reversed before
    raises   AlreadyReversed - it is a reversal itself
    """
    if transfer.reverses_id:
        raise AlreadyReversed("Storno nelze stornovat. Zaúčtujte prosím nový pohyb.")
    movement = Movement(
        key=f"rev:{transfer.pk}",
        code=Code.REVERSAL,
        debit=transfer.credit,
        credit=transfer.debit,
        amount=transfer.amount,
        memo=reason,
        occurred_at=at,
        reverses=transfer,
    )
    return post(movement, by=by)


@transaction.atomic
def close_period(*, customer: Customer, month: date, at: datetime, by: Actor = SYSTEM) -> PeriodClose:
    """Close a month of a customer: nothing is booked into it or before it any more. Closing again changes nothing."""
    account = LedgerAccount.objects.locked(account_of(customer).pk)
    return PeriodClose.objects.get_or_create(
        account=account, month=month.replace(day=1), defaults={"closed_at": at, "closed_by": by.user}
    )[0]


@transaction.atomic
def reserve(
    *, customer: Customer, amount: Decimal, key: str, text: str, at: datetime, expires_at: datetime | None = None
) -> Hold:
    """Set credit aside for an approved quote.

    returns  the hold; for a key used before with the same amount, that hold
    raises   NotCovered, LedgerConflict
    source   S1-16, feature 4: two quotes cannot reserve the same crown
    """
    account = LedgerAccount.objects.locked(account_of(customer).pk)
    if made := Hold.objects.filter(key=key).first():
        if (made.account_id, made.amount) != (account.pk, amount):
            raise LedgerConflict(f"The key {key} belongs to hold {made.pk} of another amount.")
        return made
    if account.available < amount:
        raise NotCovered(
            f"Volný kredit {czk(account.available)} na rezervaci {czk(amount)} nestačí. Dobijte prosím kredit a zkuste to znovu."
        )
    return Hold.objects.create(
        account=account, key=key, amount=amount, memo=text[:MEMO_LIMIT], created_at=at, expires_at=expires_at
    )


@transaction.atomic
def release(*, hold: Hold, at: datetime) -> Hold:
    """Give back what the reservation still holds. Releasing again changes nothing."""
    LedgerAccount.objects.locked(hold.account_id)
    hold.refresh_from_db()
    if hold.released_at is None:
        hold.released_at = at
        hold.save(update_fields=["released_at"])
    return hold
