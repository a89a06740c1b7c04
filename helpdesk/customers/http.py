"""Requests of signed-in people, the rule who has a portal, and what a door itself writes into the security log."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from helpdesk.customers.actor import Actor
from helpdesk.customers.channels import Channel
from helpdesk.customers.models import User
from helpdesk.customers.services.audit import record_audit_event, record_repeated_event


class SignedInRequest(HttpRequest):
    """A request behind `portal_page`: its user is a customer's person."""

    user: User
    htmx: Any


def portal_page(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Only for signed-in people of customers; staff have no portal and are led to the backoffice."""

    @login_required
    @wraps(view)
    def guarded(request: SignedInRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_staff:
            return redirect("admin:index")
        return view(request, *args, **kwargs)

    return guarded


def record_at_door(request: HttpRequest, *, kind: str, repeats: bool = False, **details: Any) -> None:
    """Write what happened at the door of a request: by whoever really sits there, for the customer whose view they borrowed.

    repeats  somebody may do it without end, so that it is counted rather than written each time
    details  subject, before and after of `record_audit_event`
    """
    person = request.user if request.user.is_authenticated else None
    staff = getattr(request, "impersonator", None)
    by = Actor(user=staff or person, channel=Channel.PORTAL, ip=request.META.get("REMOTE_ADDR"))
    record = record_repeated_event if repeats else record_audit_event
    record(kind=kind, by=by, at=timezone.now(), acting_for=person if staff else None, **details)
