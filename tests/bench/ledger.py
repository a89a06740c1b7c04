"""`python -m tests.bench.ledger`: charges of work a second, next to bare INSERTs of one row; also the end of `make bench`.

Each in a transaction of its own; first in one process, then in four, each with its own connection, which for one account means
that they wait for each other's commit. A database of its own, which is dropped again.
"""

from __future__ import annotations

import multiprocessing
import os
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from itertools import count
from zoneinfo import ZoneInfo

import django

from tests.bench.server import cpu_seconds

PRAGUE = ZoneInfo("Europe/Prague")
AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
ACCOUNTS = 1000
SECONDS = 2.0
ROUNDS = 3
PROCESSES = (1, 4)
BARE = "CREATE TABLE bench_bare (id bigserial PRIMARY KEY, key varchar(120) UNIQUE, amount numeric(14,2), memo varchar(300))"
INSERT = "INSERT INTO bench_bare (key, amount, memo) VALUES (%s, %s, %s)"
LABELS = {"bare": "holý INSERT jednoho řádku", "hot": "práce na jednom účtu", "many": "práce na tisíci účtech"}

Act = Callable[[int], object]


@dataclass(frozen=True)
class Rate:
    """Acts a second of all processes together, and processor milliseconds that one act took from Python and from PostgreSQL."""

    a_second: float
    python_ms: float
    database_ms: float


def main() -> None:
    machine = f"{os.cpu_count()} jádra, Python {platform.python_version()}"
    print(f"\n{datetime.now(tz=PRAGUE):%-d. %-m. %Y}, {machine}\n\n{table()}")


def table() -> str:
    """The figures as a table in Markdown, from a database that is made and dropped."""
    from django.db import connection

    name = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        return "\n".join(_rows(_made_accounts()))
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)


def _made_accounts() -> list[object]:
    """Customers with an account each."""
    from django.db import connection

    from credit.services.ledger import account_of
    from helpdesk.customers.models import Customer

    made = Customer.objects.bulk_create(Customer(name=f"Zákazník {number}", ico=f"{number:08d}") for number in range(ACCOUNTS))
    for customer in made:
        account_of(customer)
    with connection.cursor() as cursor:
        cursor.execute(BARE)
    return list(made)


def _rows(customers: list[object]) -> list[str]:
    """The loops take turns, so that other work on the machine meets all of them; the best round counts."""
    acts: dict[str, Act] = {"bare": _bare, "hot": partial(_charge, customers[:1]), "many": partial(_charge, customers)}
    best: dict[tuple[str, int], Rate] = {}
    first = count(step=10_000_000)  # where the keys of a process begin
    for _ in range(ROUNDS):
        for processes in PROCESSES:
            for name, act in acts.items():
                rate = _rate(act, [next(first) for _ in range(processes)])
                best[name, processes] = max(best.get((name, processes), rate), rate, key=lambda one: one.a_second)
    lines = ["| kredit | procesů | za vteřinu | proti holému INSERTu | procesor: Python + PostgreSQL |", "|---|---|---|---|---|"]
    for (name, processes), rate in sorted(best.items(), key=lambda one: one[0][1]):
        share = rate.a_second / best["bare", processes].a_second
        cpu = f"{rate.python_ms:.2f} + {rate.database_ms:.2f}\u00a0ms"
        cells = f"{LABELS[name]} | {processes} | {rate.a_second:.0f} | {share:.2f}\u00a0× | {cpu}"
        lines.append(f"| {cells} |".replace(".", ","))
    return lines


def _rate(act: Act, firsts: list[int]) -> Rate:
    """The act in as many processes as there are first keys."""
    from django.db import connection

    connection.close()  # two processes must not share one
    fork = multiprocessing.get_context("fork")
    results = fork.SimpleQueue()
    workers = [fork.Process(target=_work, args=(act, first, results)) for first in firsts]
    for worker in workers:
        worker.start()
    done, python, database = (sum(figures) for figures in zip(*[results.get() for _ in workers], strict=True))
    for worker in workers:
        worker.join()
    return Rate(a_second=done / SECONDS, python_ms=python * 1000 / done, database_ms=database * 1000 / done)


def _work(act: Act, first: int, results: multiprocessing.SimpleQueue[tuple[int, float, float]]) -> None:
    """Count what is done in time, after a beginning that opens the connection."""
    from django.db import connection

    keys = count(first)
    act(next(keys))
    backend = connection.connection.info.backend_pid
    python, database = time.process_time(), cpu_seconds(backend)
    start, done = time.perf_counter(), 0
    while time.perf_counter() - start < SECONDS:
        act(next(keys))
        done += 1
    results.put((done, time.process_time() - python, cpu_seconds(backend) - database))
    connection.close()


def _bare(number: int) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(INSERT, [f"work:{number}", Decimal("600.00"), "řešení, 30 min"])


def _charge(customers: list[object], number: int) -> None:
    from credit.services.ledger import charge_work
    from helpdesk.customers.actor import SYSTEM

    customer = customers[number % len(customers)]
    charge_work(customer=customer, amount=Decimal("600.00"), text="řešení, 30 min", key=f"work:{number}", at=AT, by=SYSTEM)


if __name__ == "__main__":
    os.environ.setdefault("BENCH_DATABASE", "postgres")
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.bench.settings"
    from helpdesk import embedded

    embedded.start_if_wanted()
    django.setup()
    main()
