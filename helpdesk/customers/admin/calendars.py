"""Service calendars: their versions, a week as people write it, and what publishing does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path
from django.utils import timezone
from unfold.decorators import action, display
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminTextInputWidget

from helpdesk.customers.admin.acts import ask, back_to
from helpdesk.customers.admin.base import MasterAdmin, PlainAdmin, Rows
from helpdesk.customers.services.sla import publish_calendar
from helpdesk.formats import day, moment
from sla.models import WEEKDAYS, CalendarDate, CalendarVersion, ServiceCalendar
from sla.preview import Preview, preview_of
from sla.services import discard_draft, draft_version, write_week
from sla.typed import UnreadableTime, Windows, clock_seconds, clock_time, windows_of, written

DAY_FIELDS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
PREVIEW_CSS = {"all": ("css/dashboard.css", "css/calendar.css")}


class WindowsField(forms.Field):
    """The windows of one weekday in one line of text."""

    widget = UnfoldAdminTextInputWidget

    def to_python(self, value: Any) -> Windows:
        try:
            return windows_of(value or "")
        except UnreadableTime as error:
            raise forms.ValidationError(str(error)) from error

    def prepare_value(self, value: Any) -> str:
        return value if isinstance(value, str) else written(value or ())


class TimeField(forms.Field):
    """HH:MM as seconds after local midnight; 24:00 is allowed, which Django's own time field refuses."""

    widget = UnfoldAdminTextInputWidget

    def to_python(self, value: Any) -> int | None:
        if not value or not value.strip():
            return None
        try:
            return clock_seconds(value)
        except UnreadableTime as error:
            raise forms.ValidationError(str(error)) from error

    def prepare_value(self, value: Any) -> str:
        return clock_time(value) if isinstance(value, int) else value or ""

    def has_changed(self, initial: Any, data: Any) -> bool:
        return self.prepare_value(initial) != (data or "").strip()


class VersionForm(forms.ModelForm):
    """A version with its week, a line for each day."""

    monday = WindowsField(label="Pondělí", required=False)
    tuesday = WindowsField(label="Úterý", required=False)
    wednesday = WindowsField(label="Středa", required=False)
    thursday = WindowsField(label="Čtvrtek", required=False)
    friday = WindowsField(label="Pátek", required=False)
    saturday = WindowsField(label="Sobota", required=False)
    sunday = WindowsField(label="Neděle", required=False)

    class Meta:
        model = CalendarVersion
        fields = ("always", "serves_holidays", "note")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        week: list[list[tuple[int, int]]] = [[] for _ in WEEKDAYS]
        if self.instance.pk:
            for window in self.instance.windows.all():
                week[window.weekday].append((window.opens, window.closes))
        for name, windows in zip(DAY_FIELDS, week, strict=True):
            self.initial[name] = tuple(windows)

    @property
    def week(self) -> list[Windows]:
        return [self.cleaned_data[name] for name in DAY_FIELDS]


class DateForm(forms.ModelForm):
    """One date; without times it is closed."""

    opens = TimeField(label="od", required=False)
    closes = TimeField(label="do", required=False)

    class Meta:
        model = CalendarDate
        fields = ("day", "name", "opens", "closes")


class DateFormSet(forms.BaseInlineFormSet):
    """The dates of one version: each closed once, or open in windows that begin at different times."""

    def clean(self) -> None:
        super().clean()
        rows = [one for one in getattr(self, "cleaned_data", []) if one.get("day") and not one.get("DELETE")]
        seen = Counter((one["day"], one.get("opens")) for one in rows)
        closed = {day for day, opens in seen if opens is None}
        for (on, opens), count in seen.items():
            if count > 1 or (opens is not None and on in closed):
                raise forms.ValidationError(f"{day(on)} je zapsaný víckrát a řádky si odporují. Nechte jen jeden z nich.")


class Dates(Rows):
    model = CalendarDate
    form = DateForm
    formset = DateFormSet
    tab = False
    verbose_name_plural = "Výjimečné dny: bez časů je zavřeno, s časy je otevřeno jen tak, i o svátku"


@admin.register(CalendarVersion)
class CalendarVersionAdmin(PlainAdmin):
    """One wording: a draft is edited, what was published is only read."""

    form = VersionForm
    list_display = ("calendar", "number", "state_text", "note")
    list_select_related = ("calendar",)
    list_filter = ("calendar",)
    inlines = (Dates,)
    change_form_outer_before_template = "sla/version.html"
    actions_detail = ("publish", "discard")
    fieldsets = (
        (None, {"fields": (("always", "serves_holidays"), "note")}),
        (
            "Týden",
            {
                "fields": DAY_FIELDS,
                "description": "Okna oddělte čárkou, například 08:00–12:00, 13:00–16:30. Konec dne je 24:00, okno 22:00–06:00 "
                "končí další den, prázdné znamená zavřeno.",
            },
        ),
    )

    class Media:
        css = PREVIEW_CSS

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Versions are drafted from their calendar."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: CalendarVersion | None = None) -> bool:
        return super().has_change_permission(request, obj) and not (obj and obj.is_published)

    def get_fieldsets(self, request: HttpRequest, obj: CalendarVersion | None = None) -> Any:
        """A published version is shown by its preview; its form would only repeat it."""
        return self.fieldsets if self.has_change_permission(request, obj) else self.fieldsets[:1]

    def get_inlines(self, request: HttpRequest, obj: CalendarVersion | None) -> Any:
        return self.inlines if self.has_change_permission(request, obj) else ()

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        version = kwargs.get("obj")
        if version:
            context |= {"version": version, "preview": _preview(version)}
        return super().render_change_form(request, context, **kwargs)

    def save_model(self, request: HttpRequest, obj: CalendarVersion, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        write_week(version=obj, week=form.week)

    def has_draft_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        drafts = CalendarVersion.objects.drafts().filter(pk=object_id)
        return request.user.has_perm("sla.change_calendarversion") and drafts.exists()

    @action(description="Zveřejnit", url_path="zverejnit", permissions=["draft"], icon="publish", variant=ActionVariant.PRIMARY)
    def publish(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Measure new requests by this version, and those that run."""
        version = CalendarVersion.objects.select_related("calendar").get(pk=object_id)
        if request.method != "POST":
            intro = (
                "Od zveřejnění se podle této verze měří nové požadavky a přepočítají se termíny těch, které běží. Ukončené "
                "zůstanou, jak jsou. Zveřejněnou verzi už nelze upravit, jen nahradit další."
            )
            return ask(self, request, version, title="Zveřejnit", intro=intro, button="Zveřejnit")
        publish_calendar(version=version, by=request.user, at=timezone.now())
        messages.success(request, f"{version} platí. Termíny běžících požadavků se přepočítávají.")
        return back_to(version.calendar)

    @action(description="Zahodit", url_path="zahodit", permissions=["draft"], icon="delete")
    def discard(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Throw the draft away; what is published stays."""
        version = CalendarVersion.objects.select_related("calendar").get(pk=object_id)
        if request.method != "POST":
            intro = "Rozepsaná verze se smaže. Co je zveřejněné, platí dál."
            return ask(self, request, version, title="Zahodit", intro=intro, button="Zahodit")
        discard_draft(version=version)
        messages.success(request, "Rozepsaná verze je smazaná.")
        return back_to(version.calendar)

    @display(description="stav")
    def state_text(self, version: CalendarVersion) -> str:
        return f"zveřejněna {moment(version.published_at)}" if version.is_published else "rozepsaná"


@admin.register(ServiceCalendar)
class ServiceCalendarAdmin(MasterAdmin):
    """Calendars with what their newest version says."""

    list_display = ("name", "hours_text", "zone", "default_text", "draft_text")
    search_fields = ("name__unaccent__icontains",)
    fields = ("name", ("zone", "is_default"))
    change_form_outer_before_template = "sla/calendar.html"
    actions_detail = ("draft",)

    class Media:
        css = PREVIEW_CSS

    def get_queryset(self, request: HttpRequest) -> QuerySet[ServiceCalendar]:
        return super().get_queryset(request).prefetch_related("versions__windows", "versions__dates", "versions__calendar")

    def get_readonly_fields(self, request: HttpRequest, obj: ServiceCalendar | None = None) -> Sequence[str]:
        """The zone belongs to what was published."""
        return ("zone",) if obj and obj.versions.published().exists() else ()

    def get_urls(self) -> list[URLPattern]:
        progress = path("<int:pk>/prubeh/", self.admin_site.admin_view(self.progress), name="sla_servicecalendar_progress")
        return [progress, *super().get_urls()]

    def progress(self, request: HttpRequest, pk: int) -> HttpResponse:
        """How far the recompute is; htmx asks again while it runs."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        calendar = get_object_or_404(ServiceCalendar, pk=pk)
        return render(request, "sla/_progress.html", {"calendar": calendar, "newest": CalendarVersion.objects.newest_of(pk)})

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        calendar = kwargs.get("obj")
        if calendar:
            newest = CalendarVersion.objects.newest_of(calendar.pk)
            versions = calendar.versions.select_related("published_by").order_by("-number")
            context |= {"calendar": calendar, "newest": newest, "versions": versions}
            context["preview"] = _preview(newest) if newest else None
        return super().render_change_form(request, context, **kwargs)

    def has_draft_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return request.user.has_perm("sla.change_calendarversion") and ServiceCalendar.objects.filter(pk=object_id).exists()

    @action(description="Nová verze", url_path="nova-verze", permissions=["draft"], icon="edit_calendar")
    def draft(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Open the draft that waits, or a copy of the newest version."""
        calendar = ServiceCalendar.objects.get(pk=object_id)
        if request.method != "POST":
            intro = "Vznikne kopie platné verze, kterou upravíte a zveřejníte. Do té doby se na termínech nic nemění."
            return ask(self, request, calendar, title="Nová verze", intro=intro, button="Připravit")
        return back_to(draft_version(calendar=calendar))

    @display(description="doba poskytování")
    def hours_text(self, calendar: ServiceCalendar) -> str:
        newest = next((one for one in calendar.versions.all() if one.is_published), None)
        return _preview(newest).in_short if newest else "zatím nezveřejněna"

    @display(description="pro nové smlouvy")
    def default_text(self, calendar: ServiceCalendar) -> str:
        return "výchozí" if calendar.is_default else "–"

    @display(description="rozepsáno")
    def draft_text(self, calendar: ServiceCalendar) -> str:
        return next((f"verze {one.number}" for one in calendar.versions.all() if not one.is_published), "–")


def _preview(version: CalendarVersion) -> Preview:
    return preview_of(version, year=timezone.localdate().year)
