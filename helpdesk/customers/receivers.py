"""What follows from events of the libraries that sign people in."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_reset
from django.http import HttpRequest

from helpdesk.customers.models import User
from helpdesk.customers.services.sessions import end_sessions
from helpdesk.customers.sessions import renew_key, stamp_session


def signed_in(*, request: HttpRequest, **signal: Any) -> None:
    """The clock of a session starts with the sign-in."""
    stamp_session(request.session)


def factor_changed(*, request: HttpRequest, user: User, authenticator: Authenticator, **signal: Any) -> None:
    """Whoever else is signed in as this person signs in anew, with the factors that hold now.

    Recovery codes that come or go with a factor follow from it, and its own event ends the sessions.
    """
    if authenticator.type == Authenticator.Type.RECOVERY_CODES and signal.get("signal") is not authenticator_reset:
        return
    renew_key(request)
    end_sessions(user=user, kept=request.session)
