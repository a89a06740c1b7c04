"""Acts on one's own work on a request."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from credit.models import Activity
from helpdesk.customers.actor import Actor
from helpdesk.customers.models import User
from helpdesk.money import czk
from sla.calendars import PRAGUE
from tickets.admin.acts.base import AGAIN, ActForm, day_field
from tickets.models import Status, Ticket, WorkEntry
from tickets.services import work
from tickets.services.pricing import is_by_phone
from tickets.services.unfinished import SHORTEST, discard_entry, preview_finish

TRACK = "tickets.track_work"
DISCARD = "zahodit"
LONGEST_MINUTES = work.LONGEST // timedelta(minutes=1)


def note_field(label: str, **kwargs: Any) -> forms.CharField:
    """A note of an entry, short enough for one line of an invoice."""
    return forms.CharField(label=label, required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2}), **kwargs)


def phone_field() -> forms.BooleanField:
    """Whether free phone minutes may pay for the work (S5-12)."""
    hint = "Konzultace po\u00a0telefonu se hradí nejdřív z\u00a0bezplatných minut smlouvy."
    return forms.BooleanField(label="Byl to hovor", required=False, help_text=hint)


class WorkForm(ActForm):
    """What an entry says; the customer reads one of the notes."""

    permission = TRACK

    activity = forms.ChoiceField(label="Činnost", choices=Activity.choices)
    note = note_field("Poznámka pro zákazníka", help_text="Zákazník ji uvidí u\u00a0práce a\u00a0ve vyúčtování.")
    internal_note = note_field("Interní poznámka", help_text="Zákazník ji neuvidí.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["activity"].initial = work.first_activity(self.ticket)


class StartWork(ActForm):
    """Measure one's work from now on (S1-17)."""

    name, label, button = "work-start", "Řešit", "Začít měřit"
    hint = "Co vám běží jinde, se přeruší, příjem tohoto požadavku skončí. Zákazník čas uvidí až po\u00a0přerušení nebo ukončení."
    permission = TRACK
    is_main = True

    activity = forms.ChoiceField(label="Činnost", choices=Activity.choices)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["activity"].initial = work.first_activity(self.ticket)

    @classmethod
    def fits(cls, ticket: Ticket) -> bool:
        return ticket.is_active and ticket.status != Status.SUSPENDED

    def perform(self, *, by: Actor, at: datetime) -> str:
        work.start_timer(ticket=self.ticket, activity=self.cleaned_data["activity"], by=by, at=at)
        return "Práce se měří."


class StopWork(WorkForm):
    """Finish one's open entry on the request."""

    name, label, button = "work-stop", "Ukončit práci", "Ukončit a\u00a0zapsat"
    hint = "Práce se zaokrouhlí, ocení a\u00a0odečte podle smlouvy."
    others: tuple[tuple[str, str], ...] = ((AGAIN, "Přepočítat"), (DISCARD, "Zahodit"))

    is_phone = phone_field()
    entry = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.work_entry = open_entry(self.ticket, self.user, pk=str(self.data.get("entry") or self.initial.get("entry") or ""))
        if self.work_entry:
            self.initial["entry"] = self.work_entry.pk
            self.fields["activity"].initial = self.work_entry.activity
            self.fields["is_phone"].initial = self.work_entry.source == WorkEntry.Source.PHONE
            self.fields["note"].initial, self.fields["internal_note"].initial = (
                self.work_entry.note,
                self.work_entry.internal_note,
            )
            self._foretell(self.work_entry)

    def _foretell(self, entry: WorkEntry) -> None:
        """Say what ending now would charge, by what is chosen in the form; seconds may be thrown away instead."""
        typed = self.data or (self.initial if AGAIN in self.initial else {})
        activity = typed.get("activity", "")
        preview = preview_finish(
            entry=entry,
            at=timezone.now(),
            activity=activity if activity in Activity.values else "",
            is_phone="is_phone" in typed if typed else None,
        )
        self.hint = f"Teď by se účtovalo {preview}. Odpracováno {worked_time(preview.seconds)}."
        if not preview.is_short:
            self.others = ((AGAIN, "Přepočítat"),)

    @classmethod
    def fits(cls, ticket: Ticket) -> bool:
        return ticket.work.open().exists()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if self.work_entry is None and not self.errors:
            raise forms.ValidationError("Na tomto požadavku vám žádná práce neběží. Hotovou práci zapište ručně.")
        return cleaned

    def perform(self, *, by: Actor, at: datetime) -> str:
        if self.work_entry is None:
            return ""
        if DISCARD in self.data:
            discard_entry(entry=self.work_entry, by=by, at=at)
            return "Práce je zahozená, nic se neúčtuje."
        said = {name: value for name, value in self.cleaned_data.items() if name != "entry"}
        return told(work.stop_timer(entry=self.work_entry, by=by, at=at, **said))


class WriteWork(WorkForm):
    """Write down work that nobody measured."""

    name, label, button = "work-write", "Zapsat práci ručně", "Zapsat"
    hint = "Pro práci, kterou časovač neměřil, například telefonát."

    minutes = forms.IntegerField(label="Kolik minut", min_value=1, max_value=LONGEST_MINUTES)
    ended_on = day_field("Den")
    ended_time = forms.TimeField(label="Kdy práce skončila", widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    is_phone = phone_field()
    is_express = forms.BooleanField(label="Expresní zásah", required=False)

    field_order = ["minutes", "ended_on", "ended_time", "activity", "note", "internal_note", "is_phone", "is_express"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        now = timezone.localtime()
        self.fields["is_phone"].initial = is_by_phone(self.ticket, self.fields["activity"].initial)
        self.fields["ended_on"].initial, self.fields["ended_time"].initial = now.date(), now.time()
        self.fields["is_express"].initial = bool(self.ticket.request_type and self.ticket.request_type.is_express)

    @classmethod
    def fits(cls, ticket: Ticket) -> bool:
        return ticket.status != Status.CANCELLED

    def perform(self, *, by: Actor, at: datetime) -> str:
        filled = dict(self.cleaned_data)
        source = WorkEntry.Source.PHONE if filled.pop("is_phone") else WorkEntry.Source.MANUAL
        ended_at = datetime.combine(filled.pop("ended_on"), filled.pop("ended_time"), tzinfo=PRAGUE)
        done = work.ManualWork(source=source, ended_at=ended_at, **filled)
        return told(work.add_manual_entry(ticket=self.ticket, work=done, by=by, at=at))


def open_entry(ticket: Ticket, user: User, *, pk: str = "") -> WorkEntry | None:
    """The person's entry on the request that is not finished: the one named, else the running one first."""
    mine = ticket.work.open().filter(person=user).order_by("-state", "id")
    named = mine.filter(pk=int(pk)).first() if pk.isdecimal() and len(pk) < 12 else None
    return named or mine.first()


def worked_time(seconds: int) -> str:
    """40 s, 3 min: so that nobody takes a billing step for the time."""
    return f"{seconds}\u00a0s" if seconds < SHORTEST else f"{seconds // 60}\u00a0min"


def finish_field(ticket: Ticket, user: User) -> forms.BooleanField | None:
    """Whether one's own open work ends with the act, with what it would cost; None without such work."""
    entry = open_entry(ticket, user)
    if entry is None:
        return None
    preview = preview_finish(entry=entry, at=timezone.now())
    hint = f"Teď by se účtovalo {preview}, odpracováno {worked_time(preview.seconds)}. Jinak se práce jen přeruší."
    return forms.BooleanField(label="Ukončit mou rozpracovanou práci", required=False, help_text=hint)


def told(entry: WorkEntry | None) -> str:
    """How a finished entry was priced, for whoever finished it."""
    if entry is None:
        return "Nic nebylo odpracováno, zápis nevznikl."
    if entry.needs_check:
        return "Časovač běžel přes 10 hodin. Zkontrolujte délku práce v\u00a0přehledu práce."
    if not entry.is_priced:
        return f"Zapsáno {entry.billed_minutes}\u00a0min, cena čeká {entry.get_waits_for_display()}."
    return f"Zapsáno {entry.billed_minutes}\u00a0min za {czk(entry.price)}."
