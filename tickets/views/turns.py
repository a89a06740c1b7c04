"""„Na tahu jste vy“: what of the person's own requests waits for them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from helpdesk.customers.models import User
from helpdesk.formats import counted, day, money, weekday_moment
from helpdesk.statements import planned
from tickets.models import Quote, Status, Ticket

MOST_TURNS = 3
MOMENT = timedelta(seconds=1)

# Written out: the same by querysets takes Django as long to put together as all the rest of the list. One look at the
# requests for both states, as PostgreSQL takes longer to plan a second one than to read the few that wait.
WAITING = """
SELECT t.id, t.subject, t.status, t.suspend_reason, t.complaint_until,
       CASE WHEN t.status = 'suspended'
            THEN ARRAY(SELECT c.due_at FROM tickets_cooperationrequest c WHERE c.ticket_id = t.id AND c.done_at IS NULL) END
  FROM tickets_ticket t
 WHERE t.author_id = %s AND t.customer_id = ANY(%s) AND t.status IN ('suspended', 'resolved')
 ORDER BY t.resolved_at NULLS FIRST, t.created_at DESC, t.id DESC
"""


def turns_of(user: User) -> list[dict[str, Any]]:
    """Own requests that wait for cooperation, and resolved ones about to be closed, a few of each."""
    companies = [one.customer_id for one in user.active_memberships if one.files_requests]
    with planned() as cursor:
        cursor.execute(WAITING, [user.pk, companies])
        waiting = cursor.fetchall()
    approvals = _approvals(user)
    waiting = [row for row in waiting if row[0] not in {one["number"] for one in approvals}]
    few = [[row for row in waiting if row[2] == status][:MOST_TURNS] for status in (Status.SUSPENDED, Status.RESOLVED)]
    return [*approvals, *(_turn(*row) for rows in few for row in rows)]


def _approvals(user: User) -> list[dict[str, Any]]:
    """Quotes that wait for this approver, those that end first first; others are not asked for."""
    companies = [one.customer_id for one in user.active_memberships if one.is_approver]
    if not companies:
        return []
    today = timezone.localdate()
    quotes = Quote.objects.open().filter(ticket__customer_id__in=companies, valid_until__gte=today).select_related("ticket")
    return [
        {
            "number": quote.ticket_id,
            "act": "Schvalte kalkulaci",
            "subject": quote.ticket.subject,
            "rest": f"Celkem nejvýše {money(quote.total_price)} bez DPH, platí do {day(quote.valid_until)}.",
            "quote": quote.pk,
        }
        for quote in quotes.order_by("valid_until", "id")[:MOST_TURNS]
    ]


def _turn(
    number: int, subject: str, status: str, reason: str, closes: datetime | None, missing: list[datetime | None]
) -> dict[str, Any]:
    if status == Status.RESOLVED and closes:
        rest = f"Bez odpovědi se požadavek uzavře {day(closes - MOMENT)}."
        return {"number": number, "act": "Potvrďte vyřešení", "subject": subject, "rest": rest, "quote": None}
    if reason == Ticket.SuspendReason.APPROVAL:
        rest = "Rozhodne schvalovatel vaší firmy."
        return {"number": number, "act": "Čeká na schválení kalkulace", "subject": subject, "rest": rest, "quote": None}
    terms = [due for due in missing if due]
    act = f"Dodejte {counted(len(missing), 'podklad,podklady,podkladů')}" if missing else "Odpovězte podpoře"
    rest = f"Do {weekday_moment(min(terms))}." if terms else ""
    return {"number": number, "act": act, "subject": subject, "rest": rest, "quote": None}
