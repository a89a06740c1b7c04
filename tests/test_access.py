"""Every address × method × role × own, foreign and missing object, taken from the URL resolver itself.

The expected answers stand in tests/access.py; an address that is not there fails.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

import pytest
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from credit.models import PrepaidPackage, PriceList
from credit.services import ledger
from credit.services.corrections import Proposal, propose_correction
from helpdesk.customers.models import AccessRequest, AuthorisedSender, Invitation, PendingChange
from helpdesk.customers.services.audit import record_audit_event
from tests import access
from tests.builders import (
    MONDAY,
    a_contract,
    a_customer,
    a_member,
    a_message,
    a_paragraph,
    a_staff_member,
    a_ticket,
    a_user,
    an_operator,
    backoffice,
)
from tests.credit.builders import top_up
from tickets.admin.acts import ACTS
from tickets.models import Attachment, CannedAnswer, Participant, Quote, Ticket
from tickets.roles import sync_roles

ARGUMENT = r"\(\?P<(\w+)>[^)]*\)|<(?:\w+:)?(\w+)>"
METHODS = ("get", "head", "put", "delete", "post")
MISSING = 999_999_999
MISSING_TOKENS = {"attachment_id": uuid.UUID(int=1), "token": "x", "uidb36": "1", "key": "x-y"}


@dataclass(frozen=True)
class Address:
    """One entry of the resolver: its name with namespaces, its path pattern, the names of its arguments."""

    name: str
    route: str

    @property
    def arguments(self) -> list[str]:
        return ["".join(found) for found in re.findall(ARGUMENT, self.route)]


def addresses(resolver: URLResolver | None = None, namespace: str = "", prefix: str = "") -> Iterator[Address]:
    """All addresses of the product, depth first."""
    for entry in (resolver or get_resolver()).url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLPattern):
            yield Address(f"{namespace}{entry.name or entry.pattern}", route)
        else:
            inner = f"{entry.namespace}:" if entry.namespace else ""
            yield from addresses(entry, namespace + inner, route)


ADDRESSES = {address.name: address for address in addresses()}
IN_ADMIN = {name: address for name, address in ADDRESSES.items() if name.startswith("admin:")}


@cache
def kinds() -> dict[str, dict[str, str]]:
    """tests/access.py KINDS as kind → role → outcome; the column „staff“ stands for each group."""
    header, *rows = (line.split() for line in access.KINDS.strip().splitlines())
    table = {}
    for kind, *outcomes in rows:
        row = dict(zip(header[1:], outcomes, strict=True))
        staff = row.pop("staff")
        table[kind] = row | dict.fromkeys(access.STAFF, staff)
    return table


@dataclass
class World:
    """The people and the things of the table; `own` belongs to Alice, `foreign` to another company."""

    clients: dict[str, Client]
    people: dict[str, Any]
    sessions: dict[str, str]
    own: dict[str, Any]
    foreign: dict[str, Any]


def a_file(ticket: Ticket) -> Attachment:
    """A file in the database alone; behind nginx the product never opens it."""
    return Attachment.objects.create(
        uploader=ticket.author, form_token=uuid.uuid4(), ticket=ticket, name="a.txt", path=uuid.uuid4().hex, size=1,
        content_type="application/octet-stream", sha256="0" * 64, created_at=MONDAY,
    )  # fmt: skip


def an_access_request() -> AccessRequest:
    return AccessRequest.objects.create(full_name="Nový Kolega", email="novy@example.cz", company="27463249", created_at=MONDAY)


@pytest.fixture(scope="module")
def shared_world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """Built once; each test runs in a savepoint of its own inside, and all of it is rolled back at the end."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield make_world()
        transaction.set_rollback(True)


@pytest.fixture
def world(shared_world: World, db: None, settings: Any) -> World:
    """Everybody signed in afresh, since an earlier test may have signed them out."""
    settings.X_ACCEL_LOCATION = "/soubory"
    for role, client in shared_world.clients.items():
        client.cookies.clear()
        if role in shared_world.people:
            client.cookies[settings.SESSION_COOKIE_NAME] = shared_world.sessions[role]
    return shared_world


def make_world() -> World:
    """Alice's request and a stranger's, each with a message and a file, and a signed-in client for every role."""
    an_operator()
    sync_roles()
    company, elsewhere = a_customer(), a_customer()
    people = {
        "author": a_member(company, "Alice Dvořáková"),
        "colleague": a_member(company, "Bob Kučera"),
        "manager": a_member(company, "Hana Malá", is_manager=True, is_responsible=True),
        "participant": a_member(company, "Jan Veselý"),
        "accountant": a_member(company, "Marie Hrubá", is_member=False, is_accountant=True, is_approver=True),
        "stranger": a_member(elsewhere, "Cyril Hájek", is_manager=True),
        "former": a_member(company, "Ota Bývalý", is_manager=True),
        "superuser": a_user("Správce Systému", is_staff=True, is_superuser=True),
        **{group: a_staff_member(f"Osoba {group}", group=group) for group in Group.objects.values_list("name", flat=True)},
    }
    own = a_ticket(author=people["author"], paragraph=a_paragraph(a_contract(company)))
    foreign = a_ticket(author=people["stranger"], paragraph=a_paragraph(a_contract(elsewhere)))
    Participant.objects.create(ticket=own, user=people["participant"], may_write=True, added_at=MONDAY)
    clients = {role: Client(raise_request_exception=True) for role in access.ROLES}
    for role, person in people.items():
        clients[role].force_login(person)
    people["former"].is_active = False
    people["former"].save()
    an_access_request()
    Invitation.objects.create(
        user=people["author"], recipient="Alice", verified_how="zpětné volání", verified_at=MONDAY, created_at=MONDAY,
        expires_at=MONDAY + timedelta(days=3),
    )  # fmt: skip
    AuthorisedSender.objects.create(email="alice@example.cz", user=people["author"], contract=own.contract)
    CannedAnswer.objects.create(title="Děkujeme", body="Děkujeme za zprávu.")
    record_audit_event(kind="exported", by=backoffice(people["superuser"]), at=MONDAY)
    _credit_of(own)
    sessions = {role: clients[role].cookies[settings.SESSION_COOKIE_NAME].value for role in people}
    return World(clients, people, sessions, _things(own), _things(foreign))


def _credit_of(ticket: Ticket) -> None:
    """One row of each kind: movement, reservation, closed month, correction and terms that wait, package, price list."""
    customer = ticket.customer
    top_up(customer, "9000")
    ledger.reserve(customer=customer, amount=Decimal(100), key="quote:0", text="Kalkulace", at=MONDAY)
    ledger.close_period(customer=customer, month=date(2026, 1, 1), at=MONDAY)
    account = ledger.account_of(customer)
    proposal = Proposal(account=account, change=Decimal(9000), reason="Dvojí dobití", token=uuid.uuid4())
    propose_correction(proposal=proposal, by=backoffice(a_staff_member("Ota Starý", group="účtárna")), at=MONDAY)
    PrepaidPackage.objects.create(contract=ticket.contract, minutes=600, sold_on=date(2026, 1, 1))
    PriceList.objects.create(valid_from=date(2026, 1, 1))
    PendingChange.objects.create(
        model="customers.contract", object_id=ticket.contract_id, customer=customer, what="smlouva", amount=9000,
        before={"hourly_rate": "0.00"}, values={"hourly_rate": "1200.00"}, asked_at=MONDAY,
        asked_by=a_staff_member("Iva Tichá", group="vedoucí"),
    )  # fmt: skip


def _things(ticket: Ticket) -> dict[str, Any]:
    message, quote = a_message(ticket), a_quote(ticket)
    return {"number": ticket.pk, "attachment_id": a_file(ticket).pk, "pk": MISSING, "message": message, "quote_id": quote.pk}


def a_quote(ticket: Ticket) -> Quote:
    """A quote that waits for approval, whatever state the request is in."""
    return Quote.objects.create(
        ticket=ticket, version=1, origin="supplier", state="sent", ceiling_price=4800, valid_until=date(2026, 3, 16),
        created_at=MONDAY, created_by=ticket.author, sent_at=MONDAY, sent_by=ticket.author, preparation_price=0, done_price=0,
    )  # fmt: skip


def outcome(response: Any) -> str:
    """The answer in the words of the table."""
    target = response.headers.get("Location", "")
    if response.status_code in (301, 302) and target.startswith(("/prihlaseni/", "/backoffice/login/")):
        return "login"
    if response.status_code in (301, 302) and target.startswith("/backoffice/"):
        return "desk"
    if response.status_code in (400, 403, 404, 405):
        return str(response.status_code)
    assert response.status_code < 500 or response.status_code == 503
    return "open"


def path_of(address: Address, values: dict[str, Any]) -> str:
    """The path with the arguments filled in."""
    filled = re.sub(ARGUMENT, lambda found: str(values[found.group(1) or found.group(2)]), address.route)
    return "/" + re.sub(r"\(\[\^/\]\+\)", "1", filled).replace("^", "").replace("$", "")


def test_every_address_of_the_portal_is_in_the_table():
    named = {name for name in ADDRESSES if name not in IN_ADMIN}

    assert named - set(access.PORTAL) == set()
    assert set(access.PORTAL) - named == set()


@pytest.mark.req("S4-45", "S5-07", "S4-03")
@pytest.mark.parametrize("name", sorted(access.PORTAL))
def test_portal_address_answers_each_role_as_the_table_says(name: str, world: World):
    row = kinds()[access.PORTAL[name]]
    address = ADDRESSES[name]
    wrong = {}

    for role, client in world.clients.items():
        for which, path in _paths(address, world):
            expected = _expected(row[role], which, role)
            for method in METHODS:
                answer = outcome(getattr(client, method)(path))
                if not _fits(answer, expected):
                    wrong.setdefault((which, answer, expected), set()).add(f"{role} {method}")

    assert {case: sorted(who) for case, who in wrong.items()} == {}


def _paths(address: Address, world: World) -> list[tuple[str, str]]:
    if not address.arguments:
        return [("own", path_of(address, {}))]
    missing = dict.fromkeys(("number", "pk", "participant_id", "quote_id"), MISSING) | MISSING_TOKENS
    return [
        ("own", path_of(address, missing | world.own)),
        ("foreign", path_of(address, missing | world.foreign)),
        ("missing", path_of(address, missing)),
    ]


def _expected(cell: str, which: str, role: str) -> str:
    """A foreign object is open to its own people only; a missing one to nobody."""
    if cell not in ("open", "404") or which == "own":
        return cell
    if which == "foreign" and role == "stranger":
        return "any"
    hidden = role not in access.STAFF or which == "missing"
    return "404" if hidden and cell == "open" else cell


def _fits(answer: str, expected: str) -> bool:
    """Whether the answer is the expected one; a method that a view does not know is refused before the object is looked up."""
    if expected == "shut":
        return answer != "open"
    return expected == "any" or answer in (expected, "405")


PAGE_OF_MODEL = re.compile(r"admin:(\w+?_\w+?)_(changelist|add|change|history|delete|import|process_import|export)$")
RIGHT = {"changelist": 0, "change": 0, "history": 0, "add": 1, "export": 0, "import": 1, "process_import": 1}


def _groups(name: str) -> str | None:
    """Which groups may open a page of the backoffice; None when the table does not know it."""
    if name in access.PAGES:
        return access.PAGES[name]
    model, page = PAGE_OF_MODEL.fullmatch(name).groups() if PAGE_OF_MODEL.fullmatch(name) else ("", "")
    if page == "delete" and model in access.MODELS:
        return access.DELETED.get(model, "-")
    return access.MODELS[model][RIGHT[page]] if model in access.MODELS else None


def backoffice_pages() -> list[str]:
    """Names of the backoffice's own pages, without what only leads to one of them and the nameless catch-alls."""
    passages = (*access.PASSAGES, "simple_history")
    return sorted(name for name in IN_ADMIN if not name.endswith(passages) and re.fullmatch(r"[\w:]+", name))


def test_every_page_of_the_backoffice_is_in_the_table():
    assert [name for name in backoffice_pages() if _groups(name) is None] == []


@pytest.mark.req("S4-03", "S5-07")
@pytest.mark.parametrize("name", backoffice_pages())
def test_backoffice_page_opens_for_its_groups_only(name: str, world: World):
    groups = (_groups(name) or "-").split()
    values = {"object_id": MISSING, "app_label": "customers", "number": world.own["number"], "pk": MISSING, "name": "accept"}
    model = re.match(r"admin:([a-z]+_[a-z]+)_", name)
    if model:
        values["object_id"] = getattr(_a_row(model.group(1)), "pk", MISSING)
    path = path_of(ADDRESSES[name], values)
    wrong = {}

    for role, client in world.clients.items():
        answer = outcome(client.get(path))
        expected = _expected_in_backoffice(role, groups)
        if answer not in expected:
            wrong[role] = (answer, expected)

    assert wrong == {}


def _expected_in_backoffice(role: str, groups: list[str]) -> tuple[str, ...]:
    """Strangers sign in, customers find nothing, staff without the right read so; a missing row leads to the start page."""
    if role in ("anonymous", "former"):
        return ("login",)
    if role in access.CUSTOMERS:
        return ("404",)
    allowed = role in groups or (role == "superuser" and groups != ["-"])
    return ("open", "desk", "404", "405") if allowed else ("403", "404", "405")


def _a_row(model: str) -> Any:
    app, _, name = model.partition("_")
    found = [row for row in admin.site._registry if (row._meta.app_label, row._meta.model_name) == (app, name)]
    return found[0]._default_manager.order_by("pk").first() if found else None


def test_every_act_of_the_ticket_page_is_in_the_table():
    assert set(ACTS) == set(access.ACTS)


@pytest.mark.parametrize("act", sorted(access.ACTS))
def test_an_act_is_done_by_its_groups_only(act: str, world: World):
    """The form opens, and a post is taken, for them alone."""
    path = path_of(ADDRESSES["admin:tickets_ticket_act"], {"number": world.own["number"], "name": act})
    wrong = {}

    for role, client in world.clients.items():
        for method in ("get", "post"):
            answer = outcome(getattr(client, method)(path))
            expected = _expected_in_backoffice(role, access.ACTS[act].split())
            if answer not in expected:
                wrong[role, method] = (answer, expected)

    assert wrong == {}
