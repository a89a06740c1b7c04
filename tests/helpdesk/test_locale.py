"""Nobody reads English in the backoffice: what its libraries say has Czech words, and they are compiled."""

import ast
import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path

import polib
import pytest
from django.utils import translation
from django.utils.translation import trans_real
from django.utils.translation.template import templatize

from helpdesk.embedded import CHECKOUT

CATALOGUE = CHECKOUT / "helpdesk" / "locale" / "cs" / "LC_MESSAGES"
LIBRARIES = ["unfold", "simple_history", "import_export", "hijack", "django.contrib.admin"]
MARKS = {"_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy"}
STRING = r"""('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
IN_TEMPLATE = re.compile(rf"\b(?:_|gettext|ngettext)\(u?{STRING}")


def words_of(library: str) -> Iterator[str]:
    """Every text that the library marks for translation."""
    root = Path(importlib.util.find_spec(library).origin).parent
    for path in root.rglob("*"):
        if path.suffix == ".py":
            for node in ast.walk(ast.parse(path.read_text())):
                match node:
                    case ast.Call(func=ast.Name(id=name), args=[ast.Constant(value=words), *_]) if name in MARKS:
                        yield words
        elif path.suffix == ".html":
            for found in IN_TEMPLATE.finditer(templatize(path.read_text())):
                yield ast.literal_eval(found.group(1))


def czech() -> set[str]:
    """Texts that have Czech words in any catalogue of the running product."""
    with translation.override("cs"):
        catalogues = trans_real.catalog()._catalog._catalogs
    return {key[0] if isinstance(key, tuple) else key for catalogue in catalogues for key in catalogue}


@pytest.mark.parametrize("library", LIBRARIES)
def test_everything_a_library_says_has_czech_words(library):
    assert set(words_of(library)) - czech() == set()


def test_compiled_catalogue_says_what_the_readable_one_says():
    assert (CATALOGUE / "django.mo").read_bytes() == polib.pofile(CATALOGUE / "django.po").to_binary()


def test_no_text_is_left_empty():
    catalogue = polib.pofile(CATALOGUE / "django.po")

    assert [entry.msgid for entry in catalogue if not entry.translated()] == []
