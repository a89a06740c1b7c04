"""The work list: queues with counts, filters, words, acts on several requests at once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.views.decorators.http import require_GET, require_POST

from helpdesk.customers.actor import Actor
from helpdesk.customers.channels import Channel
from helpdesk.customers.models import ContractParagraph
from helpdesk.formats import counted, machine, short_moment
from helpdesk.numbers import row_key
from helpdesk.statements import planned, read_rows
from tickets import clockface
from tickets.admin.access import desk_page, framed, person
from tickets.admin.acts.base import FILE, HANDLE
from tickets.admin.filters import NOBODY, Filters, customers_like
from tickets.admin.queues import BY_CLOSING, BY_SLUG, QUEUES, TASKS, Queue, after, counts, cursor_of, whole
from tickets.models import Status, Ticket
from tickets.services.bulk import Outcome, accept_each, escalate_each
from tickets.services.people import solver_of, solvers

PAGE_SIZE = 25
SUGGESTIONS = 12
PLAIN = ("id", "subject", "status", "severity", "created_at", "last_event_at", "complaint_until", "message_count")
COLUMNS = {name: name for name in PLAIN} | {
    **clockface.COLUMNS,
    "customer": "(SELECT name FROM customers_customer WHERE id = tickets_ticket.customer_id)",
    "contract": "(SELECT number FROM customers_contract WHERE id = contract_id)",
    "solver": "(SELECT first_name || ' ' || last_name FROM customers_user WHERE id = assignee_id AND last_name <> '')",
    "waits": "EXISTS (SELECT FROM tickets_subsupplierwait WHERE ticket_id = tickets_ticket.id AND ended_at IS NULL)",
}
STATES = dict(Status.choices)
SEVERITIES = dict(ContractParagraph.Severity.choices)
TONES = {1: "bad", 2: "warn"}


@desk_page()
@require_GET
def worklist(request: HttpRequest) -> HttpResponse:
    """The page; a number that exists leads straight to its request."""
    words = request.GET.get("q", "").strip()
    if (number := row_key(words)) and Ticket.objects.filter(pk=number).exists():
        return redirect("admin:tickets_ticket_change", number)
    context = {
        "solvers": [(str(each.pk), str(each)) for each in solvers()],
        "nobody": NOBODY,
        "states": Status.choices,
        "channels": Channel.choices,
        "may_file": request.user.has_perm(FILE),
    }
    return framed(request, "tickets/desk/worklist.html", context | _list(request), title="Požadavky")


@desk_page()
@require_GET
def worklist_fragment(request: HttpRequest) -> HttpResponse:
    """The list alone, for filters and for refreshing it in place; without the frame, which costs more than the list."""
    context = _list(request)
    response = HttpResponse(render_to_string("tickets/desk/_worklist.html", context))
    if "obnova" not in request.GET:
        response["HX-Replace-Url"] = f"{reverse('admin:tickets_ticket_changelist')}?{context['address']}"
    return response


@desk_page(HANDLE)
@require_POST
def act_on_several(request: HttpRequest) -> HttpResponse:
    """Accept or hand over the ticked requests, and say for each how it ended."""
    back = HttpResponseRedirect(f"{reverse('admin:tickets_ticket_changelist')}?{request.POST.get('zpet', '')}")
    chosen = [key for text in request.POST.getlist("pozadavek")[:PAGE_SIZE] if (key := row_key(text))]
    tickets = list(Ticket.objects.filter(pk__in=chosen).order_by("pk"))
    if not tickets:
        messages.warning(request, "Zaškrtněte aspoň jeden požadavek.")
        return back
    by, at = Actor.backoffice(request), timezone.now()
    if request.POST.get("krok") == "accept":
        _report(request, "Převzato", accept_each(tickets=tickets, by=by, at=at))
        return back
    assignee = person(request) if request.POST.get("krok") == "take" else solver_of(request.POST.get("resi", ""))
    if assignee is None:
        messages.warning(request, "Vyberte, komu požadavky předat.")
        return back
    _report(request, f"Řeší {assignee}", escalate_each(tickets=tickets, assignee=assignee, by=by, at=at))
    return back


@desk_page()
@require_GET
def suggest_customers(request: HttpRequest) -> HttpResponse:
    """Names for the filter and for a caller, as `<option>`s or as JSON."""
    text = request.GET.get("zakaznik", "").strip()
    found = customers_like(text).values_list("name", "ico")[:SUGGESTIONS] if len(text) > 1 else []
    names = [f"{name} ({ico})" for name, ico in found]
    if request.headers.get("HX-Request"):
        return render(request, "tickets/desk/_suggestions.html", {"names": names})
    return JsonResponse({"names": names})


def _report(request: HttpRequest, done: str, outcomes: list[Outcome]) -> None:
    fine = [str(outcome.ticket.pk) for outcome in outcomes if not outcome.refusal]
    if fine:
        messages.success(request, f"{done}: {', '.join(fine)}.")
    for outcome in outcomes:
        if outcome.refusal:
            messages.error(request, format_html("{}: {}", outcome.ticket.pk, outcome.refusal))


def _list(request: HttpRequest) -> dict[str, Any]:
    """Rows, counts and addresses of the list that the address asks for."""
    queue = BY_SLUG.get(request.GET.get("fronta", ""), QUEUES[0])
    filters = Filters.of(request.GET)
    now = timezone.now()
    place = request.GET.get("za", "")
    found = _read(queue, filters, place, person(request).pk, now)
    shown = found[:PAGE_SIZE]
    more = cursor_of(shown[-1], queue.order) if len(found) > PAGE_SIZE else ""
    numbers = counts(person(request).pk)
    return {
        "queue": queue,
        "queues": [(each, numbers.get(each.slug, "")) for each in QUEUES],
        "task_count": numbers[TASKS],
        "sees_tasks": request.user.has_perm("customers.view_stafftask"),
        "filters": filters,
        "rows": [_row(row, queue, now) for row in shown],
        "is_first": not place,
        "address": filters.query(fronta=queue.slug, za=place),
        "first_address": filters.query(fronta=queue.slug),
        "next_address": filters.query(fronta=queue.slug, za=more) if more else "",
        "everywhere_address": filters.query(fronta="vsechny"),
        "last_column": "Uzavře se" if queue.order == BY_CLOSING else "Naposledy",
        "may_handle": request.user.has_perm(HANDLE),
    }


def _read(queue: Queue, filters: Filters, place: str, user: int, now: datetime) -> list[dict[str, Any]]:
    """A page of the queue and one row more, if there is one; the whole queue is planned once for everybody."""
    where = whole(queue.slug, user) if filters.is_empty else filters.narrow(queue.rows(user), now)
    where &= after(queue.order, place)
    rest = f"FROM tickets_ticket WHERE {where.sql} ORDER BY {queue.order.words} LIMIT {PAGE_SIZE + 1}"
    with planned() if filters.is_empty else connection.cursor() as cursor:
        return read_rows(cursor, COLUMNS, rest, where.values)


def _row(row: dict[str, Any], queue: Queue, now: datetime) -> dict[str, str]:
    """The row as texts: a template takes several times as long to make a text of a number or a time."""
    clock = clockface.sign(row, now)
    about = [row["customer"], row["contract"]]
    if row["message_count"]:
        about.append(counted(row["message_count"], "zpráva,zprávy,zpráv"))
    return {
        "number": str(row["id"]),
        "subject": row["subject"],
        "about": " · ".join(about),
        "waits": "čeká na\u00a0subdodavatele" if row["waits"] else "",
        "tone": TONES.get(row["severity"], "idle"),
        "gravity": SEVERITIES[row["severity"]],
        "status": row["status"],
        "state": STATES[row["status"]],
        "sla": clock.tone.value,
        "clock": clock.text,
        "other_clock": clock.second,
        "solver": row["solver"] or "-",
        "created": short_moment(row["created_at"]),
        "created_at": machine(row["created_at"]),
        "last": short_moment(row["complaint_until"] if queue.order == BY_CLOSING else row["last_event_at"]),
    }
