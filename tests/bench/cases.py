"""The pages of the bench: who opens what, and the bar each must reach."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.bench.load import Visitor

REFERENCE = "/bench/reference/"
NEXT = re.compile(r'<a\b(?=[^>]*\brel="next")[^>]*\bhref="([^"]+)"')
FIELD = re.compile(r'<input\b(?=[^>]*\btype="hidden")[^>]*>')
ATTRIBUTE = re.compile(r'\b(name|value)="([^"]*)"')
FRAGMENT = {"HX-Request": "true"}


@dataclass(frozen=True)
class Case:
    """One page.

    who      manager (a customer's), or staff
    path     finds the address once, before the measuring
    operate  what one operation is, when it is more than one GET
    floor    the share of the reference's rate that must be reached; None where no bar is set
    sql      the most statements
    """

    name: str
    who: str
    path: Callable[[Visitor], str]
    floor: float | None
    sql: int | None = None
    expect: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    operate: Callable[[Visitor, str], object] | None = None


def at(path: str) -> Callable[[Visitor], str]:
    return lambda visitor: path


def deep(path: str, headers: dict[str, str] | None = None) -> Callable[[Visitor], str]:
    """The page behind up to 150 clicks on the link to older ones."""

    def walk(visitor: Visitor) -> str:
        here = path
        for _ in range(150):
            found = NEXT.search(visitor.get(here, headers=headers))
            if found is None:
                break
            href = found[1].replace("&amp;", "&").partition("#")[0]
            here = path.partition("?")[0] + href if href.startswith("?") else href
        return here

    return walk


def first_ticket(listed: str, form: str) -> Callable[[Visitor], str]:
    """The page of the first request of a list, by a format such as „/pozadavky/{}/“."""
    prefix = re.escape(form.partition("{}")[0])
    number = re.compile(rf'href="(?:{prefix})?(\d+)/')

    def find(visitor: Visitor) -> str:
        found = number.search(visitor.get(listed))
        return form.format(found[1]) if found else "/no-request-found/"

    return find


def create(visitor: Visitor, path: str) -> None:
    """Open the form, fill it, send it."""
    page = visitor.get(path)
    form = {}
    for tag in FIELD.findall(page):
        attributes = dict(ATTRIBUTE.findall(tag))
        form[attributes.get("name", "")] = attributes.get("value", "")
    for name, value in re.findall(r'<select\b[^>]*\bname="([^"]+)".*?<option value="(\d+)" selected', page, re.DOTALL):
        form[name] = value
    paragraph = re.search(r'name="paragraph"[^>]*value="(\d+)"', page)
    form |= {
        "subject": "Nelze uložit fakturu do DMS",
        "description": "Dnes v 9:00 nešla uložit faktura.",
        "contact_email": "osoba@example.cz",
        "contact_phone": "605110220",
    }
    if paragraph:
        form["paragraph"] = paragraph[1]
    visitor.post(path, form)


WORK_LIST = "/backoffice/tickets/ticket/"
CLOSED = "/?cast=uzavrene"
HEADING = "Přehled požadavků"

CASES = [
    Case("reference", "manager", at(REFERENCE), None, 3, expect="<table>"),
    Case("seznam v portálu", "manager", at("/"), 0.40, 8, expect=HEADING),
    Case("seznam, jen část htmx", "manager", at("/"), 0.40, 8, headers=FRAGMENT),
    Case("hluboká strana seznamu", "manager", deep(CLOSED), 0.40, 8, expect=HEADING),
    Case("hledání, časté slovo", "manager", at(f"{CLOSED}&q=ucetnictvi"), 0.25, 8, expect=HEADING),
    Case("hledání, vzácné slovo", "manager", at(f"{CLOSED}&q=kalibrace"), 0.25, 8, expect=HEADING),
    Case("detail požadavku", "manager", first_ticket("/", "/pozadavky/{}/"), 0.40, 12),
    Case("výpis kreditu", "manager", at("/kredit/"), None, 8, expect="Pohyby"),
    Case("výpis kreditu, hluboká strana roku", "manager", deep("/kredit/?rok=2025"), None, 8, expect="Pohyby"),
    Case("založení (GET a POST)", "manager", at("/pozadavky/novy/"), None, None, operate=create),
    Case("pracovní seznam", "staff", at(WORK_LIST), 0.15, 8),
    Case("pracovní seznam, hluboká strana", "staff", deep(f"{WORK_LIST}?fronta=vsechny"), 0.15, 8),
    Case("pracovní seznam, časté slovo", "staff", at(f"{WORK_LIST}?fronta=vsechny&q=ucetnictvi"), 0.15, 8),
    Case("pracovní seznam, vzácné slovo", "staff", at(f"{WORK_LIST}?fronta=vsechny&q=kalibrace"), 0.15, 8),
    Case("pracovní seznam, jen část htmx", "staff", at(f"{WORK_LIST}fragment/"), 0.40, 8, headers=FRAGMENT),
    Case("požadavek v backoffice", "staff", first_ticket(WORK_LIST, WORK_LIST + "{}/change/"), 0.15, 12),
    Case("požadavek, jen část htmx", "staff", first_ticket(WORK_LIST, WORK_LIST + "{}/fragment/"), 0.40, 12, headers=FRAGMENT),
    Case("nástěnka", "staff", at("/backoffice/"), 0.15, 10),
]
