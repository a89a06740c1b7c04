"""Acts around quotes: preparing a version, sending it, taking it back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.utils.text import Truncator

from credit.rates import agreed_rate
from helpdesk.customers.actor import Actor
from helpdesk.formats import moment
from tickets.admin.acts.base import ActForm, day_field, offer, text_field
from tickets.admin.acts.lifecycle import work_goes_on
from tickets.models import Message, Quote, QuoteWaiver, Ticket
from tickets.services import quote_gate, quotes
from tickets.services.quote_threshold import threshold_of

COPIED = ("origin", "ceiling_price", "hourly_rate", "ceiling_minutes", "specification", "text", "term_on", "valid_until")


class DraftQuote(ActForm):
    """Prepare a quote: the draft when there is one, else a new version that starts from the last one (C23)."""

    name, label, button = "quote", "Kalkulace", "Uložit návrh"
    hint = (
        "Návrh vidíte jen vy. Zákazník ho dostane, až ho odešlete. Cena je strop práce podle kalkulace: účtuje se odpracovaný "
        "čas, nejvýše tolik. Přípravu kalkulace a\u00a0dřívější práci systém k\u00a0celkovému „nejvýše“ přičte sám."
    )

    origin = forms.ChoiceField(label="Původ", choices=Quote.Origin.choices)
    ceiling_price = forms.DecimalField(
        label="Nejvyšší cena (Kč bez DPH)", min_value=0, max_digits=12, decimal_places=2, required=False,
        help_text="Prázdné: pracnost krát sazba. I\u00a0s\u00a0tím, co je odpracováno podle dřívějších verzí.",
    )  # fmt: skip
    ceiling_minutes = forms.IntegerField(label="Pracnost (min)", min_value=1, max_value=600_000, required=False)
    hourly_rate = forms.DecimalField(
        label="Hodinová sazba (Kč bez DPH)", min_value=0, max_digits=10, decimal_places=2, required=False
    )
    term_on = day_field("Termín dokončení", required=False)
    valid_until = day_field("Schválit lze do", required=False)
    text = text_field("Co kalkulace zahrnuje", rows=4, required=False)
    specification = text_field("Technická specifikace", rows=6, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        last = self.ticket.quotes.order_by("-version").first()
        asked = Quote.Origin.CUSTOMER if self.ticket.wants_quote else Quote.Origin.SUPPLIER
        values: dict[str, Any] = {"origin": asked, "hourly_rate": agreed_rate(self.ticket.paragraph)}
        if last:
            values = {name: getattr(last, name) for name in COPIED}
            if last.hourly_rate is not None:
                values["ceiling_price"] = None  # follows from the rate and the minutes
            if last.state != Quote.State.DRAFT:
                values["valid_until"] = None
        self.initial = {**values, **self.initial}

    @classmethod
    def fits(cls, ticket: Ticket) -> bool:
        return work_goes_on(ticket)

    def perform(self, *, by: Actor, at: datetime) -> str:
        quote = quotes.draft_quote(ticket=self.ticket, terms=quotes.Terms(**self.cleaned_data), by=by, at=at)
        return f"Návrh verze {quote.version} je uložený. Zákazník ho uvidí, až ho odešlete."


class QuoteForm(ActForm):
    """An act on one quote of the request, offered beside it."""

    quote = forms.ModelChoiceField(Quote.objects.none(), label="Kalkulace", empty_label=None)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "quote", self.ticket.quotes.order_by("-version"))

    @classmethod
    def fits(cls, ticket: Ticket) -> bool:
        return work_goes_on(ticket)


class SendQuote(QuoteForm):
    """Show the draft to the customer: a quote waits for approval, an estimate is only told (S1-16, S4-72)."""

    name, label, button = "quote-send", "Odeslat kalkulaci", "Odeslat zákazníkovi"

    def perform(self, *, by: Actor, at: datetime) -> str:
        quote = quotes.send_quote(quote=self.cleaned_data["quote"], by=by, at=at)
        return "Odhad je u\u00a0zákazníka." if quote.is_estimate else "Kalkulace je u\u00a0schvalovatele, požadavek na něj čeká."


class WithdrawQuote(QuoteForm):
    """Take back a draft, or a version that nobody decided."""

    name, label, button = "quote-withdraw", "Stáhnout kalkulaci", "Stáhnout"

    def perform(self, *, by: Actor, at: datetime) -> str:
        quotes.withdraw_quote(quote=self.cleaned_data["quote"], by=by, at=at)
        return "Kalkulace je stažená."


class AgreementField(forms.ModelChoiceField):
    """A message of the customer, as it begins."""

    def label_from_instance(self, obj: Message) -> str:
        return f"{moment(obj.at)}, {obj.author}: {Truncator(obj.body).chars(80)}"


class WaiveQuote(ActForm):
    """A leader records why work goes on past the threshold of the contract without a quote (D34)."""

    name, label, button = "unquoted", "Pokračovat bez kalkulace", "Zapsat"
    hint = "Nad práh smlouvy se bez schválené kalkulace pracuje, jen když zákazník písemně souhlasil, nebo se ta práce neúčtuje."
    permission = "tickets.correct_work"

    way = forms.ChoiceField(label="Proč", choices=QuoteWaiver.Way.choices, widget=forms.RadioSelect)
    message = AgreementField(
        Message.objects.none(),
        label="Zpráva, ve které souhlasil schvalovatel zákazníka",
        required=False,
        empty_label="-",
        help_text="Práce po\u00a0této zprávě se účtuje celá.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "message", quote_gate.agreeing(self.ticket))

    @classmethod
    def fits(cls, ticket: Ticket) -> bool:
        return work_goes_on(ticket) and threshold_of(ticket) is not None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("way") == QuoteWaiver.Way.UNCHARGED:
            cleaned["message"] = None
        elif cleaned.get("way") and not cleaned.get("message") and "message" not in self.errors:
            self.add_error("message", "Vyberte zprávu, ve které zákazník souhlasil.")
        return cleaned

    def perform(self, *, by: Actor, at: datetime) -> str:
        waiver = quote_gate.waive_quote(ticket=self.ticket, **self.cleaned_data, by=by, at=at)
        return f"Zapsáno: {waiver.get_way_display()}."
