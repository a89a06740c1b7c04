"""Attempts at the second factor: slowed down where somebody guesses, never for the owner on another device.

Whoever gets to type a code knows the password already, so the owner is written to when codes fail.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from helpdesk.customers import emails
from helpdesk.customers.models import User
from helpdesk.customers.services.delays import forgive_attempt, take_attempt

FREE_CODES = 5
FREE_CODES_ELSEWHERE = 30  # of one person from all unknown devices, so that a crowd of networks cannot try all numbers


@transaction.atomic
def take_code_attempt(*, user: User, ip: str | None, device: str, at: datetime) -> int:
    """Count a code before it is looked at.

    device   "" for one that the person has never signed in from
    returns  how many codes were tried from there, this one included
    raises   AttemptTooSoon
    source   D20
    """
    tried = take_attempt(identifier=_identifier(user), ip=ip, device=device, free_tries=FREE_CODES, at=at)
    if not device:
        take_attempt(identifier=_identifier(user), ip=None, free_tries=FREE_CODES_ELSEWHERE, at=at)
    return tried


def code_accepted(*, user: User, ip: str | None, device: str) -> None:
    """The code was right; what failed elsewhere still counts there."""
    forgive_attempt(identifier=_identifier(user), ip=ip, device=device)
    if not device:
        forgive_attempt(identifier=_identifier(user), ip=None)


def code_refused(*, user: User, tried: int, ip: str | None, at: datetime) -> None:
    """A wrong code; past the slips of one's own fingers the person is written to, once an hour at most.

    tried  as `take_code_attempt` returned it
    """
    if tried >= FREE_CODES:
        emails.codes_guessed(user=user, ip=ip or "", at=at)


def _identifier(user: User) -> str:
    """The zero byte keeps it apart from any name that somebody could type."""
    return f"\0second-factor:{user.pk}"
