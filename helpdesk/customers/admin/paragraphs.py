"""Paragraphs of a contract and their deadlines: in short on the contract's card, in full on a page of their own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from unfold.decorators import display
from unfold.widgets import UnfoldAdminDecimalFieldWidget, UnfoldAdminSelectWidget

from helpdesk.customers.admin.acts import page_of
from helpdesk.customers.admin.base import Cards, MasterAdmin
from helpdesk.customers.models import ContractParagraph, SlaLine
from helpdesk.customers.models.sla import METHOD_CHOICES, atoms_of
from helpdesk.customers.services.sla import KINDS, clock_for, crossing, lines_refusal, promise
from helpdesk.formats import weekday_moment
from sla.clock import Counting, Unit
from sla.words import sentence

ATOMS = tuple(atoms_of("Hod"))
BY_METHOD = "podle metody"
MEND = "Změňte jednotku nebo počítání."
SEPARATELY = "Odstavec má zvláštní lhůty v době poskytování a mimo ni. Upravte je na jeho vlastní stránce."
QUICK = ("method", "reaction", "resolution")


def bare(amount: Decimal) -> str:
    """4 and not 4.00."""
    return f"{amount.normalize():f}"


class QuickParagraphForm(forms.ModelForm):
    """A paragraph on the contract's card: a method and two amounts make one line for any time of filing."""

    method = forms.ChoiceField(
        label="Metoda SLA", choices=[("", "-"), *METHOD_CHOICES], required=False, widget=UnfoldAdminSelectWidget
    )
    reaction = forms.DecimalField(
        label="Reakce do", min_value=0, max_digits=8, decimal_places=2, required=False, widget=UnfoldAdminDecimalFieldWidget
    )
    resolution = forms.DecimalField(
        label="Vyřešení do",
        min_value=0,
        max_digits=8,
        decimal_places=2,
        required=False,
        widget=UnfoldAdminDecimalFieldWidget,
        help_text="V jednotkách metody: hodiny (Hod), minuty (Min), dny (Den).",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lines = list(self.instance.sla_lines.all()) if self.instance.pk else []
        if len(self.lines) == 1 and self.lines[0].applies_to == SlaLine.AppliesTo.BOTH:
            [line] = self.lines
            values = (line.method, bare(line.reaction_amount), bare(line.resolution_amount))
            self.initial.update(zip(QUICK, values, strict=True))
        elif self.lines:
            for name in QUICK:
                self.fields[name].disabled = True
            self.fields["method"].help_text = SEPARATELY

    @property
    def promised(self) -> dict[str, Any] | None:
        """The method and the amounts to be stored; None where nothing is promised here."""
        values = {name: self.cleaned_data.get(name) for name in QUICK}
        wanted = self.cleaned_data.get("has_sla") and not self.fields["method"].disabled
        return values if wanted and all(value not in ("", None) for value in values.values()) else None

    def refusal(self) -> str:
        """Why the paragraph cannot be promised so; "" if it can."""
        lines = [SlaLine.preset(**self.promised)] if self.promised else self.lines
        if not self.promised and not self.fields["method"].disabled and self.cleaned_data.get("has_sla"):
            return "Odstavec podléhá SLA: vyberte metodu a vyplňte obě lhůty, nebo zrušte „podléhá SLA“."
        return lines_refusal(self.instance, lines)


class QuickParagraphs(forms.BaseInlineFormSet):
    """All paragraphs of the contract, also those that only its new calendar touches."""

    def clean(self) -> None:
        super().clean()
        for form in cast(list[QuickParagraphForm], self.forms):
            if form.empty_permitted and not form.has_changed():
                continue
            form.instance.contract = self.instance
            if form.is_valid() and self.instance.calendar_id and (refusal := form.refusal()):
                form.add_error("method", refusal)

    def save(self, commit: bool = True) -> Any:
        """The rows, and with each what it promises."""
        saved = super().save(commit)
        for form in cast(list[QuickParagraphForm], self.forms):
            if form.instance.pk and form.promised and (form.instance in self.new_objects or set(form.changed_data) & set(QUICK)):
                promise(paragraph=form.instance, **form.promised)
        return saved


class Paragraphs(Cards):
    model = ContractParagraph
    form = QuickParagraphForm
    formset = QuickParagraphs
    can_delete = False
    fields = (
        ("code", "title"),
        ("kind", "severity"),
        "description",
        ("has_sla", "is_email_default"),
        ("method", "calendar"),
        ("reaction", "resolution"),
        "reading",
        "price_scope",
        ("position", "is_active"),
    )
    readonly_fields = ("reading",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ContractParagraph]:
        return super().get_queryset(request).select_related("contract").prefetch_related("sla_lines")

    @display(description="čte se")
    def reading(self, paragraph: ContractParagraph) -> str:
        """What is promised, and the way to the page where each atom of it may be changed."""
        if not paragraph.pk or not paragraph.has_sla:
            return reading_of(paragraph)
        way = '{}<a href="{}" class="underline">Lhůty podrobně</a>'
        return format_html(way, reading_of(paragraph), page_of(paragraph))


class LineForm(forms.ModelForm):
    """A line whose atoms are the method's where nothing else is chosen."""

    class Meta:
        model = SlaLine
        fields = ("applies_to", "method", "reaction_amount", "resolution_amount", *ATOMS)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        preset = atoms_of(self.instance.method) if self.instance.method else {}
        for name in ("reaction_amount", "resolution_amount"):
            if name in self.initial:
                self.initial[name] = bare(self.initial[name])
        for name in ATOMS:
            field = cast(forms.ChoiceField, self.fields[name])
            field.required = False
            field.choices = [("", BY_METHOD), *SlaLine._meta.get_field(name).flatchoices]
            if self.initial.get(name) == preset.get(name):
                self.initial[name] = ""

    def clean(self) -> dict[str, Any]:
        """Fill what was left to the method, and refuse a unit that does not go with its counting beside the unit."""
        cleaned = super().clean() or {}
        method = cleaned.get("method")
        if not method:
            return cleaned
        cleaned |= {name: value for name, value in atoms_of(method).items() if not cleaned.get(name)}
        for kind, word in KINDS:
            if (cleaned[f"{kind}_unit"] == Unit.DAY) != Counting(cleaned[f"{kind}_counting"]).in_days:
                self.add_error(f"{kind}_unit", f"{word.capitalize()}: dny se počítají po dnech, hodiny a minuty ne. {MEND}")
        return cleaned


class LineFormSet(forms.BaseInlineFormSet):
    """All lines of one paragraph, which together cover each time of filing once."""

    def clean(self) -> None:
        super().clean()
        if any(self.errors) or not self.instance.contract_id:
            return
        kept = [form for form in self.forms if form.has_changed() or form.instance.pk]
        lines = [form.instance for form in kept if not form.cleaned_data.get("DELETE")]
        if refusal := lines_refusal(self.instance, lines):
            raise forms.ValidationError(refusal)


class Lines(Cards):
    model = SlaLine
    form = LineForm
    formset = LineFormSet
    tab = False
    fields = (
        ("applies_to", "method"),
        ("reaction_amount", "resolution_amount"),
        ("reaction_start", "resolution_start"),
        ("reaction_counting", "resolution_counting"),
        ("reaction_unit", "resolution_unit"),
        "reading",
    )
    readonly_fields = ("reading",)

    @display(description="čte se")
    def reading(self, line: SlaLine) -> str:
        return " ".join(words_of(line)) if line.pk else "po uložení"


@admin.register(ContractParagraph)
class ContractParagraphAdmin(MasterAdmin):
    """One paragraph with all its deadlines; new ones are written into the contract."""

    list_display = ("code", "title", "contract", "kind", "has_sla", "is_active")
    list_select_related = ("contract__customer",)
    list_filter = ("kind", "has_sla", "is_active")
    search_fields = ("code__icontains", "title__unaccent__icontains", "contract__number__icontains")
    search_help_text = "Označení nebo název odstavce, číslo smlouvy; bez ohledu na háčky a čárky."
    inlines = (Lines,)
    fields = ("contract", ("code", "title"), ("kind", "severity"), ("has_sla", "calendar"), "price_scope", "reading")
    readonly_fields = ("contract", "reading")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[ContractParagraph]:
        return super().get_queryset(request).select_related("contract__calendar", "calendar")

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        warn_of_crossings(request, [form.instance])

    @display(description="čte se")
    def reading(self, paragraph: ContractParagraph) -> str:
        return reading_of(paragraph)


def words_of(line: SlaLine) -> list[str]:
    """Both promises of a line as sentences."""
    return [sentence(kind, line.target(kind)) for kind, _ in KINDS]


def reading_of(paragraph: ContractParagraph) -> str:
    """What a paragraph promises, a line each, with the time of filing where it matters (C01)."""
    if not paragraph.pk or not paragraph.has_sla:
        return "lhůty neběží" if paragraph.pk else "po uložení"
    return format_html_join("", "<div>{}</div>", ((text,) for text in _readings(paragraph))) or "žádné lhůty"


def _readings(paragraph: ContractParagraph) -> Iterator[str]:
    for line in paragraph.sla_lines.all():
        when = "" if line.applies_to == SlaLine.AppliesTo.BOTH else f"Podáno {line.get_applies_to_display()}: "
        yield when + " ".join(words_of(line))


def warn_of_crossings(request: HttpRequest, paragraphs: list[ContractParagraph], at: datetime | None = None) -> None:
    """Tell who saved it when a request may have to be resolved before it has to be answered (D1)."""
    for paragraph in paragraphs:
        clock = clock_for(paragraph) if paragraph.has_sla else None
        lines = paragraph.sla_lines.all() if clock else ()
        for line in lines:
            found = crossing(line, clock=clock, at=at or timezone.now())
            if found:
                messages.warning(
                    request,
                    f"{paragraph}: vyřešení může mít termín dřív než reakce. Požadavek podaný {weekday_moment(found.filed_at)} "
                    f"má reakci do {weekday_moment(found.reaction_due_at)} a vyřešení už do "
                    f"{weekday_moment(found.resolution_due_at)}.",
                )
