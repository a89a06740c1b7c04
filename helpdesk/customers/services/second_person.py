"""The rule of two people: what one person may do alone on a day, and changes that wait for a second one."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from helpdesk.customers.actor import Actor
from helpdesk.customers.models import Customer, Operator, UnconfirmedChange

DEFAULT_LIMIT = Decimal(5000)  # until the operator's card is filled in
WHAT_LIMIT = 300


def limit() -> Decimal:
    """From which amount on a second person decides, CZK without VAT."""
    operator = Operator.objects.first()
    return operator.second_person_above if operator else DEFAULT_LIMIT


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
