"""Requests of signed-in people, and the rule who has a portal."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from helpdesk.customers.models import User


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
