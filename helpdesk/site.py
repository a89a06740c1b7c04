"""The admin site behind the backoffice."""

from __future__ import annotations

from typing import Any

from django.core.paginator import InvalidPage
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from unfold.admin import ModelAdmin
from unfold.sites import UnfoldAdminSite

from helpdesk.lists import OfferedAutocomplete, OfferedListMixin


class BackofficeSite(UnfoldAdminSite):
    """Unfold's site with closed lists, and without the list of all apps, which our own menu and start page stand for.

    Django makes that list for every page by asking each model's permissions; nothing of ours shows it.
    """

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """As Django's; pages that libraries bring get a closed list as well."""
        given = admin_class or ModelAdmin
        closed = given if issubclass(given, OfferedListMixin) else type(given.__name__, (OfferedListMixin, given), {})
        super().register(model_or_iterable, closed, **options)

    def autocomplete_view(self, request: HttpRequest) -> HttpResponseBase:
        """Suggestions for fields that the person's pages have."""
        return OfferedAutocomplete.as_view(admin_site=self)(request)

    def search(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The command palette; a page that is no number, or too far, is not found."""
        try:
            return super().search(request, extra_context)
        except (InvalidPage, ValueError) as error:
            raise Http404 from error

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        return super().get_app_list(request, app_label) if app_label else []
