"""Fills the bench's databases: `python -m tests.bench.seed 100000 [--all-active]`.

One request of each state is made by the services, with its events and messages, and then multiplied in SQL: what a column
means is written once, in the services, and a new column is copied along.
"""

from __future__ import annotations

import argparse
import os
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import psycopg

from tests.bench import credit

PEOPLE = 5  # of each customer
CUSTOMERS = 199
STAFF = 20
PARAGRAPHS = 3
PROMISES = {1: ("Min", "30", "240"), 2: ("Hod", "4", "16"), 3: ("Den", "2", "10")}  # by severity
EVERY = timedelta(minutes=15)  # 100,000 requests are almost three years
SUBJECTS = [
    "Nelze uložit fakturu do DMS",
    "Tisk dodacího listu končí prázdnou stránkou",
    "Chybné kurzy v bankovním modulu",
    "Import výpisů končí chybou",
    "Pomalé vyhledávání ve skladu",
    "Nová sestava pro výrobu",
    "Přístup pro novou kolegyni",
    "Docházka přičítá hodinu",
    "Dotaz ke mzdovému výměru",
]
COMMON = " Týká se to modulu účetnictví."
RARE = " Při měření selhala kalibrace váhy."


def database_of(count: int, *, all_active: bool = False) -> str:
    return f"helpdesk_bench_{'active_' if all_active else ''}{count}"


def recreate(name: str) -> None:
    """An empty database of that name on the server of the settings."""
    from django.db import connection

    parameters = connection.get_connection_params() | {"dbname": "postgres", "autocommit": True}
    known = ("host", "port", "user", "password", "dbname", "autocommit")
    wanted = {key: value for key, value in parameters.items() if key in known}
    with psycopg.connect(**wanted) as link:
        link.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        link.execute(f'CREATE DATABASE "{name}"')


def fill(count: int, *, all_active: bool = False) -> None:
    """Migrate the empty database and put `count` requests into it, a few of them active unless all are to be."""
    from django.core.management import call_command
    from django.db import connection, transaction

    call_command("migrate", verbosity=0)
    with transaction.atomic():
        arrays = _make_people()
        prototypes = _make_prototypes()
        charged = credit.make_prototypes()
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")  # the copies are right because the originals are
            cursor.execute("SELECT max(id) FROM tickets_ticket")
            arrays |= {
                "base": cursor.fetchone()[0],
                "count": count,
                "every": EVERY,
                "active": count if all_active else count // 25,
            }
            _plan(cursor, arrays | prototypes)
            _copy_tickets(cursor)
            _copy_children(cursor)
            _index_words(cursor)
            _settle_clocks(cursor)
            credit.copy_movements(cursor, charged, count)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _make_people() -> dict[str, Any]:
    """Customers, contracts, paragraphs, people; returns their ids as arrays for SQL."""
    from django.contrib.auth.models import Group

    from helpdesk.customers.models import Contract, ContractParagraph, Customer, Membership, SlaLine, TierEntitlement, User
    from tests.builders import an_ico, an_operator

    an_operator()
    for channel in ("portal", "email", "phone", "enquiry"):
        TierEntitlement.objects.get_or_create(tier="support", channel=channel, defaults={"access": "open"})
    customers = Customer.objects.bulk_create(
        Customer(name=f"Zákazník {n:03d} s.r.o.", ico=an_ico(500_000 + n), city="Brno") for n in range(CUSTOMERS)
    )
    contracts = Contract.objects.bulk_create(
        Contract(customer=customer, number=f"2020/{n}", title="Údržba a podpora", kind="support", valid_from="2020-01-01")
        for n, customer in enumerate(customers)
    )
    paragraphs = ContractParagraph.objects.bulk_create(
        ContractParagraph(contract=contract, code=f"čl. {severity}", title="Vada", kind="incident", severity=severity)
        for contract in contracts
        for severity in (1, 2, 3)
    )
    SlaLine.objects.bulk_create(
        SlaLine.preset(method=method, reaction=Decimal(reaction), resolution=Decimal(resolution), paragraph=paragraph)
        for paragraph in paragraphs
        for method, reaction, resolution in (PROMISES[paragraph.severity],)
    )
    people = User.objects.bulk_create(
        User(username=f"osoba{n}", email=f"osoba{n}@example.cz", first_name="Jan", last_name=f"Novák {n}", password="!")
        for n in range(CUSTOMERS * PEOPLE)
    )
    Membership.objects.bulk_create(
        Membership(user=person, customer=customers[n // PEOPLE], is_manager=n % PEOPLE == 0) for n, person in enumerate(people)
    )
    staff = User.objects.bulk_create(
        User(username=f"podpora{n}", email=f"podpora{n}@example.cz", first_name="Eva", last_name=f"Malá {n}", is_staff=True)
        for n in range(STAFF)
    )
    for person in staff:
        person.groups.set(Group.objects.filter(name="vedoucí"))
    ids = {"customers": customers, "contracts": contracts, "paragraphs": paragraphs, "people": people, "staff": staff}
    return {name: [row.pk for row in rows] for name, rows in ids.items()}


def _make_prototypes() -> dict[str, int]:
    """One request of each state with three messages and a note; returns their numbers by state."""
    from tests import builders
    from tickets.services.complaints import file_complaint
    from tickets.services.conversation import add_note

    at = builders.MONDAY
    solver = builders.a_staff_member("Petr Vaníček", group="řešitel")
    new = builders.a_ticket(at=at)
    accepted = builders.an_accepted_ticket(at=at, staff=solver)
    escalated, suspended, resolved, disputed, closed = (builders.an_escalated_ticket(at=at, assignee=solver) for _ in range(5))
    for ticket in (accepted, escalated, suspended, resolved, disputed, closed):
        builders.a_message(ticket, author=solver, body="Dobrý den, prověřujeme to.", at=at + timedelta(hours=1))
        builders.a_message(ticket, body="Děkujeme, potřebovali bychom to do pátku.", at=at + timedelta(hours=2))
        builders.a_message(ticket, author=solver, body="Rozumíme, ozveme se.", at=at + timedelta(hours=3))
        add_note(ticket=ticket, body="Podobné jako minulý týden.", by=builders.backoffice(solver), at=at + timedelta(hours=3))
    by, later = builders.backoffice(solver), at + timedelta(hours=5)
    items = [builders.CooperationItem(what="Výpis z banky")]
    builders.suspend(ticket=suspended, reason="attachment", items=items, by=by, at=later)
    for ticket in (resolved, disputed, closed):
        builders.resolve(ticket=ticket, resolution=builders.a_resolution(), by=by, at=later)
    author = builders.portal(disputed.author)
    file_complaint(ticket=disputed, reason="Chyba trvá.", by=author, at=later + timedelta(hours=1))
    builders.confirm_resolution(ticket=closed, by=builders.portal(closed.author), at=later + timedelta(days=1))
    cancelled = builders.a_cancelled_ticket(at=at)
    made = (new, accepted, escalated, suspended, resolved, disputed, closed, cancelled)
    for ticket in made:
        ticket.refresh_from_db()
    return {ticket.status: ticket.pk for ticket in made}


PLAN = """
CREATE TEMP TABLE bench_plan ON COMMIT DROP AS
SELECT %(base)s + n AS id, n, proto, now() - (%(count)s - n + 1) * %(every)s AS created_at,
       (%(customers)s::bigint[])[1 + c] AS customer_id, (%(contracts)s::bigint[])[1 + c] AS contract_id,
       (%(paragraphs)s::bigint[])[1 + c * 3 + n %% 3] AS paragraph_id, 1 + n %% 3 AS severity,
       (%(people)s::bigint[])[1 + c * 5 + n %% 5] AS author_id, (%(staff)s::bigint[])[1 + n %% 20] AS staff_id
  FROM (SELECT n, CASE WHEN n %% 20 = 0 THEN 0 ELSE n %% 199 END AS c,
               CASE WHEN %(count)s - n < %(active)s THEN (ARRAY[%(new)s, %(new)s, %(accepted)s, %(accepted)s,
                         %(escalated)s, %(escalated)s, %(suspended)s, %(disputed)s])[1 + n %% 8]
                    WHEN %(count)s - n < %(count)s / 20 THEN %(resolved)s
                    WHEN n %% 50 = 49 THEN %(cancelled)s ELSE %(closed)s END AS proto
          FROM generate_series(1, %(count)s) AS n) AS numbers
"""


def _plan(cursor: Any, values: dict[str, Any]) -> None:
    """Who files which request when, and which state it is in: usually 4 % active, 1 % resolved, the rest closed or cancelled."""
    cursor.execute(PLAN, values)
    cursor.execute("CREATE INDEX ON bench_plan (proto)")
    cursor.execute("ANALYZE bench_plan")


def _copy_tickets(cursor: Any) -> None:
    from tickets.models import Ticket

    told = {
        "id": "b.id",
        "customer_id": "b.customer_id",
        "contract_id": "b.contract_id",
        "paragraph_id": "b.paragraph_id",
        "severity": "b.severity",
        "author_id": "b.author_id",
        "assignee_id": "CASE WHEN p.assignee_id IS NOT NULL THEN b.staff_id END",
        "subject": f"(ARRAY{SUBJECTS!r})[1 + b.n % {len(SUBJECTS)}] || ' ' || b.n",
        "description": (
            f"p.description || ' Řádek ' || b.n * 7 || '.' || CASE WHEN b.n % 3 = 0 THEN '{COMMON}' ELSE '' END"
            f" || CASE WHEN b.n % (SELECT max(n) / 3 FROM bench_plan) = 7 THEN '{RARE}' ELSE '' END"
        ),
        "contact_email": "'osoba@example.cz'",
        **dict.fromkeys(_clock_columns(), "NULL"),
        "next_due_at": "'9999-12-31T00:00Z'",
    }
    columns, values = _columns(Ticket, told)
    cursor.execute(
        f"INSERT INTO tickets_ticket ({columns}) SELECT {values} FROM bench_plan b JOIN tickets_ticket p ON p.id = b.proto"
    )
    cursor.execute("SELECT setval(pg_get_serial_sequence('tickets_ticket', 'id'), (SELECT max(id) FROM tickets_ticket))")


def _copy_children(cursor: Any) -> None:
    from tickets.models import Complaint, CooperationRequest, Message, Note, SlaTerms, TicketEvent

    for model in (TicketEvent, Message, Note, CooperationRequest, Complaint, SlaTerms):
        told = {"id": None, "ticket_id": "b.id"}
        columns, values = _columns(model, told, row="c")
        table = model._meta.db_table
        cursor.execute(
            f"INSERT INTO {table} ({columns}) SELECT {values} FROM bench_plan b JOIN tickets_ticket p ON p.id = b.proto"
            f" JOIN {table} c ON c.ticket_id = b.proto ORDER BY b.id, c.{model._meta.pk.column}"
        )


def _clock_columns() -> list[str]:
    from tickets.models import Ticket
    from tickets.models.clocks import SLA_COLUMNS

    return [Ticket._meta.get_field(name).column for name in SLA_COLUMNS]


def _settle_clocks(cursor: Any) -> None:
    """The clocks of the copies, each by a replay of its own log: times moved to other days give other deadlines."""
    from sla.calendars import clock_of
    from sla.models import CalendarVersion
    from tickets.models import Ticket
    from tickets.services import clocks, recompute

    version = CalendarVersion.objects.published().get(calendar__is_default=True)
    cursor.execute("SELECT id FROM bench_plan ORDER BY id")
    ids = [row[0] for row in cursor.fetchall()]
    for start in range(0, len(ids), recompute.BATCH):
        rows = Ticket.objects.filter(pk__in=ids[start : start + recompute.BATCH]).select_related("sla_terms")
        tickets = [ticket for ticket in rows.defer(*recompute.LONG_TEXTS) if clocks.terms_of(ticket)]
        lives = clocks.lives_of([ticket.pk for ticket in tickets])
        for ticket in tickets:
            ticket.calendar_version = ticket.reaction_version = version
            ticket.is_wdin = clock_of(version.pk).is_open(ticket.created_at)
            clocks.apply(ticket, ticket.sla_terms, lives[ticket.pk])
        recompute.write(tickets)


def _columns(model: Any, told: dict[str, str | None], row: str = "p") -> tuple[str, str]:
    """Columns and values of a copy: what is told, else shifted in time, given to other people, or the same."""
    from django.db.models import DateTimeField

    from helpdesk.customers.models import User

    chosen: dict[str, str] = {}
    for field in model._meta.concrete_fields:
        name = field.column
        if name in told:
            value = told[name]
        elif isinstance(field, DateTimeField):
            value = f"{row}.{name} + (b.created_at - p.created_at)"
        elif field.related_model is User:
            value = f"CASE WHEN {row}.{name} = p.author_id THEN b.author_id WHEN {row}.{name} IS NOT NULL THEN b.staff_id END"
        elif name == "form_token":
            value = "NULL"
        else:
            value = f"{row}.{name}"
        if value is not None:
            chosen[name] = value
    return ", ".join(f'"{name}"' for name in chosen), ", ".join(chosen.values())


def _index_words(cursor: Any) -> None:
    from tickets.services.search import reindex

    cursor.execute("SELECT id FROM bench_plan ORDER BY id")
    numbers = [row[0] for row in cursor.fetchall()]
    for start in range(0, len(numbers), 1000):
        reindex(numbers[start : start + 1000])


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.seed")
    parser.add_argument("count", type=int)
    parser.add_argument("--all-active", action="store_true", help="no request is resolved or closed yet")
    options = parser.parse_args()
    database = database_of(options.count, all_active=options.all_active)
    os.environ["BENCH_DATABASE"] = database
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.bench.settings"
    import django

    django.setup()
    started = time.monotonic()
    recreate(database)
    fill(options.count, all_active=options.all_active)
    took = time.monotonic() - started
    print(f"{datetime.now(tz=UTC):%Y-%m-%d %H:%M} {database}: {options.count} requests in {took:.0f} s")


if __name__ == "__main__":
    main()
