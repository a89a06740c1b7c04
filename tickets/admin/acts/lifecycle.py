"""Acts that move a request through its states."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from django import forms
from django.utils import timezone

from credit.models import Activity
from helpdesk.customers.actor import Actor
from helpdesk.customers.models import User
from tickets.admin.acts.base import (
    DECIDE,
    FILE,
    ActForm,
    CooperationForm,
    ParagraphForm,
    PersonField,
    offer,
    text_field,
)
from tickets.admin.acts.work import finish_field
from tickets.models import Status, Ticket
from tickets.services import complaints, lifecycle, registering
from tickets.services.people import solvers
from tickets.services.pricing import flips_to_paid
from tickets.services.unfinished import preview_all

EMPTY_CHOICE = [("", "vyberte")]
OUTCOMES = [one for one in Ticket.Outcome.choices if one[0] != Ticket.Outcome.QUOTE_REFUSED]  # only a refused quote sets it
REASONS = EMPTY_CHOICE + [one for one in Ticket.SuspendReason.choices if one[0] != Ticket.SuspendReason.APPROVAL]  # a sent quote


class Accept(ParagraphForm):
    """Take a new request over and revise its classification (S3-04, S4-61, S4-62)."""

    name, label, button = "accept", "Přijmout", "Potvrdit"
    hint = "Zákazník dostane dopis s\u00a0vaším jménem."
    transitions = ("accept",)
    is_main = True

    RIGHT, CORRECTED, WRONG = "right", "corrected", "wrong"
    classification = forms.ChoiceField(
        label="Klasifikace odpovídá?",
        choices=[
            (RIGHT, "Ano, odstavec je správný"),
            (CORRECTED, "Ne, opravím odstavec a\u00a0přijmu"),
            (WRONG, "Ne, požadavek zruším s\u00a0vysvětlením"),
        ],
        initial=RIGHT,
        widget=forms.RadioSelect,
    )
    assignee = PersonField(
        User.objects.none(), label="Rovnou předat řešiteli", required=False, empty_label="zatím nikomu, příjem pokračuje"
    )
    reason = text_field("Vysvětlení pro zákazníka", rows=3, required=False)

    field_order = ["classification", "paragraph", "assignee", "reason"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "assignee", solvers())
        if not self.user.has_perm(FILE):
            field = cast(forms.ChoiceField, self.fields["classification"])
            field.choices = list(field.choices)[:2]
            del self.fields["reason"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("classification") == self.WRONG and not cleaned.get("reason", "").strip():
            self.add_error("reason", "Napište zákazníkovi, proč klasifikace neodpovídá.")
        same = cleaned.get("paragraph") and cleaned["paragraph"].pk == self.ticket.paragraph_id
        if cleaned.get("classification") == self.CORRECTED and same:
            self.add_error("paragraph", "Vyberte jiný odstavec, tento má požadavek už teď.")
        return cleaned

    def perform(self, *, by: Actor, at: datetime) -> str:
        chosen = self.cleaned_data["classification"]
        if chosen == self.WRONG:
            lifecycle.cancel(ticket=self.ticket, reason=self.cleaned_data["reason"], by=by, at=at)
            return "Požadavek je zrušený, zákazník dostane vysvětlení a\u00a0může jej založit znovu."
        paragraph = self.cleaned_data["paragraph"] if chosen == self.CORRECTED else None
        if assignee := self.cleaned_data["assignee"]:
            registering.accept_and_escalate(ticket=self.ticket, assignee=assignee, paragraph=paragraph, by=by, at=at)
            return f"Převzetí je potvrzené, řeší {assignee}."
        lifecycle.accept(ticket=self.ticket, paragraph=paragraph, by=by, at=at)
        return "Převzetí je potvrzené, měří se příjem. Řešení začne, kdo si požadavek vezme."


class Take(ActForm):
    """Accept a new request, or take an accepted one, to solve it oneself (D30)."""

    name, label, button = "take", "Vzít si", "Vzít si"
    hint = "Příjem končí a\u00a0začne se měřit vaše řešení. Zákazník dostane dopis s\u00a0vaším jménem."
    transitions = ("accept", "escalate")
    is_main = True

    @classmethod
    def is_open_to(cls, user: User, ticket: Ticket) -> bool:
        return ticket.assignee_id != user.pk and super().is_open_to(user, ticket)

    def perform(self, *, by: Actor, at: datetime) -> str:
        registering.accept_and_escalate(ticket=self.ticket, assignee=by.person, by=by, at=at)
        return "Požadavek je váš."


class HandOver(ActForm):
    """An act by which whoever does it stops working on the request: their open work may end with it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if finishes := finish_field(self.ticket, self.user):
            self.fields["finishes_work"] = finishes


class Escalate(HandOver):
    """Hand over to a solver, or from one to another (S3-05)."""

    name, label, button = "escalate", "Předat řešiteli", "Předat"
    hint = "Řešitel dostane úkol spojit se se zákazníkem a\u00a0dohodnout cenu a\u00a0termín."
    transitions = ("escalate",)
    is_main = True

    assignee = PersonField(User.objects.none(), label="Řešitel", empty_label="vyberte")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "assignee", solvers().exclude(pk=self.ticket.assignee_id))

    def perform(self, *, by: Actor, at: datetime) -> str:
        finishes = self.cleaned_data.get("finishes_work", False)
        lifecycle.escalate(ticket=self.ticket, assignee=self.cleaned_data["assignee"], finishes_work=finishes, by=by, at=at)
        return f"Řeší {self.cleaned_data['assignee']}."


class Return(HandOver):
    """Give the request back to support."""

    name, label, button = "return", "Vrátit podpoře", "Vrátit podpoře"
    transitions = ("return_to_support",)

    reason = text_field("Proč", rows=3, required=False)

    def perform(self, *, by: Actor, at: datetime) -> str:
        filled = self.cleaned_data
        finishes = filled.get("finishes_work", False)
        lifecycle.return_to_support(ticket=self.ticket, reason=filled["reason"], finishes_work=finishes, by=by, at=at)
        return "Požadavek je zpátky u\u00a0podpory."


class Suspend(CooperationForm):
    """Wait for the customer's cooperation (S4-64)."""

    name, label, button = "suspend", "Pozastavit", "Pozastavit a požádat"
    hint = "Lhůta stojí, dokud zákazník neodpoví. Co potřebujete, uvidí v\u00a0dopise i\u00a0v\u00a0požadavku."
    transitions = ("suspend",)
    is_main = True

    reason = forms.ChoiceField(label="Důvod", choices=REASONS)
    text = text_field("Vysvětlení pro zákazníka", rows=3, required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        self.require_items()
        return cleaned

    def perform(self, *, by: Actor, at: datetime) -> str:
        filled = self.cleaned_data
        lifecycle.suspend(ticket=self.ticket, reason=filled["reason"], text=filled["text"], items=self.items(), by=by, at=at)
        return "Požadavek je pozastavený, zákazník ví, co má dodat."


class Resume(ActForm):
    """Go on without waiting any longer (S4-65)."""

    name, label, button = "resume", "Obnovit", "Obnovit řešení"
    transitions = ("resume",)
    is_main = True

    text = text_field("Proč se pokračuje", rows=3, required=False)

    def perform(self, *, by: Actor, at: datetime) -> str:
        lifecycle.resume(ticket=self.ticket, text=self.cleaned_data["text"], by=by, at=at)
        return "Řešení pokračuje."


class Resolve(ActForm):
    """Announce the resolution (S3-07, S5-04, S5-09)."""

    name, label, button = "resolve", "Vyřešit", "Odeslat vyhodnocení"
    hint = "Zákazník dostane vyhodnocení dopisem a\u00a0může jej v\u00a0lhůtě reklamovat."
    transitions = ("resolve",)
    is_main = True

    text = text_field("Vyhodnocení pro zákazníka", rows=7)
    outcome = forms.ChoiceField(label="Výsledek", choices=OUTCOMES, initial=Ticket.Outcome.DONE)
    root_cause = forms.ChoiceField(
        label="Příčina",
        choices=EMPTY_CHOICE + Ticket.RootCause.choices,
        error_messages={"required": "Vyberte příčinu incidentu."},
    )
    problem_category = forms.ChoiceField(
        label="Kategorie problému",
        choices=EMPTY_CHOICE + Ticket.ProblemCategory.choices,
        error_messages={"required": "Vyberte kategorii."},
    )
    cause_reason = text_field(
        "Podle čeho jde o\u00a0neodborné užívání", rows=2, required=False, help_text="Oprava bude placená, zákazník důvod uvidí."
    )
    no_work = forms.BooleanField(label="Bez práce", required=False)
    no_work_reason = forms.CharField(label="Proč bez zapsané práce", max_length=200, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not flips_to_paid(self.ticket):
            del self.fields["cause_reason"]
        if self.ticket.work.standing().exclude(activity=Activity.INTAKE).exists():
            del self.fields["no_work"], self.fields["no_work_reason"]
        if self.ticket.request_type and self.ticket.request_type.delivered_elsewhere:
            self.fields["outcome"].initial = Ticket.Outcome.ORDER
        if unfinished := preview_all(self.ticket, at=timezone.now()):
            ends = "; ".join(f"{entry.person} {preview}" for entry, preview in unfinished)
            self.hint = f"{self.hint} Vyřešením se ukončí rozpracovaná práce: {ends}."
        outcome = self.data.get("outcome") or self.fields["outcome"].initial
        for name in ("root_cause", "problem_category"):
            self.fields[name].required = self.ticket.needs_root_cause and outcome == Ticket.Outcome.DONE

    def clean(self) -> dict[str, Any]:
        """Nothing is resolved without work unless somebody says why (S1-17)."""
        cleaned = super().clean()
        if "no_work" in self.fields and not (cleaned.get("no_work") and cleaned.get("no_work_reason", "").strip()):
            self.add_error("no_work_reason", "Zapište napřed práci, nebo zaškrtněte „Bez práce“ a\u00a0napište proč.")
        return cleaned

    def perform(self, *, by: Actor, at: datetime) -> str:
        filled = {name: value for name, value in self.cleaned_data.items() if name != "no_work"}
        lifecycle.resolve(ticket=self.ticket, resolution=lifecycle.Resolution(**filled), by=by, at=at)
        return "Vyhodnocení je u\u00a0zákazníka."


class Cancel(ActForm):
    """Cancel with a reason that the customer reads (S4-22)."""

    name, label, button = "cancel", "Zrušit požadavek", "Zrušit požadavek"
    hint = "Zákazník důvod uvidí a\u00a0může požadavek založit znovu. Zrušení nelze vrátit."
    permission = FILE
    transitions = ("cancel",)

    reason = text_field("Důvod pro zákazníka", rows=3)

    def perform(self, *, by: Actor, at: datetime) -> str:
        lifecycle.cancel(ticket=self.ticket, reason=self.cleaned_data["reason"], by=by, at=at)
        return "Požadavek je zrušený."


class Reclassify(ParagraphForm):
    """Put the request under another paragraph of its contract (S4-61)."""

    name, label, button = "reclassify", "Změnit odstavec", "Změnit odstavec"

    @classmethod
    def fits(cls, ticket: Ticket) -> bool:
        return ticket.is_active

    def clean_paragraph(self) -> Any:
        if self.cleaned_data["paragraph"].pk == self.ticket.paragraph_id:
            raise forms.ValidationError("Vyberte jiný odstavec, tento má požadavek už teď.")
        return self.cleaned_data["paragraph"]

    def perform(self, *, by: Actor, at: datetime) -> str:
        lifecycle.reclassify(ticket=self.ticket, paragraph=self.cleaned_data["paragraph"], by=by, at=at)
        return "Odstavec je změněný."


class FileComplaint(ActForm):
    """Take a complaint down for the customer (D17)."""

    name, label, button = "dispute", "Zapsat reklamaci", "Zapsat reklamaci"
    hint = "Zapisujete za zákazníka, například po telefonu."
    permission = FILE
    transitions = ("dispute",)

    reason = text_field("Důvod reklamace")

    def perform(self, *, by: Actor, at: datetime) -> str:
        complaints.file_complaint(ticket=self.ticket, reason=self.cleaned_data["reason"], by=by, at=at)
        return "Reklamace je zapsaná a\u00a0čeká na rozhodnutí."


class DecideComplaint(CooperationForm):
    """Uphold or reject the open complaint (S4-58, C05 to C07)."""

    name, label, button = "decide", "Rozhodnout o reklamaci", "Rozhodnout"
    hint = "Rozhodnutí s\u00a0odůvodněním dostane zákazník dopisem."
    permission = DECIDE
    transitions = ("uphold_complaint", "reject_complaint")
    is_main = True

    UPHELD, SUSPENDED, REJECTED = "upheld", "suspended", "rejected"
    decision = forms.ChoiceField(
        label="Rozhodnutí",
        choices=[
            (UPHELD, "Oprávněná, řešení pokračuje"),
            (SUSPENDED, "Oprávněná, potřebujeme součinnost"),
            (REJECTED, "Neoprávněná, požadavek se uzavře"),
        ],
        widget=forms.RadioSelect,
    )
    reasoning = text_field("Odůvodnění pro zákazníka")
    suspend_reason = forms.ChoiceField(label="Důvod součinnosti", choices=REASONS, required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("decision") == self.SUSPENDED:
            if not cleaned.get("suspend_reason"):
                self.add_error("suspend_reason", "Vyberte, proč součinnost potřebujete.")
            self.require_items()
        return cleaned

    def perform(self, *, by: Actor, at: datetime) -> str:
        chosen = self.cleaned_data["decision"]
        waits = chosen == self.SUSPENDED
        decision = complaints.Decision(
            upheld=chosen != self.REJECTED,
            reasoning=self.cleaned_data["reasoning"],
            suspend_reason=self.cleaned_data["suspend_reason"] if waits else "",
            items=self.items() if waits else [],
        )
        complaints.decide_complaint(ticket=self.ticket, decision=decision, by=by, at=at)
        return "O\u00a0reklamaci je rozhodnuto."


def work_goes_on(ticket: Ticket) -> bool:
    """Accepted, escalated or suspended: somebody has it in hand."""
    return ticket.status in (Status.ACCEPTED, Status.ESCALATED, Status.SUSPENDED)
