"""How a request came to where it is, told for its page: the strip of states, whose turn it is, the thread."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

from helpdesk.customers.models import User
from helpdesk.formats import counted, weekday_day, weekday_moment
from tickets.models import Attachment, CooperationRequest, Message, Status, Ticket, TicketEvent

MAIN_PATH = (Status.NEW, Status.ACCEPTED, Status.ESCALATED, Status.RESOLVED, Status.CLOSED)
FIRST_TO_COME = {  # where on the main path the future of a state that lies beside it begins
    Status.SUSPENDED: Status.ESCALATED,
    Status.DISPUTED: Status.CLOSED,
}
Kind = TicketEvent.Kind
THREAD_EVENTS = {
    Kind.ACCEPTED: "check",
    Kind.ESCALATED: "user",
    Kind.RETURNED: "undo-2",
    Kind.HANDED_OVER: "user",
    Kind.SUSPENDED: "pause",
    Kind.RESUMED: "play",
    Kind.RESOLVED: "circle-check",
    Kind.DISPUTED: "rotate-ccw",
    Kind.COMPLAINT_UPHELD: "circle-check",
    Kind.COMPLAINT_REJECTED: "circle-x",
    Kind.CONFIRMED: "check",
    Kind.CLOSED: "lock",
    Kind.CANCELLED: "circle-x",
    Kind.WITHDRAWN: "undo-2",
    Kind.RECLASSIFIED: "tag",
    Kind.SPLIT: "split",
    Kind.LINKED: "link",
    Kind.COOPERATION: "paperclip",
    Kind.STATUS_ASKED: "circle-question-mark",
    Kind.AGREED: "handshake",
    Kind.QUOTE_SENT: "calculator",
    Kind.QUOTE_APPROVED: "circle-check",
    Kind.QUOTE_REFUSED: "circle-x",
    Kind.QUOTE_EXPIRED: "hourglass",
    Kind.QUOTE_WITHDRAWN: "undo-2",
    Kind.QUOTE_WARNED: "triangle-alert",
    Kind.QUOTE_SPENT: "triangle-alert",
    Kind.UNQUOTED: "handshake",
    Kind.CLOSED_REFUSED: "lock",
    Kind.CONSULTED: "lock",
    Kind.SUBSUPPLIER: "hourglass",
    Kind.SUBSUPPLIER_DONE: "check",
}
NAMED_ACTS = (Kind.ACCEPTED, Kind.CONFIRMED, Kind.STATUS_ASKED)
EXPLAINED_ACTS = (Kind.RETURNED, Kind.SUSPENDED, Kind.RESUMED)  # by a few words of support that stand nowhere else on the page


@dataclass(frozen=True)
class Step:
    """One state of the strip; `phase` is done, now or todo."""

    status: Status
    phase: str
    at: datetime | None = None


def lifecycle(ticket: Ticket, events: list[TicketEvent]) -> list[Step]:
    """The states that the request went through, the present one and those to come; skipped ones are left out."""
    reached: dict[str, datetime] = {}
    for event in events:
        if event.to_status and event.to_status != event.from_status:
            reached[event.to_status] = event.at
    status = Status(ticket.status)
    now = Step(status, "now", reached.get(status, ticket.created_at))
    behind = [one for one in MAIN_PATH if one in reached and one != status]
    if status == Status.CANCELLED:
        return [*[Step(one, "done", reached[one]) for one in behind], now]
    coming = FIRST_TO_COME.get(status)
    border = MAIN_PATH.index(coming) if coming else MAIN_PATH.index(status) + 1
    done = [one for one in behind if MAIN_PATH.index(one) < border or (one == Status.ESCALATED and status == Status.SUSPENDED)]
    todo = [one for one in MAIN_PATH[border:] if one not in done]
    return [*[Step(one, "done", reached[one]) for one in done], now, *[Step(one, "todo") for one in todo]]


def turn(ticket: Ticket, missing: list[CooperationRequest], *, approvable: bool = False) -> dict[str, str]:
    """Whose turn it is, in a sentence: tone, icon, title, text.

    approvable  a quote is there that still may be approved
    """
    status = ticket.status
    if status == Status.SUSPENDED and ticket.suspend_reason == Ticket.SuspendReason.APPROVAL:
        return _approvers_turn(approvable)
    if status == Status.SUSPENDED:
        return _customers_turn(missing)
    if status == Status.RESOLVED:
        last = weekday_day(cast(date, ticket.complaint_last_day))  # a resolved request has one, by constraint
        text = f"Bez vaší odpovědi se požadavek uzavře {last}. Reklamovat lze do {last}."
        return {"tone": "ok", "icon": "circle-check", "title": "Souhlasíte s\u00a0řešením?", "text": text}
    if status == Status.CLOSED:
        return {
            "tone": "idle",
            "icon": "lock",
            "title": "Uzavřeno",
            "text": "Požadavek je u\u00a0konce, nikdo už nic nemusí dělat.",
        }
    if status == Status.CANCELLED:
        return {"tone": "idle", "icon": "circle-x", "title": "Zrušeno", "text": ticket.cancel_reason}
    who = {
        Status.NEW: "Požadavek čeká na převzetí.",
        Status.DISPUTED: "Podpora posuzuje reklamaci.",
    }.get(Status(status), f"Řeší {ticket.assignee}." if ticket.assignee else "Podpora požadavek převzala.")
    return {"tone": "info", "icon": "user", "title": "Na\u00a0tahu je podpora", "text": who}


def _approvers_turn(approvable: bool) -> dict[str, str]:
    text = "Kalkulace čeká na schválení. Rozhodne o\u00a0ní schvalovatel vaší firmy, do té doby lhůty neběží."
    if not approvable:
        text = "Kalkulaci už schválit nelze. Máte-li o\u00a0práci zájem, napište nám a\u00a0pošleme novou."
    return {"tone": "warn", "icon": "pause", "title": "Na\u00a0tahu jste vy", "text": text}


def _customers_turn(missing: list[CooperationRequest]) -> dict[str, str]:
    terms = [item.due_at for item in missing if item.due_at]
    until = f" do {weekday_moment(min(terms))}" if terms else ""
    what = f"čeká na {counted(len(missing), 'podklad,podklady,podkladů')}{until}" if missing else "čeká na vaši odpověď"
    text = f"Podpora {what}. Jakmile odpovíte nebo nahrajete soubor, řešení hned pokračuje."
    return {"tone": "warn", "icon": "pause", "title": "Na\u00a0tahu jste vy", "text": text}


def thread(messages: list[Message], events: list[TicketEvent], files: list[Attachment], reader: User) -> list[dict[str, Any]]:
    """Messages and the events between them, oldest first (S4-47)."""
    attached: dict[int, list[Attachment]] = {}
    for file in files:
        if file.message_id:
            attached.setdefault(file.message_id, []).append(file)
    posted = [event.pk for event in events if event.kind == Kind.MESSAGE]
    # Each message has its event; without one (an old import) its time alone must do.
    keys = posted if len(posted) == len(messages) else [0] * len(messages)
    entries = [(one.at, key, _message(one, attached, reader)) for one, key in zip(messages, keys, strict=True)]
    entries += [(event.at, event.pk, _event(event)) for event in events if event.kind in THREAD_EVENTS]
    return [entry for *_, entry in sorted(entries, key=lambda entry: entry[:2])]


def _message(message: Message, attached: dict[int, list[Attachment]], reader: User) -> dict[str, Any]:
    own = message.author_id == reader.pk
    side = "podpora" if message.is_ours else "vy" if own else "kolega z\u00a0vaší firmy"
    channel = "" if message.channel in ("portal", "backoffice") else f", {message.get_channel_display()}"
    return {"message": message, "side": f"{side}{channel}", "files": attached.get(message.pk, [])}


def _event(event: TicketEvent) -> dict[str, Any]:
    about = event.detail or (str(event.actor) if event.actor and event.kind in NAMED_ACTS else "")
    why = event.text if event.kind in EXPLAINED_ACTS else ""
    label = event.get_kind_display()
    text = ": ".join(part for part in (label, about, why) if part)
    return {"event": event, "icon": THREAD_EVENTS[Kind(event.kind)], "text": text}
