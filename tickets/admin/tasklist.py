"""Tasks of staff: what a person must do, with or without a request."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import F, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from helpdesk.customers.actor import Actor
from helpdesk.customers.models import StaffTask
from helpdesk.numbers import row_key
from tickets.admin.access import desk_page, framed, person
from tickets.services.people import solver_of, solvers
from tickets.services.tasks import assign_task, finish_task

MOST_ROWS = 200
VIEWS = {"": "Moje a\u00a0volné", "vse": "Všechny otevřené", "po-terminu": "Po\u00a0termínu", "hotove": "Hotové"}


@desk_page("customers.view_stafftask")
@require_GET
def task_list(request: HttpRequest) -> HttpResponse:
    """Open tasks, the ones due first on top; done ones newest first."""
    chosen = request.GET.get("zobrazit", "")
    now = timezone.now()
    rows = StaffTask.objects.open().order_by(F("due_at").asc(nulls_last=True), "id")
    if chosen == "po-terminu":
        rows = rows.overdue(now)
    elif chosen == "hotove":
        rows = StaffTask.objects.exclude(done_at=None).order_by("-done_at")
    elif chosen != "vse":
        chosen = ""
        rows = rows.filter(Q(assignee=person(request)) | Q(assignee=None))
    context = {
        "views": VIEWS.items(),
        "chosen": chosen,
        "now": now,
        "tasks": rows.select_related("customer", "assignee", "done_by", "access_request").annotate(
            ticket_number=F("link__ticket_id")
        )[:MOST_ROWS],
        "solvers": list(solvers()),
        "may_change": request.user.has_perm("customers.change_stafftask"),
    }
    return framed(request, "tickets/desk/tasks.html", context, title="Úkoly")


@desk_page("customers.change_stafftask")
@require_POST
def finish(request: HttpRequest, pk: int) -> HttpResponse:
    """Tick a task off."""
    task = finish_task(task=get_object_or_404(StaffTask, pk=pk), by=Actor.backoffice(request), at=timezone.now())
    messages.success(request, f"Hotovo: {task.text}.")
    return _back(request)


@desk_page("customers.change_stafftask")
@require_POST
def assign(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a task to somebody of the support, or back to everybody."""
    assignee = solver_of(request.POST.get("kdo", ""))
    task = get_object_or_404(StaffTask, pk=pk)
    assign_task(task=task, assignee=assignee, by=Actor.backoffice(request), at=timezone.now())
    messages.success(request, f"Úkol má {assignee}." if assignee else "Úkol je zase pro všechny.")
    return _back(request)


def _back(request: HttpRequest) -> HttpResponse:
    """To the page of the request when the task was ticked off there, else to the list."""
    number = row_key(request.POST.get("pozadavek"))
    return redirect("admin:tickets_ticket_change", number) if number else redirect("admin:tickets_ticket_tasks")
