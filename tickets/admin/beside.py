"""What stands beside the conversation of a request: small facts in one statement, and what is worth a query of its own."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

from helpdesk.customers.models import User
from tickets.models import Ticket

# Plain SQL: as annotations of the request the same costs PostgreSQL 20 ms of planning and Django 10 ms of writing it.
BESIDE = """
SELECT EXISTS (SELECT 1 FROM tickets_attachment WHERE ticket_id = %(pk)s),
       EXISTS (SELECT 1 FROM tickets_cooperationrequest WHERE ticket_id = %(pk)s),
       EXISTS (SELECT 1 FROM tickets_complaint WHERE ticket_id = %(pk)s),
       EXISTS (SELECT 1 FROM tickets_physicalannex WHERE ticket_id = %(pk)s),
       EXISTS (SELECT 1 FROM tickets_tickettask l JOIN customers_stafftask t ON t.id = l.task_id
                WHERE l.ticket_id = %(pk)s AND t.done_at IS NULL),
       EXISTS (SELECT 1 FROM tickets_ticketlink WHERE source_id = %(pk)s OR target_id = %(pk)s),
       (SELECT subsupplier FROM tickets_subsupplierwait WHERE ticket_id = %(pk)s AND ended_at IS NULL),
       EXISTS (SELECT 1 FROM tickets_watcher WHERE ticket_id = %(pk)s AND user_id = %(user)s),
       (SELECT count(*) FROM tickets_watcher WHERE ticket_id = %(pk)s),
       (SELECT count(*) FROM tickets_ticketletter l JOIN mail_outgoingmail m ON m.id = l.mail_id
         WHERE l.ticket_id = %(pk)s AND m.state = 'failed'),
       (SELECT max(id) FROM tickets_ticketevent WHERE ticket_id = %(pk)s),
       EXISTS (SELECT 1 FROM tickets_quote WHERE ticket_id = %(pk)s),
       (SELECT balance - held + overdraft_limit FROM credit_ledgeraccount WHERE customer_id = %(customer)s)
"""


@dataclass(frozen=True)
class Beside:
    """Marks of one request for one member of staff.

    subsupplier   whom the request waits for now, None for nobody
    newest_event  key of the last act, None for a request without any
    credit        what new work may take of the customer's account, CZK without VAT; None while it was never opened
    """

    has_files: bool
    has_cooperation: bool
    has_complaints: bool
    has_annexes: bool
    has_tasks: bool
    has_links: bool
    subsupplier: str | None
    is_watched: bool
    watchers: int
    failed_letters: int
    newest_event: int | None
    has_quotes: bool
    credit: Decimal | None


def beside(ticket: Ticket, user: User) -> Beside:
    """The marks, in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(BESIDE, {"pk": ticket.pk, "user": user.pk, "customer": ticket.customer_id})
        return Beside(*cursor.fetchone())
