"""The admin site behind the backoffice."""

from __future__ import annotations

from typing import Any

from django.contrib.admin.apps import AdminConfig
from django.http import HttpRequest
from unfold.sites import UnfoldAdminSite


class BackofficeSite(UnfoldAdminSite):
    """Unfold's site without the list of all apps, which our own menu and start page stand for.

    Django makes that list for every page by asking each model's permissions; nothing of ours shows it.
    """

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        return super().get_app_list(request, app_label) if app_label else []


class BackofficeConfig(AdminConfig):
    """Puts the site in the place of Django's own."""

    default_site = "helpdesk.site.BackofficeSite"
    default = False
