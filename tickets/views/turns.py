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

# Written out: the same by querysets takes Django as long to put together as all the rest of the list. One look at the
# requests for both states, as PostgreSQL takes longer to plan a second one than to read the few that wait.
WAITING = """
SELECT t.id, t.subject, t.status, t.complaint_until,
       CASE WHEN t.status = 'suspended'
            THEN ARRAY(SELECT c.due_at FROM tickets_cooperationrequest c WHERE c.ticket_id = t.id AND c.done_at IS NULL) END
  FROM tickets_ticket t
 WHERE t.author_id = %s AND t.customer_id = ANY(%s) AND t.status IN ('suspended', 'resolved')
 ORDER BY t.resolved_at NULLS FIRST, t.created_at DESC, t.id DESC
"""


def turns_of(user: User) -> list[dict[str, Any]]:
    """Own requests that wait for cooperation, and resolved ones about to be closed, a few of each."""
    companies = [one.customer_id for one in user.active_memberships if one.files_requests]
    with connection.cursor() as cursor:
        cursor.execute(WAITING, [user.pk, companies])
        waiting = cursor.fetchall()
    few = [[row for row in waiting if row[2] == status][:MOST_TURNS] for status in (Status.SUSPENDED, Status.RESOLVED)]
    return [_turn(*row) for rows in few for row in rows]


def _turn(number: int, subject: str, status: str, closes: datetime | None, missing: list[datetime | None]) -> dict[str, Any]:
    if status == Status.RESOLVED and closes:
        rest = f"Bez odpovědi se požadavek uzavře {day(closes - MOMENT)}."
        return {"number": number, "act": "Potvrďte vyřešení", "subject": subject, "rest": rest}
    terms = [due for due in missing if due]
    act = f"Dodejte {counted(len(missing), 'podklad,podklady,podkladů')}" if missing else "Odpovězte podpoře"
    return {"number": number, "act": act, "subject": subject, "rest": f"Do {weekday_moment(min(terms))}." if terms else ""}
