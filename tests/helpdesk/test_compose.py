"""The production shape, as far as it can be seen without a Docker engine: its commands run here natively."""

import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from socket import socket
from urllib.error import URLError
from urllib.request import urlopen

import pytest
import yaml

from helpdesk.embedded import CHECKOUT, Services

PATIENCE_SECONDS = 60
COMPOSE = yaml.safe_load((CHECKOUT / "docker-compose.yml").read_text())["services"]
BIN = str(Path(sys.executable).parent)


def procfile() -> dict[str, str]:
    lines = (CHECKOUT / "Procfile").read_text().splitlines()
    return dict(line.split(": ", 1) for line in lines)


def pins(lock: str) -> set[str]:
    return {line.split()[0] for line in (CHECKOUT / lock).read_text().splitlines() if "==" in line and line[0].isalnum()}


def test_production_runs_what_a_checkout_runs():
    own = {name: service["command"] for name, service in COMPOSE.items() if name in procfile()}

    assert own == procfile()


def test_every_lasting_service_has_a_health_check():
    unwatched = [name for name, service in COMPOSE.items() if "healthcheck" not in service]

    assert unwatched == ["migrate"]


def test_compose_file_holds_no_secrets():
    given = {key for service in COMPOSE.values() for key in service.get("environment", {})}

    assert given == {"HELPDESK_FILES", "HELPDESK_EXTRA_HOSTS", "HELPDESK_PROXIES", "HELPDESK_X_ACCEL"}


def test_production_installs_the_versions_that_were_tested():
    assert pins("requirements.production.lock") - pins("requirements.lock") == set()


def test_locks_name_no_index():
    text = (CHECKOUT / "requirements.lock").read_text() + (CHECKOUT / "requirements.production.lock").read_text()

    assert "://" not in text


@pytest.fixture
def workplace(tmp_path: Path) -> Path:
    """A folder like the container's, so that beat's schedule does not meet that of a running checkout."""
    for name in ("manage.py", "gunicorn.conf.py"):
        (tmp_path / name).symlink_to(CHECKOUT / name)
    (tmp_path / ".local").mkdir()
    return tmp_path


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    """Production's environment, with servers of its own."""
    services = Services(Path(f"/var/tmp/helpdesk-test-{os.getpid()}-compose"))
    services.start()
    with closing(socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    yield {
        "PATH": f"{BIN}:{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "PYTHONPATH": str(CHECKOUT),
        "PORT": str(port),
        "HELPDESK_PRIVATE_SERVICES": "no",
        "SECRET_KEY": "a key for this test alone",
        "HELPDESK_URL": "https://helpdesk.example",
        "HELPDESK_EXTRA_HOSTS": "localhost",
        "HELPDESK_HTTPS": "yes",
        "HELPDESK_DEMO": "no",
        "HELPDESK_FILES": str(tmp_path / "files"),
        "HELPDESK_MAIL_FROM": "podpora@helpdesk.example",
        "DATABASE_URL": services.database_url,
        "REDIS_URL": services.redis_url,
    }
    services.stop()
    shutil.rmtree(services.folder)


def is_ready(port: str) -> bool:
    try:
        return urlopen(f"http://localhost:{port}/readyz").status == 200
    except URLError:
        return False


def test_commands_of_production_bring_up_an_installation_that_is_ready(workplace: Path, environment: dict[str, str]):
    how = {"cwd": workplace, "env": environment}
    subprocess.run(shlex.split(COMPOSE["migrate"]["command"]), check=True, stdout=subprocess.DEVNULL, **how)

    with ExitStack() as stack, (workplace / "log").open("w") as log:
        for name in ("web", "worker", "beat"):
            command = shlex.split(COMPOSE[name]["command"])
            process = stack.enter_context(subprocess.Popen(command, stdout=log, stderr=log, **how))
            stack.callback(process.terminate)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not is_ready(environment["PORT"]) and time.monotonic() < deadline:
            time.sleep(0.5)
        ready = is_ready(environment["PORT"])
        probe = [part.replace(":8000", f":{environment['PORT']}") for part in COMPOSE["web"]["healthcheck"]["test"][1:]]
        healthy = subprocess.run(probe, **how).returncode == 0

    assert (ready, healthy) == (True, True), (workplace / "log").read_text()
