"""Plain functions that make rows with believable defaults; every keyword may be overridden."""

from __future__ import annotations

import itertools
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.auth.models import Group

from credit.models import LedgerAccount
from helpdesk.customers.actor import Actor
from helpdesk.customers.channels import Channel
from helpdesk.customers.models import (
    Asset,
    Contract,
    ContractParagraph,
    Customer,
    Membership,
    Operator,
    RequestType,
    SlaLine,
    TierEntitlement,
    User,
)
from helpdesk.mail.models import OutgoingMail
from helpdesk.mail.services import queue
from sla.models import CalendarDate, CalendarVersion, ServiceCalendar, ServiceWindow
from tickets.models import Ticket
from tickets.services.conversation import post_message
from tickets.services.filing import NewRequest, file_request
from tickets.services.lifecycle import CooperationItem, Resolution, accept, cancel, confirm_resolution, escalate, resolve, suspend

PRAGUE = ZoneInfo("Europe/Prague")
_serial = itertools.count(1)


def prague(text: str) -> datetime:
    """An aware instant from Prague wall-clock time: prague("2026-03-02T10:00")."""
    return datetime.fromisoformat(text).replace(tzinfo=PRAGUE)


MONDAY = prague("2026-03-02T10:00")


def an_ico(serial: int) -> str:
    """A valid IČO for a serial number."""
    base = f"{1000000 + serial:07d}"
    weighted = sum(int(digit) * weight for digit, weight in zip(base, range(8, 1, -1), strict=True))
    return f"{base}{(11 - weighted % 11) % 10}"


def an_operator(**fields: Any) -> Operator:
    values: dict[str, Any] = {
        "name": "Severka Systémy s.r.o.",
        "short_name": "Severka",
        "ico": "27463249",
        "dic": "CZ27463249",
        "street": "Křenová 12",
        "city": "Brno",
        "zip_code": "602 00",
        "help_phone": "+420533000120",
        "help_email": "podpora@severka.example",
    }
    return Operator.objects.update_or_create(id=1, defaults=values | fields)[0]


def a_customer(**fields: Any) -> Customer:
    serial = next(_serial)
    values: dict[str, Any] = {
        "name": f"Hanácké strojírny {serial} s.r.o.",
        "ico": an_ico(serial),
        "street": "Průmyslová 8",
        "city": "Prostějov",
        "zip_code": "796 01",
    }
    return Customer.objects.create(**values | fields)


def a_user(name: str = "Alice Dvořáková", **fields: Any) -> User:
    serial = next(_serial)
    first, _, last = name.partition(" ")
    login = fields.pop("username", f"user{serial}")
    password = fields.pop("password", None)
    values: dict[str, Any] = {"first_name": first, "last_name": last, "email": f"{login}@example.cz", "phone": "+420605110220"}
    user = User(username=login, **values | fields)
    if password:
        user.set_password(password)
    else:
        user.set_unusable_password()
    user.save()
    return user


def a_member(customer: Customer, name: str = "Alice Dvořáková", **fields: Any) -> User:
    """A person of the customer; is_manager=True and the other roles go to the membership."""
    roles = {
        key: fields.pop(key)
        for key in list(fields)
        if key in ("is_member", "is_manager", "is_approver", "is_accountant", "is_responsible")
    }
    user = a_user(name, **fields)
    Membership.objects.create(user=user, customer=customer, **roles)
    return user


def a_staff_member(name: str = "Dana Pokorná", *, group: str = "podpora", **fields: Any) -> User:
    """A person of the supplier in one of the groups of tickets.roles."""
    user = a_user(name, is_staff=True, **fields)
    user.groups.add(Group.objects.get(name=group))
    return user


def a_contract(customer: Customer | None = None, *, overdraft: int = 100_000, **fields: Any) -> Contract:
    """A contract paid from credit.

    overdraft  how far work may begin below zero, CZK: without it nobody could measure work before a top-up;
               an account that the customer has already keeps its own
    """
    customer = customer or a_customer()
    if overdraft:
        LedgerAccount.objects.get_or_create(
            customer=customer, defaults={"kind": LedgerAccount.Kind.CUSTOMER, "overdraft_limit": overdraft}
        )
    values: dict[str, Any] = {
        "number": f"2024/{next(_serial)}",
        "title": "Údržba a podpora ERP",
        "kind": Contract.Kind.SUPPORT,
        "valid_from": date(2024, 1, 1),
        "hourly_rate": 1200,
    }
    contract = Contract.objects.create(customer=customer, **values | fields)
    for channel in ("portal", "email", "phone", "enquiry"):
        TierEntitlement.objects.get_or_create(tier=contract.kind, channel=channel, defaults={"access": "open"})
    return contract


def a_calendar(
    week: str = "08:00-16:30", *, days: str = "01234", dates: dict[str, str] | None = None, publish: bool = True, **fields: Any
) -> ServiceCalendar:
    """A calendar whose version 1 is published; a_calendar("08:00-12:00 13:00-17:00", dates={"2026-12-31": "08:00-12:00"}).

    week     windows of each of `days` (0 is Monday); "" for none
    dates    date → windows, "" for closed
    fields   always and serves_holidays go to the version, the rest to the calendar
    """
    apart = {key: fields.pop(key) for key in ("always", "serves_holidays") if key in fields}
    calendar = ServiceCalendar.objects.create(**{"name": f"Kalendář {next(_serial)}"} | fields)
    version = CalendarVersion.objects.create(calendar=calendar, number=1, **apart)
    for weekday in days:
        for opens, closes in _windows(week):
            ServiceWindow.objects.create(version=version, weekday=int(weekday), opens=opens, closes=closes)
    for day, windows in (dates or {}).items():
        for opens, closes in _windows(windows) or [(None, None)]:
            CalendarDate.objects.create(version=version, day=day, name="Inventura", opens=opens, closes=closes)
    if publish:
        version.published_at = version.recomputed_at = MONDAY
        version.save()
    return calendar


def _windows(text: str) -> list[tuple[int, int]]:
    return [(_seconds(part.partition("-")[0]), _seconds(part.partition("-")[2])) for part in text.split()]


def _seconds(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 3600 + int(minutes) * 60


def an_sla_line(
    paragraph: ContractParagraph, *, method: str = "Hod", reaction: str = "4", resolution: str = "16", **fields: Any
) -> SlaLine:
    """A line with the method's atoms, for any time; applies_to="wdin" and any atom may be given."""
    line = SlaLine.preset(
        method=method, reaction=Decimal(reaction), resolution=Decimal(resolution), paragraph=paragraph, **fields
    )
    line.save()
    return line


def a_paragraph(contract: Contract | None = None, *, sla: bool = True, **fields: Any) -> ContractParagraph:
    """A paragraph with one SLA line (Hod, reaction 4 h, resolution 16 h, at any time) unless it has no SLA.

    sla  False for a paragraph whose lines the test makes itself by `an_sla_line`
    """
    contract = contract or a_contract()
    values: dict[str, Any] = {
        "code": f"čl. {next(_serial)}",
        "title": "Závažná vada",
        "kind": ContractParagraph.Kind.INCIDENT,
        "severity": ContractParagraph.Severity.MAJOR,
    }
    paragraph = ContractParagraph.objects.create(contract=contract, **values | fields)
    if sla and paragraph.has_sla:
        an_sla_line(paragraph)
    return paragraph


def an_asset(customer: Customer, **fields: Any) -> Asset:
    return Asset.objects.create(customer=customer, **{"name": f"ERP Vektor {next(_serial)}", "version": "5.2"} | fields)


def a_request_type(**fields: Any) -> RequestType:
    return RequestType.objects.create(**{"name": f"Oprava {next(_serial)}"} | fields)


def portal(user: User) -> Actor:
    return Actor(user=user, channel=Channel.PORTAL, ip="192.0.2.10")


def backoffice(user: User) -> Actor:
    return Actor(user=user, channel=Channel.BACKOFFICE, ip="192.0.2.20")


def a_ticket(
    *, author: User | None = None, paragraph: ContractParagraph | None = None, at: datetime = MONDAY, **fields: Any
) -> Ticket:
    """A request as the portal files it, in the state Nový."""
    paragraph = paragraph or a_paragraph()
    author = author or a_member(paragraph.contract.customer, is_manager=True)
    values: dict[str, Any] = {
        "subject": "Nelze uložit fakturu do DMS",
        "description": "Dnes v 9:00 nešla uložit faktura.",
        "contact_email": author.email,
        "contact_phone": "+420605110220",
        "channel": Channel.PORTAL,
    }
    new = NewRequest(author=author, paragraph=paragraph, **values | fields)
    return file_request(new=new, by=portal(author), at=at)


def an_accepted_ticket(*, staff: User | None = None, at: datetime = MONDAY, **fields: Any) -> Ticket:
    ticket = a_ticket(at=at, **fields)
    return accept(ticket=ticket, by=backoffice(staff or a_staff_member()), at=at)


def an_escalated_ticket(*, assignee: User | None = None, at: datetime = MONDAY, **fields: Any) -> Ticket:
    assignee = assignee or a_staff_member("Petr Vaníček", group="řešitel")
    ticket = an_accepted_ticket(staff=assignee, at=at, **fields)
    return escalate(ticket=ticket, assignee=assignee, by=backoffice(assignee), at=at)


def a_suspended_ticket(*, assignee: User | None = None, at: datetime = MONDAY, items: int = 1, **fields: Any) -> Ticket:
    assignee = assignee or a_staff_member("Petr Vaníček", group="řešitel")
    ticket = an_escalated_ticket(assignee=assignee, at=at, **fields)
    missing = [CooperationItem(what=f"Výpis z banky {number}") for number in range(1, items + 1)]
    return suspend(ticket=ticket, reason=Ticket.SuspendReason.ATTACHMENT, items=missing, by=backoffice(assignee), at=at)


def a_resolved_ticket(*, assignee: User | None = None, at: datetime = MONDAY, **fields: Any) -> Ticket:
    assignee = assignee or a_staff_member("Petr Vaníček", group="řešitel")
    ticket = an_escalated_ticket(assignee=assignee, at=at, **fields)
    return resolve(ticket=ticket, resolution=a_resolution(), by=backoffice(assignee), at=at)


def a_closed_ticket(*, at: datetime = MONDAY, **fields: Any) -> Ticket:
    ticket = a_resolved_ticket(at=at, **fields)
    return confirm_resolution(ticket=ticket, by=portal(ticket.author), at=at)


def a_cancelled_ticket(*, at: datetime = MONDAY, **fields: Any) -> Ticket:
    ticket = a_ticket(at=at, **fields)
    return cancel(ticket=ticket, reason="Chybná klasifikace", by=backoffice(a_staff_member()), at=at)


def a_resolution(**fields: Any) -> Resolution:
    values: dict[str, Any] = {"text": "Kvóta složky byla zvýšena.", "root_cause": "configuration", "problem_category": "defect"}
    return Resolution(**values | fields)


def a_message(ticket: Ticket, *, author: User | None = None, body: str = "Děkuji za zprávu.", at: datetime = MONDAY) -> Any:
    author = author or ticket.author
    by = backoffice(author) if author.is_staff else portal(author)
    return post_message(ticket=ticket, body=body, by=by, at=at)


def a_letter(*, key: str = "event:1", to: str = "alice@example.cz", at: datetime = MONDAY, **fields: Any) -> OutgoingMail:
    """A letter that waits to be sent."""
    values = {"kind": "resolved", "subject": "[1] Vyřešeno", "text": "Dobrý den,\n\nvyřešeno.\n"}
    letter = queue(key=key, to=to, at=at, **values | fields)
    if letter is None:
        raise ValueError("This letter was written before; give it another key.")
    return letter
