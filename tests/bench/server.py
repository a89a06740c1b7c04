"""gunicorn as in production on a free port of loopback, and what its workers cost."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

import psycopg

CHECKOUT = Path(__file__).resolve().parents[2]
TICKS = os.sysconf("SC_CLK_TCK")
PATIENCE_SECONDS = 30


@dataclass(frozen=True)
class Server:
    """A running gunicorn and the database link that tells its backends."""

    process: subprocess.Popen[bytes]
    port: int
    link: psycopg.Connection

    def workers(self) -> list[int]:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(pid) for pid in children.split()]

    def backends(self) -> list[int]:
        wanted = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        return [pid for (pid,) in self.link.execute(wanted).fetchall()]

    def cpu_seconds(self) -> tuple[float, float]:
        """Processor time of the workers and of their database backends so far."""
        return sum(map(cpu_seconds, self.workers())), sum(map(cpu_seconds, self.backends()))

    def peak_megabytes(self) -> float:
        """The largest resident size that a worker ever had."""
        return max(_peak_kilobytes(pid) for pid in self.workers()) / 1024


def cpu_seconds(pid: int) -> float:
    """Processor time of a process so far; 0 when it has ended or belongs to another machine."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return (int(fields[11]) + int(fields[12])) / TICKS


def _peak_kilobytes(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1])


@contextmanager
def serving(database: str) -> Iterator[Server]:
    """A server on that database; it ends with the block.

    Workers are not replaced after some requests, as production does: their cost is followed by process.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "tests.bench.settings",
        "BENCH_DATABASE": database,
        "HELPDESK_BIND": "127.0.0.1",
        "PORT": str(port),
    }
    command = [sys.executable, "-m", "gunicorn", "helpdesk.wsgi", "--config", "gunicorn.conf.py", "--max-requests", "0"]
    process = subprocess.Popen(
        command, cwd=CHECKOUT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        _wait(process, port)
        with psycopg.connect(**link_parameters(database), autocommit=True) as link:
            yield Server(process, port, link)
    finally:
        process.terminate()
        process.wait()


def link_parameters(database: str) -> dict[str, object]:
    """How psycopg reaches a database of the server of the settings."""
    from django.db import connection

    given = connection.get_connection_params()
    return {key: given[key] for key in ("host", "port", "user", "password") if given.get(key)} | {"dbname": database}


def exists(database: str) -> bool:
    with psycopg.connect(**link_parameters("postgres")) as link:
        return bool(link.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone())


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            asked = HTTPConnection("127.0.0.1", port, timeout=5)
            asked.request("GET", "/healthz")
            if asked.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.2)
    raise SystemExit("gunicorn does not start on the bench's database. Run it by hand to see why.")
