"""The order of Czech words, as a key that is stored and sorted by its bytes.

PostgreSQL is not always built with ICU, and the order of its own locales differs from machine to machine.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from django.db import models

KEY_LENGTH = 400
# After any letter or digit, so that č comes after all that begins with c; ch is a letter of its own between h and i.
OWN_LETTERS = {"č": "c~", "ch": "h~", "ř": "r~", "š": "s~", "ž": "z~"}
OWN = re.compile("č|ch|ř|š|ž")
NOT_DECOMPOSED = str.maketrans({"ł": "l", "đ": "d", "ø": "o", "ß": "ss"})
WORDS = re.compile(r"[^a-z0-9~]+")


def czech_sort_key(text: str) -> str:
    """The key of a name or title: letters first, then accents, then the rest.

    Hradec < chata < Ivančice, Ryba < Říha, Novak < Novák < Novak Jan < Nový; capitals and punctuation do not matter until all
    else is the same.

    source  ČSN 97 6030; digits before letters, as in every list on a computer
    """
    small = unicodedata.normalize("NFC", text).casefold()
    own = OWN.sub(lambda found: OWN_LETTERS[found.group()], small)
    letters = WORDS.sub(" ", _plain(own)).strip()
    accents = "".join(str(_accent(sign)) for sign in small if sign.isalnum())
    return f"{letters}\t{accents}\t{text}"[:KEY_LENGTH]


def _plain(text: str) -> str:
    parts = unicodedata.normalize("NFKD", text.translate(NOT_DECOMPOSED))
    return "".join(sign for sign in parts if not unicodedata.combining(sign))


def _accent(sign: str) -> int:
    """0 for none, then in the order of the norm: acute, háček, ring, and others."""
    marks = [mark for mark in unicodedata.normalize("NFD", sign) if unicodedata.combining(mark)]
    return "\u0301\u030c\u030a".find(marks[0]) % 4 + 1 if marks else 0


class SortKeyField(models.CharField):
    """The Czech sort key of other fields of the row, computed whenever the row is saved."""

    def __init__(self, *sources: str, **options: Any) -> None:
        self.sources = sources
        fixed: dict[str, Any] = {"max_length": KEY_LENGTH, "editable": False, "db_collation": "C", "default": ""}
        super().__init__(**(fixed | options))

    def deconstruct(self) -> Any:
        name, path, _, options = super().deconstruct()
        return name, path, self.sources, options

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        key = czech_sort_key(" ".join(str(getattr(model_instance, source)) for source in self.sources))
        setattr(model_instance, self.attname, key)
        return key
