"""`python -m tests.bench.ledger`: charges of work a second, next to bare INSERTs of one row; also the end of `make bench`.

One process, one connection, one transaction for each; a database of its own, which is dropped again.
"""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from zoneinfo import ZoneInfo

import django

PRAGUE = ZoneInfo("Europe/Prague")
AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
ACCOUNTS = 1000
SECONDS = 3.0
ROUNDS = 3
BARE = "CREATE TABLE bench_bare (id bigserial PRIMARY KEY, key varchar(120) UNIQUE, amount numeric(14,2), memo varchar(300))"
INSERT = "INSERT INTO bench_bare (key, amount, memo) VALUES (%s, %s, %s)"


def main() -> None:
    machine = f"{os.cpu_count()} jádra, Python {platform.python_version()}"
    print(f"\n{datetime.now(tz=PRAGUE):%-d. %-m. %Y}, {machine}, jeden proces\n\n{table()}")


def table() -> str:
    """The figures as a table in Markdown, from a database that is made and dropped."""
    from django.db import connection

    name = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        return "\n".join(_rows())
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)


def _rows() -> list[str]:
    """The three loops take turns, so that other work on the machine meets all of them; the best round counts."""
    from django.db import connection

    from credit.services.ledger import account_of
    from helpdesk.customers.models import Customer

    names = (f"Zákazník {number}" for number in range(ACCOUNTS))
    customers = Customer.objects.bulk_create(Customer(name=name, ico=f"{number:08d}") for number, name in enumerate(names))
    for customer in customers:
        account_of(customer)
    with connection.cursor() as cursor:
        cursor.execute(BARE)
    keys = count()
    best = {"bare": 0.0, "hot": 0.0, "many": 0.0}
    for _ in range(ROUNDS):
        best["bare"] = max(best["bare"], _rate(lambda: _bare(next(keys))))
        best["hot"] = max(best["hot"], _rate(lambda: _charge(customers[0], next(keys))))
        best["many"] = max(best["many"], _rate(lambda: _charge(customers[(number := next(keys)) % ACCOUNTS], number)))
    labels = {"bare": "holý INSERT jednoho řádku", "hot": "práce na jednom účtu", "many": "práce na tisíci účtech"}
    lines = ["| kredit | za vteřinu | proti holému INSERTu |", "|---|---|---|"]
    for key, label in labels.items():
        lines.append(f"| {label} | {best[key]:.0f} | {best[key] / best['bare']:.2f}\u00a0× |".replace(".", ","))
    return lines


def _rate(act: Callable[[], object]) -> float:
    """How many times a second."""
    start, done = time.perf_counter(), 0
    while (spent := time.perf_counter() - start) < SECONDS:
        act()
        done += 1
    return done / spent


def _bare(number: int) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(INSERT, [f"work:{number}", Decimal("600.00"), "řešení, 30 min"])


def _charge(customer: object, number: int) -> None:
    from credit.services.ledger import charge_work
    from helpdesk.customers.actor import SYSTEM

    charge_work(customer=customer, amount=Decimal("600.00"), text="řešení, 30 min", key=f"work:{number}", at=AT, by=SYSTEM)


if __name__ == "__main__":
    os.environ.setdefault("BENCH_DATABASE", "postgres")
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.bench.settings"
    from helpdesk import embedded

    embedded.start_if_wanted()
    django.setup()
    main()
