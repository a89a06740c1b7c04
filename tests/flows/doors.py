"""How people come in and use pages: sign in by the form, read a form as the browser does, send it back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import HttpResponse
from django.test import Client
from django.test.html import Element, parse_html

from helpdesk.mail.models import OutgoingMail

PASSWORD = "modrý-hrnek-na-okně"
DESK = "/backoffice/tickets/ticket/"


def signed_in(login: str, password: str = PASSWORD) -> Client:
    """Somebody who came through the sign-in form."""
    client = Client()
    client.post("/prihlaseni/", {"login": login, "password": password})
    return client


def filled(page: HttpResponse, having: str, **typed: Any) -> dict[str, Any]:
    """What the browser sends from the form with the field `having`, with what the person typed over it."""
    for form in _all(_tree(page), "form"):
        values = dict(_values(form))
        if having in values:
            return values | typed
    raise AssertionError(f"No form of the page has the field {having}.")


def typed_into(page: HttpResponse, field: str) -> str:
    """What stands in a text field of a page."""
    return next(value for name, value in _values(_tree(page)) if name == field)


def text_of(response: HttpResponse) -> str:
    """What a reader reads: words without tags, each space an ordinary one."""
    body = next(_all(_tree(response), "body"))
    return " ".join(_text(body).split())


def _tree(page: HttpResponse) -> Element:
    """A page, or the part of one that htmx asks for."""
    return parse_html(f"<div>{page.content.decode().removeprefix('<!doctype html>')}</div>")


def _all(element: Element, *names: str) -> Iterator[Element]:
    """Elements below one, in the order of the page."""
    for child in element.children:
        if isinstance(child, Element):
            if child.name in names:
                yield child
            yield from _all(child, *names)


def _text(element: Element) -> str:
    words = (child if isinstance(child, str) else _text(child) for child in element.children if child != "")
    return " ".join(words) if element.name not in ("script", "style", "template") else ""


def _values(form: Element) -> Iterator[tuple[str, str]]:
    """Names and values of the fields; a field that nobody filled in has an empty value."""
    for field in _all(form, "input", "textarea", "select"):
        has = dict(field.attributes)
        kind = has.get("type", "")
        if "name" not in has or kind in ("file", "submit") or (kind in ("radio", "checkbox") and "checked" not in has):
            continue
        if field.name == "select":
            options = [dict(option.attributes) for option in _all(field, "option")]
            chosen = [option for option in options if "selected" in option] or options[:1]
            yield has["name"], chosen[0].get("value", "") if chosen else ""
        else:
            unsaid = "on" if kind == "checkbox" else ""
            yield has["name"], _text(field) if field.name == "textarea" else has.get("value", unsaid)


def letters() -> list[tuple[str, str]]:
    """Kind and recipient of all letters, in the order they were written."""
    return list(OutgoingMail.objects.order_by("id").values_list("kind", "recipient"))
