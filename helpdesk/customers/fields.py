"""Form fields that read what Czech people really type."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import phonenumbers
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model
from phonenumber_field.phonenumber import PhoneNumber

CZECH_PREFIX = "+420"
CZECH_DIGITS = 9
PUNCTUATION = re.compile(r"[\s\u00a0().\-–/]")
MOMENT_FORMAT = "%Y-%m-%dT%H:%M"  # of a browser's own field
NO_SUCH_NUMBER = "Takové číslo neexistuje. Zkontrolujte prosím předvolbu a číslice."
MISSING = {1: "chybí jedna", 2: "chybějí dvě", 3: "chybějí tři", 4: "chybějí čtyři"}
SPARE = {1: "jedna přebývá", 2: "dvě přebývají", 3: "tři přebývají", 4: "čtyři přebývají"}


class PhoneField(forms.CharField):
    """A phone number: nine digits are Czech, foreign ones have + or 00 and their prefix; the value is E.164 text.

    source  S4-30, S4-31
    """

    widget = forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"})
    default_error_messages = {"required": "Napište telefon, na kterém vás zastihneme."}

    def to_python(self, value: Any) -> str:
        written = PUNCTUATION.sub("", super().to_python(value) or "")
        if not written:
            return ""
        number = f"+{written[2:]}" if written.startswith("00") else written
        if not number.removeprefix("+").isascii() or not number.removeprefix("+").isdigit():
            raise ValidationError("Telefon pište jen číslicemi, u ciziny s předvolbou, například +421 905 123 456.")
        if number.startswith("+"):
            return _international(number)
        if len(number) == len(CZECH_PREFIX) - 1 + CZECH_DIGITS and number.startswith(CZECH_PREFIX[1:]):
            return _international(f"+{number}")
        return _czech(number)

    def prepare_value(self, value: Any) -> Any:
        """Known numbers as people write them: Czech without the prefix."""
        if isinstance(value, PhoneNumber) and value.is_valid():
            return value.as_national if str(value).startswith(CZECH_PREFIX) else value.as_international
        return value


def _czech(digits: str) -> str:
    off = CZECH_DIGITS - len(digits)
    if off:
        words = MISSING.get(off, f"chybí {off}") if off > 0 else SPARE.get(-off, f"{-off} přebývá")
        raise ValidationError(f"Číslo má mít 9 číslic, {words}. Předvolbu pište jen u ciziny.")
    return _international(CZECH_PREFIX + digits)


def _international(number: str) -> str:
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException as error:
        raise ValidationError(NO_SUCH_NUMBER) from error
    if parsed.country_code == int(CZECH_PREFIX) and len(number) != len(CZECH_PREFIX) + CZECH_DIGITS:
        return _czech(number.removeprefix(CZECH_PREFIX))
    if not phonenumbers.is_valid_number(parsed):
        raise ValidationError(NO_SUCH_NUMBER)
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


class MomentField(forms.DateTimeField):
    """An instant of our time; in the first years of the era its zone would carry it out of what a calendar can hold."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MOMENT_FORMAT)
        super().__init__(widget=widget, **kwargs)

    def to_python(self, value: Any) -> datetime | None:
        moment = super().to_python(value)
        if moment and not 2000 <= moment.year < 2100:
            raise ValidationError("Rok není správně. Zkontrolujte datum.")
        return moment


class LongTextField(forms.CharField):
    """Text of several lines; a line end counts as one character however the browser sends it (S2-11)."""

    widget = forms.Textarea

    def to_python(self, value: Any) -> str:
        return (super().to_python(value) or "").replace("\r\n", "\n").replace("\r", "\n")

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """Without maxlength: a browser would cut a pasted text off in silence."""
        return {name: value for name, value in super().widget_attrs(widget).items() if name != "maxlength"}


class RowField(forms.TypedChoiceField):
    """One of rows that are loaded already; the value is the row itself, None for no choice."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(empty_value=None, **kwargs)

    def offer(self, groups: dict[str, Iterable[Model]], *, blank: str = "") -> None:
        """Set what is offered.

        groups  rows by the name of their group; the group "" has no name
        blank   words of the empty choice, "" for none
        """
        choices: list[Any] = [("", blank)] if blank else []
        rows = {str(row.pk): row for group in groups.values() for row in group}
        for name, group in groups.items():
            options = [(str(row.pk), row) for row in group]
            choices += options if not name else [(name, options)] if options else []
        self.choices = choices
        self.coerce = rows.__getitem__
