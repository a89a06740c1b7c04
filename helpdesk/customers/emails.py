"""Letters about accounts: an invitation, a link to a new password, news about the account's security."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.template.loader import render_to_string

from helpdesk.customers.models import AccessRequest, Invitation, Operator, User
from helpdesk.mail.services import queue


def person_invited(*, invitation: Invitation, link: str, at: datetime) -> None:
    """The one-time link by which the person sets the first password (S4-04, S4-06)."""
    context = {"invitation": invitation, "person": invitation.user, "link": link}
    _write("invitation", invitation.recipient, key=f"invitation:{invitation.pk}", at=at, context=context, is_confidential=True)


def password_reset_asked(*, user: User, link: str, at: datetime) -> None:
    """The one-time link that „Zapomenuté heslo“ promises (S2-04)."""
    context = {"person": user, "link": link}
    key = f"password-reset:{user.pk}:{at.timestamp()}"
    _write("password_reset", user.email, key=key, at=at, context=context, is_confidential=True)


def access_rejected(*, request: AccessRequest, at: datetime) -> None:
    """Why access was not granted: to the applicant, and to the responsible person who asked for a colleague."""
    asked_by = request.requested_by.email if request.requested_by else ""
    for address in dict.fromkeys((request.email, asked_by)):
        _write("access_rejected", address, key=f"access-rejected:{request.pk}", at=at, context={"request": request})


def account_changed(*, user: User, change: str, ip: str, at: datetime) -> None:
    """Something about signing in changed; whoever did not do it should know.

    change  a Czech sentence
    """
    context = {"person": user, "change": change, "ip": ip, "at": at}
    _write("account_changed", user.email, key=f"account:{user.pk}:{at.timestamp()}", at=at, context=context)


def codes_guessed(*, user: User, ip: str, at: datetime) -> None:
    """Somebody who knows the password tries codes of the second factor."""
    context = {"person": user, "ip": ip, "at": at}
    _write("codes_guessed", user.email, key=f"codes-guessed:{user.pk}:{at:%Y%m%d%H}", at=at, context=context)


def address_changed(*, user: User, old: str, at: datetime) -> None:
    """The former address hears that it is no more the person's: who has a new one may be somebody else (D20)."""
    context = {"person": user, "at": at}
    _write("address_changed", old, key=f"address:{user.pk}:{at.timestamp()}", at=at, context=context)


def _write(letter: str, address: str, *, key: str, at: datetime, context: dict[str, Any], is_confidential: bool = False) -> None:
    if not address:
        return
    letter_text = render_to_string(f"email/customers/{letter}.txt", {"operator": Operator.objects.first(), **context})
    subject, _, body = letter_text.partition("\n")
    text = body.strip() + "\n"
    queue(key=key, kind=letter, to=address, subject=subject, text=text, at=at, is_confidential=is_confidential)
