"""The rule of two people: what one person may do alone on a day, and changes that wait for a second one."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Field, Model, Sum
from django.utils import timezone

from helpdesk.customers.actor import Actor
from helpdesk.customers.models import Customer, Operator, PendingChange, UnconfirmedChange
from helpdesk.errors import DomainError

DEFAULT_LIMIT = Decimal(5000)  # until the operator's card is filled in
SMALLEST = Decimal("0.01")
WHAT_LIMIT = 300
State = PendingChange.State


class ChangeRefused(DomainError):
    """The change cannot be decided so (any more)."""


@dataclass(frozen=True, kw_only=True)
class HeldBack:
    """What of a record waits for a second person: each field's text as it is to be and as it was."""

    values: dict[str, str | None]
    before: dict[str, str | None]
    amount: Decimal


def limit() -> Decimal:
    """From which amount on a second person decides, CZK without VAT."""
    operator = Operator.objects.first()
    return operator.second_person_above if operator else DEFAULT_LIMIT


def whole() -> Decimal:
    """What a change weighs that no amount measures: as much as the limit, so that nobody makes it alone."""
    return max(limit(), SMALLEST)


@transaction.atomic
def may_alone(*, customer: Customer | None, amount: Decimal, what: str, by: Actor, at: datetime) -> bool:
    """Whether one person may make a change; when they may, it is written down and counts until midnight.

    Whoever calls makes the change in the same transaction. Locks the customer, after their account when both are locked.

    customer  whose account it concerns; None for the installation itself
    amount    what it weighs, CZK without VAT, whichever way it goes; 0 always passes
    """
    amount, day = abs(amount), timezone.localdate(at)
    if not amount:
        return True
    if customer:
        Customer.objects.select_for_update(no_key=True).get(pk=customer.pk)
    made = UnconfirmedChange.objects.filter(customer=customer, made_on=day).aggregate(total=Sum("amount"))["total"] or 0
    if made + amount >= limit():
        return False
    UnconfirmedChange.objects.create(
        customer=customer, what=what[:WHAT_LIMIT], amount=amount, made_by=by.person, made_at=at, made_on=day
    )
    return True


@transaction.atomic
def hold_back(
    *, record: Model, before: Model, weights: dict[str, Decimal], customer: Customer | None, by: Actor, at: datetime
) -> HeldBack | None:
    """Let a record's guarded changes pass, or put them back in memory; the rest of the record may be saved.

    before   the record as it is in the database, or an empty one
    weights  what each changed guarded field weighs, CZK without VAT
    returns  None when they pass; else what `propose_change` writes down once the record is saved
    """
    amount = sum(weights.values(), Decimal(0))
    if may_alone(customer=customer, amount=amount, what=f"{record._meta.verbose_name}: {record}", by=by, at=at):
        return None
    fields = [_field(record, name) for name in weights]
    held = HeldBack(
        values={field.name: _text(record, field) for field in fields},
        before={field.name: _text(before, field) for field in fields},
        amount=amount,
    )
    for field in fields:
        setattr(record, field.attname, getattr(before, field.attname))
    return held


@transaction.atomic
def propose_change(*, record: Model, held: HeldBack, customer: Customer | None, by: Actor, at: datetime) -> PendingChange:
    """Write a held change down for a second person; it takes the place of what waited about the same fields.

    returns  the change; when the same one waits already, that one
    """
    waiting = PendingChange.objects.select_for_update().filter(
        model=record._meta.label_lower, object_id=record.pk, state=State.WAITING
    )
    for earlier in waiting.order_by("id"):
        if earlier.values == held.values and earlier.before == held.before:
            return earlier
        if set(earlier.values) & set(held.values):
            _decide(earlier, State.REFUSED, by=by, at=at)
    return PendingChange.objects.create(
        model=record._meta.label_lower,
        object_id=record.pk,
        customer=customer,
        what=f"{record._meta.verbose_name} {record}"[:WHAT_LIMIT],
        before=held.before,
        values=held.values,
        amount=held.amount,
        asked_by=by.person,
        asked_at=at,
    )


@transaction.atomic
def confirm_change(*, change: PendingChange, by: Actor, at: datetime) -> PendingChange:
    """The second person agrees; the fields are written.

    raises  ChangeRefused - decided before, one's own, or the record is another by now
    """
    records = apps.get_model(change.model)._default_manager.select_for_update(of=("self",), no_key=True)
    record = records.get(pk=change.object_id)  # before the change, as where it is proposed
    change = _waiting(change)
    if change.asked_by_id == by.person.pk:
        raise ChangeRefused("Vlastní změnu potvrzuje někdo jiný. Požádejte prosím druhou osobu.")
    fields = [_field(record, name) for name in change.values]
    if {field.name: _text(record, field) for field in fields} != change.before:
        raise ChangeRefused("Záznam se od návrhu změnil. Zamítněte návrh a\u00a0změnu navrhněte znovu.")
    for field in fields:
        text = change.values[field.name]
        setattr(record, field.attname, None if text is None else field.to_python(text))
    try:
        record.clean()  # what follows from the changed fields
        record.clean_fields(exclude=[field.name for field in record._meta.fields if field.name not in change.values])
        record.validate_constraints()
    except ValidationError as error:
        raise ChangeRefused(" ".join(error.messages)) from error
    record.save(update_fields=[field.name for field in fields])
    return _decide(change, State.DONE, by=by, at=at)


@transaction.atomic
def refuse_change(*, change: PendingChange, by: Actor, at: datetime) -> PendingChange:
    """The second person does not agree, or whoever asked takes it back; the record stays as it is.

    raises  ChangeRefused - decided before
    """
    return _decide(_waiting(change), State.REFUSED, by=by, at=at)


def _waiting(change: PendingChange) -> PendingChange:
    change = PendingChange.objects.select_for_update(of=("self",)).get(pk=change.pk)
    if change.state != State.WAITING:
        raise ChangeRefused("O\u00a0změně už někdo rozhodl. Načtěte stránku znovu.")
    return change


def _decide(change: PendingChange, state: str, *, by: Actor, at: datetime) -> PendingChange:
    change.state, change.decided_by, change.decided_at = state, by.person, at
    change.save(update_fields=["state", "decided_by", "decided_at"])
    return change


def _field(record: Model, name: str) -> Field:
    field = record._meta.get_field(name)
    assert isinstance(field, Field)  # noqa: S101 - guarded fields are columns
    return field


def _text(record: Model, field: Field) -> str | None:
    """A field's value as the database would give it back, so that 1200 and 1200.00 are the same."""
    value = field.to_python(getattr(record, field.attname))
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    if isinstance(value, list):
        return json.dumps(value)
    return None if value is None else str(value)
