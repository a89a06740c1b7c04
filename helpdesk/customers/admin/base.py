"""What all pages of master data share: history, search blind to diacritics, no deleting of what others refer to."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import ShowFacets
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.text import capfirst
from simple_history.admin import SimpleHistoryAdmin
from unfold.admin import ModelAdmin, StackedInline, TabularInline

from helpdesk.lists import OfferedListMixin

ROWS = 25
MOST_ROWS = 300  # of one form; with their fields they fit into DATA_UPLOAD_MAX_NUMBER_FIELDS
HTTPS_ADDRESSES = {models.URLField: {"assume_scheme": "https"}}


def blind(*fields: str) -> list[str]:
    """Search fields that find „účetnictví“ by „ucetnictvi“.

    fields  paths to text columns
    """
    return [f"{field}__unaccent__icontains" for field in fields]


class PlainAdmin(OfferedListMixin, ModelAdmin):
    """A list of 25, a page that asks before changes are lost; rows are deactivated, not deleted.

    Master data are thousands of rows at most, so that the list may count them.
    """

    list_per_page = ROWS
    warn_unsaved_form = True
    list_filter_submit = True
    show_facets = ShowFacets.NEVER
    formfield_overrides = HTTPS_ADDRESSES
    deletable = False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The list is headed by what it lists; Django's „Vyberte položku zákazník ke změně“ is no Czech."""
        title = capfirst(self.model._meta.verbose_name_plural)
        return super().changelist_view(request, {"title": title, **(extra_context or {})})

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return self.deletable and super().has_delete_permission(request, obj)


class MasterAdmin(SimpleHistoryAdmin, PlainAdmin):
    """Master data with its history, a table of who changed what."""

    def history_view(self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The table of a row that the list has; rows that it hides have none."""
        if not self.get_queryset(request).filter(pk=object_id).exists():
            raise Http404
        return super().history_view(request, object_id, extra_context)

    def history_form_view(self, request: HttpRequest, object_id: str, version_id: str, **kwargs: Any) -> HttpResponse:
        """An old version as a form would look as if it could be saved; the table says all that it would."""
        return HttpResponseRedirect(reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_history", args=[object_id]))


class ReadOnlyAdmin(PlainAdmin):
    """Rows that only services write."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


class BoundedRows:
    """As many rows as one form may have, whatever the form says of their number; a table with more is split by its page."""

    max_num = MOST_ROWS

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        return super().get_formset(request, obj, **{"absolute_max": MOST_ROWS, **kwargs})


class Rows(BoundedRows, TabularInline):
    """Rows of the parent in a tab of its page, none empty until somebody asks for one."""

    extra = 0
    tab = True


class KeptRows(Rows):
    """Rows that others refer to: they are switched off, never deleted."""

    can_delete = False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class Cards(BoundedRows, StackedInline):
    """As Rows, for records with more fields than a line holds."""

    formfield_overrides = HTTPS_ADDRESSES
    extra = 0
    tab = True
