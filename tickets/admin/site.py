"""Where the desk hangs in the admin site; the admin's own forms never touch a request."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import URLPattern, path
from unfold.admin import ModelAdmin

from helpdesk.lists import OfferedListMixin
from tickets.admin import caller, consultation, sla_proof, tasklist, ticket, what_if, work, worklist
from tickets.models import Ticket


@admin.register(Ticket)
class TicketAdmin(OfferedListMixin, ModelAdmin):
    """Work list and page of a request under the addresses that the admin gives to a list and a form."""

    def get_urls(self) -> list[URLPattern]:
        return [
            path("", worklist.worklist, name="tickets_ticket_changelist"),
            path("fragment/", worklist.worklist_fragment, name="tickets_ticket_fragment"),
            path("hromadne/", worklist.act_on_several, name="tickets_ticket_several"),
            path("zakaznici/", worklist.suggest_customers, name="tickets_ticket_customers"),
            path("lhuty/", what_if.what_if, name="tickets_ticket_what_if"),
            path("zapsat/", caller.file_for_caller, name="tickets_ticket_caller"),
            path("konzultace/", consultation.consultation, name="tickets_ticket_consultation"),
            path("odpovedi/", ticket.canned_answers, name="tickets_ticket_canned"),
            path("ukoly/", tasklist.task_list, name="tickets_ticket_tasks"),
            path("ukoly/<int:pk>/hotovo/", tasklist.finish, name="tickets_ticket_task_finish"),
            path("ukoly/<int:pk>/predat/", tasklist.assign, name="tickets_ticket_task_assign"),
            path("prace/", work.work_list, name="tickets_work"),
            path("prace/casovac/", work.timer, name="tickets_work_timer"),
            path("prace/<int:pk>/prerusit/", work.pause, name="tickets_work_pause"),
            path("prace/<int:pk>/pokracovat/", work.go_on, name="tickets_work_continue"),
            path("prace/<int:pk>/zahodit/", work.discard, name="tickets_work_discard"),
            path("prace/<int:pk>/zkontrolovano/", work.check, name="tickets_work_check"),
            path("prace/<int:pk>/opravit/", work.correct, name="tickets_work_correct"),
            path("prace/opravy/<int:pk>/potvrdit/", work.confirm, name="tickets_work_confirm"),
            path("prace/opravy/<int:pk>/zamitnout/", work.refuse, name="tickets_work_refuse"),
            path("<int:number>/change/", ticket.ticket_page, name="tickets_ticket_change"),
            path("<int:number>/sla/", sla_proof.sla_page, name="tickets_ticket_sla"),
            path("<int:number>/sla.json", sla_proof.sla_json, name="tickets_ticket_sla_json"),
            path("<int:number>/sla.pdf", sla_proof.sla_pdf, name="tickets_ticket_sla_pdf"),
            path("<int:number>/fragment/", ticket.thread_fragment, name="tickets_ticket_thread"),
            path("<int:number>/puls/", ticket.pulse, name="tickets_ticket_pulse"),
            path("<int:number>/ukon/<slug:name>/", ticket.act, name="tickets_ticket_act"),
            path("<int:number>/history/", ticket.history_page, name="tickets_ticket_history"),
        ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
