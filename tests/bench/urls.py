"""The product's addresses and the reference."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import path

from helpdesk.urls import handler404, handler500, urlpatterns  # noqa: F401 - the handlers are part of a URLconf
from tickets.models import Ticket


@login_required
def reference(request: HttpRequest) -> HttpResponse:
    """Session, user, one query of 25 rows, a bare template that no context processor serves."""
    rows = Ticket.objects.order_by("-created_at", "-id").values("id", "subject", "status", "severity", "created_at")[:25]
    return HttpResponse(render_to_string("bench/reference.html", {"rows": list(rows)}))


urlpatterns = [path("bench/reference/", reference), *urlpatterns]
