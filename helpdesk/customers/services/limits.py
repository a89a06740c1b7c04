"""Limits of what one signed-in customer may send within an hour and a day, counted in PostgreSQL."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.utils import timezone

from helpdesk.customers.actor import Actor
from helpdesk.customers.models import SentCount
from helpdesk.customers.models.people import User
from helpdesk.errors import DomainError

Kind, Span = SentCount.Kind, SentCount.Span
MEGABYTE = 1024**2
KEPT_FOR = timedelta(days=2)
WORDS = {
    Kind.REQUEST: "založili nejvíc požadavků, kolik jich od\u00a0jedné osoby přijmeme",
    Kind.MESSAGE: "poslali nejvíc zpráv, kolik jich od\u00a0jedné osoby přijmeme",
    Kind.UPLOAD: "nahráli nejvíc souborů, kolik jich od\u00a0jedné osoby přijmeme",
}
COUNT = """
INSERT INTO customers_sentcount AS counted (user_id, kind, span, since, amount) VALUES (%s, %s, %s, %s, %s)
ON CONFLICT (user_id, kind, span, since) DO UPDATE SET amount = counted.amount + excluded.amount
WHERE counted.amount + excluded.amount <= %s
RETURNING amount
"""


class LimitReached(DomainError):
    """The person has sent as much as one may; `until` is when they may go on."""

    def __init__(self, sentence: str, until: datetime) -> None:
        super().__init__(sentence)
        self.until = until


def count_sent(*, kind: SentCount.Kind, by: Actor, at: datetime, amount: int = 1) -> None:
    """Count what a customer is about to send; part of the act, so that what fails is not counted.

    Acts of staff and of the system are not limited. Two at once count one after the other, on the same row.

    amount  bytes of an upload
    raises  LimitReached
    """
    if by.user and not by.is_staff:
        count_of_person(person=by.user, kind=kind, at=at, amount=amount)


def count_of_person(*, person: User, kind: SentCount.Kind, at: datetime, amount: int = 1) -> None:
    """As `count_sent`, for a person who is known not to be staff."""
    for span, most in settings.CUSTOMER_LIMITS[kind.value].items():
        since, until = _bounds(Span(span), at)
        with connection.cursor() as cursor:
            if amount <= most:
                cursor.execute(COUNT, [person.pk, kind.value, span, since, amount, most])
            if amount > most or cursor.fetchone() is None:
                raise LimitReached(_sentence(kind, Span(span), most, until), until)


def forget_old_counts(*, at: datetime) -> int:
    """Delete counts of days that are over; returns how many."""
    return SentCount.objects.filter(since__lt=at - KEPT_FOR).delete()[0]


def _bounds(span: SentCount.Span, at: datetime) -> tuple[datetime, datetime]:
    """The hour or the day of Prague that holds `at`."""
    local = timezone.localtime(at)
    if span == Span.HOUR:
        since = local.replace(minute=0, second=0, microsecond=0)
        return since, since + timedelta(hours=1)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight, midnight + timedelta(days=1)


def _sentence(kind: SentCount.Kind, span: SentCount.Span, most: int, until: datetime) -> str:
    amount = f"{most // MEGABYTE} MB" if kind == Kind.UPLOAD else str(most)
    period = "Za\u00a0tuto hodinu" if span == Span.HOUR else "Dnes"
    again = f"v\u00a0{until:%H:%M}".replace(" 0", " ") if span == Span.HOUR else "zítra po\u00a0půlnoci"
    return f"{period} jste už {WORDS[kind]} ({amount}). Pokračovat můžete {again}; spěchá-li to, zavolejte nám prosím."
