"""The product's addresses and the reference."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import path

from helpdesk.urls import handler404, handler500, urlpatterns  # noqa: F401 - the handlers are part of a URLconf
from tickets.models import Ticket

COLUMNS = ("id", "created_at", "subject", "status", "assignee__last_name")


@login_required
def reference(request: HttpRequest) -> HttpResponse:
    """Session, user, one query of 25 rows: the five columns of the portal's list in a bare template.

    The template gets no context processors.
    """
    rows = Ticket.objects.order_by("-created_at", "-id").values(*COLUMNS)[:25]
    return HttpResponse(render_to_string("bench/reference.html", {"rows": list(rows)}))


urlpatterns = [path("bench/reference/", reference), *urlpatterns]
