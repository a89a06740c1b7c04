"""The conversation of a request: messages, notes and the acts between them, in one statement."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from helpdesk.customers.channels import Channel
from helpdesk.customers.models import User
from tickets.admin.beside import Beside
from tickets.models import Attachment, Status, Ticket, TicketEvent

KINDS = ("message", "note", "event")  # their order within one second
CHANNELS = dict(Channel.choices)
ACTS = dict(TicketEvent.Kind.choices)
STATES = dict(Status.choices)

# Plain SQL: three querysets with their people cost four times as much.
THREAD = """
SELECT 'message' AS kind, m.id, m.at, m.body, m.is_ours, m.channel AS label, '' AS to_status, '' AS detail,
       '{}'::text[] AS mentioned, u.id, u.username, u.first_name, u.last_name
  FROM tickets_message m JOIN customers_user u ON u.id = m.author_id
 WHERE m.ticket_id = %(pk)s
 UNION ALL
SELECT 'note', n.id, n.at, n.body, true, '', '', '',
       ARRAY(SELECT c.first_name || ' ' || c.last_name FROM tickets_note_mentioned l
               JOIN customers_user c ON c.id = l.user_id WHERE l.note_id = n.id ORDER BY c.sort_key),
       u.id, u.username, u.first_name, u.last_name
  FROM tickets_note n JOIN customers_user u ON u.id = n.author_id
 WHERE n.ticket_id = %(pk)s AND %(reads_notes)s
 UNION ALL
SELECT 'event', e.id, e.at, e.text, false, e.kind, e.to_status, e.detail, '{}', u.id, u.username, u.first_name, u.last_name
  FROM tickets_ticketevent e LEFT JOIN customers_user u ON u.id = e.actor_id
 WHERE e.ticket_id = %(pk)s AND e.kind NOT IN ('message', 'note', 'filed') AND (e.is_public OR %(reads_notes)s)
"""


@dataclass(frozen=True)
class Entry:
    """One thing that was said or done.

    label      the channel of a message, the name of an act
    state      what an act led to, with its words in state_label; "" for none
    author     who said or did it, with a name and nothing more; None for the system
    mentioned  names of colleagues whom a note was to reach
    """

    kind: str
    pk: int
    at: datetime
    text: str
    is_ours: bool
    label: str
    state: str
    detail: str
    mentioned: list[str]
    author: User | None
    files: list[Attachment]

    @property
    def state_label(self) -> str:
        return STATES[self.state]


def conversation(ticket: Ticket, marks: Beside, *, reads_notes: bool) -> dict[str, Any]:
    """The thread for its template, oldest first, with the files where they came.

    reads_notes  whether notes, their files and internal acts are shown at all
    """
    files = list(ticket.attachments.all()) if marks.has_files else []
    if not reads_notes:
        files = [file for file in files if file.note_id is None]
    entries = _entries(ticket, files, reads_notes)
    return {
        "ticket": ticket,
        "entries": entries,
        "changed": max((entry.at for entry in entries if entry.state), default=None),
        "own_files": [file for file in files if file.message_id is None and file.note_id is None],
        "newest": str(marks.newest_event or 0),
    }


def _entries(ticket: Ticket, files: list[Attachment], reads_notes: bool) -> list[Entry]:
    with connection.cursor() as cursor:
        cursor.execute(THREAD, {"pk": ticket.pk, "reads_notes": reads_notes})
        rows = cursor.fetchall()
    rows.sort(key=lambda row: (row[2], KINDS.index(row[0]), row[1]))
    return [_entry(*row, files=files) for row in rows]


def _entry(
    kind: str,
    pk: int,
    at: datetime,
    text: str,
    is_ours: bool,
    label: str,
    state: str,
    detail: str,
    mentioned: list[str],
    *person: int | str | None,
    files: list[Attachment],
) -> Entry:
    own = [file for file in files if pk == (file.message_id if kind == "message" else file.note_id if kind == "note" else None)]
    label = ACTS[label] if kind == "event" else CHANNELS.get(label, "")
    names = dict(zip(("pk", "username", "first_name", "last_name"), person, strict=True))
    author = User(**names) if names["pk"] else None
    return Entry(kind, pk, at, text, is_ours, label, state, detail, mentioned, author, own)
