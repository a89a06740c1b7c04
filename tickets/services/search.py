"""Keeping the words of a request searchable, and finding requests by them."""

from __future__ import annotations

import re

from django.contrib.postgres.search import SearchQuery
from django.db import connection
from django.db.models import Q

from tickets.models import Ticket, TicketSearch

WORD = re.compile(r"\w+")
MOST_WORDS = 8
FEW = 1000

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


def matching(text: str, *, customers: list[int] | None = None) -> Q:
    """The condition for requests that have all the words, blind to diacritics, in any case and with any ending.

    customers  ids; only their requests are looked through, None = all. It narrows the search, it is no check of rights.

    Few hits are named by their numbers: sorted by time, the planner would else walk all requests to find a rare word.
    """
    words = WORD.findall(text.lower())[:MOST_WORDS]
    if not words:
        return Q(pk__in=[])
    query = SearchQuery(" & ".join(f"{_stem(word)}:*" for word in words), config="cs_simple", search_type="raw")
    scope = Q() if customers is None else Q(customer_id__in=customers)
    hits = list(TicketSearch.objects.filter(scope, words=query).order_by().values_list("pk", flat=True)[: FEW + 1])
    return Q(pk__in=hits) if len(hits) <= FEW else Q(search__words=query)


def _stem(word: str) -> str:
    """A word without its Czech ending: one letter of five or six, two of a longer one; numbers stay whole."""
    if word.isdecimal() or len(word) < 5:
        return word
    return word[:-1] if len(word) < 7 else word[:-2]
