"""Customers and contracts as tables: what Excel opens, and what people may import.

source  CVE-2019-14749 of another helpdesk: a cell that begins like a formula runs in the reader's spreadsheet
"""

from __future__ import annotations

from typing import Any

import tablib
from django.conf import settings
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ERROR_FLAG, SEARCH_VAR
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from import_export import fields, resources
from import_export.admin import ImportExportMixin
from import_export.formats.base_formats import CSV
from import_export.widgets import DateWidget, ForeignKeyWidget
from unfold.contrib.import_export.forms import ExportForm, ImportForm

from helpdesk.customers.actor import Actor
from helpdesk.customers.admin.base import MasterAdmin
from helpdesk.customers.channels import Channel
from helpdesk.customers.http import record_at_door
from helpdesk.customers.models import AuditEvent, Contract, Customer, SupportLevel
from helpdesk.customers.services import second_person
from helpdesk.customers.services.sla import check_contract
from helpdesk.customers.services.weights import weigh_contract
from helpdesk.formats import counted, grouped
from sla.models import ServiceCalendar

FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
BOM = "\ufeff"
DATES = ("%d.%m.%Y", "%Y-%m-%d")


class CzechCSV(CSV):
    """CSV as Czech Excel writes and opens it: semicolons, a byte order mark; commas are read as well."""

    def get_title(self) -> str:
        return "CSV (Excel)"

    def export_data(self, dataset: tablib.Dataset, **kwargs: Any) -> str:
        return BOM + str(dataset.export("csv", delimiter=";", **kwargs))

    def create_dataset(self, in_stream: str | bytes, **kwargs: Any) -> tablib.Dataset:
        text = in_stream.decode() if isinstance(in_stream, bytes) else in_stream
        text = text.removeprefix(BOM)
        header = text.partition("\n")[0]
        delimiter = ";" if header.count(";") >= header.count(",") else ","
        return tablib.import_set(text, format="csv", delimiter=delimiter, **kwargs)


class GuardedResource(resources.ModelResource):
    """Czech headings and dates; cells that begin like a formula get an apostrophe on the way out and lose it on the way in."""

    @classmethod
    def field_from_django_field(cls, field_name: str, django_field: Any, readonly: bool) -> Any:
        """A column headed by the field's label; a date comes back from Excel in the Czech way, whatever it was before."""
        field = super().field_from_django_field(field_name, django_field, readonly)
        field.column_name = str(django_field.verbose_name)
        if isinstance(field.widget, DateWidget):
            field.widget.formats = DATES
        return field

    def export_field(self, field: Any, instance: Any, **kwargs: Any) -> Any:
        value = super().export_field(field, instance, **kwargs)
        return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_SIGNS) else value

    def before_import_row(self, row: Any, **kwargs: Any) -> None:
        for name, value in row.items():
            if isinstance(value, str) and value[:1] == "'" and value[1:].startswith(FORMULA_SIGNS):
                row[name] = value[1:]


class CustomerResource(GuardedResource):
    """One company a row, recognised by its IČO."""

    class Meta:
        model = Customer
        import_id_fields = ["ico"]
        fields = [
            "ico",
            "name",
            "dic",
            "street",
            "city",
            "zip_code",
            "billing_street",
            "billing_city",
            "billing_zip_code",
            "email",
            "billing_email",
            "phone",
            "is_active",
        ]
        clean_model_instances = True
        skip_unchanged = True
        report_skipped = True


class ContractResource(GuardedResource):
    """One contract a row, recognised by the customer's IČO and its number; its calendar by name.

    A calendar on which a promise of the contract can never be kept is refused here as in the form (D3).
    """

    customer = fields.Field(column_name="IČO zákazníka", attribute="customer", widget=ForeignKeyWidget(Customer, "ico"))
    calendar = fields.Field(
        column_name="doba poskytování služby", attribute="calendar", widget=ForeignKeyWidget(ServiceCalendar, "name")
    )
    support_level = fields.Field(
        column_name="úroveň podpory", attribute="support_level", widget=ForeignKeyWidget(SupportLevel, "name")
    )

    class Meta:
        model = Contract
        import_id_fields = ["customer", "number"]
        fields = [
            "customer",
            "number",
            "title",
            "kind",
            "valid_from",
            "valid_until",
            "is_active",
            "has_help_desk",
            "has_hypercare",
            "has_hotline",
            "calendar",
            "complaint_days",
            "complaint_limit",
            "complaint_decision_days",
            "billing_mode",
            "payment_order",
            "billing_step_minutes",
            "hourly_rate",
            "hypercare_rate",
            "support_level",
            "free_phone_minutes",
            "quote_minutes",
            "is_quote_work_free",
            "specification_above",
            "specification_above_minutes",
            "signed_in_approval_above",
        ]
        clean_model_instances = True
        skip_unchanged = True
        report_skipped = True

    def before_save_instance(self, instance: Contract, row: Any, **kwargs: Any) -> None:
        """Rates and thresholds above the limit wait for a second person, in a table as in the form."""
        before = Contract.objects.filter(pk=instance.pk).first() or Contract()
        self.held = second_person.hold_back(
            record=instance,
            before=before,
            weights=weigh_contract(before, instance),
            customer=instance.customer,
            by=self._importer(kwargs),
            at=timezone.now(),
        )

    def after_save_instance(self, instance: Contract, row: Any, **kwargs: Any) -> None:
        """The row is refused when its calendar breaks a promise."""
        check_contract(instance)
        if self.held:
            by = self._importer(kwargs)
            second_person.propose_change(record=instance, held=self.held, customer=instance.customer, by=by, at=timezone.now())

    @staticmethod
    def _importer(kwargs: dict[str, Any]) -> Actor:
        return Actor(user=kwargs.get("user"), channel=Channel.BACKOFFICE)


class BoundedImportForm(ImportForm):
    """A table that is read through within one request."""

    def clean_import_file(self) -> Any:
        upload, most = self.cleaned_data["import_file"], settings.IMPORT_ROWS
        megabytes = settings.IMPORT_MAX_BYTES // 1024**2
        if upload.size > settings.IMPORT_MAX_BYTES:
            raise ValidationError(f"Tabulka je větší než {megabytes} MB. Rozdělte ji prosím na víc souborů.")
        rows = sum(chunk.count(b"\n") for chunk in upload.chunks())
        upload.seek(0)
        if rows > most + 1:  # with the heading
            found = f"Tabulka má {counted(rows, 'řádek,řádky,řádků')}, najednou jich načteme nejvýše {grouped(most)}."
            raise ValidationError(f"{found} Rozdělte ji prosím na víc souborů.")
        return upload


class ExchangeAdmin(ImportExportMixin, MasterAdmin):
    """Master data that go out to a table and come back; what goes out is narrowed as its list may be."""

    formats = (CzechCSV,)
    import_form_class = BoundedImportForm
    export_form_class = ExportForm

    def export_action(self, request: HttpRequest) -> HttpResponse:
        """The table; what the list refuses leads back to the list."""
        try:
            return super().export_action(request)
        except IncorrectLookupParameters:
            address = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
            return HttpResponseRedirect(f"{address}?{ERROR_FLAG}=1")

    def get_export_data(self, file_format: Any, request: HttpRequest, queryset: Any, **kwargs: Any) -> Any:
        """The file; who took it and how much is in the security log."""
        data = super().get_export_data(file_format, request, queryset, **kwargs)
        offered = {SEARCH_VAR, *self.offered_parameters(request)}
        details = {
            "list": self.opts.label_lower,
            "format": file_format.get_title(),
            "rows": queryset.count(),
            "narrowed": {name: request.GET[name][:100] for name in offered if name in request.GET},
        }
        record_at_door(request, kind=AuditEvent.Kind.EXPORTED, after=details)
        return data
