"""How tests walk through the agents' desk."""

from typing import Any

from django.http import HttpResponse
from django.test import Client

from helpdesk.customers.models import User
from tickets.models import Ticket

LIST = "/backoffice/tickets/ticket/"


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page_of(ticket: Ticket, query: str = "") -> str:
    return f"{LIST}{ticket.pk}/change/{query}"


def do(user: User, ticket: Ticket, name: str, **fields: Any) -> HttpResponse:
    """Send the form of an act, and read the request anew."""
    response = signed_in(user).post(f"{LIST}{ticket.pk}/ukon/{name}/", fields)
    ticket.refresh_from_db()
    return response


def text_of(response: HttpResponse) -> str:
    return response.content.decode().replace("\u00a0", " ").replace("&nbsp;", " ")
