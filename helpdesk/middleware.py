"""What every request passes: its name in the log, the caller's address, readable errors, the policy for scripts."""

import re
from collections.abc import Callable
from time import perf_counter
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import structlog
from csp.middleware import CSPMiddleware, PolicyParts
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django_fsm import TransitionNotAllowed
from django_htmx.http import HttpResponseClientRedirect
from structlog.contextvars import bind_contextvars, clear_contextvars

from helpdesk.errorpages import frame_of
from helpdesk.errors import DomainError
from helpdesk.ip import plain_address

log = structlog.get_logger(__name__)

BACKOFFICE = "/backoffice/"
STALE = (
    "Požadavek mezitím změnil stav a\u00a0tento krok už není možný. Podívejte se na jeho aktuální stav a\u00a0zkuste to znovu."
)
WELL_FORMED_ID = re.compile(r"[0-9a-fA-F-]{8,64}")

Answer = Callable[[HttpRequest], HttpResponse]


class RequestContext:
    """Gives each request a number, in the log and in `X-Request-ID`, and the true address of its sender.

    Behind `HELPDESK_PROXIES` proxies of ours the address is the one that the outermost of them saw; whatever the sender
    claims further left is ignored. Everything else simply reads REMOTE_ADDR.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request_id = self._number(request)
        clear_contextvars()
        bind_contextvars(request_id=request_id, method=request.method)
        self._find_sender(request)
        started = perf_counter()
        response = self.get_response(request)
        response["X-Request-ID"] = request_id
        # The route and not the path: a link to set a password carries its secret there.
        route = request.resolver_match.route if request.resolver_match else None
        log.info("request", route=route, status=response.status_code, ms=round((perf_counter() - started) * 1000))
        return response

    def _number(self, request: HttpRequest) -> str:
        given = request.headers.get("X-Request-ID", "")
        if settings.PROXIES and WELL_FORMED_ID.fullmatch(given):
            return given
        mark = uuid4().hex[:12].upper()
        return f"{mark[:4]}-{mark[4:8]}-{mark[8:]}"

    def _find_sender(self, request: HttpRequest) -> None:
        seen = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
        if settings.PROXIES and len(seen) >= settings.PROXIES and _is_address(seen[-settings.PROXIES]):
            request.META["REMOTE_ADDR"] = seen[-settings.PROXIES]
        if _is_address(request.META.get("REMOTE_ADDR", "")):
            request.META["REMOTE_ADDR"] = str(plain_address(request.META["REMOTE_ADDR"]))


def _is_address(text: str) -> bool:
    try:
        plain_address(text)
    except ValueError:
        return False
    return True


class ReadableAddress:
    """Refuses an address with a zero byte: no link of ours has one, and PostgreSQL cannot look for it."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        """Raises BadRequest, which the error page answers."""
        if "\0" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            raise BadRequest("zero byte")


class DomainErrors:
    """Turns a broken rule into its sentence: a message and the page before, a page of its own, or problem+json."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """An answer for DomainError and TransitionNotAllowed, None for anything else."""
        if not isinstance(error, DomainError | TransitionNotAllowed):
            return None
        sentence = str(error) if isinstance(error, DomainError) else STALE
        if request.path.startswith("/api/"):
            problem = {"type": "about:blank", "title": "Conflict", "status": 409, "detail": sentence}
            return JsonResponse(problem, status=409, content_type="application/problem+json")
        if request.headers.get("HX-Request"):
            messages.error(request, sentence)
            return HttpResponseClientRedirect(_page_before(request, request.headers.get("HX-Current-URL", "")))
        if request.method in ("GET", "HEAD"):  # a redirect to the page before could be this very page again
            return render(request, "409.html", {"sentence": sentence, "frame": frame_of(request)}, status=409)
        messages.error(request, sentence)
        return HttpResponseRedirect(_page_before(request, request.headers.get("Referer", "")))


def _page_before(request: HttpRequest, address: str) -> str:
    """The path of `address` when it is ours, else the start page."""
    if not url_has_allowed_host_and_scheme(address, allowed_hosts={request.get_host()}):
        return "/"
    parts = urlsplit(address)
    path = f"/{parts.path.lstrip('/')}"  # „//name“ would be another server
    return parts._replace(scheme="", netloc="", path=path, fragment="").geturl()


class ContentSecurityPolicy(CSPMiddleware):
    """The strict policy of the portal, and a laxer one under the backoffice: Unfold needs inline code and eval."""

    def get_policy_parts(self, request: HttpRequest, response: Any, report_only: bool = False) -> PolicyParts:
        """The parts of django-csp, with the backoffice's directives where its pages are."""
        parts = super().get_policy_parts(request, response, report_only)
        if request.path.startswith(BACKOFFICE) and not report_only and parts.config is None:
            parts.config = settings.BACKOFFICE_CSP
            parts.nonce = None  # a nonce would switch 'unsafe-inline' off
        return parts
