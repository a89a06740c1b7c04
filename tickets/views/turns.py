"""„Na tahu jste vy“: what of the person's own requests waits for them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from helpdesk.customers.models import User
from helpdesk.formats import counted, day, weekday_moment
from tickets.models import Status

MOST_TURNS = 3
MOMENT = timedelta(seconds=1)

# Written out: the same by querysets takes Django as long to put together as all the rest of the list.
WAITING = """
(SELECT t.id, t.subject, t.status,
        (SELECT count(*) FROM tickets_cooperationrequest c WHERE c.ticket_id = t.id AND c.done_at IS NULL),
        (SELECT min(c.due_at) FROM tickets_cooperationrequest c WHERE c.ticket_id = t.id AND c.done_at IS NULL)
   FROM tickets_ticket t
  WHERE t.author_id = %(user)s AND t.customer_id = ANY(%(companies)s) AND t.status = 'suspended'
  ORDER BY t.created_at DESC, t.id DESC LIMIT %(most)s)
UNION ALL
(SELECT t.id, t.subject, t.status, 0, t.complaint_until
   FROM tickets_ticket t
  WHERE t.author_id = %(user)s AND t.customer_id = ANY(%(companies)s) AND t.status = 'resolved'
  ORDER BY t.resolved_at, t.id LIMIT %(most)s)
"""


def turns_of(user: User) -> list[dict[str, Any]]:
    """Own requests that wait for cooperation, and resolved ones about to be closed, a few of each."""
    companies = [one.customer_id for one in user.active_memberships if one.files_requests]
    with connection.cursor() as cursor:
        cursor.execute(WAITING, {"user": user.pk, "companies": companies, "most": MOST_TURNS})
        return [_turn(*row) for row in cursor.fetchall()]


def _turn(number: int, subject: str, status: str, missing: int, until: datetime | None) -> dict[str, Any]:
    if status == Status.RESOLVED and until:
        rest = f"Bez odpovědi se požadavek uzavře {day(until - MOMENT)}."
        return {"number": number, "act": "Potvrďte vyřešení", "subject": subject, "rest": rest}
    act = f"Dodejte {counted(missing, 'podklad,podklady,podkladů')}" if missing else "Odpovězte podpoře"
    return {"number": number, "act": act, "subject": subject, "rest": f"Do {weekday_moment(until)}." if until else ""}
