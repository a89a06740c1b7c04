"""Who may come to the desk, and how a page of ours gets the frame of the backoffice."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from helpdesk.customers.models import User

SEE = "tickets.view_ticket"

Page = Callable[..., HttpResponse]


def desk_page(permission: str = SEE) -> Callable[[Page], Page]:
    """Let in staff with the permission; others read 403, strangers are led to the sign-in by the admin site."""

    def decorate(view: Page) -> Page:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.has_perm(permission):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return admin.site.admin_view(guarded)

    return decorate


def person(request: HttpRequest) -> User:
    """The signed-in member of staff."""
    return cast(User, request.user)


def framed(request: HttpRequest, template: str, context: dict[str, Any], *, title: str, status: int = 200) -> TemplateResponse:
    """The template inside Unfold's frame with menu and header."""
    return TemplateResponse(request, template, admin.site.each_context(request) | {"title": title} | context, status=status)
