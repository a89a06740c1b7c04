"""`python -m tests.bench.publishing [--count N] [--reuse] [--kill]`: a new calendar is published and N active requests follow it.

Runs the product's sweep in a process of its own, as a worker would, while one visitor asks for pages all the time. With --kill
the sweep is killed in the middle and started again, and each write is counted. Has a database of its own.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from statistics import quantiles
from typing import Any

import psycopg

from tests.bench.clock import PRAGUE
from tests.bench.seed import database_of

QUIET_SECONDS = 10.0  # how long the pages are asked for before the publishing
SAMPLE_SECONDS = 0.01
SWEEP = "from tests.bench.publishing import sweep; sweep()"
SWEEPER = "bench_sweep"  # the name of its connection

# Each committed write of a new version, when they are to be counted.
COUNTER = """
CREATE TABLE IF NOT EXISTS bench_moves (ticket bigint, version bigint);
TRUNCATE bench_moves;
CREATE OR REPLACE FUNCTION bench_count_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN INSERT INTO bench_moves SELECT id, calendar_version_id FROM moved; RETURN NULL; END $$;
CREATE OR REPLACE TRIGGER bench_count_moves AFTER UPDATE ON tickets_ticket REFERENCING NEW TABLE AS moved
FOR EACH STATEMENT EXECUTE FUNCTION bench_count_moves();
"""
UNCOUNT = "DROP TRIGGER IF EXISTS bench_count_moves ON tickets_ticket"
DONE = "SELECT recompute_done, recompute_total, recomputed_at IS NOT NULL FROM sla_calendarversion WHERE id = %s"
OLDEST = "SELECT max(clock_timestamp() - xact_start) FROM pg_stat_activity WHERE application_name = %s"


@dataclass
class Watch:
    """What was seen from outside: how long the sweep's transactions took, how far it came, and when it was killed."""

    link: psycopg.Connection
    longest: float = 0.0
    killed_at: int | None = None
    sweeps: list[subprocess.Popen[str]] = field(default_factory=list)

    def one(self, sql: str, values: list[Any]) -> Any:
        return self.link.execute(sql, values).fetchone()


def main() -> None:
    options = _options()
    os.environ["BENCH_DATABASE"] = "postgres"
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.bench.settings"
    import django

    from helpdesk import embedded

    embedded.start_if_wanted()
    django.setup()
    from django.core.management import call_command

    call_command("collectstatic", interactive=False, verbosity=0)
    print(f"\n{datetime.now(tz=PRAGUE):%-d. %-m. %Y}, {os.cpu_count()} jádra, Python {platform.python_version()}\n")
    print(table(options.count, reuse=options.reuse, kill=options.kill))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.publishing")
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--reuse", action="store_true", help="take the database as an earlier run left it")
    parser.add_argument("--kill", action="store_true", help="kill the sweep in the middle, and count each write")
    return parser.parse_args()


def table(count: int, *, reuse: bool, kill: bool = False) -> str:
    """The figures as two tables in Markdown; the database is seeded unless it may be reused."""
    from tests.bench.server import exists, link_parameters, serving
    from tests.bench.sessions import signed_in

    database = database_of(count, all_active=True)
    if not (reuse and exists(database)):
        subprocess.run([sys.executable, "-m", "tests.bench.seed", str(count), "--all-active"], check=True)
    with psycopg.connect(**link_parameters(database), autocommit=True) as link, serving(database) as server:
        link.execute(COUNTER if kill else UNCOUNT)
        watch = Watch(link)
        pages = _pages(server.port, signed_in(database))
        quiet = _ask(pages, until=_after(QUIET_SECONDS))
        version = int(_run(database, "from tests.bench.publishing import publish; publish()").communicate()[0])
        started = time.perf_counter()
        watch.sweeps.append(_run(database, SWEEP))
        watcher = threading.Thread(target=_watch, args=[watch, database, version, kill])
        watcher.start()
        busy = _ask(pages, until=lambda: not watcher.is_alive())
        watcher.join()
        wall = time.perf_counter() - started
        return "\n".join([*_sweep_rows(watch, version, wall, kill), "", *_page_rows(quiet, busy)])


def publish() -> None:
    """Publish a new version of the default calendar, an hour longer or shorter than the one before, and print its key."""
    import django

    django.setup()
    from django.utils import timezone

    from sla.models import ServiceCalendar
    from sla.services import draft_version, publish_version

    draft = draft_version(calendar=ServiceCalendar.objects.get(is_default=True))
    closes = (16 if draft.number % 2 else 17) * 3600
    draft.windows.update(closes=closes)
    print(publish_version(version=draft, by=None, at=timezone.now()).pk)


def sweep() -> None:
    """The product's sweep, woken until all is done; prints the processor time of Python and of PostgreSQL."""
    import django

    django.setup()
    from django.db import connection

    from sla.models import CalendarVersion
    from tests.bench.server import cpu_seconds
    from tickets.tasks import move_to_new_calendars

    connection.ensure_connection()
    backend, begun = connection.connection.info.backend_pid, time.process_time()
    while CalendarVersion.objects.published().filter(recomputed_at__isnull=True).exists():
        move_to_new_calendars()
    print(time.process_time() - begun, cpu_seconds(backend))


def _run(database: str, code: str) -> subprocess.Popen[str]:
    environment = os.environ | {
        "BENCH_DATABASE": database,
        "PGAPPNAME": SWEEPER,
        "DJANGO_SETTINGS_MODULE": "tests.bench.settings",
    }
    return subprocess.Popen([sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, text=True)


def _watch(watch: Watch, database: str, version: int, kill: bool) -> None:
    """Look at the sweep until it has ended; kill it half-way if asked, and start another."""
    while watch.sweeps[-1].poll() is None:
        oldest = watch.one(OLDEST, [SWEEPER])[0]
        watch.longest = max(watch.longest, oldest.total_seconds() if oldest else 0.0)
        done, total, _ = watch.one(DONE, [version])
        if kill and watch.killed_at is None and done > total // 2:
            watch.sweeps[-1].kill()
            watch.sweeps[-1].wait()
            watch.killed_at = watch.one(DONE, [version])[0]
            watch.sweeps.append(_run(database, SWEEP))
        time.sleep(SAMPLE_SECONDS)


def _after(seconds: float) -> Callable[[], bool]:
    end = time.perf_counter() + seconds
    return lambda: time.perf_counter() > end


def _pages(port: int, keys: dict[str, str]) -> dict[str, Callable[[], object]]:
    from tests.bench.cases import WORK_LIST, first_ticket
    from tests.bench.load import Visitor

    manager, staff = (Visitor(port, {"sid": keys[who]}) for who in ("manager", "staff"))
    paths = {
        "seznam v portálu": (manager, "/"),
        "detail požadavku": (manager, first_ticket("/", "/pozadavky/{}/")(manager)),
        "pracovní seznam": (staff, WORK_LIST),
        "požadavek v backoffice": (staff, first_ticket(WORK_LIST, WORK_LIST + "{}/change/")(staff)),
    }
    return {name: lambda visitor=visitor, path=path: visitor.get(path) for name, (visitor, path) in paths.items()}


def _ask(pages: dict[str, Callable[[], object]], *, until: Callable[[], bool]) -> dict[str, list[float]]:
    """Ask for one page after the other; milliseconds by name."""
    took: dict[str, list[float]] = {name: [] for name in pages}
    while not until():
        for name, get in pages.items():
            before = time.perf_counter()
            get()
            took[name].append((time.perf_counter() - before) * 1000)
    return took


def _sweep_rows(watch: Watch, version: int, wall: float, kill: bool) -> list[str]:
    done, total, finished = watch.one(DONE, [version])
    rows = ["| nová verze kalendáře | |", "|---|---|"]
    rows.append(f"| přepočteno i se zápisem | {done} z {total} požadavků{'' if finished else ', **nedokončeno**'} |")
    if not kill:
        python, postgres = map(float, watch.sweeps[-1].communicate()[0].split())
        rows.append(
            f"| na 100 000 požadavků | {python / total * 1e5:.1f} s CPU Python + {postgres / total * 1e5:.1f} s PostgreSQL |"
        )
    rows.append(f"| trvalo | {wall:.0f} s, vedle tazatele stránek |")
    rows.append(f"| nejdelší transakce | {watch.longest * 1000:.0f} ms |")
    if kill:
        written, once = watch.one("SELECT count(*), count(DISTINCT ticket) FROM bench_moves WHERE version = %s", [version])
        rows.append(f"| po kill -9 při {watch.killed_at} | zapsáno {written}×, různých požadavků {once} |")
    return rows


def _page_rows(quiet: dict[str, list[float]], busy: dict[str, list[float]]) -> list[str]:
    rows = ["| strana | předtím p50/p95/nejvýš ms | během přepočtu p50/p95/nejvýš ms | dotazů |", "|---|---|---|---|"]
    return rows + [f"| {name} | {_spread(quiet[name])} | {_spread(busy[name])} | {len(busy[name])} |" for name in quiet]


def _spread(took: list[float]) -> str:
    centiles = quantiles(took, n=20, method="inclusive") if len(took) > 1 else took * 20
    return f"{centiles[9]:.0f}/{centiles[18]:.0f}/{max(took):.0f}"


if __name__ == "__main__":
    main()
