"""Keeping the words of a request searchable."""

from __future__ import annotations

from django.db import connection

from tickets.models import Ticket

REINDEX = """
INSERT INTO tickets_ticketsearch (ticket_id, customer_id, words)
SELECT t.id, t.customer_id,
       to_tsvector('cs_simple', t.id::text || ' ' || t.subject || ' ' || t.description || ' ' ||
                   coalesce((SELECT string_agg(m.body, ' ') FROM tickets_message m WHERE m.ticket_id = t.id), ''))
  FROM tickets_ticket t WHERE t.id = %s
ON CONFLICT (ticket_id) DO UPDATE SET words = EXCLUDED.words, customer_id = EXCLUDED.customer_id
"""


def index_ticket(ticket: Ticket) -> None:
    """Refresh the searchable words from subject, description and public messages."""
    with connection.cursor() as cursor:
        cursor.execute(REINDEX, [ticket.pk])
