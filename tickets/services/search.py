"""Keeping the words of a request searchable, and finding requests by them."""

from __future__ import annotations

import re

from django.contrib.postgres.search import SearchQuery
from django.db import connection
from django.db.models import Q

from tickets.models import Ticket

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


# The numbers as one array, not as a thousand rows; the cast, as the index knows no other integers than its own.
HITS = """
SELECT CASE WHEN count(*) <= %(few)s THEN coalesce(array_agg(ticket_id), '{{}}') END
  FROM (SELECT ticket_id FROM tickets_ticketsearch
         WHERE words @@ to_tsquery('cs_simple', %(query)s) {scope} LIMIT %(few)s + 1) AS hits
"""
ALL_CUSTOMERS = HITS.format(scope="")
SOME_CUSTOMERS = HITS.format(scope="AND customer_id = ANY(%(customers)s::bigint[])")


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
    query = " & ".join(f"{_stem(word)}:*" for word in words)
    with connection.cursor() as cursor:
        cursor.execute(
            ALL_CUSTOMERS if customers is None else SOME_CUSTOMERS, {"query": query, "customers": customers, "few": FEW}
        )
        hits = cursor.fetchone()[0]
    return Q(search__words=SearchQuery(query, config="cs_simple", search_type="raw")) if hits is None else Q(pk__in=hits)


def _stem(word: str) -> str:
    """A word without its Czech ending: one letter of five or six, two of a longer one; numbers stay whole."""
    if word.isdecimal() or len(word) < 5:
        return word
    return word[:-1] if len(word) < 7 else word[:-2]
