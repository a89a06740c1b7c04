"""Doors that depend on who asks: the backoffice is for staff with a second factor, a borrowed view is read-only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import SESSION_KEY, logout
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_cache_control

from helpdesk.customers.auth import may_act_as
from helpdesk.customers.models import User

SAFE = ("GET", "HEAD", "OPTIONS")
FILES = ("tickets:attachment", "tickets:stage_file", "tickets:discard_file")  # staff open them at the customers' address
LEAVING = ("hijack:release", "account_logout")
OF_THE_PERSON_ALONE = ("account_", "mfa_", "usersessions_")
READ_ONLY = "Jste tu za\u00a0zákazníka jen pro čtení, nic se nezměnilo. Chcete-li něco udělat, vraťte se do\u00a0backoffice."
SECOND_FACTOR_NEEDED = (
    "Do\u00a0backoffice se vstupuje se dvěma faktory. Nastavte si prosím aplikaci s\u00a0kódy nebo přístupový klíč."
)


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
        return response

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """An answer in place of the view's, or None."""
        if request.session.get("hijack_history"):
            return self._as_customer(request)
        if not request.user.is_authenticated:
            return None
        if request.path.startswith(reverse("admin:index")):
            return self._backoffice(request, kwargs)
        if _name(request) in FILES and request.user.is_staff:
            return self._second_factor(request)
        return None

    def _as_customer(self, request: HttpRequest) -> HttpResponse | None:
        name = _name(request)
        if name in LEAVING:
            return None
        if not may_act_as(hijacker=_impersonator(request), hijacked=cast(User, request.user)):
            logout(request)  # who acts for the customer has left or lost the right meanwhile
            return redirect("account_login")
        if request.path.startswith(reverse("admin:index")):
            raise Http404
        if request.method not in SAFE or name.startswith(OF_THE_PERSON_ALONE):
            return render(request, "customers/read_only.html", status=403)
        return None

    def _backoffice(self, request: HttpRequest, kwargs: dict[str, Any]) -> HttpResponse | None:
        if not request.user.is_staff or not str(kwargs.get("object_id", 0)).isdecimal():
            raise Http404  # all our rows are numbered; the admin itself would break on another key
        return self._second_factor(request)

    def _second_factor(self, request: HttpRequest) -> HttpResponse | None:
        if settings.STAFF_MFA_REQUIRED and not _has_second_factor(request):
            messages.warning(request, SECOND_FACTOR_NEEDED)
            return redirect("mfa_index")
        return None


def _name(request: HttpRequest) -> str:
    return request.resolver_match.view_name if request.resolver_match else ""


def _impersonator(request: HttpRequest) -> User:
    return User.objects.get(pk=request.session["hijack_history"][-1])  # people are never deleted


def _has_second_factor(request: HttpRequest) -> bool:
    kinds = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
    return Authenticator.objects.filter(user_id=request.user.pk, type__in=kinds).exists()
