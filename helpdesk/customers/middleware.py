"""Doors that depend on who asks: the backoffice is for staff with a second factor, a borrowed view is read-only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import SESSION_KEY, logout
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django_htmx.http import HttpResponseClientRedirect

from helpdesk.customers.adapter import NO_FACTOR
from helpdesk.customers.auth import lacks_factor, may_act_as
from helpdesk.customers.http import record_at_door
from helpdesk.customers.models import AuditEvent, User
from helpdesk.customers.sessions import (
    HIJACK_HISTORY,
    impersonator_of,
    is_over,
    is_polled,
    note_activity,
    opened_with_second_factor,
)
from helpdesk.numbers import row_key

SAFE = ("GET", "HEAD", "OPTIONS")
OF_THE_PERSON_ALONE = ("account_", "mfa_", "usersessions_")
READ_ONLY = "Jste tu za\u00a0zákazníka jen pro čtení, nic se nezměnilo. Chcete-li něco udělat, vraťte se do\u00a0backoffice."
SECOND_FACTOR_NEEDED = "Do\u00a0backoffice se vstupuje se dvěma faktory. Přihlaste se prosím znovu i\u00a0s\u00a0druhým faktorem."
SESSION_OVER = "Dlouho jste v\u00a0helpdesku nic nedělali, nebo jste přihlášeni příliš dlouho. Přihlaste se prosím znovu."
BORROWED_OVER = "Prohlížení za\u00a0zákazníka skončilo i\u00a0s\u00a0vaším přihlášením. Přihlaste se prosím znovu."
STOP_POLLING = 286  # what htmx takes for „do not ask again“


class Doors:
    """Decides before the view whether this person may pass here at all.

    source  S4-03, D20; a second factor of staff is our choice (STAFF_MFA_REQUIRED)
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pages of signed-in people stay out of the browser's cache: after signing out nobody pages back to them."""
        response = self.get_response(request)
        if request.session.accessed and SESSION_KEY in request.session:
            patch_cache_control(response, private=True, no_store=True)
        if request.headers.get("HX-Request") and _leads_to_sign_in(response):
            return to_sign_in(request)
        return response

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """An answer in place of the view's, or None."""
        borrowed = request.session.get(HIJACK_HISTORY)
        if not borrowed and not request.user.is_authenticated:
            return None
        if is_over(request):
            return sign_out(request, SESSION_OVER)
        note_activity(request)
        if borrowed:
            return self._as_customer(request)
        person = cast(User, request.user)
        if not self._may_be_open(request, person):
            return sign_out(request, NO_FACTOR if lacks_factor(person) else SECOND_FACTOR_NEEDED)
        if request.path.startswith(reverse("admin:index")):
            self._check_backoffice(request, kwargs)
        return None

    def _may_be_open(self, request: HttpRequest, user: User) -> bool:
        """A session of staff that a password alone opened reaches nothing, not even the pages where a factor is added."""
        return not (settings.STAFF_MFA_REQUIRED and user.is_staff) or opened_with_second_factor(request, user)

    def _as_customer(self, request: HttpRequest) -> HttpResponse | None:
        name = _name(request)
        if name == "account_logout":
            return None
        staff = impersonator_of(request)
        hijacked = request.user if request.user.is_authenticated else None
        if not staff or not self._may_be_open(request, staff) or not may_act_as(hijacker=staff, hijacked=hijacked):
            return sign_out(request, BORROWED_OVER)  # who acts for the customer has signed out, left or lost the right
        request.impersonator = staff  # type: ignore[attr-defined]  # lives as long as the request
        if name == "hijack:release":
            return None
        if request.path.startswith(reverse("admin:index")):
            raise Http404
        if request.method not in SAFE or name.startswith(OF_THE_PERSON_ALONE):
            return render(request, "customers/read_only.html", status=403)
        return None

    def _check_backoffice(self, request: HttpRequest, kwargs: dict[str, Any]) -> None:
        if not request.user.is_staff or row_key(kwargs.get("object_id", 0)) is None:
            raise Http404  # all our rows are numbered; the admin itself would break on another key


class RefusedAccess:
    """Writes into the security log what signed-in people were refused; pages that exist, with the keys of rows they asked for.

    Whoever is not signed in is led to the sign-in, and what nobody has an address for tells nothing: neither writes a row.
    """

    REFUSALS = (403, 404)
    KEYS = ("number", "pk", "object_id", "attachment_id", "quote_id", "participant_id")  # no tokens among them

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Counted by person, so that a page that asks again and again writes few rows."""
        response = self.get_response(request)
        found = request.resolver_match
        is_stale_form = getattr(request, "has_stale_form", False)
        if response.status_code in self.REFUSALS and found and not is_stale_form and request.user.is_authenticated:
            keys = {name: str(found.kwargs[name])[:40] for name in self.KEYS if name in found.kwargs}
            page = {"page": found.view_name or found.route, "status": response.status_code, "method": request.method}
            record_at_door(request, kind=AuditEvent.Kind.ACCESS_REFUSED, repeats=True, after=page | keys)
        return response


def _name(request: HttpRequest) -> str:
    return request.resolver_match.view_name if request.resolver_match else ""


def _leads_to_sign_in(response: HttpResponse) -> bool:
    return response.status_code == 302 and urlsplit(response["Location"]).path in (
        reverse("account_login"),
        reverse("admin:login"),
    )


def sign_out(request: HttpRequest, sentence: str) -> HttpResponse:
    """End the session and say why on the page of sign-in, or in place of the fragment that was asked for."""
    was_borrowed = bool(request.session.get(HIJACK_HISTORY))
    logout(request)
    if not is_polled(request):
        messages.warning(request, sentence)
    return to_sign_in(request, returns=not was_borrowed)


def to_sign_in(request: HttpRequest, *, returns: bool = True) -> HttpResponse:
    """Lead a browser to the sign-in; a page that only refreshed itself keeps what is typed in it.

    returns  whether the sign-in leads back here; a page of a customer is no place for staff
    """
    asks_htmx = bool(request.headers.get("HX-Request"))
    page = urlsplit(request.headers.get("HX-Current-URL", "") if asks_htmx else request.get_full_path())
    returns = returns and (asks_htmx or request.method in SAFE)
    back = page._replace(scheme="", netloc="", fragment="").geturl() if returns else ""
    address = reverse("account_login") + (f"?{urlencode({'next': back}, safe='/')}" if back else "")
    if asks_htmx and is_polled(request):
        return render(request, "customers/_signed_out.html", {"address": address}, status=STOP_POLLING)
    return HttpResponseClientRedirect(address) if asks_htmx else redirect(address)
