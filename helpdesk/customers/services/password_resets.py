"""„Zapomenuté heslo“: the page only writes down that somebody asked, a sweep looks whose address it is and writes the letter."""

from __future__ import annotations

from datetime import datetime, timedelta

from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.db import transaction
from django.urls import reverse

from helpdesk.customers import emails
from helpdesk.customers.models import PasswordResetRequest, User
from helpdesk.mail import wake

LETTERS_AN_HOUR = 3
REMEMBERED_FOR = timedelta(hours=1)
AT_ONCE = 100


@transaction.atomic
def request_password_reset(*, email: str, at: datetime) -> None:
    """Write the request down; one that waits already is enough.

    email   as typed
    source  S2-04
    """
    row = PasswordResetRequest(email=email.lower(), created_at=at)
    PasswordResetRequest.objects.bulk_create([row], ignore_conflicts=True)
    wake.on_commit("helpdesk.customers.tasks.answer_password_resets")


@transaction.atomic
def answer_password_resets(*, at: datetime) -> int:
    """Write the letters that were asked for; returns how many requests were looked at.

    An account gets three letters an hour at most, so that nobody fills another person's mailbox.
    """
    waiting = PasswordResetRequest.objects.filter(handled_at__isnull=True).select_for_update(skip_locked=True)
    rows = list(waiting.order_by("pk")[:AT_ONCE])
    for row in rows:
        _answer(row, at)
    return len(rows)


def forget_password_resets(*, at: datetime) -> int:
    """Delete requests that count no more; returns how many."""
    return PasswordResetRequest.objects.filter(handled_at__lt=at - REMEMBERED_FOR).delete()[0]


def _answer(row: PasswordResetRequest, at: datetime) -> None:
    """Only an activated account gets a link; a first password needs a verified invitation (S2-05)."""
    users = [user for user in User.objects.filter(email__iexact=row.email, is_active=True) if user.has_usable_password()]
    recent = PasswordResetRequest.objects.filter(email=row.email, handled_at__gt=at - REMEMBERED_FOR)
    if not users or recent.count() >= LETTERS_AN_HOUR:
        row.delete()
        return
    row.handled_at = at
    row.save(update_fields=["handled_at"])
    for user in users:
        emails.password_reset_asked(user=user, link=reset_link(user), at=at)


def reset_link(user: User) -> str:
    """The one-time link; it dies with the next sign-in or change of the password, and after a day."""
    path = reverse(
        "account_reset_password_from_key",
        kwargs={"uidb36": user_pk_to_url_str(user), "key": default_token_generator.make_token(user)},
    )
    return f"{settings.HELPDESK_URL}{path}"
