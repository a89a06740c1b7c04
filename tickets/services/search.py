"""Keeping the words of a request searchable, and finding requests by them."""

from __future__ import annotations

import re
import unicodedata
from hashlib import sha256
from typing import Any

from django.contrib.postgres.search import SearchQuery
from django.core.cache import caches
from django.db import connection
from django.db.models import Q

from helpdesk.statements import Condition
from tickets.models import Ticket

WORD = re.compile(r"[^\W_]+")
LONGEST_WORD = 64
MOST_WORDS = 8
FEW = 1000
HOUR = 3600
NOT_DECOMPOSED = str.maketrans("łŁđĐøØ", "lLdDoO")  # letters that Unicode knows no parts of

MOST_LEXEMES = 10_000  # a vector holds 1 MB at most; a thread with more different words gets no more of them

ADD_WORDS = """
INSERT INTO tickets_ticketsearch (ticket_id, customer_id, words) VALUES (%s, %s, array_to_tsvector(%s::text[]))
ON CONFLICT (ticket_id) DO UPDATE SET customer_id = EXCLUDED.customer_id, words =
    CASE WHEN length(tickets_ticketsearch.words) < %s THEN tickets_ticketsearch.words || EXCLUDED.words
         ELSE tickets_ticketsearch.words END
"""
TEXTS = """
SELECT t.id, t.customer_id, concat_ws(' ', t.id, t.subject, t.description,
       (SELECT string_agg(m.body, ' ') FROM tickets_message m WHERE m.ticket_id = t.id),
       (SELECT string_agg(a.name, ' ') FROM tickets_attachment a WHERE a.ticket_id = t.id AND a.note_id IS NULL))
  FROM tickets_ticket t WHERE t.id = ANY(%s)
"""
SET_WORDS = """
INSERT INTO tickets_ticketsearch (ticket_id, customer_id, words) VALUES (%s, %s, array_to_tsvector(%s::text[]))
ON CONFLICT (ticket_id) DO UPDATE SET customer_id = EXCLUDED.customer_id, words = EXCLUDED.words
"""


# The numbers as one array, not as a thousand rows; the cast, as the index knows no other integers than its own.
HITS = """
SELECT CASE WHEN count(*) <= %(few)s THEN coalesce(array_agg(ticket_id), '{{}}') END
  FROM (SELECT ticket_id FROM tickets_ticketsearch
         WHERE words @@ %(query)s::tsquery {scope} LIMIT %(few)s + 1) AS hits
"""
ALL_CUSTOMERS = HITS.format(scope="")
# Request by request in the order of the list: the words are so common that the page is soon full.
MANY = "(SELECT words FROM tickets_ticketsearch WHERE ticket_id = tickets_ticket.id) @@ %s::tsquery"
SOME_CUSTOMERS = HITS.format(scope="AND customer_id = ANY(%(customers)s::bigint[])")


class WordsQuery(SearchQuery):
    """A query in PostgreSQL's own notation, taken as it is: its parser would take words apart in ways of its own."""

    def __init__(self, query: str, **options: Any) -> None:
        super().__init__(query, **options)
        self.query = query

    def as_sql(  # type: ignore[override]  # as the base class does at run time
        self, compiler: Any, connection: Any, function: Any = None, template: Any = None
    ) -> tuple[str, list[Any]]:
        return "%s::tsquery", [self.query]


def words_of(text: str) -> list[str]:
    """The words of a text as both sides of a search split them: letters and digits, small, without diacritics.

    „FV-2024/0187“ is fv, 2024 and 0187.
    """
    parts = unicodedata.normalize("NFKD", text.translate(NOT_DECOMPOSED)).casefold()
    plain = "".join(sign for sign in parts if not unicodedata.combining(sign))
    return [word[:LONGEST_WORD] for word in WORD.findall(plain)]


def add_words(ticket: Ticket, *texts: str) -> None:
    """Make a request findable by the words of these public texts too."""
    with connection.cursor() as cursor:
        cursor.execute(ADD_WORDS, [ticket.pk, ticket.customer_id, _lexemes(" ".join(texts)), MOST_LEXEMES])


def index_ticket(ticket: Ticket, *file_names: str) -> None:
    """Make a new request findable by its number, subject, description and files."""
    add_words(ticket, str(ticket.pk), ticket.subject, ticket.description, *file_names)


def reindex(numbers: list[int]) -> None:
    """Write the words of these requests anew from all that is public of them."""
    with connection.cursor() as cursor:
        cursor.execute(TEXTS, [numbers])
        cursor.executemany(SET_WORDS, [(number, customer, _lexemes(text)) for number, customer, text in cursor.fetchall()])


def _lexemes(text: str) -> list[str]:
    return list(dict.fromkeys(words_of(text)))[:MOST_LEXEMES]


def matching(text: str, *, customers: list[int] | None = None) -> Q:
    """The condition for requests that have all the words, blind to diacritics, in any case and with any ending.

    customers  ids; only their requests are looked through, None = all. It narrows the search, it is no check of rights.

    Few hits are named by their numbers: sorted by time, the planner would else walk all requests to find a rare word.
    """
    query, hits = _find(text, customers)
    return Q(search__words=WordsQuery(query)) if hits is None else Q(pk__in=hits)


def having_words(text: str, *, customers: list[int] | None = None) -> Condition:
    """`matching` over tickets_ticket, for statements written by hand."""
    query, hits = _find(text, customers)
    return Condition(MANY, (query,)) if hits is None else Condition("id = ANY(%s::bigint[])", (hits,))


def _find(text: str, customers: list[int] | None) -> tuple[str, list[int] | None]:
    """The search in the language of PostgreSQL, and the numbers of its hits; None for more than a few.

    Words that are common stay so: this process remembers them for an hour and counts them no more.
    """
    words = words_of(text)[:MOST_WORDS]
    if not words:
        return "", []
    query = " & ".join(f"'{_stem(word)}':*" for word in words)
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
    """A word without its Czech ending: one letter of five or six, two of a longer one; what holds a digit stays whole."""
    if len(word) < 5 or any(sign.isdigit() for sign in word):
        return word
    return word[:-1] if len(word) < 7 else word[:-2]
