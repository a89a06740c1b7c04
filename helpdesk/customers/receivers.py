"""What follows from events of the libraries that sign people in."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset
from django.http import HttpRequest
from django.utils import timezone

from helpdesk.customers.actor import Actor
from helpdesk.customers.channels import Channel
from helpdesk.customers.http import record_at_door
from helpdesk.customers.models import AuditEvent, User
from helpdesk.customers.services.audit import record_audit_event
from helpdesk.customers.services.sessions import end_sessions
from helpdesk.customers.sessions import renew_key, stamp_session

Kind = AuditEvent.Kind
FACTOR_EVENTS = {
    authenticator_added: Kind.FACTOR_ADDED,
    authenticator_removed: Kind.FACTOR_REMOVED,
    authenticator_reset: Kind.RECOVERY_CODES,
}


def signed_in(*, request: HttpRequest, **signal: Any) -> None:
    """The clock of a session starts with the sign-in."""
    stamp_session(request.session)


def factor_changed(*, request: HttpRequest, user: User, authenticator: Authenticator, **signal: Any) -> None:
    """Whoever else is signed in as this person signs in anew, with the factors that hold now.

    Recovery codes that come or go with a factor follow from it, and its own event ends the sessions.
    """
    kind = FACTOR_EVENTS[signal["signal"]]
    if authenticator.type == Authenticator.Type.RECOVERY_CODES and kind != Kind.RECOVERY_CODES:
        return
    renew_key(request)
    end_sessions(user=user, kept=request.session)
    record_audit_event(kind=kind, by=Actor.portal(request), at=timezone.now(), subject=user, after={"factor": authenticator.type})


def password_changed(*, request: HttpRequest, user: User, **signal: Any) -> None:
    """By the owner, or by whoever opened the link from the mailbox."""
    by = Actor(user=user, channel=Channel.PORTAL, ip=request.META.get("REMOTE_ADDR"))
    record_audit_event(kind=Kind.PASSWORD_CHANGED, by=by, at=timezone.now(), subject=user)


def second_factor_failed(*, request: HttpRequest, user: User, authenticator: Authenticator, **signal: Any) -> None:
    """A wrong code, at the sign-in or when an act is confirmed."""
    after = {"factor": authenticator.type}
    record_at_door(request, kind=Kind.SIGN_IN_FAILED, repeats=True, subject=user, after=after)
