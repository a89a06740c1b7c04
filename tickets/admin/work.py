"""Work of all of us: the timer in the frame of every page, the lists, corrections."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, QuerySet
from django.forms.renderers import TemplatesSetting
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from credit.models import Activity
from helpdesk.customers.actor import Actor
from helpdesk.customers.admin.two_people import who_decides
from helpdesk.customers.models import User
from helpdesk.customers.services import second_person
from helpdesk.errors import DomainError
from tickets.admin.access import desk_page, framed, person
from tickets.admin.acts.base import READ_NOTES
from tickets.admin.acts.work import LONGEST_MINUTES, TRACK, note_field, phone_field
from tickets.models import WorkCorrection, WorkEntry, WorkSpan
from tickets.models.work import WorkEntryQuerySet
from tickets.services import corrections, unfinished, work

SEE_WORK = "tickets.view_workentry"
CORRECT = "tickets.correct_work"
MOST_ROWS = 200
VIEWS = {
    "": "Moje",
    "nedokoncene": "Nedokončené záznamy",
    "bezi": "Rozpracované všech",
    "zkontrolovat": "Ke\u00a0kontrole",
    "bez-ceny": "Bez\u00a0ceny",
    "nad-ramec": "Nad\u00a0rámec smlouvy",
    "opravy": "Čekají na\u00a0druhou osobu",
    "vse": "Všechny",
}


@desk_page(TRACK)
@require_GET
def timer(request: HttpRequest) -> HttpResponse:
    """The person's running or last interrupted work, for the frame of each page."""
    return _timer(request)


def _timer(request: HttpRequest) -> HttpResponse:
    mine = WorkEntry.objects.open().filter(person=person(request)).select_related("ticket").prefetch_related("spans")
    entry = mine.order_by("-state", "-id").first()
    now = timezone.now()
    seconds = sum(span.seconds(now) for span in entry.spans.all()) if entry else 0
    context = {"entry": entry, "minutes": seconds // 60, "paused": max(0, mine.count() - 1) if entry else 0}
    return render(request, "tickets/desk/_timer.html", context)


@desk_page(TRACK)
@require_POST
def pause(request: HttpRequest, pk: int) -> HttpResponse:
    """Interrupt work; the answer is the timer, or the page of the request without JavaScript."""
    entry = _own(request, pk)
    work.pause_timer(entry=entry, by=Actor.backoffice(request), at=timezone.now())
    return _timer(request) if request.headers.get("HX-Request") else redirect("admin:tickets_ticket_change", entry.ticket_id)


@desk_page(TRACK)
@require_POST
def go_on(request: HttpRequest, pk: int) -> HttpResponse:
    """Continue interrupted work."""
    entry = get_object_or_404(WorkEntry, pk=pk, person=person(request))
    work.continue_timer(entry=entry, by=Actor.backoffice(request), at=timezone.now())
    return _timer(request) if request.headers.get("HX-Request") else redirect("admin:tickets_ticket_change", entry.ticket_id)


@desk_page(SEE_WORK)
@require_GET
def work_list(request: HttpRequest) -> HttpResponse:
    """Own work, what runs, what waits for a person or for a price, corrections for a second person."""
    chosen = request.GET.get("zobrazit", "")
    chosen = chosen if chosen in VIEWS else ""
    waiting = WorkCorrection.objects.filter(state=WorkCorrection.State.WAITING)
    context = {
        "views": VIEWS.items(),
        "chosen": chosen,
        "entries": [] if chosen == "opravy" else until_now(list(_entries(request, chosen)[:MOST_ROWS]), timezone.now()),
        "corrections": _undecided(request, waiting) if chosen == "opravy" else [],
        "of_ticket": False,
        **rights_over_work(person(request)),
    }
    return framed(request, "tickets/desk/work.html", context, title="Práce")


def _undecided(request: HttpRequest, waiting: QuerySet[WorkCorrection]) -> list[WorkCorrection]:
    """Corrections that wait, each with the reason why its decision is not the reader's."""
    found = list(waiting.select_related("entry__ticket", "entry__person", "asked_by"))
    user = person(request)
    own = next((why_not(one.asked_by, user) for one in found if one.asked_by_id == user.pk), "")
    others = why_not(found[0].asked_by, user) if found and not user.has_perm(CORRECT) else ""
    for one in found:
        one.why_not = own if one.asked_by_id == user.pk else others  # type: ignore[attr-defined]
    return found


def why_not(asked_by: User, user: User) -> str:
    """Why the reader does not decide about a correction of work, in words."""
    return who_decides(asked_by=asked_by, user=user, right=CORRECT, rest="vedoucí")


def rights_over_work(user: User) -> dict[str, Any]:
    """What the table of work needs to know of whoever reads it."""
    return {
        "me": user,
        "may_correct": user.has_perm(CORRECT),
        "may_track": user.has_perm(TRACK),
        "reads_notes": user.has_perm(READ_NOTES),
        "shortest": unfinished.SHORTEST,
    }


def work_rows() -> WorkEntryQuerySet:
    """Entries as the table of work shows them, newest first; reversals are read in the entry that they reverse."""
    rows = WorkEntry.objects.filter(reverses__isnull=True).select_related("ticket", "person")
    reversals = WorkEntry.objects.filter(reverses=OuterRef("pk"))
    waiting = WorkCorrection.objects.filter(entry=OuterRef("pk"), state=WorkCorrection.State.WAITING)
    return rows.annotate(is_corrected=Exists(reversals), is_questioned=Exists(waiting)).order_by("-id")


def _entries(request: HttpRequest, chosen: str) -> WorkEntryQuerySet:
    """The rows of a view."""
    rows = work_rows()
    if chosen == "nedokoncene":
        return rows.open().filter(person=person(request)).order_by("-state", "-id")
    if chosen == "bezi":
        return rows.open().order_by("-state", "-id")  # what runs before what is interrupted
    if chosen == "zkontrolovat":
        return rows.to_check()
    if chosen == "bez-ceny":
        return rows.unpriced()
    if chosen == "nad-ramec":
        return rows.standing().above_contract()
    return rows if chosen == "vse" else rows.filter(person=person(request))


def until_now(entries: list[WorkEntry], now: datetime) -> list[tuple[WorkEntry, int]]:
    """Each entry with its worked minutes, those of the stretch that runs among them."""
    open_ones = [entry.pk for entry in entries if entry.state == WorkEntry.State.RUNNING]
    running = {span.entry_id: span for span in WorkSpan.objects.filter(entry__in=open_ones, ended_at__isnull=True)}
    return [
        (entry, (entry.seconds + running[entry.pk].seconds(now)) // 60 if entry.pk in running else entry.worked_minutes)
        for entry in entries
    ]


@desk_page(TRACK)
@require_POST
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Throw away seconds of work; what another click has thrown away already is thrown away."""
    entry = WorkEntry.objects.filter(pk=pk).select_related("ticket").first()
    if entry:
        _own(request, pk)
        unfinished.discard_entry(entry=entry, by=Actor.backoffice(request), at=timezone.now())
    messages.success(request, "Práce je zahozená, nic se neúčtuje.")
    return redirect(f"{reverse('admin:tickets_work')}?zobrazit=nedokoncene")


@desk_page(TRACK)
@require_POST
def check(request: HttpRequest, pk: int) -> HttpResponse:
    """The length of a forgotten timer is right after all."""
    corrections.check_entry(entry=_own(request, pk), by=Actor.backoffice(request), at=timezone.now())
    messages.success(request, "Délka práce je potvrzená.")
    return redirect("admin:tickets_work")


def _own(request: HttpRequest, pk: int) -> WorkEntry:
    """One's own entry, or anybody's for a leader."""
    entry = get_object_or_404(WorkEntry.objects.select_related("ticket", "person"), pk=pk)
    if entry.person_id != request.user.pk and not request.user.has_perm(CORRECT):
        raise PermissionDenied
    return entry


class CorrectionForm(forms.Form):
    """What the entry should have said, and why."""

    default_renderer = TemplatesSetting()
    template_name = "tickets/desk/fields.html"
    use_required_attribute = False

    minutes = forms.IntegerField(
        label="Kolik minut to bylo", min_value=0, max_value=LONGEST_MINUTES, help_text="0 = práce se vůbec neměla zapsat."
    )
    activity = forms.ChoiceField(label="Činnost", choices=Activity.choices)
    note = note_field("Poznámka pro zákazníka")
    internal_note = note_field("Interní poznámka")
    discount_percent = forms.DecimalField(
        label="Sleva (%)", min_value=0, max_value=100, max_digits=5, decimal_places=2, localize=True
    )
    is_phone = phone_field()
    reason = forms.CharField(label="Důvod opravy", max_length=300)

    def __init__(self, *args: Any, may_discount: bool, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)
        if not may_discount:
            del self.fields["discount_percent"]


@desk_page(TRACK)
def correct(request: HttpRequest, pk: int) -> HttpResponse:
    """The form of a correction; what was typed stays when it is refused."""
    entry = _own(request, pk)
    initial = {name: getattr(entry, name) for name in ("activity", "note", "internal_note", "discount_percent")}
    initial |= {"minutes": entry.worked_minutes, "is_phone": entry.source == WorkEntry.Source.PHONE}
    form = CorrectionForm(request.POST or None, initial=initial, may_discount=request.user.has_perm(CORRECT))
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                return _corrected(request, entry, form.cleaned_data)
            except DomainError as refusal:  # here rather than in the middleware: what was typed stays in the form
                form.add_error(None, str(refusal))
    context = {"form": form, "entry": entry, "limit": second_person.limit()}
    return framed(request, "tickets/desk/work_correct.html", context, title="Oprava práce", status=status)


def _corrected(request: HttpRequest, entry: WorkEntry, filled: dict[str, Any]) -> HttpResponse:
    reason = filled.pop("reason")
    change = corrections.Change(**({"discount_percent": Decimal(entry.discount_percent)} | filled))
    done = corrections.correct_entry(entry=entry, change=change, reason=reason, by=Actor.backoffice(request), at=timezone.now())
    is_waiting = done.state == WorkCorrection.State.WAITING
    messages.success(request, "Oprava čeká na\u00a0druhou osobu." if is_waiting else "Práce je opravená.")
    return redirect("admin:tickets_work")


@desk_page(CORRECT)
@require_POST
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """The second person agrees with a correction."""
    corrections.confirm_correction(correction=_waiting(pk), by=Actor.backoffice(request), at=timezone.now())
    messages.success(request, "Práce je opravená.")
    return redirect("admin:tickets_work")


@desk_page(CORRECT)
@require_POST
def refuse(request: HttpRequest, pk: int) -> HttpResponse:
    """The second person does not agree."""
    corrections.refuse_correction(correction=_waiting(pk), by=Actor.backoffice(request), at=timezone.now())
    messages.success(request, "Oprava je zamítnutá, práce zůstává, jak byla.")
    return redirect("admin:tickets_work")


def _waiting(pk: int) -> WorkCorrection:
    return get_object_or_404(WorkCorrection.objects.select_related("entry__ticket"), pk=pk)
