"""Housekeeping of sign-in that beat wakes."""

from celery import shared_task
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone

from helpdesk.customers.services import password_resets
from helpdesk.customers.services.audit import forget_old_tallies
from helpdesk.customers.services.delays import forget_old_delays
from helpdesk.customers.services.limits import forget_old_counts


@shared_task
def tidy_sign_in() -> None:
    """Delete sessions, delays, counts of failures and requests for a password whose time is over."""
    SessionStore.clear_expired()
    forget_old_delays(at=timezone.now())
    forget_old_tallies(at=timezone.now())
    forget_old_counts(at=timezone.now())
    password_resets.forget_password_resets(at=timezone.now())


@shared_task
def answer_password_resets() -> None:
    """Write the letters of „Zapomenuté heslo“."""
    while password_resets.answer_password_resets(at=timezone.now()):
        pass
