"""Housekeeping of sign-in that beat wakes."""

from celery import shared_task
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone

from helpdesk.customers.services.delays import forget_old_delays


@shared_task
def tidy_sign_in() -> None:
    """Delete sessions and delays whose time is over."""
    SessionStore.clear_expired()
    forget_old_delays(at=timezone.now())
