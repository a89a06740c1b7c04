"""Acts that write: to the customer, and to colleagues only."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django import forms

from helpdesk.customers.actor import Actor
from helpdesk.customers.models import User
from tickets.admin.acts.base import READ_NOTES, ActForm, offer, text_field
from tickets.models import Attachment, Status, Ticket
from tickets.services import conversation
from tickets.services.people import solvers


class WritingForm(ActForm):
    """A text with files; a second click on the button sends nothing twice."""

    takes_files = True

    form_token = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["form_token"].initial = uuid.uuid4()

    def has_staged_files(self) -> bool:
        try:
            token = uuid.UUID(self.data.get("form_token", ""))
        except ValueError:
            return False
        return Attachment.objects.staged_for(user=self.user, form_token=token).exists()


class Answer(WritingForm):
    """A public message (S4-63)."""

    name, label, button = "message", "Odpověď zákazníkovi", "Odeslat zákazníkovi"

    body = text_field("Odpověď zákazníkovi", error_messages={"required": "Napište zprávu, nebo přiložte soubor."})

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["body"].required = not self.has_staged_files()

    @classmethod
    def fits(cls, ticket: Ticket) -> bool:
        return ticket.takes_messages

    def hidden_fields(self) -> list[forms.BoundField]:
        """None: the field for files beside the text carries the token."""
        return []

    def perform(self, *, by: Actor, at: datetime) -> str:
        filled = self.cleaned_data
        conversation.post_message(ticket=self.ticket, body=filled["body"], form_token=filled["form_token"], by=by, at=at)
        return "Odpověď je odeslaná."


class InternalNote(WritingForm):
    """A note that the customer never sees."""

    name, label, button = "note", "Interní poznámka", "Uložit poznámku"
    hint = "Zákazník tuto poznámku neuvidí."
    permission = READ_NOTES

    body = text_field("Interní poznámka", rows=4)
    mentioned = forms.ModelMultipleChoiceField(
        User.objects.none(), label="Upozornit kolegy", required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "mentioned", solvers().exclude(pk=self.user.pk))

    @classmethod
    def fits(cls, ticket: Ticket) -> bool:
        return ticket.status != Status.CANCELLED

    def perform(self, *, by: Actor, at: datetime) -> str:
        filled = self.cleaned_data
        conversation.add_note(
            ticket=self.ticket,
            body=filled["body"],
            mentioned=list(filled["mentioned"]),
            form_token=filled["form_token"],
            by=by,
            at=at,
        )
        return "Poznámka je uložená, vidí ji jen podpora."
