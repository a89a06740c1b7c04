"""Fills an empty database with the demo."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from helpdesk.customers.models import Customer, Operator, StaffTask, User
from helpdesk.mail.models import OutgoingMail
from tickets.demo.content import moment, read
from tickets.demo.credit import make_credit
from tickets.demo.master import make_customers, make_supplier
from tickets.demo.timeline import Timeline


def is_loaded() -> bool:
    """Whether the demo is what the database holds."""
    return Operator.objects.filter(ico=read("supplier")["operator"]["ico"]).exists()


def is_empty() -> bool:
    """Whether nothing of anybody's own would be mixed with the demo."""
    return not (Operator.objects.exists() or Customer.objects.exists() or User.objects.exists())


@transaction.atomic
def load_demo(*, now: datetime) -> None:
    """Make the whole demo, or nothing.

    now  aware; the acts of the demo end shortly before it
    """
    make_supplier()
    make_customers(now=now)
    make_credit(now=now)
    Timeline(now=now).play()
    _make_tasks(now=now)
    _keep_letters()


def _make_tasks(*, now: datetime) -> None:
    names = {customer["key"]: customer["ico"] for customer in read("customers")["customer"]}
    for entry in read("supplier")["task"]:
        created_at = moment(entry["created"], now)
        assignee = User.objects.get(username=entry["assignee"])
        StaffTask.objects.create(
            kind=entry["kind"],
            text=entry["text"],
            customer=Customer.objects.get(ico=names[entry["customer"]]),
            assignee=assignee,
            created_at=created_at,
            due_at=created_at + timedelta(hours=entry["due_hours"]),
            done_at=moment(entry["done"], now) if "done" in entry else None,
            done_by=assignee if "done" in entry else None,
        )


def _keep_letters() -> None:
    """The demo's letters are read in the backoffice; none may leave, not even where a mail server is connected."""
    OutgoingMail.objects.filter(state=OutgoingMail.State.QUEUED).update(state=OutgoingMail.State.KEPT, sent_at=F("created_at"))
