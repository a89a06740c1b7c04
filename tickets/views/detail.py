"""One request: its page with the four tabs, and the live thread."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import uuid4

from django.db.models import Max, Model
from django.db.models.expressions import RawSQL
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from helpdesk.customers.http import SignedInRequest, portal_page
from helpdesk.customers.models import Asset, Contract, ContractParagraph, Customer, RequestType, User
from helpdesk.formats import duration
from helpdesk.written import Written
from tickets import clockface
from tickets.forms import ComplaintForm, MessageForm, ParticipantForm
from tickets.models import Attachment, CooperationRequest, Message, Participant, Status, Ticket, TicketEvent
from tickets.models.queryset import companies_of
from tickets.services import credit_gate, work
from tickets.services.participants import addable_people, rights_of
from tickets.services.proofs import time_split_by_log, waits_of
from tickets.views import story
from tickets.views.attachments import attachments_field
from tickets.views.proof_sheet import time_split_text
from tickets.views.quotes import cards_of
from tickets.views.work import effort

RELATED: dict[str, tuple[type[Model], tuple[str, ...]]] = {  # what the request points to, and its texts on the page
    "customer": (Customer, ("name", "street", "city", "zip_code")),
    "contract": (Contract, ("number", "title")),
    "paragraph": (ContractParagraph, ("code", "title", "kind")),
    "request_type": (RequestType, ("name",)),
    "asset": (Asset, ("name", "version")),
}
PROMISES = ", ".join(f"{name}::text" for name in (*clockface.TERMS, clockface.START))
# Read along in the request's own statement: PostgreSQL takes longer to plan joins than to run them.
# Only names of our own tables and columns are written into the SQL.
ALONG = {
    f"{name}_texts": f"SELECT ARRAY[{', '.join(texts)}] FROM {model._meta.db_table} WHERE id = tickets_ticket.{name}_id"  # noqa: S608 - our names
    for name, (model, texts) in RELATED.items()
} | {
    "terms_texts": f"SELECT ARRAY[{PROMISES}] FROM tickets_slaterms WHERE ticket_id = tickets_ticket.id",  # noqa: S608 - our names
    "has_files": "EXISTS (SELECT FROM tickets_attachment WHERE ticket_id = tickets_ticket.id)",
    "has_participants": "EXISTS (SELECT FROM tickets_participant WHERE ticket_id = tickets_ticket.id)",
    "has_waits": "EXISTS (SELECT FROM tickets_subsupplierwait WHERE ticket_id = tickets_ticket.id)",
    "pays_credit": "SELECT 'credit' = ANY(payment_order) FROM customers_contract WHERE id = tickets_ticket.contract_id",
    "credit": "SELECT balance - held + overdraft_limit FROM credit_ledgeraccount WHERE customer_id = tickets_ticket.customer_id",
}
EVENTS: Written[TicketEvent] = Written(lambda: TicketEvent.objects.filter(ticket=-1).public().order_by("id"))
MESSAGES: Written[Message] = Written(lambda: Message.objects.filter(ticket=-1).order_by("id"))
FILES: Written[Attachment] = Written(lambda: Attachment.objects.filter(ticket=-1, note__isnull=True).order_by("created_at", "id"))
ITEMS: Written[CooperationRequest] = Written(lambda: CooperationRequest.objects.filter(ticket=-1).order_by("id"))
PARTICIPANTS: Written[Participant] = Written(lambda: Participant.objects.filter(ticket=-1).order_by("id"))
TABS = {"zadani": "Zadání", "komunikace": "Komunikace", "vyhodnoceni": "Vyhodnocení", "historie": "Historie"}
HAS_RESOLUTION = (Status.RESOLVED, Status.DISPUTED, Status.CLOSED)
UNCHANGED = 204


def find_ticket(request: SignedInRequest, number: int) -> Ticket:
    """The request that the person sees, with RELATED and what ALONG says; foreign and missing are the same 404."""
    managed, own = companies_of(request.user)
    if not managed and not own:
        raise Http404
    ticket = next(iter(_seen(len(managed), len(own)).read(number, request.user.pk, *managed, *own)), None)
    if ticket is None:
        raise Http404
    for name, (model, texts) in RELATED.items():
        found, key = getattr(ticket, f"{name}_texts"), getattr(ticket, f"{name}_id")
        setattr(ticket, name, model.from_db(ticket._state.db, ["id", *texts], [key, *found]) if found else None)
    clockface.remember_terms(ticket, vars(ticket)["terms_texts"])
    return ticket


@cache
def _seen(managed: int, own: int) -> Written[Ticket]:
    """The request of a number, for somebody who manages and belongs to that many companies."""
    companies = range(-3, -3 - managed - own, -1)
    along = {name: RawSQL(sql, ()) for name, sql in ALONG.items()}  # noqa: S611 - see ALONG
    visible = Ticket.objects.visible_by(-2, companies[:managed], companies[managed:])
    return Written(lambda: visible.filter(pk=-1).annotate(**along).order_by())


@cache
def _people(count: int) -> Written[User]:
    return Written(lambda: User.objects.filter(pk__in=range(-1, -1 - count, -1)).only("username", "first_name", "last_name"))


def meet(*groups: tuple[Iterable[Any], str]) -> None:
    """Give rows their people in one query for all of them; a join in each query would cost three times as much.

    groups  rows, and the name of their foreign key to a person
    """
    numbers = {getattr(row, f"{key}_id") for rows, key in groups for row in rows} - {None}
    people = {person.pk: person for person in _people(len(numbers)).read(*numbers)} if numbers else {}
    for rows, key in groups:
        for row in rows:
            setattr(row, key, people.get(getattr(row, f"{key}_id")))


@portal_page
@require_GET
def detail(request: SignedInRequest, number: int) -> HttpResponse:
    """The page of a request.

    source  S4-46 to S4-53, S4-55, C12, C13
    """
    return show(request, find_ticket(request, number))


@portal_page
@require_GET
def live_thread(request: SignedInRequest, number: int) -> HttpResponse:
    """The thread alone for the page that lies open; 204 as long as nothing happened."""
    ticket = find_ticket(request, number)
    newest = ticket.events.public().aggregate(newest=Max("pk"))["newest"]
    if str(newest) == request.GET.get("po"):
        return HttpResponse(status=UNCHANGED)
    return render(request, "tickets/_thread.html", _thread(request, ticket) | {"stale": ticket.status != request.GET.get("stav")})


@portal_page
@require_GET
def live_clock(request: SignedInRequest, number: int) -> HttpResponse:
    """The clocks alone for the page that lies open."""
    ticket = find_ticket(request, number)
    return render(request, "tickets/_clock.html", clocks_of(ticket, ticket.events.public()))


def clocks_of(ticket: Ticket, events: Iterable[TicketEvent]) -> dict[str, Any]:
    """Both clocks for tickets/_clock.html."""
    return {
        "clocks": clockface.panel(ticket, timezone.now(), changed=clockface.changed_at(events)),
        "clock_address": reverse("tickets:clock", args=[ticket.pk]),
        "proof_address": reverse("tickets:sla", args=[ticket.pk]),
    }


def _measured(ticket: Ticket, events: list[TicketEvent], user: User) -> dict[str, Any]:
    """The clocks and the work beside the tabs; the work leads to the credit's movements for those who read them."""
    reads = any(one.reads_credit and one.customer_id == ticket.customer_id for one in user.active_memberships)
    movement = f"{reverse('tickets:credit')}?firma={ticket.customer_id}&pohyb=" if reads else ""
    return clocks_of(ticket, events) | {
        "effort": effort(ticket),
        "credit_address": movement,
        "reads_its_credit": reads,
        "waits_for_credit": _waits_for_credit(ticket, {event.kind for event in events}),
        "credit": vars(ticket)["credit"] or 0,
    }


def _time_split(ticket: Ticket, events: Iterable[TicketEvent]) -> str:
    waits = waits_of(ticket) if vars(ticket)["has_waits"] else ()
    moves = [(event.at, event.to_status) for event in events if event.to_status]  # the customer sees each change of state
    return time_split_text(time_split_by_log(ticket, moves=moves, waits=waits, at=timezone.now()), customer="u\u00a0vás")


def _waits_for_credit(ticket: Ticket, happened: set[str]) -> bool:
    """Whether no work begins on the request until the customer tops up, by the rule that holds the timers back."""
    available = vars(ticket)["credit"] or Decimal("0.00")
    may_be_worked_on = ticket.is_active and ticket.status != Status.SUSPENDED
    if available > 0 or not may_be_worked_on or not vars(ticket)["pays_credit"]:
        return False
    whole = Ticket.objects.select_related("contract", "paragraph", "request_type").get(pk=ticket.pk)
    known = {"has_quotes": TicketEvent.Kind.QUOTE_SENT in happened, "has_complaints": TicketEvent.Kind.DISPUTED in happened}
    activity = work.first_activity(whole, has_quotes=known["has_quotes"])
    return credit_gate.holds_back(whole, activity=activity, at=timezone.now(), available=available, **known)


def show(
    request: SignedInRequest,
    ticket: Ticket,
    *,
    message: MessageForm | None = None,
    complaint: ComplaintForm | None = None,
    participant: ParticipantForm | None = None,
    file_errors: list[str] | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page, also with a form that was refused, so that nothing typed is lost."""
    tab = _tab(request, ticket, typing=message is not None)
    rights = rights_of(request.user, ticket)
    items = ITEMS.read(ticket.pk) if ticket.status == Status.SUSPENDED else []
    missing = [item for item in items if item.done_at is None]
    participants = PARTICIPANTS.read(ticket.pk) if vars(ticket)["has_participants"] else []
    thread = _thread(request, ticket, ([ticket], "author"), ([ticket], "assignee"), (items, "done_by"), (participants, "user"))
    cards = cards_of(ticket, thread["events"], request.user)
    context = (
        thread
        | _measured(ticket, thread["events"], request.user)
        | {
            "quote_cards": cards,
            "tabs": [
                (name, label, name == tab) for name, label in TABS.items() if name != "vyhodnoceni" or _has_resolution(ticket)
            ],
            "tab": tab,
            "rights": rights,
            "items": items,
            "missing": missing,
            "done_items": len(items) - len(missing),
            "turn": story.turn(ticket, missing, approvable=any(card["waits"] for card in cards)),
            "steps": story.lifecycle(ticket, thread["events"]),
            "participants": participants,
            "time_split": _time_split(ticket, thread["events"]),
            "message_form": message,
            "complaint_form": complaint,
            "ordered": _delivered(request, message, missing),
            "own_new": ticket.status == Status.NEW and ticket.author_id == request.user.pk,
            "asks_status": rights.writes and ticket.is_active and ticket.status != Status.SUSPENDED,
        }
    )
    if tab == "komunikace" and ticket.takes_messages and rights.writes:
        kept = message.cleaned_data.get("form_token") if message else None
        context |= attachments_field(request, form_token=kept or uuid4(), errors=file_errors or (), fresh=not kept)
    if tab == "vyhodnoceni":
        context |= _resolution(ticket)
    if rights.manages and (participant or "lide" in request.GET):
        context["participant_form"] = participant or ParticipantForm(people=addable_people(ticket))
    return render(request, "tickets/detail.html", context, status=status)


def _tab(request: SignedInRequest, ticket: Ticket, *, typing: bool) -> str:
    wanted = request.GET.get("cast", "")
    if typing or wanted not in TABS or (wanted == "vyhodnoceni" and not _has_resolution(ticket)):
        if ticket.status in (Status.RESOLVED, Status.CLOSED) and not typing:
            return "vyhodnoceni"
        return "komunikace" if typing or ticket.message_count or ticket.status == Status.SUSPENDED else "zadani"
    return wanted


def _has_resolution(ticket: Ticket) -> bool:
    """„Vyhodnocení“ exists from Vyřešeno on (S4-48)."""
    return ticket.status in HAS_RESOLUTION


def _thread(request: SignedInRequest, ticket: Ticket, *others: tuple[Iterable[Any], str]) -> dict[str, Any]:
    """What the thread shows; `others` are further rows of the page whose people are read along."""
    events = EVENTS.read(ticket.pk)
    messages = MESSAGES.read(ticket.pk)
    files = FILES.read(ticket.pk) if vars(ticket)["has_files"] else []
    meet((events, "actor"), (messages, "author"), *others)
    return {
        "ticket": ticket,
        "events": events,
        "newest": events[-1].pk if events else 0,
        "thread": story.thread(messages, events, files, request.user),
        "own_files": [file for file in files if file.message_id is None],
        "stale": False,
    }


def _delivered(request: SignedInRequest, message: MessageForm | None, missing: list[Any]) -> list[str]:
    """Ids of the items to be ticked in the composer: as sent before, as asked by „Dodat“, or the only one."""
    if message is not None:
        return request.POST.getlist("delivers")
    return request.GET.getlist("dodat") or ([str(missing[0].pk)] if len(missing) == 1 else [])


def _resolution(ticket: Ticket) -> dict[str, Any]:
    minutes = int((ticket.resolved_at - ticket.created_at).total_seconds()) // 60 if ticket.resolved_at else None
    served = ticket.resolution_seconds
    sla_took = duration(served // 60) if served is not None else ""
    return {"took": duration(minutes), "sla_took": sla_took, "complaints": list(ticket.complaints.select_related("filed_by"))}
