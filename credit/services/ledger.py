"""Moving credit: the only code that writes transfers, reservations and closed months.

Whoever takes several accounts in one transaction takes them in the order of their ids; within a transaction the account is
locked before its reservations.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import IntegrityError, connection, transaction
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
    customer     whose credit moves; other, the supplier's account on the other side
    gives        whether the customer's credit grows
    amount       positive, CZK without VAT, whole halers
    occurred_at  moment of the cause; the movement is booked on its day, or on the first day of the first open month
    """

    key: str
    code: Code
    customer: Customer
    other: Kind
    gives: bool
    amount: Decimal
    memo: str
    occurred_at: datetime
    hold: Hold | None = None
    reverses: LedgerTransfer | None = None


@dataclass(frozen=True)
class Known:
    """What a movement has to know, read in one statement after the account was locked.

    other       the supplier's account
    booked      the transfer that the key names already
    closed      the last closed month, its first day
    thresholds  the account's own
    """

    other: int
    booked: int | None
    closed: date | None
    thresholds: list[Decimal]


KNOWN = """
SELECT (SELECT id FROM credit_ledgeraccount WHERE kind = %(other)s),
       (SELECT id FROM credit_ledgertransfer WHERE key = %(key)s),
       (SELECT max(month) FROM credit_periodclose WHERE account_id = %(account)s),
       ARRAY(SELECT amount FROM credit_creditthreshold WHERE account_id = %(account)s)
"""


def account_of(customer: Customer) -> LedgerAccount:
    """The customer's one credit account, opened at zero when it is first needed (D22)."""
    return LedgerAccount.objects.get_or_create(customer=customer, defaults={"kind": Kind.CUSTOMER})[0]


def locked_account_of(customer: Customer) -> LedgerAccount:
    """The same, locked until the end of the transaction."""
    return LedgerAccount.objects.locked_of(customer) or LedgerAccount.objects.locked(account_of(customer).pk)


def post(movement: Movement, *, by: Actor) -> LedgerTransfer:
    """Book a movement exactly once.

    returns  the row; for a key that was booked before with the same contents, that row
    raises   LedgerConflict (the key belongs to another movement), NotCovered (hard limit), MonthClosed, AlreadyReversed
    source   S1-18, D12
    """
    try:
        with transaction.atomic():
            return _book(movement, by)
    except IntegrityError as refused:
        raise _in_words(refused) from refused


def _book(movement: Movement, by: Actor) -> LedgerTransfer:
    account = locked_account_of(movement.customer)
    known = _known(account, movement)
    if known.booked:
        return _same(LedgerTransfer.objects.get(pk=known.booked), movement, account, known.other)
    debit, credit = (known.other, account.pk) if movement.gives else (account.pk, known.other)
    transfer = LedgerTransfer.objects.create(
        key=movement.key,
        code=movement.code,
        debit_id=debit,
        credit_id=credit,
        amount=movement.amount,
        hold=movement.hold,
        reverses=movement.reverses,
        booked_on=booking_day(movement.occurred_at, closed=known.closed),
        occurred_at=movement.occurred_at,
        created_by=by.user,
        memo=movement.memo[:MEMO_LIMIT],
    )
    transfer.refresh_from_db()  # what the database computed
    _warn_of_low_credit(account, transfer, known.thresholds)
    return transfer


def _known(account: LedgerAccount, movement: Movement) -> Known:
    with connection.cursor() as cursor:
        cursor.execute(KNOWN, {"account": account.pk, "key": movement.key, "other": movement.other})
        return Known(*cursor.fetchone())


def _warn_of_low_credit(account: LedgerAccount, transfer: LedgerTransfer, own: list[Decimal]) -> None:
    """Write when the movement took the balance below a threshold; when it crossed several, about the lowest of them.

    account  as it was before the movement
    own      thresholds of the account
    source   S1-18, feature 4: once each time it is crossed
    """
    if transfer.change > 0:
        return
    crossed = [amount for amount in own or THRESHOLDS if transfer.balance_after < amount <= account.balance]
    if crossed:
        letters.low_credit(account=account, transfer=transfer, threshold=min(crossed))


def _same(booked: LedgerTransfer, movement: Movement, account: LedgerAccount, other: int) -> LedgerTransfer:
    """The transfer of a replayed key, after comparing what it moved with what is asked now."""
    reverses = movement.reverses.pk if movement.reverses else None
    hold = movement.hold.pk if movement.hold else None
    debit, credit = (other, account.pk) if movement.gives else (account.pk, other)
    asked = (movement.code, debit, credit, movement.amount, reverses, booked.hold_id if reverses else hold)
    if asked != (booked.code, booked.debit_id, booked.credit_id, booked.amount, booked.reverses_id, booked.hold_id):
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


def booking_day(occurred_at: datetime, *, closed: date | None) -> date:
    """The day of the cause in Prague; the first of the next month when its own is closed.

    closed  the first day of the last closed month; read under the lock of the account, so that no other is closed meanwhile
    """
    day = timezone.localdate(occurred_at)
    if closed is None or day >= _next_month(closed):
        return day
    return _next_month(closed)


def _next_month(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)


def top_up(*, customer: Customer, amount: Decimal, source: Kind, key: str, text: str, at: datetime, by: Actor) -> LedgerTransfer:
    """Credit a payment's tax base.

    source  the account of the way it came: COMGATE or BANK
    key     "comgate:{id}", "bank:{account}:{transaction}"
    """
    movement = Movement(
        key=key,
        code=Code.TOP_UP,
        customer=customer,
        other=source,
        gives=True,
        amount=amount,
        memo=text,
        occurred_at=at,
    )
    return post(movement, by=by)


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
        customer=customer,
        other=Kind.WORK,
        gives=False,
        amount=amount,
        memo=text,
        occurred_at=at,
        hold=hold,
    )
    return post(movement, by=by)


def correct(*, customer: Customer, change: Decimal, reason: str, key: str, at: datetime, by: Actor) -> LedgerTransfer:
    """Give or take credit by hand, with a reason that the customer reads in the statement.

    change  positive gives, negative takes, CZK without VAT
    """
    movement = Movement(
        key=key,
        code=Code.CORRECTION,
        customer=customer,
        other=Kind.CORRECTION,
        gives=change > 0,
        amount=abs(change),
        memo=reason,
        occurred_at=at,
    )
    return post(movement, by=by)


def reverse(*, transfer: LedgerTransfer, reason: str, at: datetime, by: Actor, hold: Hold | None = None) -> LedgerTransfer:
    """Mirror a movement; what a reservation had paid goes back into it while it is not released.

    hold     the reservation that has taken the place of the one that paid; what that one had paid goes into it
    returns  the reversal; the same one when it was reversed before
    raises   AlreadyReversed - it is a reversal itself
    """
    if transfer.reverses_id:
        raise AlreadyReversed("Storno nelze stornovat. Zaúčtujte prosím nový pohyb.")
    took = transfer.debit_id == transfer.account_id
    movement = Movement(
        key=f"rev:{transfer.pk}",
        code=Code.REVERSAL,
        customer=Customer.objects.get(credit_account=transfer.account_id),
        other=Kind((transfer.credit if took else transfer.debit).kind),
        gives=took,
        amount=transfer.amount,
        memo=reason,
        occurred_at=at,
        hold=hold if transfer.hold_id else None,
        reverses=transfer,
    )
    return post(movement, by=by)


@transaction.atomic
def close_period(*, customer: Customer, month: date, at: datetime, by: Actor = SYSTEM) -> PeriodClose:
    """Close a month of a customer: nothing is booked into it or before it any more. Closing again changes nothing."""
    account = locked_account_of(customer)
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
    account = locked_account_of(customer)
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
