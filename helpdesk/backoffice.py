"""The frame around every page of the backoffice: its name, menu with counts, search over everything, start page.

Unfold calls these functions by the dotted paths in `helpdesk.frame`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.core.cache import caches
from django.db import connection
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from unfold.dataclasses import SearchResult

from helpdesk.customers.models import Contract, Customer, User
from helpdesk.reports.dashboard import figures, last_letters, overdue_tasks
from tickets.models import Ticket
from tickets.services.search import matching

COUNT_LIMIT = 99
HITS_PER_MODEL = 6
FRESH_SECONDS = 30  # counting ten thousand open requests anew for each look would cost more than the page
SEARCHED = (Customer, Contract, User)

FRAME = f"""
SELECT (SELECT short_name FROM customers_operator WHERE id = 1),
       (SELECT count(*) FROM (SELECT 1 FROM tickets_ticket WHERE status = 'new' LIMIT {COUNT_LIMIT + 1}) q),
       (SELECT count(*) FROM (SELECT 1 FROM customers_stafftask
         WHERE done_at IS NULL AND (assignee_id = %s OR assignee_id IS NULL) LIMIT {COUNT_LIMIT + 1}) q),
       (SELECT count(*) FROM (SELECT 1 FROM customers_accessrequest WHERE decided_at IS NULL LIMIT {COUNT_LIMIT + 1}) q),
       (SELECT count(*) FROM (SELECT 1 FROM credit_correctionrequest WHERE state = 'waiting' LIMIT {COUNT_LIMIT + 1}) q),
       (SELECT count(*) FROM (SELECT 1 FROM mail_outgoingmail WHERE state = 'failed' LIMIT {COUNT_LIMIT + 1}) q)
"""  # noqa: S608 - the only thing put in is a number of ours


@dataclass(frozen=True)
class Frame:
    """What each page of the backoffice shows around its own content; counts stop at COUNT_LIMIT + 1."""

    operator: str | None
    new: int
    tasks: int
    access_requests: int
    corrections: int
    failed_letters: int


@dataclass(frozen=True)
class Entry:
    """One line of the menu.

    url         name of the address
    permission  who sees it; "" for all staff
    count       name of a figure in Frame, "" for none
    tone        of the count: what is late or broken is "danger", the rest "primary"
    """

    title: str
    icon: str
    url: str
    permission: str = ""
    count: str = ""
    tone: str = "primary"


MENU: tuple[tuple[str, tuple[Entry, ...]], ...] = (
    (
        "Pracovní plocha",
        (
            Entry("Přehled", "space_dashboard", "admin:index"),
            Entry("Požadavky", "inbox", "admin:tickets_ticket_changelist", "tickets.view_ticket", "new"),
            Entry("Úkoly", "task_alt", "admin:tickets_ticket_tasks", "customers.view_stafftask", "tasks"),
            Entry("Práce", "timer", "admin:tickets_work", "tickets.view_workentry"),
            Entry("Zapsat za zákazníka", "call", "admin:tickets_ticket_caller", "tickets.file_for_customer"),
            Entry("Telefonická konzultace", "support_agent", "admin:tickets_ticket_consultation", "tickets.file_for_customer"),
        ),
    ),
    (
        "Zákazníci",
        (
            Entry("Zákazníci", "domain", "admin:customers_customer_changelist", "customers.view_customer"),
            Entry("Smlouvy", "contract", "admin:customers_contract_changelist", "customers.view_contract"),
            Entry("Doby služby", "schedule", "admin:sla_servicecalendar_changelist", "sla.view_servicecalendar"),
            Entry("Aplikace", "deployed_code", "admin:customers_asset_changelist", "customers.view_asset"),
        ),
    ),
    (
        "Lidé a přístupy",
        (
            Entry("Osoby", "group", "admin:customers_user_changelist", "customers.view_user"),
            Entry("Oprávnění", "badge", "admin:customers_membership_changelist", "customers.view_membership"),
            Entry(
                "Žádosti o přístup",
                "person_add",
                "admin:customers_accessrequest_changelist",
                "customers.view_accessrequest",
                "access_requests",
            ),
            Entry("Předání přístupů", "key", "admin:customers_invitation_changelist", "customers.view_invitation"),
            Entry(
                "Autorizované adresy",
                "alternate_email",
                "admin:customers_authorisedsender_changelist",
                "customers.view_authorisedsender",
            ),
        ),
    ),
    (
        "Kredit",
        (
            Entry(
                "Kreditní účty", "account_balance_wallet", "admin:credit_ledgeraccount_changelist", "credit.view_ledgeraccount"
            ),
            Entry("Pohyby", "swap_vert", "admin:credit_ledgertransfer_changelist", "credit.view_ledgertransfer"),
            Entry(
                "Opravy kreditu",
                "balance",
                "admin:credit_correctionrequest_changelist",
                "credit.view_correctionrequest",
                "corrections",
            ),
            Entry(
                "Změny k\u00a0potvrzení",
                "how_to_reg",
                "admin:customers_pendingchange_changelist",
                "customers.view_pendingchange",
            ),
            Entry("Rezervace", "lock", "admin:credit_hold_changelist", "credit.view_hold"),
            Entry(
                "Předplacené balíky", "hourglass_bottom", "admin:credit_prepaidpackage_changelist", "credit.view_prepaidpackage"
            ),
            Entry("Uzavřené měsíce", "event_available", "admin:credit_periodclose_changelist", "credit.view_periodclose"),
            Entry("Ceníky", "sell", "admin:credit_pricelist_changelist", "credit.view_pricelist"),
        ),
    ),
    (
        "Pošta",
        (
            Entry(
                "Odchozí dopisy",
                "outgoing_mail",
                "admin:mail_outgoingmail_changelist",
                "mail.view_outgoingmail",
                "failed_letters",
                "danger",
            ),
        ),
    ),
    (
        "Nastavení",
        (
            Entry("Připravené odpovědi", "quickreply", "admin:tickets_cannedanswer_changelist", "tickets.change_cannedanswer"),
            Entry("Druhy požadavků", "category", "admin:customers_requesttype_changelist", "customers.view_requesttype"),
            Entry("Nároky", "rule", "admin:customers_tierentitlement_changelist", "customers.view_tierentitlement"),
            Entry("Úrovně podpory", "stairs", "admin:customers_supportlevel_changelist", "customers.view_supportlevel"),
            Entry("Texty stránek", "article", "admin:customers_pagetext_changelist", "customers.view_pagetext"),
            Entry("Bezpečnostní události", "policy", "admin:customers_auditevent_changelist", "customers.view_auditevent"),
            Entry("Provozovatel", "storefront", "admin:customers_operator_changelist", "customers.view_operator"),
        ),
    ),
)


def frame(request: HttpRequest) -> Frame:
    """Name of the supplier and the counts of the menu: one query a page, kept with the request."""
    if not hasattr(request, "_frame"):
        with connection.cursor() as cursor:
            cursor.execute(FRAME, [request.user.pk])
            request._frame = Frame(*cursor.fetchone())  # type: ignore[attr-defined]  # lives as long as the request
    return request._frame  # type: ignore[attr-defined]  # set above


def site_title(request: HttpRequest) -> str:
    operator = frame(request).operator if request.user.is_authenticated else None
    return f"{operator} Helpdesk" if operator else "Helpdesk"


def environment(request: HttpRequest) -> list[str] | None:
    """The label beside the title that keeps people from typing real data into a demo."""
    return ["Ukázka", "warning"] if settings.DEMO else None


def account_links(request: HttpRequest) -> list[dict[str, str]]:
    """What staff change about their own sign-in."""
    return [
        {"title": "Změna hesla", "link": reverse("account_change_password")},
        {"title": "Zabezpečení přihlášení", "link": reverse("mfa_index")},
    ]


def menu(request: HttpRequest) -> list[dict[str, Any]]:
    """The groups and lines that this person may open, each with its count; the one where we are is marked."""
    groups = [(title, [_line(request, entry) for entry in entries if _may_open(request, entry)]) for title, entries in MENU]
    links = {line["link"] for _, lines in groups for line in lines} - {reverse("admin:index")}
    here = max((link for link in links if request.path.startswith(link)), key=len, default=request.path)
    for _, lines in groups:
        for line in lines:
            line["active"] = line["link"] == here
    return [{"title": title, "separator": bool(number), "items": lines} for number, (title, lines) in enumerate(groups) if lines]


def _may_open(request: HttpRequest, entry: Entry) -> bool:
    return not entry.permission or request.user.has_perm(entry.permission)


def _line(request: HttpRequest, entry: Entry) -> dict[str, Any]:
    line: dict[str, Any] = {"title": entry.title, "icon": entry.icon, "link": reverse(entry.url)}
    number = getattr(frame(request), entry.count) if entry.count else 0
    if number:
        line |= {"badge": str(number) if number <= COUNT_LIMIT else f"{COUNT_LIMIT}+", "badge_variant": entry.tone}
    return line


def search(request: HttpRequest, term: str) -> list[SearchResult]:
    """Requests, customers, contracts and people for the command palette, blind to diacritics, a few of each kind."""
    found = _tickets(term) if request.user.has_perm("tickets.view_ticket") else []
    for model in SEARCHED:
        model_admin = admin.site._registry.get(model)
        if not model_admin or not model_admin.has_view_permission(request):
            continue
        rows, _ = model_admin.get_search_results(request, model_admin.get_queryset(request), term)
        address = f"admin:{model._meta.app_label}_{model._meta.model_name}_change"
        found += [
            SearchResult(str(row), str(model._meta.verbose_name), reverse(address, args=[row.pk]), "arrow_forward")
            for row in rows[:HITS_PER_MODEL]
        ]
    return found


def _tickets(term: str) -> list[SearchResult]:
    """The newest requests with the words or the number."""
    rows = Ticket.objects.listed().filter(matching(term)).order_by("-id").values_list("pk", "subject")[:HITS_PER_MODEL]
    return [
        SearchResult(f"[{number}] {subject}", "požadavek", reverse("admin:tickets_ticket_change", args=[number]), "inbox")
        for number, subject in rows
    ]


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """The start page; its counts are at most FRESH_SECONDS old, its lists are of this moment."""
    now = timezone.now()
    sees_letters = request.user.has_perm("mail.view_outgoingmail")
    return context | {
        "title": "Přehled",
        "figures": caches["process"].get_or_set("backoffice.figures", lambda: figures(now), FRESH_SECONDS),
        "frame": frame(request),
        "tasks": overdue_tasks(now) if request.user.has_perm("customers.view_stafftask") else None,
        "letters": last_letters() if sees_letters else None,
    }
