"""The page of a request: conversation in the middle, facts and acts beside it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from helpdesk.customers.actor import Actor
from helpdesk.customers.models import StaffTask, User
from helpdesk.errors import DomainError
from helpdesk.numbers import row_key
from tickets import clockface
from tickets.admin.access import desk_page, framed, person
from tickets.admin.acts import ACTS, OFFERED, ActForm, Answer, InternalNote, StartWork
from tickets.admin.acts.base import AGAIN, HANDLE, READ_NOTES
from tickets.admin.acts.quotes import DraftQuote, WaiveQuote
from tickets.admin.beside import Beside, beside
from tickets.admin.presence import others_writing
from tickets.admin.thread import conversation
from tickets.admin.work import rights_over_work, until_now, work_rows
from tickets.models import (
    CannedAnswer,
    Complaint,
    Quote,
    Ticket,
    TicketEvent,
    TicketLetter,
    TicketLink,
)
from tickets.services import credit_gate, work
from tickets.services.proofs import time_split_now
from tickets.services.quote_room import room_of
from tickets.services.quote_threshold import threshold_of
from tickets.services.quote_totals import outside_of
from tickets.services.quote_watch import by_now, threshold_by_now
from tickets.views.attachments import attachments_field, form_token_of, stage_uploads, take_out
from tickets.views.proof_sheet import time_split_text

TABS = {"": "Komunikace", "prace": "Práce", "historie": "Historie", "dopisy": "Dopisy"}
AUTHOR = ("author__username", "author__first_name", "author__last_name")
CONFLICT = 409
UNPROCESSABLE = 422


@desk_page()
def ticket_page(request: HttpRequest, number: int) -> HttpResponse:
    """The page with its tab; `?ukon=` opens the form of an act, as it does without JavaScript."""
    ticket = get_object_or_404(_tickets(), pk=number)
    form_class = ACTS.get(request.GET.get("ukon", ""))
    chosen = {"entry": request.GET.get("zapis")}
    is_open = form_class and _may(request, ticket, form_class)
    form = form_class(ticket=ticket, user=person(request), initial=chosen) if form_class and is_open else None
    return _page(request, ticket, form)


@desk_page()
def history_page(request: HttpRequest, number: int) -> HttpResponse:
    """The admin's own link to a history leads to the tab of ours."""
    return redirect(f"{reverse('admin:tickets_ticket_change', args=[number])}?zalozka=historie")


@desk_page()
@require_GET
def thread_fragment(request: HttpRequest, number: int) -> HttpResponse:
    """The conversation alone, to be refreshed in place."""
    ticket = get_object_or_404(
        Ticket.objects.select_related("author").only("customer", "description", "created_at", *AUTHOR), pk=number
    )
    context = _thread(request, ticket, beside(ticket, person(request)))
    return HttpResponse(render_to_string("tickets/desk/_thread.html", context))


@desk_page()
@require_GET
def pulse(request: HttpRequest, number: int) -> HttpResponse:
    """What happens on the page meanwhile: who else is writing, and whether something new came.

    `pise` says that this person has typed since the last call, `posledni` is the newest event that they see.
    """
    newest = TicketEvent.objects.filter(ticket=number).order_by("-id").values_list("id", flat=True).first()
    if newest is None:
        raise Http404
    seen = row_key(request.GET.get("posledni"))
    context = {
        "writing": others_writing(number, person(request), writes="pise" in request.GET, at=timezone.now()),
        "is_stale": seen is not None and seen < newest,
        "number": number,
    }
    return render(request, "tickets/desk/_pulse.html", context)


@desk_page(HANDLE)
@require_GET
def canned_answers(request: HttpRequest) -> HttpResponse:
    """Prepared answers, asked for when somebody wants one."""
    return render(request, "tickets/desk/_canned.html", {"answers": CannedAnswer.objects.all()})


@desk_page()
def act(request: HttpRequest, number: int, name: str) -> HttpResponse:
    """Show the form of one act (GET), or do it (POST); a refused form comes back with all that was typed."""
    ticket = get_object_or_404(_tickets(), pk=number)
    form_class = ACTS.get(name)
    if form_class is None:
        raise Http404
    if not request.user.has_perm(form_class.permission):
        raise PermissionDenied
    if request.method != "POST":
        form = form_class(ticket=ticket, user=person(request))
        return render(request, "tickets/desk/_act.html", {"form": form, "ticket": ticket})
    at = timezone.now()
    refusals = _refused_files(request, form_class, at)
    if form_class.takes_files and "odstranit" in request.POST:
        return _without_file(request, ticket, form_class)
    if AGAIN in request.POST and AGAIN in dict(form_class.others):
        return _page(request, ticket, form_class(initial=request.POST.dict(), ticket=ticket, user=person(request)))
    form = form_class(request.POST, ticket=ticket, user=person(request), refusals=refusals)
    if not form.is_valid():
        return _page(request, ticket, form, status=UNPROCESSABLE)
    try:
        done = form.perform(by=Actor.backoffice(request), at=at)
    except DomainError as refusal:  # here rather than in the middleware: what was typed stays in the form
        form.add_error(None, str(refusal))
        return _page(request, get_object_or_404(_tickets(), pk=number), form, status=CONFLICT)
    messages.success(request, done)
    return redirect("admin:tickets_ticket_change", number)


def _refused_files(request: HttpRequest, form_class: type[ActForm], at: datetime) -> list[str]:
    """Stage the files of the form under its token; without a token nothing is staged and the form itself is refused."""
    if not form_class.takes_files:
        return []
    try:
        token = UUID(request.POST.get("form_token", ""))
    except ValueError:
        return []
    return stage_uploads(request, form_token=token, at=at)


def _without_file(request: HttpRequest, ticket: Ticket, form_class: type[ActForm]) -> HttpResponse:
    """„Odstranit“ of a staged file without JavaScript: the same form, one file less."""
    take_out(request, form_token=form_token_of(request))
    return _page(request, ticket, form_class(initial=request.POST.dict(), ticket=ticket, user=person(request)))


def _may(request: HttpRequest, ticket: Ticket, form_class: type[ActForm]) -> bool:
    return form_class.is_open_to(person(request), ticket)


def _tickets() -> QuerySet[Ticket]:
    """Requests with the people and records that the page names; what most requests lack is read when it is there."""
    return Ticket.objects.select_related("customer", "contract", "paragraph", "author", "assignee", "sla_terms")


def _page(request: HttpRequest, ticket: Ticket, form: ActForm | None, *, status: int = 200) -> HttpResponse:
    """The page of a request with the form of one act open."""
    tab = request.GET.get("zalozka", "")
    if tab not in TABS:
        tab = ""
    is_answer, is_note = isinstance(form, Answer), isinstance(form, InternalNote)
    user = person(request)
    marks = beside(ticket, user)
    answer_form = form if is_answer else _if_open(Answer, ticket, user)
    thread = _thread(request, ticket, marks)
    context = _files_of(request, answer_form, is_sent=is_answer) | {
        **thread,
        "clocks": clockface.panel(ticket, timezone.now(), changed=thread["changed"]),
        "proof_address": reverse("admin:tickets_ticket_sla", args=[ticket.pk]),
        "beside": marks,
        "time_split": time_split_text(time_split_now(ticket, at=timezone.now()), customer="u\u00a0zákazníka"),
        "tab": tab,
        "tabs": TABS.items(),
        "form": None if is_answer or is_note else form,
        "note_form": form if is_note else None,
        "answer_form": answer_form,
        "may_note": InternalNote.is_open_to(user, ticket),
        "acts": [offered for offered in OFFERED if offered.is_open_to(user, ticket)],
        "may_handle": user.has_perm(HANDLE),
        "may_waive": user.has_perm(WaiveQuote.permission),
        "held_back": _held_back(ticket, marks),
        "account_address": _account_address(user, ticket),
        "links": list(_links(ticket)) if marks.has_links else [],
        "annexes": list(ticket.annexes.select_related("received_by")) if marks.has_annexes else [],
        "tasks": list(_tasks(ticket)) if marks.has_tasks else [],
        "cooperation": list(ticket.cooperation.select_related("done_by")) if marks.has_cooperation else [],
        "complaints": list(_complaints(ticket)) if marks.has_complaints else [],
        **_quotes(ticket, marks),
        "events": _events(request, ticket) if tab == "historie" else [],
        "letters": list(_letters(ticket)) if tab == "dopisy" else [],
        **(_work(ticket, user) if tab == "prace" else {}),
    }
    return framed(request, "tickets/desk/ticket.html", context, title=str(ticket), status=status)


def _work(ticket: Ticket, user: User) -> dict[str, Any]:
    """All work on the request, oldest first, with its sums; what was reversed shows and does not count."""
    entries = list(work_rows().filter(ticket=ticket).order_by("started_at", "id"))
    shown = until_now(entries, timezone.now())
    standing = [(entry, minutes) for entry, minutes in shown if not entry.is_corrected]  # type: ignore[attr-defined]
    sums = {
        "minutes": sum(minutes for _, minutes in standing),
        "billed": sum(entry.billed_minutes for entry, _ in standing),
        "price": sum((entry.price for entry, _ in standing), Decimal("0.00")),
        "above": sum((entry.above_price for entry, _ in standing), Decimal("0.00")),
        "unpriced": sum(not entry.is_open and not entry.is_priced for entry, _ in standing),
    }
    return {"entries": shown, "sums": sums, "of_ticket": True, **rights_over_work(user)}


def _quotes(ticket: Ticket, marks: Beside) -> dict[str, Any]:
    """All versions; how the approved one is used by finished work, and by now with what runs; what a draft would say."""
    quotes = list(ticket.quotes.select_related("hold").order_by("-version")) if marks.has_quotes else []
    in_force = next((one for one in quotes if one.state == Quote.State.APPROVED), None)
    if in_force is None:
        return {"quotes": quotes, **_draft(ticket, quotes), **_threshold(ticket)}
    room = room_of(in_force, ticket)
    return {"quotes": quotes, **_draft(ticket, quotes), "room": room, "room_by_now": by_now(room, ticket, at=timezone.now())}


def _draft(ticket: Ticket, quotes: list[Quote]) -> dict[str, Any]:
    draft = next((one for one in quotes if one.state == Quote.State.DRAFT and not one.is_estimate), None)
    if draft is None:
        return {}
    outside = outside_of(ticket)
    total = (draft.ceiling_price or Decimal(0)) + outside.preparation + outside.done
    return {"draft": draft, "outside": outside, "draft_total": total}


def _threshold(ticket: Ticket) -> dict[str, Any]:
    """How near work without a quote is to the threshold of the contract (D34), and by now with what runs."""
    threshold = threshold_of(ticket, has_quote=False)
    if threshold is None:
        return {}
    now = threshold_by_now(threshold, ticket, at=timezone.now()) if ticket.is_active and not threshold.is_agreed else None
    return {"threshold": threshold, "threshold_by_now": now, "may_quote": DraftQuote.fits(ticket)}


def _held_back(ticket: Ticket, marks: Beside) -> str:
    """Why no timer starts on the request now, in words; "" when credit lets it (or none would start anyway)."""
    available = marks.credit or Decimal("0.00")
    if available > 0 or not StartWork.fits(ticket):
        return ""
    activity = work.first_activity(ticket, has_quotes=marks.has_quotes)
    known = {"has_quotes": marks.has_quotes, "has_complaints": marks.has_complaints}
    short = credit_gate.holds_back(ticket, activity=activity, at=timezone.now(), available=available, **known)
    return credit_gate.in_words(available) if short else ""


def _account_address(user: User, ticket: Ticket) -> str:
    """Where the customer's credit account is kept, for those who read it."""
    accounts = reverse("admin:credit_ledgeraccount_changelist")
    return f"{accounts}?q={ticket.customer.ico}" if user.has_perm("credit.view_ledgeraccount") else ""


def _files_of(request: HttpRequest, form: ActForm | None, *, is_sent: bool) -> dict[str, Any]:
    """The field for files of the answer, under the token that the form came with."""
    if form is None:
        return {}
    token = form_token_of(request) if is_sent else uuid4()
    return attachments_field(request, form_token=token, errors=form.refusals)


def _if_open(form_class: type[ActForm], ticket: Ticket, user: User) -> ActForm | None:
    return form_class(ticket=ticket, user=user) if form_class.is_open_to(user, ticket) else None


def _thread(request: HttpRequest, ticket: Ticket, marks: Beside) -> dict[str, Any]:
    return conversation(ticket, marks, reads_notes=request.user.has_perm(READ_NOTES))


def _events(request: HttpRequest, ticket: Ticket) -> list[TicketEvent]:
    """The log for Historie, oldest first; internal acts for those who read notes."""
    events = ticket.events.select_related("actor")
    return list(events if request.user.has_perm(READ_NOTES) else events.public())


def _links(ticket: Ticket) -> QuerySet[TicketLink]:
    either = ticket.links_out.all() | TicketLink.objects.filter(target=ticket)
    return either.select_related("source", "target")


def _tasks(ticket: Ticket) -> QuerySet[StaffTask]:
    return StaffTask.objects.open().filter(link__ticket=ticket).select_related("assignee")


def _complaints(ticket: Ticket) -> QuerySet[Complaint]:
    return ticket.complaints.select_related("filed_by", "on_behalf_by", "decided_by")


def _letters(ticket: Ticket) -> QuerySet[TicketLetter]:
    return ticket.letters.select_related("mail").order_by("-mail_id")
