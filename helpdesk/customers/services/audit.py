"""The security log: one function that writes an event, one for what may repeat without end, one that watches rights.

Each event is a line of the structured log and a row that nobody can change. Neither ever holds a secret: no password, code,
link or token, and nothing that somebody typed at a failed sign-in. Lines carry keys, no names and no addresses of people.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import connection, transaction
from django.db.models import Model

from helpdesk.customers.actor import Actor
from helpdesk.customers.models import AuditEvent, AuditTally, Membership, User
from helpdesk.ip import network_of

log = structlog.get_logger("helpdesk.security")

Kind = AuditEvent.Kind
SECRET_WORDS = ("password", "token", "secret", "link", "hash", "cookie")
WRITTEN_EACH = 5  # of what repeats within an hour; from then on the 8th, 16th, 32nd …
NETWORKS_AN_HOUR = 300  # that are counted apart; the rest are counted together
ELSEWHERE = "elsewhere"
RIGHTS = ("is_active", "is_staff", "is_superuser")
ROLES = ("is_member", "is_manager", "is_approver", "is_accountant", "is_responsible")
COUNT = """
INSERT INTO customers_audittally (key, hour, count) VALUES (%s, %s, 1)
ON CONFLICT (hour, key) DO UPDATE SET count = customers_audittally.count + 1 RETURNING count
"""


def record_audit_event(
    *,
    kind: str,
    by: Actor,
    at: datetime,
    subject: Model | None = None,
    acting_for: User | None = None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    times: int = 1,
) -> AuditEvent:
    """Write one event, in the transaction of the act itself: an act that is rolled back leaves none.

    kind        of AuditEvent.Kind
    by          who did it, with the address they came from
    subject     the row it happened to
    acting_for  the customer's person whose view `by` had borrowed
    before      changed fields as they were; values that JSON knows
    after       the same fields now, or other details
    raises      ValueError - `before` or `after` names a secret
    source      S4-01
    """
    before, after = before or {}, after or {}
    if named := [name for name in (*before, *after) if any(word in name.lower() for word in SECRET_WORDS)]:
        raise ValueError(f"Secrets stay out of the security log: {', '.join(named)}.")
    event = AuditEvent.objects.create(
        kind=kind,
        at=at,
        by=by.user,
        acting_for=acting_for,
        ip=by.ip or None,
        object_type=subject._meta.label_lower if subject else "",
        object_id=subject.pk if subject else None,
        object_text=str(subject)[:200] if subject else "",
        before=before,
        after=after,
        times=times,
    )
    log.info(
        "audit",
        kind=str(kind),
        by=event.by_id,
        acting_for=event.acting_for_id,
        ip=event.ip,
        object=f"{event.object_type}:{event.object_id}" if subject else None,
        changed=sorted({*before, *after}),
        times=times,
    )
    return event


@transaction.atomic
def record_repeated_event(*, kind: str, by: Actor, at: datetime, **details: Any) -> AuditEvent | None:
    """Write what somebody may do without end, a refusal or a failure: a few of an hour each, then ever more rarely.

    Counted by the person, else by the network, and beyond NETWORKS_AN_HOUR of these together; so an hour has a bounded number
    of rows, whatever visitors do.

    details  as for record_audit_event
    returns  the event, with `times`; None where it was only counted
    """
    place = f"person {by.user.pk}" if by.user else _network(by.ip, at)
    count = _count(f"{kind} {place}", at)
    if not _is_written(count):
        log.info("audit", kind=str(kind), by=by.user and by.user.pk, ip=by.ip, times=count)
        return None
    return record_audit_event(kind=kind, by=by, at=at, times=count, **details)


@contextmanager
def watched_rights(*users: User, by: Actor, at: datetime) -> Iterator[None]:
    """Write what the block changes about the rights of people: staff, groups, companies with roles, active or not."""
    before = _rights([user.pk for user in users])
    with transaction.atomic():
        yield
        now = _rights([user.pk for user in users])
        for user in users:
            _record_change(user, before.get(user.pk, {}), now[user.pk], by, at)


def rights_of(user: User) -> dict[str, Any]:
    """What the person may do now, as stored: whether active, staff, superuser; the groups; the roles for each customer."""
    return _rights([user.pk])[user.pk]


def _rights(keys: list[int]) -> dict[int, dict[str, Any]]:
    """The rights of people by their keys, in three statements."""
    rights: dict[int, dict[str, Any]] = {row.pop("pk"): row for row in User.objects.filter(pk__in=keys).values("pk", *RIGHTS)}
    for row in rights.values():
        row["groups"] = []
    for key, group in (
        User.groups.through.objects.filter(user__in=keys).values_list("user", "group__name").order_by("group__name")
    ):
        rights[key]["groups"].append(group)
    for membership in Membership.objects.filter(user__in=keys, is_active=True).order_by("customer_id"):
        roles = [role for role in ROLES if getattr(membership, role)]
        rights[membership.user_id][f"customer {membership.customer_id}"] = roles
    return rights


def _record_change(user: User, old: dict[str, Any], new: dict[str, Any], by: Actor, at: datetime) -> None:
    changed = [name for name in sorted({*old, *new}) if old.get(name) != new.get(name)]
    if changed:
        record_audit_event(
            kind=Kind.RIGHTS_CHANGED,
            by=by,
            at=at,
            subject=user,
            before={name: old[name] for name in changed if name in old},
            after={name: new[name] for name in changed if name in new},
        )


def forget_old_tallies(*, at: datetime) -> int:
    """Delete counts of hours that are over; returns how many."""
    return AuditTally.objects.filter(hour__lt=at - timedelta(hours=2)).delete()[0]


def _network(ip: str | None, at: datetime) -> str:
    """The network as a place; one for all further ones when the hour has enough of them."""
    place = f"network {network_of(ip)}"
    known = AuditTally.objects.filter(hour=_hour(at), key__contains=" network ")
    return place if known.filter(key__endswith=place).exists() or known.count() < NETWORKS_AN_HOUR else ELSEWHERE


def _count(key: str, at: datetime) -> int:
    """One more of the key in this hour; returns how many there are now."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT, [key, _hour(at)])
        count: int = cursor.fetchone()[0]
    return count


def _hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)


def _is_written(count: int) -> bool:
    return count <= WRITTEN_EACH or count & (count - 1) == 0
