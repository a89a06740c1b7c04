"""The start page of the backoffice: its figures, its cost, and the menu around it."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from helpdesk.backoffice import COUNT_LIMIT
from helpdesk.charts import columns, share
from helpdesk.customers.models import AccessRequest, StaffTask, User
from helpdesk.reports.dashboard import figures
from tests.builders import (
    a_cancelled_ticket,
    a_closed_ticket,
    a_customer,
    a_resolved_ticket,
    a_staff_member,
    a_suspended_ticket,
    a_ticket,
    an_escalated_ticket,
    an_operator,
    prague,
)

pytestmark = pytest.mark.django_db

NOW = prague("2026-03-31T12:00")
CREDIT = {"Kreditní účty", "Pohyby", "Opravy kreditu", "Rezervace", "Předplacené balíky", "Uzavřené měsíce", "Ceníky"}
HEADS_ONLY = {"Připravené odpovědi", "Bezpečnostní události", "Texty stránek", "Provozovatel"} | CREDIT


def menu_of(client) -> dict[str, str]:
    """The lines that the signed-in person sees, each with its count."""
    answer = client.get(reverse("admin:index"))
    return {line["title"]: line.get("badge", "") for group in answer.context["sidebar_navigation"] for line in group["items"]}


def test_open_requests_are_counted_by_state():
    a_ticket()
    an_escalated_ticket()
    an_escalated_ticket()
    a_suspended_ticket()
    a_resolved_ticket()
    a_closed_ticket()

    counted = {row.label: row.count for row in figures(NOW).states}

    assert counted == {"Nový": 1, "Přijato": 0, "Eskalováno": 2, "Pozastaveno": 1, "Reklamováno": 0}


@pytest.mark.req("S4-22")
def test_cancelled_request_is_in_no_figure():
    a_cancelled_ticket(at=prague("2026-03-30T09:00"))

    found = figures(NOW)

    assert (found.open, found.filed, sum(row.count for row in found.ages)) == (0, 0, 0)


def test_open_requests_are_counted_by_the_hours_that_passed_not_by_dates():
    a_ticket(at=prague("2026-03-30T22:30"))  # two hours old, though filed yesterday
    a_ticket(at=prague("2026-03-30T00:31"))
    a_ticket(at=prague("2026-03-30T00:30"))
    a_ticket(at=prague("2026-03-25T10:00"))
    a_ticket(at=prague("2026-03-02T10:00"))
    a_ticket(at=prague("2026-02-20T10:00"))

    assert [row.count for row in figures(prague("2026-03-31T00:30")).ages] == [2, 1, 1, 1, 1]


def test_inflow_has_every_day_of_the_last_thirty():
    a_ticket(at=prague("2026-03-01T23:59"))
    a_ticket(at=prague("2026-03-02T00:00"))
    a_ticket(at=prague("2026-03-31T11:00"))
    a_ticket(at=prague("2026-03-31T11:30"))

    inflow = figures(NOW).inflow

    assert (inflow[0], inflow[-1]) == ((date(2026, 3, 2), 1), (date(2026, 3, 31), 2))
    assert len(inflow) == 30
    assert figures(NOW).filed == 3


def test_open_requests_are_counted_by_solver_the_busiest_first():
    petr, jana = a_staff_member("Petr Vaníček", group="řešitel"), a_staff_member("Jana Malá", group="řešitel")
    an_escalated_ticket(assignee=jana)
    an_escalated_ticket(assignee=petr)
    an_escalated_ticket(assignee=petr)
    a_ticket()

    rows = [(row.label, row.count, row.query) for row in figures(NOW).solvers]

    assert rows == [
        ("Petr Vaníček", 2, f"fronta=aktualni&resi={petr.pk}"),
        ("Jana Malá", 1, f"fronta=aktualni&resi={jana.pk}"),
        ("bez řešitele", 1, "fronta=aktualni&resi=nikdo"),
    ]


def test_chart_says_in_words_what_it_shows():
    a_ticket(at=prague("2026-03-31T11:00"))

    chart = columns([0, 1], figures(NOW).inflow_sentence)

    assert 'role="img"' in chart
    assert "celkem 1, nejvíc 31.\u00a03.\u00a02026, a to 1." in chart


def test_share_of_nothing_is_drawn_as_nothing():
    assert 'width="0"' in share(0, 0)


def test_start_page_costs_the_same_for_one_request_and_for_many(client):
    client.force_login(a_staff_member())
    a_ticket()
    client.get(reverse("admin:index"))

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get(reverse("admin:index"))
        return len([query for query in captured if "usersession" not in query["sql"] and "SAVEPOINT" not in query["sql"]])

    with_one = queries()
    for _ in range(3):
        an_escalated_ticket()
    with_many = queries()

    assert with_one == with_many <= 10


@pytest.mark.parametrize(
    ("group", "sees_letters", "sees_tasks"),
    [("podpora", True, True), ("řešitel", False, True), ("vedoucí", True, True), ("účtárna", False, False)],
)
def test_start_page_shows_what_the_group_may_see(client, group, sees_letters, sees_tasks):
    client.force_login(a_staff_member(group=group))

    answer = client.get(reverse("admin:index"))

    assert (answer.context["letters"] is not None, answer.context["tasks"] is not None) == (sees_letters, sees_tasks)


def test_start_page_names_tasks_that_are_late(client):
    client.force_login(a_staff_member())
    StaffTask.objects.create(kind="call_back", text="Zavolat Alici", created_at=NOW, due_at=prague("2026-03-02T10:00"))
    StaffTask.objects.create(kind="call_back", text="Zavolat Bobovi", created_at=NOW, due_at=prague("2099-03-02T10:00"))

    answer = client.get(reverse("admin:index"))

    assert [task["text"] for task in answer.context["tasks"]] == ["Zavolat Alici"]


def test_menu_shows_what_waits(client):
    client.force_login(a_staff_member())
    a_ticket()
    AccessRequest.objects.create(full_name="Karel Nový", email="karel@example.cz", company="Nová", created_at=NOW)

    menu = menu_of(client)

    assert (menu["Požadavky"], menu["Žádosti o přístup"]) == ("1", "1")


def test_menu_marks_the_one_line_where_we_are(client):
    client.force_login(a_staff_member())

    answer = client.get(reverse("admin:tickets_ticket_tasks"))

    lines = [line for group in answer.context["sidebar_navigation"] for line in group["items"]]
    assert [line["title"] for line in lines if line["active"]] == ["Úkoly"]


def test_menu_does_not_count_beyond_its_limit(client):
    client.force_login(a_staff_member())
    AccessRequest.objects.bulk_create(
        AccessRequest(full_name="Karel Nový", email="karel@example.cz", company="Nová", created_at=NOW)
        for _ in range(COUNT_LIMIT + 5)
    )

    assert menu_of(client)["Žádosti o přístup"] == "99+"


@pytest.mark.parametrize(
    ("group", "hidden"),
    [
        ("podpora", HEADS_ONLY),
        (
            "řešitel",
            HEADS_ONLY
            | {
                "Zapsat za zákazníka",
                "Telefonická konzultace",
                "Odchozí dopisy",
                "Žádosti o přístup",
                "Předání přístupů",
                "Druhy požadavků",
                "Nároky",
                "Změny k\u00a0potvrzení",
                "Úrovně podpory",
            },
        ),
        ("vedoucí", set()),
    ],
)
def test_menu_leaves_out_what_the_group_may_not_open(client, group, hidden):
    client.force_login(User.objects.create_superuser("root", "root@severka.example"))
    everything = set(menu_of(client))
    client.force_login(a_staff_member(group=group))

    assert everything - set(menu_of(client)) == hidden


def test_every_line_of_the_menu_opens(client):
    client.force_login(User.objects.create_superuser("root", "root@severka.example"))
    answer = client.get(reverse("admin:index"))

    for group in answer.context["sidebar_navigation"]:
        for line in group["items"]:
            assert client.get(line["link"]).status_code == 200, line["title"]


def test_frame_carries_the_name_of_the_supplier(client):
    an_operator(short_name="Severka")
    client.force_login(a_staff_member())

    assert client.get(reverse("admin:index")).context["site_title"] == "Severka Helpdesk"


def test_command_palette_finds_a_customer_without_diacritics(client):
    client.force_login(a_staff_member())
    customer = a_customer(name="Účetnictví Žďár a.s.")

    answer = client.get(reverse("admin:search"), {"s": "ucetnictvi", "extended": "1"})

    assert [hit.link for hit in answer.context["results"]] == [reverse("admin:customers_customer_change", args=[customer.pk])]


@pytest.mark.parametrize("term", ["ulozit fakturu", "{number}"])
def test_command_palette_finds_a_request_by_words_and_by_number(client, term):
    client.force_login(a_staff_member())
    ticket = a_ticket(subject="Nelze uložit fakturu do DMS")

    answer = client.get(reverse("admin:search"), {"s": term.format(number=ticket.pk), "extended": "1"})

    assert [hit.title for hit in answer.context["results"]] == [f"[{ticket.pk}] Nelze uložit fakturu do DMS"]


def test_list_is_headed_by_what_it_lists(client):
    client.force_login(a_staff_member())

    assert client.get(reverse("admin:customers_customer_changelist")).context["title"] == "Zákazníci"
