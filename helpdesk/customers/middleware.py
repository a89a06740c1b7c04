"""Doors that depend on who asks: the backoffice is for staff with a second factor, a borrowed view is read-only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

SAFE = ("GET", "HEAD", "OPTIONS")
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
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """An answer in place of the view's, or None."""
        if request.session.get("hijack_history"):
            return self._as_customer(request)
        if request.path.startswith(reverse("admin:index")) and request.user.is_authenticated:
            return self._backoffice(request)
        return None

    def _as_customer(self, request: HttpRequest) -> HttpResponse | None:
        name = request.resolver_match.view_name if request.resolver_match else ""
        if name in LEAVING:
            return None
        if request.path.startswith(reverse("admin:index")):
            raise Http404
        if request.method not in SAFE or name.startswith(OF_THE_PERSON_ALONE):
            return render(request, "customers/read_only.html", status=403)
        return None

    def _backoffice(self, request: HttpRequest) -> HttpResponse | None:
        if not request.user.is_staff:
            raise Http404
        if settings.STAFF_MFA_REQUIRED and not _has_second_factor(request):
            messages.warning(request, SECOND_FACTOR_NEEDED)
            return redirect("mfa_index")
        return None


def _has_second_factor(request: HttpRequest) -> bool:
    kinds = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
    return Authenticator.objects.filter(user_id=request.user.pk, type__in=kinds).exists()
