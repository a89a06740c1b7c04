"""What a session knows of itself: when it was opened and used, by which proofs, and whose it is behind a customer's view."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

from allauth.account.internal.flows.login import (
    _AUTHENTICATION_METHODS_USER_SESSION_KEY,
    AUTHENTICATION_METHODS_SESSION_KEY,
    get_authentication_records,
)
from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from helpdesk.customers.models import User
from helpdesk.customers.services.sessions import list_session

OPENED_AT = "opened_at"
SEEN_AT = "seen_at"
HIJACK_HISTORY = "hijack_history"
IMPERSONATOR = "impersonator"
WRITTEN_EACH_SECONDS = 60
CARRIED = (OPENED_AT, AUTHENTICATION_METHODS_SESSION_KEY, _AUTHENTICATION_METHODS_USER_SESSION_KEY)

# Fragments that a page asks for by itself while it lies open: nobody has to sit in front of it.
POLLED = {
    "admin:sla_servicecalendar_progress",
    "admin:tickets_ticket_pulse",
    "admin:tickets_work_timer",
    "tickets:clock",
    "tickets:thread",
}
POLLED_WITH_MARK = {"admin:tickets_ticket_fragment": "obnova"}  # the list of the desk is also asked for by its filters


def stamp_session(session: SessionBase) -> None:
    """A session was opened now."""
    session[OPENED_AT] = session[SEEN_AT] = int(time.time())


def is_polled(request: HttpRequest) -> bool:
    """Whether the page asked for this by itself; such a request is no activity of a person."""
    name = request.resolver_match.view_name if request.resolver_match else ""
    return name in POLLED or (name in POLLED_WITH_MARK and POLLED_WITH_MARK[name] in request.GET)


def is_over(request: HttpRequest) -> bool:
    """Whether the session was left alone for too long, or is too old whatever is done in it."""
    session, now = request.session, time.time()
    if OPENED_AT not in session or SEEN_AT not in session:
        return True
    idle, longest = _limits(request)
    return now - session[SEEN_AT] > idle.total_seconds() or now - session[OPENED_AT] > longest.total_seconds()


def note_activity(request: HttpRequest) -> None:
    """Remember that somebody is here; written once a minute, so that pages cost no query for it."""
    if time.time() - request.session[SEEN_AT] >= WRITTEN_EACH_SECONDS and not is_polled(request):
        request.session[SEEN_AT] = int(time.time())


def kept_for_return(*, session: SessionBase, staff: User) -> dict[str, Any]:
    """What the borrowed session must know of the one it stands on: Django's own check sees only the customer's hash."""
    return {"hash": staff.get_session_auth_hash(), "values": {key: session[key] for key in CARRIED if key in session}}


def impersonator_of(request: HttpRequest) -> User | None:
    """The member of staff behind a borrowed view, None when their own session would have ended."""
    kept = request.session.get(IMPERSONATOR) or {}
    staff = User.objects.filter(pk=request.session[HIJACK_HISTORY][-1], is_active=True).first()
    if staff is None:
        return None
    hashes = (staff.get_session_auth_hash(), *staff.get_session_auth_fallback_hash())
    return staff if any(constant_time_compare(kept.get("hash", ""), one) for one in hashes) else None


def opened_with_second_factor(request: HttpRequest, user: User) -> bool:
    """Whether this very session was opened with two factors; a code typed later, to confirm an act, does not count.

    A passkey alone is two: the door refuses one whose device has not verified its owner (`forms.PasskeySignInForm`).
    """
    records = get_authentication_records(request, user)
    return any(record["method"] == "mfa" and not record.get("reauthenticated") for record in records)


def renew_key(request: HttpRequest) -> None:
    """A copy of the session's key that somebody took before is worthless from now on."""
    before = request.session.session_key
    request.session.cycle_key()
    list_under_new_key(request, before, owner=request.user)


def list_under_new_key(request: HttpRequest, before: str | None, *, owner: Any) -> None:
    """A session keeps its line in the list of the owner, whosever eyes it shows.

    before  its former key
    """
    ip, agent = request.META.get("REMOTE_ADDR", ""), request.headers.get("User-Agent", "")
    list_session(session=request.session, before=before, owner=owner, ip=ip, user_agent=agent)


def _limits(request: HttpRequest) -> tuple[timedelta, timedelta]:
    if request.user.is_staff or request.session.get(HIJACK_HISTORY):
        return settings.STAFF_SESSION_IDLE, settings.STAFF_SESSION_LONGEST
    return settings.CUSTOMER_SESSION_IDLE, settings.CUSTOMER_SESSION_LONGEST
