"""Which requests: adjectives that chain."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.core.exceptions import EmptyResultSet
from django.db import connection, models
from django.db.models import Exists, OuterRef, Q

from helpdesk.customers.models import User
from helpdesk.statements import Condition
from sla.models import CalendarVersion
from tickets.models.states import ACTIVE, TIMED, Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tickets.models.ticket import Ticket


def companies_of(user: User) -> tuple[list[int], list[int]]:
    """Customers that the person manages, and those where they are a mere member."""
    memberships = user.active_memberships
    managed = [one.customer_id for one in memberships if one.is_manager]
    return managed, [one.customer_id for one in memberships if one.is_member and not one.is_manager]


class TicketQuerySet(models.QuerySet["Ticket"]):
    def visible_to(self, user: User) -> TicketQuerySet:
        """Requests that a person may open in the portal or the API; everything else is a 404.

        A manager sees the whole company, a member the own ones, a participant those shared with them. What was
        cancelled is seen by its author only (C13).
        """
        return self.visible_by(user.pk, *companies_of(user))

    def visible_by(self, person: int, managed: Sequence[int], own: Sequence[int]) -> TicketQuerySet:
        """The same by numbers: of the person, of the customers they manage, of those where they are a mere member."""
        scope = Q(customer_id__in=managed)
        if own:
            shared = Q(participants__user=person, customer_id__in=own)
            ids = self.model.objects.filter(shared).values("id")
            scope |= Q(author=person, customer_id__in=own) | Q(id__in=ids)
        return self.filter(scope).exclude(Q(status=Status.CANCELLED) & ~Q(author=person))

    def condition(self) -> Condition:
        """What these requests are chosen by, in SQL over tickets_ticket, for statements written by hand."""
        try:
            sql, values = self.query.where.as_sql(self.query.get_compiler(connection=connection), connection)
        except EmptyResultSet:
            return Condition("false")
        return Condition(sql or "true", tuple(values))

    def listed(self) -> TicketQuerySet:
        """Without the cancelled ones, which no list, count or report shows (S4-22)."""
        return self.exclude(status=Status.CANCELLED)

    def active(self) -> TicketQuerySet:
        return self.filter(status__in=ACTIVE)

    def resolved(self) -> TicketQuerySet:
        return self.filter(status=Status.RESOLVED)

    def closed(self) -> TicketQuerySet:
        return self.filter(status=Status.CLOSED)

    def in_states(self, states: Iterable[str]) -> TicketQuerySet:
        return self.filter(status__in=list(states))

    def locked(self, pk: int) -> Ticket:
        """The row itself, locked until the end of the transaction, with its SLA terms."""
        return self.select_related("sla_terms").select_for_update(of=("self",), no_key=True).get(pk=pk)

    def timed(self) -> TicketQuerySet:
        """Requests whose clock has started and not ended; it may stand (S4-18)."""
        return self.filter(status__in=TIMED, calendar_version__isnull=False)

    def clock_running(self) -> TicketQuerySet:
        """Timed requests whose clock counts service time now."""
        return self.timed().exclude(status=Status.SUSPENDED)

    def overdue(self, at: datetime) -> TicketQuerySet:
        """Requests with a target that is broken by now, by measured time and not by the shown deadline (D4)."""
        return self.timed().filter(
            Q(reaction_met__isnull=True, reaction_breach_at__lt=at) | Q(resolution_breach_at__lt=at), next_due_at__lt=at
        )

    def outdated_calendar(self, calendar: int | None = None) -> TicketQuerySet:
        """Timed requests that are still measured by an older version of their calendar, or of that one.

        The few versions are read first: joined, the planner would walk all requests instead of the index by version.
        """
        newer = CalendarVersion.objects.published().filter(calendar=OuterRef("calendar"), number__gt=OuterRef("number"))
        older = CalendarVersion.objects.published().filter(Exists(newer)).order_by()
        if calendar is not None:
            older = older.filter(calendar=calendar)
        return self.timed().filter(calendar_version__in=list(older.values_list("pk", flat=True)))

    def alarm_due(self, at: datetime) -> TicketQuerySet:
        """Requests about which somebody is to be warned."""
        return self.filter(alarm_at__lte=at)

    def closing_due(self, at: datetime) -> TicketQuerySet:
        """Resolved requests whose complaint window ended (C08)."""
        return self.resolved().filter(complaint_until__lte=at)

    def reminder_due(self, at: datetime) -> TicketQuerySet:
        return self.resolved().filter(remind_at__lte=at, reminded_at__isnull=True, complaint_until__gt=at)
