"""The admin site behind the backoffice."""

from __future__ import annotations

from time import perf_counter
from typing import Any

from django.contrib.admin import AdminSite
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from unfold.admin import ModelAdmin
from unfold.sites import UnfoldAdminSite

from helpdesk.lists import OfferedAutocomplete, OfferedListMixin
from helpdesk.numbers import row_key

HITS_PER_PAGE = 100


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

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        return super().get_app_list(request, app_label) if app_label else []

    def search(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """What the command palette finds, looked for each time.

        Unfold's own keeps pickles of it in the shared cache, for five minutes and past a change of the person's rights, and
        fails on a page that is no number.
        """
        started = perf_counter()
        words = request.GET.get("s", "").strip().lower()
        if not words:
            return HttpResponse()
        command = self._get_config("COMMAND", request)
        found = self._search_apps(AdminSite.get_app_list(self, request), words)
        is_palette = "extended" in request.GET
        if is_palette:
            found += self._get_value(command["search_callback"], request, words)
        paginator = Paginator(found, HITS_PER_PAGE)
        page = paginator.get_page(row_key(request.GET.get("page")) or 1)
        context = {
            "page_obj": paginator,
            "results": page,
            "page_counter": (page.number - 1) * HITS_PER_PAGE,
            "execution_time": perf_counter() - started,
            "command_show_history": self._get_value(command.get("show_history"), request),
        }
        template = f"unfold/helpers/{'command' if is_palette else 'search'}_results.html"
        return TemplateResponse(request, template, context, headers={"HX-Trigger": "search"})
