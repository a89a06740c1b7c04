"""Changes of terms that wait for a second person: held back where they are made, decided here."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from django.apps import apps
from django.contrib import admin, messages
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from helpdesk.customers.actor import Actor
from helpdesk.customers.admin.acts import ask, back_to
from helpdesk.customers.admin.base import ReadOnlyAdmin
from helpdesk.customers.models import Customer, PendingChange, User
from helpdesk.customers.services import second_person
from helpdesk.formats import money

CONFIRM = "customers.confirm_change"
State = PendingChange.State
TONES = {State.WAITING.label: "warning", State.DONE.label: "success", State.REFUSED.label: "danger"}
ANSWERS = {True: "ano", False: "ne"}


def who_decides(*, asked_by: User, user: User, right: str, rest: str) -> str:
    """Why a decision is not the reader's, in words; "" when it is.

    right  permission to decide; rest, its codename's groups in words
    """
    if not user.has_perm(right):
        return f"Rozhoduje {rest}."
    if asked_by.pk != user.pk:
        return ""
    others = User.objects.filter(is_active=True, groups__permissions__codename=right.partition(".")[2])
    names = ", ".join(str(other) for other in others.exclude(pk=user.pk).distinct().order_by("pk")[:5])
    if not names:
        return "Návrh je váš a\u00a0nikdo další potvrzovat nesmí. Požádejte správce o\u00a0druhou osobu."
    return f"Návrh je váš, potvrdí ho někdo jiný: {names}."


def changes_in_words(change: PendingChange) -> str:
    """„hodinová sazba 1 200,00 Kč → 1 500,00 Kč“, for each field."""
    model = apps.get_model(change.model)
    told = []
    for name, after in change.values.items():
        field: Any = model._meta.get_field(name)
        told.append(f"{field.verbose_name}: {_shown(field, change.before[name])} → {_shown(field, after)}")
    return "; ".join(told)


def _shown(field: Any, text: str | None) -> str:
    value = None if text is None else field.to_python(text)
    if value is None:
        return "nic"
    if isinstance(value, bool):
        return ANSWERS[value]
    if isinstance(value, Decimal):
        return money(value)
    if isinstance(value, list):
        labels = dict(field.base_field.flatchoices)
        return " › ".join(str(labels.get(part, part)) for part in value)
    if field.related_model:
        return str(field.related_model._default_manager.get(pk=value))
    return str(dict(field.flatchoices).get(value, value))


class TwoPeopleAdmin(admin.ModelAdmin):
    """A form some of whose fields need a second person above the limit: the others are saved, the page says what waits."""

    def weights(self, before: Any, after: Any) -> dict[str, Decimal]:
        """What each changed guarded field weighs, CZK without VAT."""
        raise NotImplementedError

    def customer_of(self, record: Any) -> Customer | None:
        """Whose account the record concerns."""
        return None

    def hold_back(self, request: HttpRequest, record: Model) -> second_person.HeldBack | None:
        """Before the record is saved: what of it must wait."""
        before = type(record)._default_manager.filter(pk=record.pk).first() or type(record)()
        return second_person.hold_back(
            record=record,
            before=before,
            weights=self.weights(before, record),
            customer=self.customer_of(record),
            by=Actor.backoffice(request),
            at=timezone.now(),
        )

    def propose(self, request: HttpRequest, record: Model, held: second_person.HeldBack | None) -> None:
        """After it is saved: write it down and say so."""
        if held is None:
            return
        change = second_person.propose_change(
            record=record, held=held, customer=self.customer_of(record), by=Actor.backoffice(request), at=timezone.now()
        )
        messages.warning(
            request,
            f"Čeká na druhou osobu, ostatní je uloženo: {changes_in_words(change)}. "
            f"{who_decides(asked_by=change.asked_by, user=change.asked_by, right=CONFIRM, rest=DECIDERS)}",
        )

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        held = self.hold_back(request, obj)
        super().save_model(request, obj, form, change)
        self.propose(request, obj, held)

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        """The page is headed by what waits about its record."""
        label = self.model._meta.label_lower
        if request.method == "GET" and object_id.isdecimal() and len(object_id) < 12:
            waiting = PendingChange.objects.filter(model=label, object_id=object_id, state=State.WAITING)
            for change in waiting.select_related("asked_by").order_by("id"):
                address = reverse("admin:customers_pendingchange_change", args=[change.pk])
                text = format_html(
                    'Čeká na\u00a0druhou osobu (navrhl(a) {}): {}. <a class="underline" href="{}">Rozhodnout</a>',
                    change.asked_by,
                    changes_in_words(change),
                    address,
                )
                messages.warning(request, text)
        return super().change_view(request, object_id, *args, **kwargs)


DECIDERS = "vedoucí nebo účtárna"


@admin.register(PendingChange)
class PendingChangeAdmin(ReadOnlyAdmin):
    """They are proposed on the pages of their records."""

    list_display = ("what", "changes_text", "amount_text", "state_text", "asked_by", "asked_at", "decided_by")
    list_select_related = ("asked_by", "decided_by")
    list_filter = (("state", ChoicesDropdownFilter),)
    ordering = ("-id",)
    actions_detail = ("confirm", "refuse")
    fields: ClassVar[tuple[Any, ...]] = (
        "what",
        "changes_text",
        ("state", "amount_text"),
        ("asked_by", "asked_at"),
        ("decided_by", "decided_at"),
        "why",
    )
    readonly_fields = ("changes_text", "amount_text", "why")

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> PendingChange | None:
        """The change, which knows its reader: the page says why a decision is not theirs."""
        change = super().get_object(request, object_id, from_field)
        if change:
            change.reader = request.user
        return change

    def _waiting(self, object_id: Any) -> Any:
        return PendingChange.objects.filter(pk=object_id, state=State.WAITING)

    def has_confirm_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Somebody else's."""
        others = self._waiting(object_id).exclude(asked_by=request.user)
        return bool(request.user.has_perm(CONFIRM)) and others.exists()

    def has_refuse_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whoever may confirm, and whoever asked."""
        waiting = self._waiting(object_id)
        return waiting.exists() if request.user.has_perm(CONFIRM) else waiting.filter(asked_by=request.user).exists()

    @action(description="Potvrdit", url_path="potvrdit", permissions=["confirm"], icon="check", variant=ActionVariant.PRIMARY)
    def confirm(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Make the change that somebody else proposed."""
        change = PendingChange.objects.get(pk=object_id)
        if request.method != "POST":
            intro = f"{change.what}: {changes_in_words(change)}. Změna začne platit hned."
            return ask(self, request, change, title="Potvrdit změnu", intro=intro, button="Potvrdit")
        second_person.confirm_change(change=change, by=Actor.backoffice(request), at=timezone.now())
        messages.success(request, "Změna platí.")
        return back_to(change)

    @action(description="Zamítnout", url_path="zamitnout", permissions=["refuse"], icon="close")
    def refuse(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Drop the proposal."""
        change = PendingChange.objects.get(pk=object_id)
        if request.method != "POST":
            intro = "Záznam zůstane, jak je, návrh zůstane v\u00a0seznamu jako zamítnutý."
            return ask(self, request, change, title="Zamítnout změnu", intro=intro, button="Zamítnout")
        second_person.refuse_change(change=change, by=Actor.backoffice(request), at=timezone.now())
        messages.success(request, "Změna je zamítnutá.")
        return back_to(change)

    @display(description="změna")
    def changes_text(self, change: PendingChange) -> str:
        return changes_in_words(change)

    @display(description="váha")
    def amount_text(self, change: PendingChange) -> str:
        return money(change.amount)

    @display(description="stav", label=TONES)
    def state_text(self, change: PendingChange) -> str:
        return change.get_state_display()

    @display(description="kdo rozhoduje")
    def why(self, change: PendingChange) -> str:
        """Why the decision is not the reader's, or that it is."""
        if change.state != State.WAITING:
            return "Už je rozhodnuto."
        reader = getattr(change, "reader", change.asked_by)
        reason = who_decides(asked_by=change.asked_by, user=reader, right=CONFIRM, rest=DECIDERS)
        return reason or "Rozhodujete vy: potvrďte, nebo zamítněte."
