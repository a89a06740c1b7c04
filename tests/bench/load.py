"""Asks for pages as four people at once would, over kept-alive connections."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.client import HTTPConnection
from urllib.parse import urlencode

CONCURRENCY = 4


class WrongAnswer(Exception):
    """The page did not answer as the case expects, so its speed means nothing."""


@dataclass
class Visitor:
    """A signed-in person at one connection."""

    port: int
    cookies: dict[str, str]
    connection: HTTPConnection = field(init=False)

    def __post_init__(self) -> None:
        self.connection = HTTPConnection("127.0.0.1", self.port, timeout=60)

    def get(self, path: str, *, status: int = 200, expect: str = "", headers: dict[str, str] | None = None) -> str:
        return self._ask("GET", path, None, headers or {}, status, expect)

    def post(self, path: str, form: dict[str, str], *, status: int = 302) -> str:
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Origin": f"http://127.0.0.1:{self.port}"}
        return self._ask("POST", path, urlencode(form), headers, status, "")

    def count_sql(self, path: str, headers: dict[str, str]) -> int:
        self.connection.request("GET", path, headers={"Cookie": self._cookie(), "X-Bench": "sql", **headers})
        answer = self.connection.getresponse()
        answer.read()
        return int(answer.headers["X-Bench-SQL"])

    def _cookie(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    def _ask(self, method: str, path: str, body: str | None, headers: dict[str, str], status: int, expect: str) -> str:
        self.connection.request(method, path, body=body, headers={"Cookie": self._cookie(), **headers})
        answer = self.connection.getresponse()
        text = answer.read().decode()
        if answer.status != status or expect not in text:
            where = answer.headers.get("Location", "")
            raise WrongAnswer(f"{method} {path}: {answer.status} {where}, čekáno {status} „{expect}“")
        for set_cookie in answer.headers.get_all("Set-Cookie", []):
            name, _, value = set_cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        return text


@dataclass(frozen=True)
class Speed:
    """What a run of some seconds showed; times in milliseconds."""

    rate: float
    p50: float
    p95: float
    operations: int


def run(visitors: list[Visitor], operate: Callable[[Visitor], object], seconds: float) -> Speed:
    """Repeat the operation at all connections at once; the first failure ends the run."""
    took: list[float] = []
    failures: list[BaseException] = []
    started = time.perf_counter()

    def repeat(visitor: Visitor) -> None:
        try:
            while not failures and time.perf_counter() - started < seconds:
                before = time.perf_counter()
                operate(visitor)
                took.append((time.perf_counter() - before) * 1000)
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=repeat, args=[visitor]) for visitor in visitors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    elapsed = time.perf_counter() - started
    centiles = statistics.quantiles(took, n=20, method="inclusive") if len(took) > 1 else took * 20
    return Speed(len(took) / elapsed, statistics.median(took), centiles[18], len(took))
