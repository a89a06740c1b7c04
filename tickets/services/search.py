"""Keeping the words of a request searchable, and finding requests by them."""

from __future__ import annotations

import re
from hashlib import sha256

from django.contrib.postgres.search import SearchQuery
from django.core.cache import caches
from django.db import connection
from django.db.models import Q

from helpdesk.statements import Condition
from tickets.models import Ticket

WORD = re.compile(r"\w+")
MOST_WORDS = 8
FEW = 1000
HOUR = 3600

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
# Request by request in the order of the list: the words are so common that the page is soon full.
MANY = "(SELECT words FROM tickets_ticketsearch WHERE ticket_id = tickets_ticket.id) @@ to_tsquery('cs_simple', %s)"
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
    query, hits = _find(text, customers)
    return Q(search__words=SearchQuery(query, config="cs_simple", search_type="raw")) if hits is None else Q(pk__in=hits)


def having_words(text: str, *, customers: list[int] | None = None) -> Condition:
    """`matching` over tickets_ticket, for statements written by hand."""
    query, hits = _find(text, customers)
    return Condition(MANY, (query,)) if hits is None else Condition("id = ANY(%s::bigint[])", (hits,))


def _find(text: str, customers: list[int] | None) -> tuple[str, list[int] | None]:
    """The search in the language of PostgreSQL, and the numbers of its hits; None for more than a few.

    Words that are common stay so: this process remembers them for an hour and counts them no more.
    """
    words = WORD.findall(text.lower())[:MOST_WORDS]
    if not words:
        return "", []
    query = " & ".join(f"{_stem(word)}:*" for word in words)
    common = f"common:{sha256(f'{query} {customers}'.encode()).hexdigest()}"
    if caches["process"].get(common):
        return query, None
    with connection.cursor() as cursor:
        cursor.execute(
            ALL_CUSTOMERS if customers is None else SOME_CUSTOMERS, {"query": query, "customers": customers, "few": FEW}
        )
        hits = cursor.fetchone()[0]
    if hits is None:
        caches["process"].set(common, True, HOUR)
    return query, hits


def _stem(word: str) -> str:
    """A word without its Czech ending: one letter of five or six, two of a longer one; numbers stay whole."""
    if word.isdecimal() or len(word) < 5:
        return word
    return word[:-1] if len(word) < 7 else word[:-2]
