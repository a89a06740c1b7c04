"""Pages for what went wrong: not found, stale form, our own failure."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from structlog.contextvars import get_contextvars

from helpdesk.customers.context import remembered_operator


def frame_of(request: HttpRequest) -> str:
    """The base template of an error page: with navigation for a signed-in customer, else a bare one."""
    user = getattr(request, "user", None)
    return "base.html" if user and user.is_authenticated and not user.is_staff else "solo.html"


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Foreign and missing look the same."""
    return render(request, "404.html", {"frame": frame_of(request)}, status=404)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The form is larger, or has more files or fields, than we read."""
    return render(request, "400.html", status=400)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form was open for too long or came from elsewhere."""
    request.has_stale_form = True  # type: ignore[attr-defined]  # no refusal of a right, and so not in the security log
    return render(request, "403_csrf.html", status=403)


def server_error(request: HttpRequest) -> HttpResponse:
    """Our failure, with the mark by which support finds it in the log.

    Rendered without request and context processors: they may be what has failed.
    """
    mark = get_contextvars().get("request_id", "")
    return HttpResponse(render_to_string("500.html", {"error_mark": mark, "operator": remembered_operator()}), status=500)
