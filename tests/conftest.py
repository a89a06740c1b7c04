"""What every test stands on: private servers, a closed network, readable failures of templates, a flush that triggers allow."""

import os
import socket
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.cache import caches
from django.core.management.commands import flush
from django.db import connection
from django.db.backends.postgresql.creation import DatabaseCreation

from helpdesk import embedded
from tickets.roles import sync_roles

CHECKOUT = Path(__file__).resolve().parent.parent
LOOPBACK = ("127.", "::1", "localhost")
REQUIRE_ALL = os.environ.get("CI") == "true" or os.environ.get("HELPDESK_REQUIRE_ALL") == "1"


def pytest_configure() -> None:
    """Start the private servers, also for a bare `pytest`."""
    embedded.start_if_wanted()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """A skipped test fails where everything is required: a missing tool must not look like success."""
    report = yield
    if REQUIRE_ALL and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
    return report


@pytest.fixture(autouse=True)
def _closed_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only loopback and Unix sockets can be reached."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX and not str(address[0]).startswith(LOOPBACK):
            raise PermissionError(f"A test tried to reach {address[0]}.")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(autouse=True)
def _empty_caches() -> None:
    for cache in caches.all():
        cache.clear()


@pytest.fixture(autouse=True)
def files(tmp_path: Path, settings: Any) -> Path:
    """The folder of stored files, empty for each test."""
    settings.MEDIA_ROOT = tmp_path / "files"
    return settings.MEDIA_ROOT


@pytest.fixture(autouse=True, scope="session")
def _drop_test_databases_by_force() -> None:
    """A browser's last request may still hold a connection when the tests end; that must not keep the database."""

    def drop(self: DatabaseCreation, name: str, verbosity: int) -> None:
        with self._nodb_cursor() as cursor:
            cursor.execute(f"DROP DATABASE {self.connection.ops.quote_name(name)} WITH (FORCE)")

    DatabaseCreation._destroy_test_db = drop


class UndefinedVariable(str):
    """What Django prints for a variable that the context lacks: nothing in templates of others, a failure in ours."""

    __slots__ = ()

    def __contains__(self, part: object) -> bool:
        return part == "%s"

    def __mod__(self, variable: object) -> str:
        origin = _template_being_rendered()
        if origin.is_relative_to(CHECKOUT) and "site-packages" not in origin.parts:
            raise AssertionError(f"Undefined variable {variable!s} in {origin.relative_to(CHECKOUT)}")
        return ""


def _template_being_rendered() -> Path:
    """The file of the innermost template tag on the stack."""
    frame = sys._getframe()
    while frame := frame.f_back:
        node = frame.f_locals.get("self")
        if frame.f_code.co_name == "render_annotated" and hasattr(node, "origin"):
            return Path(node.origin.name)
    return Path("/")


@pytest.fixture(autouse=True, scope="session")
def _undefined_variables_fail() -> None:
    from django.template import engines

    engines["django"].engine.string_if_invalid = UndefinedVariable("undefined")


def _load_what_migrations_loaded() -> None:
    """The calendars, the catalogue, the supplier's accounts and the groups of staff, which a flush empties with all the rest."""
    import_module("sla.migrations.0003_calendars").load(apps, None)
    import_module("helpdesk.customers.migrations.0002_catalogue").load(apps, None)
    import_module("helpdesk.customers.migrations.0005_work_prices").load(apps, None)
    import_module("credit.migrations.0002_guards").open_supplier_accounts(apps, None)
    sync_roles()


@pytest.fixture(autouse=True, scope="session")
def _flush_despite_triggers() -> Iterator[None]:
    """live_server and transactional tests empty all tables; the triggers that keep rows immutable must let them."""
    handle: Callable[..., None] = flush.Command.handle

    def handle_as_replica(self: flush.Command, **options: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
        try:
            handle(self, **options)
        finally:
            with connection.cursor() as cursor:
                cursor.execute("SET session_replication_role = DEFAULT")
        _load_what_migrations_loaded()

    flush.Command.handle = handle_as_replica
    yield
    flush.Command.handle = handle
