"""What all acts on a request share: fields, permission, fitting states, the one service that is called."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any, ClassVar, cast

from django import forms
from django.db.models import QuerySet
from django.forms.renderers import TemplatesSetting
from django_fsm import can_proceed

from helpdesk.customers.actor import Actor
from helpdesk.customers.models import ContractParagraph, User
from sla.calendars import PRAGUE
from tickets.models import Ticket
from tickets.services.lifecycle import CooperationItem

HANDLE = "tickets.handle_ticket"
FILE = "tickets.file_for_customer"
DECIDE = "tickets.decide_complaint"
READ_NOTES = "tickets.read_notes"

AGAIN = "prepocitat"
ITEM_ROWS = (1, 2, 3)
DAY_ENDS = time(23, 59)


class ActForm(forms.Form):
    """One act as a small form; `perform` makes the one call of a service and returns the sentence for the user.

    transitions  the act fits while one of these is possible; empty = the subclass says when in `fits`
    is_main      shown as a button beside the conversation, the others wait in a menu
    others       further buttons of the form, name and label; AGAIN shows the form anew with what was chosen
    """

    name: ClassVar[str]
    label: ClassVar[str]
    button: ClassVar[str]
    hint: str = ""
    permission: ClassVar[str] = HANDLE
    transitions: ClassVar[tuple[str, ...]] = ()
    is_main: ClassVar[bool] = False
    takes_files: ClassVar[bool] = False
    others: tuple[tuple[str, str], ...] = ()

    do_not_call_in_templates: ClassVar[bool] = True  # the page lists the classes of the acts on offer
    default_renderer = TemplatesSetting()
    template_name = "tickets/desk/fields.html"
    use_required_attribute = False  # the server says what is missing, in Czech and beside the field

    def __init__(self, *args: Any, ticket: Ticket, user: User, refusals: list[str] | None = None, **kwargs: Any) -> None:
        # Two acts may be open on one page: a label must never lead into the other one's field.
        super().__init__(*args, label_suffix="", auto_id=f"id_{self.name}_%s", **kwargs)
        self.ticket = ticket
        self.user = user
        self.refusals = refusals or []

    @classmethod
    def fits(cls, ticket: Ticket) -> bool:
        """Whether the state of the request allows the act now."""
        return any(can_proceed(getattr(ticket, name)) for name in cls.transitions)

    @classmethod
    def is_open_to(cls, user: User, ticket: Ticket) -> bool:
        return user.has_perm(cls.permission) and cls.fits(ticket)

    def clean(self) -> dict[str, Any]:
        """A stale page is told so here, where what was typed is kept."""
        if not self.fits(self.ticket):
            raise forms.ValidationError(
                f"Požadavek je nyní ve stavu „{self.ticket.get_status_display()}“, tento krok v\u00a0něm není možný. "
                "Text vám zůstal níže; podívejte se, co se mezitím změnilo."
            )
        for refusal in self.refusals:
            self.add_error(None, refusal)
        return super().clean() or self.cleaned_data

    def perform(self, *, by: Actor, at: datetime) -> str:
        raise NotImplementedError


def offer(form: forms.Form, name: str, rows: QuerySet[Any]) -> None:
    """Let the field choose among these rows."""
    cast(forms.ModelChoiceField, form.fields[name]).queryset = rows


def text_field(label: str, *, rows: int = 5, required: bool = True, **kwargs: Any) -> forms.CharField:
    """A text of more lines, as long as the longest description."""
    return forms.CharField(label=label, required=required, max_length=8000, widget=forms.Textarea(attrs={"rows": rows}), **kwargs)


def day_field(label: str, *, required: bool = True, **kwargs: Any) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=required, widget=widget, **kwargs)


class PersonField(forms.ModelChoiceField):
    """A member of staff by name."""

    def label_from_instance(self, obj: User) -> str:
        return str(obj)


class ParagraphForm(ActForm):
    """An act that chooses a paragraph of the request's own contract."""

    paragraph = forms.ModelChoiceField(ContractParagraph.objects.none(), label="Odstavec smlouvy")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "paragraph", ContractParagraph.objects.filter(contract=self.ticket.contract_id, is_active=True))
        self.fields["paragraph"].initial = self.ticket.paragraph_id


class OtherTicketForm(ActForm):
    """An act that names another request by its number."""

    number = forms.IntegerField(label="Číslo požadavku", min_value=1)

    def clean_number(self) -> int:
        other = Ticket.objects.filter(pk=self.cleaned_data["number"]).first()
        if other is None:
            raise forms.ValidationError("Požadavek s\u00a0tímto číslem neexistuje. Zkontrolujte číslo.")
        self.other = other
        return self.cleaned_data["number"]


class CooperationForm(ActForm):
    """An act that says what the customer is to deliver; rows without „co“ are left out."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for row in ITEM_ROWS:
            self.fields[f"what_{row}"] = forms.CharField(label=f"{row}. co chybí", max_length=300, required=False)
            self.fields[f"from_whom_{row}"] = forms.CharField(label="Od koho", max_length=150, required=False)
            self.fields[f"due_{row}"] = day_field("Do kdy", required=False)

    def items(self) -> list[CooperationItem]:
        """The filled rows; a day ends at 23:59 in Prague."""
        filled = self.cleaned_data
        return [
            CooperationItem(
                what=filled[f"what_{row}"], from_whom=filled[f"from_whom_{row}"], due_at=_end_of(filled[f"due_{row}"])
            )
            for row in ITEM_ROWS
            if filled.get(f"what_{row}")
        ]

    def require_items(self) -> None:
        if not self.items():
            self.add_error("what_1", "Napište aspoň jednu věc, kterou od zákazníka potřebujete.")


def _end_of(day: date | None) -> datetime | None:
    return datetime.combine(day, DAY_ENDS, tzinfo=PRAGUE) if day else None
