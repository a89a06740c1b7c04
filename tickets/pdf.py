"""Printing: HTML to PDF/A-3a by WeasyPrint, the one module that knows the library.

It needs Pango. A process that never prints starts without both; where they are missing, printing says so.
"""

from __future__ import annotations

import atexit
from functools import cache
from importlib.resources import files
from pathlib import Path
from threading import Lock
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string

from helpdesk.errors import DomainError

FONTS = "font_source_sans_pro"
STYLE = Path(settings.BASE_DIR) / "templates" / "pdf" / "document.css"
_one_at_a_time = Lock()  # fonts and style sheet are shared, and the library's font configuration is not for two threads


class PrintingRefused(DomainError):
    """The machine lacks what printing needs."""


def to_pdf(template: str, context: dict[str, Any]) -> bytes:
    """Render a template of `templates/pdf/`; the same context gives the same bytes.

    raises  PrintingRefused
    """
    html = render_to_string(template, context)
    with _one_at_a_time:
        page, style, fonts = _press()
        return page(string=html).write_pdf(stylesheets=[style], font_config=fonts, pdf_variant="pdf/a-3a", finisher=_finish)


@cache
def _press() -> tuple[Any, Any, Any]:
    """The page class, the style sheet and the fonts, loaded once per process."""
    try:
        from weasyprint import CSS, HTML
        from weasyprint.text.fonts import FontConfiguration
        from weasyprint.urls import URLFetcher, URLFetcherResponse
    except OSError as trouble:  # the library finds no Pango
        raise PrintingRefused("PDF teď nejde vytvořit, chybí k tomu programy na serveru. Napište prosím podpoře.") from trouble

    class Fetcher(URLFetcher):
        """Fonts from their package and nothing else: no file, no network."""

        def fetch(self, url: str, headers: Any = None) -> Any:
            scheme, _, name = url.partition(":")
            if scheme != "font":
                raise ValueError(f"Not allowed in a document: {url}")
            content = (files(FONTS) / "files" / name).read_bytes()
            return URLFetcherResponse(url, content, {"Content-Type": "font/ttf"})

    fetcher, fonts = Fetcher(), FontConfiguration()
    # Styles of footnotes and list markers, which no document has, are a sixth of the time.
    browser = (files("weasyprint") / "css" / "html5_ua.css").read_text()
    lean = CSS(string="\n".join(line for line in browser.splitlines() if not line.startswith("::")))

    class Page(HTML):
        def __init__(self, string: str) -> None:
            super().__init__(string=string, url_fetcher=fetcher)

        def _ua_stylesheets(self, forms: bool = False) -> list[Any]:
            return [lean]

    return Page, CSS(string=STYLE.read_text(), font_config=fonts, url_fetcher=fetcher), fonts


atexit.register(_press.cache_clear)  # the library takes its temporary folder away while Python still stands


def _finish(document: Any, pdf: Any) -> None:
    """Mend what WeasyPrint 70 leaves open for readers of tagged files: scope of table headers and the tree of their names."""
    from pydyf import Array, Dictionary

    named: dict[Any, Any] = {}
    for item in pdf.objects:
        if isinstance(item, dict) and item.get("S") == "/TH":
            row = pdf.objects[int(item["P"].split()[0])]
            body = pdf.objects[int(row["P"].split()[0])]
            item["A"]["Scope"] = "/Column" if body["S"] == "/THead" else "/Row"
            if "ID" in item:
                named[item["ID"].string] = item
    if named:
        pairs = [part for key in sorted(named) for part in (named[key]["ID"], named[key].reference)]
        root = pdf.objects[int(pdf.catalog["StructTreeRoot"].split()[0])]
        root["IDTree"] = Dictionary({"Names": Array(pairs)})
