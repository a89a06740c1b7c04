"""The HTML part of a letter: the same words as its plain text, with links one can press."""

from __future__ import annotations

import re
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string

from helpdesk.mail.models import OutgoingMail

SIGNATURE = "-- \n"


def letter_html(mail: OutgoingMail) -> str:
    """The letter as one page without anything to load from elsewhere."""
    text, _, signature = mail.text.replace("\r\n", "\n").partition(f"\n{SIGNATURE}")
    return render_to_string(
        "email/letter.html",
        {"title": mail.subject, "blocks": [_block(block) for block in _paragraphs(text)], "signature": signature.strip()},
    )


def _paragraphs(text: str) -> list[str]:
    return [part.strip("\n") for part in re.split(r"\n[ \t]*\n", text) if part.strip()]


def _block(paragraph: str) -> dict[str, Any]:
    """A button when the paragraph is a label above an address of ours, else its text.

    Only our own addresses: what people write in a request must not become a button of a letter signed by us.
    """
    label, _, address = paragraph.partition("\n")
    if label.endswith(":") and re.fullmatch(re.escape(settings.HELPDESK_URL) + r"/\S*", address.strip()):
        return {"label": label.removesuffix(":"), "address": address.strip(), "text": ""}
    return {"label": "", "address": "", "text": paragraph}
