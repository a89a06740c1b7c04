"""What people fill in about requests."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, cast
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model

from helpdesk.customers.actor import Actor
from helpdesk.customers.channels import Channel
from helpdesk.customers.entitlements import asset_refusal, kind_refusal, modules_refusal
from helpdesk.customers.fields import LongTextField, PhoneField, RowField
from helpdesk.customers.models import Asset, Contract, ContractParagraph, RequestType, User
from tickets.models import CooperationRequest, Quote, Ticket
from tickets.models.ticket import DESCRIPTION_LIMIT
from tickets.services import quote_decisions
from tickets.services.filing import NewRequest


class StagingForm(forms.Form):
    """One file for a form that is still open; the service judges the file itself."""

    form_token = forms.UUIDField()
    upload = forms.FileField(allow_empty_file=True)


class NewRequestForm(forms.Form):
    """„Založení nového incidentu“: contract, then what it offers, then the matter itself.

    What is offered follows the choices: paragraphs and applications are those of the chosen contract, fields that the
    chosen paragraph and kind do not ask for are absent.

    source  S2-09 to S2-12, S4-29 to S4-36, S4-59, S4-60, S1-07, S1-08, S1-14, S5-05, S5-06, C31
    """

    contract = RowField(label="Smlouva", error_messages={"required": "Vyberte smlouvu."})
    paragraph = RowField(
        label="Odstavec smlouvy",
        widget=forms.RadioSelect,
        error_messages={"required": "Vyberte odstavec smlouvy.", "invalid_choice": "Vyberte odstavec zvolené smlouvy."},
    )
    request_type = RowField(label="Druh požadavku", error_messages={"required": "Vyberte druh požadavku."})
    asset = RowField(
        label="Aplikace",
        error_messages={
            "required": "Vyberte aplikaci, které se to týká.",
            "invalid_choice": "Vyberte aplikaci ke zvolené smlouvě.",
        },
    )
    contract_part = forms.CharField(
        label="Část smlouvy / dokumentu",
        max_length=200,
        help_text="Například „příloha č.\u00a02, bod 3.4“.",
        error_messages={"required": "Napište, vůči které části smlouvy nebo dokumentu je neshoda."},
    )
    subject = forms.CharField(
        label="Předmět",
        max_length=120,
        help_text="Stručně, například „Chyba při ukládání v\u00a0DMS“.",
        error_messages={"required": "Napište předmět, stačí pár slov.", "max_length": "Předmět může mít nejvýše 120 znaků."},
    )
    description = LongTextField(
        label="Zadání",
        required=False,
        max_length=DESCRIPTION_LIMIT,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text="Čím přesnější zadání bude, tím méně se budeme ptát. Napište kdy, kde a\u00a0jaká hláška se objevila.",
        error_messages={
            "required": "Popište, co se děje. U\u00a0vady je zadání povinné.",
            "max_length": "Zadání má %(show_value)d znaků, nejvýše jich smí být 8\u00a0000. Zbytek přiložte jako soubor.",
        },
    )
    contact_phone = PhoneField(label="Kontaktní telefon")
    contact_email = forms.EmailField(
        label="E\u2011mail pro tento požadavek",
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={
            "required": "Napište e\u2011mail, na který máme k\u00a0požadavku psát.",
            "invalid": "E\u2011mail má tvar jmeno@firma.cz. Zkontrolujte jej prosím.",
        },
    )
    requested_on = forms.DateField(
        label="Požadovaný termín vyřešení",
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={"invalid": "Napište datum, například 2.\u00a011.\u00a02026."},
    )
    wants_quote = forms.BooleanField(label="Kalkulace předem", required=False)

    def __init__(self, *args: Any, user: User, contracts: list[Contract], today: date, **kwargs: Any) -> None:
        """A form for one person.

        contracts  those by which the person may file now, at least one
        """
        super().__init__(*args, **kwargs)
        self.today = today
        self.initial = {"contact_phone": user.phone, "contact_email": user.email, **self.initial}
        self.chosen_contract: Contract = self._choose("contract", contracts, contracts[0])
        self._offer_paragraphs()
        assets = list(self.chosen_contract.customer.assets.active())
        self._offer_kinds(any(asset.hosting == Asset.Hosting.ON_PREMISE for asset in assets))
        self._offer_assets(assets)
        self._rows("contract").offer({"": contracts})
        self.fields["description"].required = self.chosen_paragraph is not None and self.chosen_paragraph.needs_description
        self.fields["requested_on"].widget.attrs["min"] = today.isoformat()
        if not any(one and one.asks_contract_part for one in (self.chosen_paragraph, self.chosen_kind)):
            del self.fields["contract_part"]

    def _rows(self, name: str) -> RowField:
        return cast(RowField, self.fields[name])

    def _choose(self, name: str, rows: list[Any], default: Model | None) -> Any:
        """The row that was chosen, else the default, which the form then shows."""
        given = str((self.data if self.is_bound else self.initial).get(name) or "")
        chosen = next((row for row in rows if str(row.pk) == given), default)
        self.initial[name] = chosen and str(chosen.pk)
        return chosen

    def _offer_paragraphs(self) -> None:
        paragraphs = list(self.chosen_contract.offered_paragraphs())
        default = next((one for one in paragraphs if one.is_email_default), next(iter(paragraphs), None))
        self.chosen_paragraph: ContractParagraph | None = self._choose("paragraph", paragraphs, default)
        self._rows("paragraph").offer({"": paragraphs})

    def _offer_kinds(self, on_premise: bool) -> None:
        kinds = [kind for kind in RequestType.objects.filter(is_active=True) if on_premise or not kind.on_premise_only]
        self.chosen_kind: RequestType | None = self._choose("request_type", kinds, next(iter(kinds), None))
        groups: dict[str, list[Model]] = {
            "Podpora pokrývá": [kind for kind in kinds if kind.is_covered and not kind.is_chargeable],
            "Zpoplatněno nad rámec": [kind for kind in kinds if kind.is_covered and kind.is_chargeable],
            "Podpora nepokrývá": [kind for kind in kinds if not kind.is_covered],
        }
        self._rows("request_type").offer(groups)
        if not kinds:
            del self.fields["request_type"]

    def _offer_assets(self, assets: list[Asset]) -> None:
        if self.chosen_kind and self.chosen_kind.on_premise_only:
            assets = [asset for asset in assets if asset.hosting == Asset.Hosting.ON_PREMISE]
        only = assets[0] if len(assets) == 1 else None
        self.chosen_asset: Asset | None = self._choose("asset", assets, only)
        self.expired_asset = self.chosen_asset is not None and not self.chosen_asset.is_supported_on(self.today)
        self._rows("asset").offer({"": assets}, blank="Vyberte aplikaci")
        if not assets or (self.chosen_kind and not self.chosen_kind.asks_asset):
            del self.fields["asset"]

    def clean_requested_on(self) -> date | None:
        wanted = self.cleaned_data["requested_on"]
        if wanted and wanted < self.today:
            raise ValidationError("Tento den už minul. Zvolte dnešek, nebo pozdější termín.")
        return wanted

    def clean(self) -> None:
        kind, asset = self.cleaned_data.get("request_type"), self.cleaned_data.get("asset")
        if kind and (refusal := kind_refusal(kind)):
            self.add_error("request_type", refusal)
        if asset:
            refusal = asset_refusal(asset=asset, kind=kind, day=self.today) or modules_refusal(
                contract=self.chosen_contract, asset=asset, channel=Channel.PORTAL
            )
            if refusal:
                self.add_error("asset", refusal)

    def new_request(self, *, author: User, form_token: UUID, refiled_from: Ticket | None) -> NewRequest:
        """What the valid form says, as the service takes it."""
        values = {name: value for name, value in self.cleaned_data.items() if name != "contract"}
        return NewRequest(author=author, channel=Channel.PORTAL, form_token=form_token, refiled_from=refiled_from, **values)


class MessageForm(forms.Form):
    """A message to support, with the items of cooperation that it delivers."""

    form_token = forms.UUIDField(widget=forms.HiddenInput)
    body = LongTextField(
        label="Nová zpráva",
        required=False,
        max_length=DESCRIPTION_LIMIT,
        error_messages={"max_length": "Zpráva má nejvýše 8 000 znaků. Zkraťte ji, nebo přiložte text jako soubor."},
    )
    delivers = forms.ModelMultipleChoiceField(CooperationRequest.objects.none(), required=False)

    def __init__(self, *args: Any, ticket: Ticket, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # All items, not the open ones alone: one that was ticked off meanwhile must not hold the message back.
        # mypy knows only a plain Field here
        self.fields["delivers"].queryset = ticket.cooperation.all()  # type: ignore[attr-defined]


class ComplaintForm(forms.Form):
    """Why the customer does not agree with the resolution (S4-56)."""

    reason = LongTextField(
        label="Důvod reklamace",
        max_length=DESCRIPTION_LIMIT,
        error_messages={
            "required": "Napište, co stále nefunguje a jak to poznáte.",
            "max_length": "Důvod má nejvýše 8 000 znaků. Zkraťte jej prosím.",
        },
    )


class QuoteDecisionForm(forms.Form):
    """Whether the customer wants the work for the price, and who says so."""

    APPROVE, REFUSE = "approve", "refuse"
    decision = forms.ChoiceField(
        choices=[(APPROVE, "schválit"), (REFUSE, "odmítnout")],
        error_messages={"required": "Zvolte Schválit, nebo Odmítnout.", "invalid_choice": "Zvolte Schválit, nebo Odmítnout."},
    )
    name = forms.CharField(label="Vaše jméno", max_length=150, error_messages={"required": "Napište své jméno."})
    reason = LongTextField(
        label="Proč kalkulaci odmítáte",
        required=False,
        max_length=DESCRIPTION_LIMIT,
        error_messages={"max_length": "Důvod má nejvýše 8 000 znaků. Zkraťte ho prosím."},
    )

    @property
    def approves(self) -> bool:
        return self.cleaned_data["decision"] == self.APPROVE

    def decide(self, *, quote: Quote, by: Actor, at: datetime) -> str:
        """Of a signed-in approver; returns the sentence for them."""
        name = self.cleaned_data["name"]
        if self.approves:
            quote_decisions.approve_quote(quote=quote, name=name, by=by, at=at)
            return "Kalkulace je schválená, pouštíme se do práce."
        quote_decisions.refuse_quote(quote=quote, name=name, reason=self.cleaned_data["reason"], by=by, at=at)
        return "Kalkulace je zamítnutá."

    def decide_by_link(self, *, token: str, at: datetime, ip: str | None) -> None:
        """Of an approver who came by the link of a letter."""
        values = {"name": self.cleaned_data["name"], "reason": self.cleaned_data["reason"]}
        quote_decisions.decide_by_link(token=token, approves=self.approves, **values, at=at, ip=ip)


class ParticipantForm(forms.Form):
    """A colleague to share a request with."""

    person = forms.ModelChoiceField(
        User.objects.none(),
        label="Kolega",
        empty_label="Vyberte",
        error_messages={"required": "Vyberte, koho chcete přidat.", "invalid_choice": "Vyberte kolegu ze seznamu."},
    )
    may_write = forms.BooleanField(label="Smí i psát", required=False)

    def __init__(self, *args: Any, people: list[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # mypy knows only a plain Field here
        self.fields["person"].queryset = User.objects.filter(pk__in=[one.pk for one in people])  # type: ignore[attr-defined]
