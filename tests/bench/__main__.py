"""`python -m tests.bench [--small N] [--large N] [--active N] [--seconds S] [--reuse] [--only WORD]`: seeds, measures, prints.

Ends with 0 also when a bar is missed: the figures depend on the machine, the tests hold the SQL counts.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
from datetime import datetime
from functools import partial

from tests.bench import clock, ledger, publishing
from tests.bench.clock import PRAGUE
from tests.bench.seed import database_of

REFERENCE_SECONDS = 0.4  # of a case's time, before it and again after it


def main() -> None:
    options = _options()
    os.environ["BENCH_DATABASE"] = "postgres"
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.bench.settings"
    import django

    from helpdesk import embedded

    embedded.start_if_wanted()
    django.setup()
    from django.core.management import call_command

    from tests.bench import report
    from tests.bench.server import exists

    call_command("collectstatic", interactive=False, verbosity=0)
    counts = (options.small, options.large)
    for count in counts:
        if not (options.reuse and exists(database_of(count))):
            subprocess.run([sys.executable, "-m", "tests.bench.seed", str(count)], check=True)
    small, small_memory, _ = _measure(database_of(options.small), options)
    large, large_memory, failures = _measure(database_of(options.large), options)
    print(f"\n{datetime.now(tz=PRAGUE):%-d. %-m. %Y}, {os.cpu_count()} jádra, Python {platform.python_version()}, souběh 4\n")
    print(report.table(small, large, failures, counts))
    print("\n" + report.memory(small_memory, large_memory, counts))
    clock.main()
    print("\n" + publishing.table(options.active, reuse=options.reuse))
    ledger.main()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("--small", type=int, default=1000)
    parser.add_argument("--large", type=int, default=100_000)
    parser.add_argument("--active", type=int, default=10_000, help="requests that follow a new calendar")
    parser.add_argument("--seconds", type=float, default=4.0, help="how long each page is asked for")
    parser.add_argument("--reuse", action="store_true", help="take the databases as an earlier run left them")
    parser.add_argument("--only", default="", help="only pages with one of these words, parted by commas, in their names")
    return parser.parse_args()


def _measure(database: str, options: argparse.Namespace):
    """All pages on one database: results by name, the peak memory of a worker in MB, what could not be measured."""
    from tests.bench.cases import CASES
    from tests.bench.load import CONCURRENCY, Visitor
    from tests.bench.server import serving
    from tests.bench.sessions import signed_in

    results, failures = {}, {}
    keys = signed_in(database)
    with serving(database) as server:
        for case in CASES:
            if not any(word in case.name for word in options.only.split(",")):
                continue
            visitors = [Visitor(server.port, {"sid": keys[case.who]}) for _ in range(CONCURRENCY)]
            try:
                results[case.name] = _measure_case(case, visitors, server, options.seconds)
            except Exception as failure:
                failures[case.name] = str(failure)
            print(".", end="", flush=True)
        return results, server.peak_megabytes(), failures


def _measure_case(case, visitors, server, seconds: float):
    """The page between two measurings of the reference, so that the noise of the machine meets both."""
    from tests.bench.cases import REFERENCE
    from tests.bench.load import run
    from tests.bench.report import Result

    path = case.path(visitors[0])

    def operate(visitor):
        if case.operate:
            return case.operate(visitor, path)
        return visitor.get(path, expect=case.expect, headers=case.headers)

    refer = partial(run, visitors, lambda visitor: visitor.get(REFERENCE, expect="<table>"), seconds * REFERENCE_SECONDS)
    run(visitors, operate, 0.5)
    spent = [server.cpu_seconds()]
    before = refer()
    spent.append(server.cpu_seconds())
    speed = run(visitors, operate, seconds)
    spent.append(server.cpu_seconds())
    after = refer()
    spent.append(server.cpu_seconds())
    app, database = (end - start for start, end in zip(spent[1], spent[2], strict=True))
    reference_seconds = sum(spent[1]) - sum(spent[0]) + sum(spent[3]) - sum(spent[2])
    sql = visitors[0].count_sql(path, case.headers)
    return Result(
        case=case,
        speed=speed,
        reference_rate=(before.rate + after.rate) / 2,
        reference_p50=(before.p50 + after.p50) / 2,
        reference_ms=reference_seconds * 1000 / (before.operations + after.operations),
        app_ms=app * 1000 / speed.operations,
        database_ms=database * 1000 / speed.operations,
        sql=sql,
    )


if __name__ == "__main__":
    main()
