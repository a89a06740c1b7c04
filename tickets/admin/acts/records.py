"""Acts that add to a request without moving it: related requests, papers, subsuppliers, terms, tasks, followers."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django import forms

from helpdesk.customers.actor import Actor
from helpdesk.customers.fields import MomentField
from helpdesk.customers.models import StaffTask, User
from tickets.admin.acts.base import FILE, ActForm, OtherTicketForm, ParagraphForm, PersonField, day_field, offer, text_field
from tickets.admin.acts.lifecycle import work_goes_on
from tickets.models import CooperationRequest, Status, Ticket
from tickets.services import conversation, people, records, tasks


class Split(ParagraphForm):
    """Give what does not belong here a request of its own (S4-71)."""

    name, label, button = "split", "Oddělit do nového požadavku", "Oddělit"
    hint = "Nový požadavek dostane vlastní číslo i\u00a0lhůty a\u00a0zůstane s\u00a0tímto propojený."

    form_token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4, required=False)
    subject = forms.CharField(label="Předmět", max_length=120)
    description = text_field("Zadání")

    field_order = ["subject", "description", "paragraph"]

    @classmethod
    def fits(cls, ticket: Ticket) -> bool:
        return ticket.status != Status.CANCELLED

    def perform(self, *, by: Actor, at: datetime) -> str:
        new = records.split_request(ticket=self.ticket, part=records.SplitOff(**self.cleaned_data), by=by, at=at)
        return f"Vznikl požadavek {new.pk}."


class Link(OtherTicketForm):
    """Say that two requests belong together."""

    name, label, button = "link", "Propojit s požadavkem", "Propojit"

    @classmethod
    def fits(cls, ticket: Ticket) -> bool:
        return ticket.status != Status.CANCELLED

    def perform(self, *, by: Actor, at: datetime) -> str:
        records.link_requests(ticket=self.ticket, other=self.other, by=by, at=at)
        return f"Požadavek je propojený s\u00a0požadavkem {self.other.pk}."


class Duplicate(OtherTicketForm):
    """Cancel the request, because another one has the same matter."""

    name, label, button = "duplicate", "Označit jako duplicitu", "Označit a zrušit"
    hint = "Tento požadavek se zruší a\u00a0zákazník se dozví, ve kterém se pokračuje."
    permission = FILE
    transitions = ("cancel",)

    def perform(self, *, by: Actor, at: datetime) -> str:
        records.mark_duplicate(ticket=self.ticket, original=self.other, by=by, at=at)
        return f"Požadavek je zrušený, pokračuje se v\u00a0požadavku {self.other.pk}."


class Annex(ActForm):
    """Register a paper (S2-20)."""

    name, label, button = "annex", "Zapsat fyzickou přílohu", "Zapsat přílohu"

    description = forms.CharField(label="Co to je", max_length=300)
    stored_at = forms.CharField(label="Kde je uložena", max_length=200)
    received_on = day_field("Přijata dne")

    @classmethod
    def fits(cls, ticket: Ticket) -> bool:
        return True

    def perform(self, *, by: Actor, at: datetime) -> str:
        records.register_annex(ticket=self.ticket, **self.cleaned_data, by=by, at=at)
        return "Fyzická příloha je zapsaná."


class StartWait(ActForm):
    """Mark that a subsupplier is to act (S3-13)."""

    name, label, button = "wait", "Čeká na subdodavatele", "Zapsat čekání"
    hint = "Stav požadavku se nemění a\u00a0lhůta běží dál."
    transitions = ("suspend",)

    subsupplier = forms.CharField(label="Subdodavatel", max_length=150)

    def perform(self, *, by: Actor, at: datetime) -> str:
        records.start_subsupplier_wait(ticket=self.ticket, subsupplier=self.cleaned_data["subsupplier"], by=by, at=at)
        return "Čekání na subdodavatele je zapsané."


class EndWait(ActForm):
    """The subsupplier has answered; the page offers it beside the open mark (S3-13)."""

    name, label, button = "wait-end", "Subdodavatel odpověděl", "Subdodavatel odpověděl"

    @classmethod
    def fits(cls, ticket: Ticket) -> bool:
        return ticket.subsupplier_waits.filter(ended_at__isnull=True).exists()

    def perform(self, *, by: Actor, at: datetime) -> str:
        records.end_subsupplier_wait(ticket=self.ticket, by=by, at=at)
        return "Čekání na subdodavatele skončilo."


class Agree(ActForm):
    """Record the agreed price and term (S2-17)."""

    name, label, button = "agree", "Dohodnutá cena a termín", "Zapsat dohodu"
    hint = "Zapíše se, že jste se na tom se zákazníkem teď dohodli vy."

    price = forms.DecimalField(label="Cena (Kč bez DPH)", min_value=0, max_digits=12, decimal_places=2, required=False)
    on = day_field("Termín", required=False)

    @classmethod
    def fits(cls, ticket: Ticket) -> bool:
        return ticket.status == Status.NEW or work_goes_on(ticket)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not self.errors and cleaned.get("price") is None and cleaned.get("on") is None:
            self.add_error("price", "Zapište cenu, termín, nebo obojí.")
        return cleaned

    def perform(self, *, by: Actor, at: datetime) -> str:
        records.agree_terms(ticket=self.ticket, price=self.cleaned_data["price"], on=self.cleaned_data["on"], by=by, at=at)
        return "Dohoda je zapsaná."


class TickOff(ActForm):
    """Staff found out themselves what was missing (D13); the page offers it at each open item."""

    name, label, button = "tick-off", "Součinnost dodána", "Odškrtnout"

    item = forms.ModelChoiceField(CooperationRequest.objects.none(), label="Co bylo dodáno", empty_label=None)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "item", self.ticket.cooperation.open())

    @classmethod
    def fits(cls, ticket: Ticket) -> bool:
        return ticket.is_active

    def perform(self, *, by: Actor, at: datetime) -> str:
        item = conversation.tick_off(item=self.cleaned_data["item"], by=by, at=at)
        return f"Odškrtnuto: {item.what}."


class PlanTask(ActForm):
    """Give somebody something to do about the request."""

    name, label, button = "task", "Přidat úkol", "Přidat úkol"

    text = forms.CharField(label="Co udělat", max_length=400)
    kind = forms.ChoiceField(
        label="Druh",
        choices=[(kind.value, kind.label) for kind in (StaffTask.Kind.OTHER, StaffTask.Kind.CONTACT, StaffTask.Kind.CALL_BACK)],
    )
    assignee = PersonField(User.objects.none(), label="Kdo", required=False, empty_label="kdokoli z\u00a0podpory")
    due_at = MomentField(label="Do kdy", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "assignee", people.solvers())

    @classmethod
    def fits(cls, ticket: Ticket) -> bool:
        return ticket.status != Status.CANCELLED

    def perform(self, *, by: Actor, at: datetime) -> str:
        filled = self.cleaned_data
        tasks.plan_task(
            ticket=self.ticket,
            kind=StaffTask.Kind(filled["kind"]),
            text=filled["text"],
            assignee=filled["assignee"],
            due_at=filled["due_at"],
            by=by,
            at=at,
        )
        return "Úkol je přidaný."


class Watch(ActForm):
    """Follow the request of a colleague."""

    name, label, button = "watch", "Sledovat", "Sledovat"

    @classmethod
    def fits(cls, ticket: Ticket) -> bool:
        return ticket.status != Status.CANCELLED

    def perform(self, *, by: Actor, at: datetime) -> str:
        people.watch(ticket=self.ticket, user=by.person)
        return "Zprávy zákazníka k\u00a0tomuto požadavku dostanete e\u2011mailem."


class Unwatch(ActForm):
    """Stop following."""

    name, label, button = "unwatch", "Nesledovat", "Nesledovat"

    @classmethod
    def fits(cls, ticket: Ticket) -> bool:
        return True

    def perform(self, *, by: Actor, at: datetime) -> str:
        people.unwatch(ticket=self.ticket, user=by.person)
        return "Požadavek už nesledujete."
