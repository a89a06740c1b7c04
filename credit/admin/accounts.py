"""Credit accounts: limits and thresholds by hand, balances by movements alone; and the act „Opravit kredit“."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from unfold.decorators import action, display
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminDecimalFieldWidget, UnfoldAdminTextInputWidget

from credit.models import CorrectionRequest, CreditThreshold, LedgerAccount
from credit.services.corrections import Proposal, propose_correction
from credit.services.weights import weigh_account
from helpdesk.customers.actor import Actor
from helpdesk.customers.admin.acts import ask, back_to
from helpdesk.customers.admin.base import MasterAdmin, Rows, blind
from helpdesk.customers.admin.two_people import TwoPeopleAdmin
from helpdesk.customers.models import Customer
from helpdesk.errors import DomainError
from helpdesk.formats import money, signed_money

CORRECT = "credit.correct_credit"


class CorrectionForm(forms.Form):
    """How much and why; the token makes a form that was sent twice one correction."""

    change = forms.DecimalField(
        label="Změna kreditu (Kč bez DPH)",
        max_digits=12,
        decimal_places=2,
        localize=True,
        widget=UnfoldAdminDecimalFieldWidget,
        help_text="Kladná kredit přidá, záporná ubere.",
    )
    reason = forms.CharField(
        label="Důvod", max_length=300, widget=UnfoldAdminTextInputWidget, help_text="Zákazník si ho přečte ve výpisu."
    )
    token = forms.UUIDField(widget=forms.HiddenInput)

    def clean_change(self) -> Decimal:
        """Zero corrects nothing."""
        change: Decimal = self.cleaned_data["change"]
        if not change:
            raise forms.ValidationError("Vyplňte, o kolik se má kredit změnit.")
        return change


class Thresholds(Rows):
    model = CreditThreshold
    tab = False
    verbose_name_plural = "Upozornění: klesne-li zůstatek pod částku, napíšeme zákazníkovi (bez řádků 2 000 Kč a 0 Kč)"


@admin.register(LedgerAccount)
class LedgerAccountAdmin(TwoPeopleAdmin, MasterAdmin):
    """One account per customer; those of the supplier stay in the background."""

    list_display = ("customer", "balance_text", "held_text", "available_text", "has_hard_limit")
    list_display_links = ("customer",)
    list_select_related = ("customer",)
    search_fields = (*blind("customer__name"), "customer__ico")
    search_help_text = "Název nebo IČO zákazníka; bez ohledu na háčky a čárky."
    list_filter = ("has_hard_limit",)
    autocomplete_fields = ("customer",)
    inlines = (Thresholds,)
    actions_detail = ("correct",)
    readonly_fields = ("balance_text", "held_text", "available_text", "links")
    fieldsets = (
        (None, {"fields": ("customer", ("balance_text", "held_text"), "available_text", "links")}),
        ("Meze", {"fields": (("overdraft_limit", "has_hard_limit"),)}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[LedgerAccount]:
        accounts: QuerySet[LedgerAccount] = super().get_queryset(request)
        return accounts.filter(kind=LedgerAccount.Kind.CUSTOMER)

    def get_readonly_fields(self, request: HttpRequest, obj: LedgerAccount | None = None) -> tuple[str, ...]:
        """An account keeps its owner."""
        return (*self.readonly_fields, "customer") if obj else self.readonly_fields

    def save_model(self, request: HttpRequest, obj: LedgerAccount, form: Any, change: bool) -> None:
        """Limits only; movements may have moved the balance while the form was open."""
        if change:
            LedgerAccount.objects.locked(obj.pk)  # before the customer, as everywhere
        obj.kind = LedgerAccount.Kind.CUSTOMER
        held = self.hold_back(request, obj)
        obj.save(update_fields=["overdraft_limit", "has_hard_limit"] if change else None)
        self.propose(request, obj, held)

    def weights(self, before: LedgerAccount, after: LedgerAccount) -> dict[str, Decimal]:
        return weigh_account(before, after)

    def customer_of(self, record: LedgerAccount) -> Customer | None:
        return record.customer

    def has_correct_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return bool(request.user.has_perm(CORRECT)) and self.get_queryset(request).filter(pk=object_id).exists()

    @action(
        description="Opravit kredit",
        url_path="opravit",
        permissions=["correct"],
        icon="balance",
        variant=ActionVariant.PRIMARY,
    )
    def correct(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Give or take credit with a reason; a large amount waits for a second person."""
        account = self.get_queryset(request).select_related("customer").get(pk=object_id)
        form = CorrectionForm(request.POST or None, initial={"token": uuid4()})
        if request.method == "POST" and form.is_valid():
            try:
                return self._corrected(request, account, form.cleaned_data)
            except DomainError as refusal:  # here rather than in the middleware: what was typed stays in the form
                form.add_error(None, str(refusal))
        intro = (
            f"Zůstatek je {money(account.balance)}. Opravu uvidí zákazník ve výpisu; zrušit ji lze jen další opravou. "
            "Větší částku potvrdí druhá osoba."
        )
        return ask(self, request, account, title="Opravit kredit", intro=intro, button="Opravit", form=form)

    def _corrected(self, request: HttpRequest, account: LedgerAccount, filled: dict[str, Any]) -> HttpResponse:
        proposal = Proposal(account=account, **filled)
        made = propose_correction(proposal=proposal, by=Actor.backoffice(request), at=timezone.now())
        if made.state == CorrectionRequest.State.WAITING:
            messages.info(request, f"Oprava {signed_money(made.change)} čeká na potvrzení druhou osobou.")
        else:
            messages.success(request, f"Kredit je opraven o {signed_money(made.change)}.")
        return back_to(account)

    @display(description="zůstatek", ordering="balance")
    def balance_text(self, account: LedgerAccount) -> str:
        return money(account.balance)

    @display(description="rezervováno", ordering="held")
    def held_text(self, account: LedgerAccount) -> str:
        return money(account.held)

    @display(description="k dispozici s přečerpáním")
    def available_text(self, account: LedgerAccount) -> str:
        return money(account.available)

    @display(description="podrobně")
    def links(self, account: LedgerAccount) -> str:
        """The account's movements, reservations and corrections."""
        if not account.pk:
            return "po uložení"
        lists = (("Pohyby", "ledgertransfer"), ("Rezervace", "hold"), ("Opravy", "correctionrequest"))
        found = (
            format_html(
                '<a class="underline" href="{}?account__id__exact={}">{}</a>',
                reverse(f"admin:credit_{name}_changelist"),
                account.pk,
                label,
            )
            for label, name in lists
        )
        return format_html("{} · {} · {}", *found)
