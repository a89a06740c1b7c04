"""Lists of the backoffice answer what they offer and nothing else.

Django itself filters a list by any column of its own, whether the list shows it or not: `?password__regex=^a` would tell a
hidden column letter by letter. Here a parameter is refused unless a filter of the list, or the list itself, names it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.admin import FieldListFilter, ListFilter
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import get_fields_from_path
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.contrib.admin.views.main import ERROR_FLAG, ORDER_VAR
from django.core.exceptions import PermissionDenied
from django.db.models import Field
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from unfold.contrib.filters.admin.mixins import AutocompleteMixin
from unfold.views import ChangeList

if TYPE_CHECKING:
    from unfold.admin import ModelAdmin as BaseAdmin
else:
    BaseAdmin = object


class OfferedChangeList(ChangeList):
    """A list that refuses what it does not offer; Django then shows it whole, under `?e=1`."""

    def get_filters(self, request: HttpRequest) -> Any:
        """As Django's, once every parameter is one of the list.

        raises  IncorrectLookupParameters
        """
        if set(self.get_filters_params()) - self.model_admin.offered_parameters(request):
            raise IncorrectLookupParameters
        return super().get_filters(request)

    def get_ordering(self, request: HttpRequest, queryset: Any) -> Any:
        """As Django's, once every column asked for is shown and has an order.

        raises  IncorrectLookupParameters
        """
        asked = self.params.get(ORDER_VAR)
        if asked and not {part.removeprefix("-") for part in asked.split(".")} <= self._sortable():
            raise IncorrectLookupParameters
        return super().get_ordering(request, queryset)

    def _sortable(self) -> set[str]:
        """Numbers of the columns that the head of the list sorts by."""
        shown = enumerate(self.list_display)
        names = self.list_display if self.sortable_by is None else self.sortable_by
        return {str(number) for number, name in shown if name in names and self.get_ordering_field(name)}


class OfferedListMixin(BaseAdmin):
    """Closes the list of a ModelAdmin to all that it does not offer.

    offered_lookups  parameters that links of ours use besides the filters
    source           design, permissions: `lookup_allowed` is closed by default
    """

    offered_lookups: tuple[str, ...] = ()

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return OfferedChangeList

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The list; refused parameters are taken off the address even when they come with the mark of a refusal."""
        response = super().changelist_view(request, extra_context)
        if getattr(response, "template_name", "") == "admin/invalid_setup.html":
            return HttpResponseRedirect(f"{request.path}?{ERROR_FLAG}=1")
        return response

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        """Whether the list offers it, whatever the value."""
        return request is not None and lookup in self.offered_parameters(request)

    def to_field_allowed(self, request: HttpRequest, to_field: str) -> bool:
        """Rows are named by their keys alone."""
        return bool(to_field == self.opts.pk.name)

    def offered_parameters(self, request: HttpRequest) -> set[str]:
        """The parameters by which this list may be narrowed, those of its filters and its own."""
        offered = set(self.offered_lookups)
        for item in self.get_list_filter(request):
            offered |= {str(name) for name in self._filter(item, request).expected_parameters()}
        if self.date_hierarchy:
            offered |= {f"{self.date_hierarchy}__{part}" for part in ("year", "month", "day")}
        return offered

    def offered_choices(self, request: HttpRequest) -> set[Field]:
        """The relations whose rows this page lets the person choose by typing."""
        fields = {self.opts.get_field(name) for name in self.get_autocomplete_fields(request)}
        for inline in self.get_inline_instances(request):
            fields |= {inline.opts.get_field(name) for name in inline.get_autocomplete_fields(request)}
        for item in self.get_list_filter(request):
            if isinstance(item, tuple | list) and issubclass(item[1], AutocompleteMixin):
                fields.add(get_fields_from_path(self.model, item[0])[-1])
        return fields

    def _filter(self, item: Any, request: HttpRequest) -> ListFilter:
        """A filter as the list makes it, without parameters."""
        if isinstance(item, type):
            return item(request, {}, self.model, self)
        path, make = item if isinstance(item, tuple | list) else (item, FieldListFilter.create)
        field = get_fields_from_path(self.model, path)[-1]
        return make(field, request, {}, self.model, self, field_path=path)


class OfferedAutocomplete(AutocompleteJsonView):
    """Suggests rows for a field that some page of the backoffice offers to this very person, and for no other."""

    def process_request(self, request: HttpRequest) -> Any:
        """As Django's.

        raises  PermissionDenied - no page that the person may open has such a field
        """
        found = super().process_request(request)
        registered: Any = self.admin_site
        pages = [page for page in registered._registry.values() if opens(page, request)]
        if not any(found[2] in page.offered_choices(request) for page in pages):
            raise PermissionDenied
        return found


def opens(page: Any, request: HttpRequest) -> bool:
    """Whether the person may read or write rows of the page."""
    return page.has_view_permission(request) or page.has_add_permission(request)
