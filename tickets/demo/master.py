"""The demo's supplier, customers, contracts and people."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group

from helpdesk.customers.models import (
    Asset,
    AssetModule,
    AuthorisedSender,
    Contract,
    ContractParagraph,
    ContractPerson,
    ContractPhone,
    Customer,
    Membership,
    Operator,
    PageText,
    SlaLine,
    SupportLevel,
    User,
)
from helpdesk.customers.services.sla import check_contract
from sla.calendars import PRAGUE
from sla.models import CalendarDate, ServiceCalendar
from sla.services import draft_version, note_progress, publish_version, write_week
from sla.typed import windows_of
from tickets.demo.content import read
from tickets.models import CannedAnswer

MAIL_DOMAIN = "severka.example"


@dataclass(frozen=True)
class Login:
    """An account of the demo, as `manage.py demo` prints it."""

    name: str
    password: str
    role: str


def logins() -> Iterator[Login]:
    """All accounts: the supplier's people, then each customer's."""
    supplier = read("supplier")
    for person in supplier["staff"]:
        role = "správce" if person.get("is_superuser") else ", ".join(person["groups"])
        yield Login(person["login"], supplier["password"], role)
    seen: dict[str, list[str]] = {}
    for customer in read("customers")["customer"]:
        for person in customer["person"]:
            seen.setdefault(person["login"], []).append(f"{customer['name']} ({_role(person)})")
    for name, roles in seen.items():
        yield Login(name, supplier["password"], "; ".join(roles))


def _role(person: dict[str, Any]) -> str:
    names = {
        "is_manager": "vedoucí",
        "is_approver": "schvalovatel",
        "is_accountant": "účetní",
        "is_responsible": "odpovědná osoba",
    }
    held = [names[role] for role in person["roles"]]
    is_plain_member = person.get("is_member", True) and "is_manager" not in person["roles"]
    return ", ".join(["člen", *held] if is_plain_member else held)


def make_supplier() -> None:
    """The operator, its people and texts; all people of the demo share one password and so one hash."""
    supplier = read("supplier")
    Operator.objects.create(id=1, **supplier["operator"])
    PageText.objects.bulk_create(
        [PageText(**page | {"body": page["body"].strip()}) for page in supplier["page"]],
        update_conflicts=True,
        unique_fields=["page"],
        update_fields=["title", "body"],
    )
    CannedAnswer.objects.bulk_create(CannedAnswer(position=place, **one) for place, one in enumerate(supplier["answer"], start=1))
    password = make_password(supplier["password"])
    for person in supplier["staff"]:
        fields = {"is_staff": True, "is_superuser": person.get("is_superuser", False), "phone": person["phone"]}
        user = _make_user(person, f"{person['login']}@{MAIL_DOMAIN}", password, **fields)
        user.groups.set(Group.objects.filter(name__in=person["groups"]))


def make_customers(*, now: datetime) -> None:
    """Customers with their contracts, assets and people."""
    data = read("customers")
    password = make_password(read("supplier")["password"])
    today = now.astimezone(PRAGUE).date()
    for entry in data["calendar"]:
        _make_calendar(entry, today, now)
    SupportLevel.objects.bulk_create(SupportLevel(**entry) for entry in data["level"])
    for entry in data["customer"]:
        nested = ("key", "contract", "asset", "person", "main_account")
        customer = Customer.objects.create(**{name: value for name, value in entry.items() if name not in nested})
        for contract in entry["contract"]:
            _make_contract(customer, contract, data["paragraphs"], today)
        for asset in entry["asset"]:
            _make_asset(customer, asset, today)
        for person in entry["person"]:
            _make_person(customer, person, password)
        if "main_account" in entry:
            customer.main_account = User.objects.get(username=entry["main_account"])
            customer.save()


def _make_calendar(entry: dict[str, Any], today: date, now: datetime) -> None:
    """A calendar with its version 1 published, closed for some days."""
    version = draft_version(calendar=ServiceCalendar.objects.create(name=entry["name"]))
    write_week(version=version, week=[windows_of(text) for text in entry["week"]])
    closed = entry["closed"]
    CalendarDate.objects.bulk_create(
        CalendarDate(version=version, day=today + timedelta(days=closed["after"] + more), name=closed["name"])
        for more in range(closed["days"])
    )
    publish_version(version=version, by=None, at=now)
    note_progress(version_id=version.pk, total=0, done=0, finished_at=now)


def _make_contract(customer: Customer, entry: dict[str, Any], paragraphs: dict[str, Any], today: date) -> None:
    dates: dict[str, Any] = {"valid_from": today + timedelta(days=entry["starts"])} if "starts" in entry else {}
    if "ends" in entry:
        dates["valid_until"] = today + timedelta(days=entry["ends"])
    if "calendar" in entry:
        dates["calendar"] = ServiceCalendar.objects.get(name=entry["calendar"])
    if "support_level" in entry:
        dates["support_level"] = SupportLevel.objects.get(name=entry["support_level"])
    apart = ("paragraphs", "starts", "ends", "calendar", "support_level")
    contract = Contract.objects.create(
        customer=customer, **{name: value for name, value in entry.items() if name not in apart}, **dates
    )
    for place, paragraph in enumerate(paragraphs[entry["paragraphs"]], start=1):
        _make_paragraph(contract, place, paragraph)
    check_contract(contract)
    ContractPhone.objects.create(contract=contract, number=str(customer.phone), label="ústředna")


def _make_paragraph(contract: Contract, place: int, entry: dict[str, Any]) -> None:
    fields = {name: value for name, value in entry.items() if name != "sla"}
    paragraph = ContractParagraph.objects.create(contract=contract, position=place, **fields)
    for line in entry.get("sla", []):
        amounts = {name: Decimal(line[name]) for name in ("reaction", "resolution")}
        applies_to = line.get("applies_to", SlaLine.AppliesTo.BOTH.value)
        SlaLine.preset(method=line["method"], applies_to=applies_to, paragraph=paragraph, **amounts).save()


def _make_asset(customer: Customer, entry: dict[str, Any], today: date) -> None:
    ends = {"support_until": today + timedelta(days=entry["support_ends"])} if "support_ends" in entry else {}
    apart = ("modules", "support_ends")
    asset = Asset.objects.create(customer=customer, **{name: value for name, value in entry.items() if name not in apart}, **ends)
    AssetModule.objects.bulk_create(
        AssetModule(asset=asset, name=name.lstrip("*"), in_implementation=name.startswith("*"))
        for name in entry.get("modules", [])
    )


def _make_person(customer: Customer, entry: dict[str, Any], password: str) -> None:
    """The account (once, also for a person of two companies), what it may do, and its place in the contracts."""
    user = User.objects.filter(username=entry["login"]).first()
    if user is None:
        user = _make_user(entry, f"{entry['login']}@{customer.email.partition('@')[2]}", password, phone=entry["phone"])
    roles = dict.fromkeys(entry["roles"], True)
    Membership.objects.create(user=user, customer=customer, is_member=entry.get("is_member", True), **roles)
    for contract in customer.contracts.all():
        ContractPerson.objects.create(
            contract=contract,
            user=user,
            first_name=user.first_name,
            last_name=user.last_name,
            email=user.email,
            phone=user.phone,
            **roles,
        )
        if contract.number == entry.get("sender_for"):
            AuthorisedSender.objects.create(email=user.email, user=user, contract=contract)


def _make_user(entry: dict[str, Any], email: str, password: str, **fields: Any) -> User:
    first, _, last = entry["name"].partition(" ")
    return User.objects.create(
        username=entry["login"], first_name=first, last_name=last, email=email, password=password, **fields
    )
