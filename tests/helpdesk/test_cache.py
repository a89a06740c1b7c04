"""The shared cache holds no pickles, and Valkey of production asks for its password."""

from __future__ import annotations

import os
import pickle
import shutil
import subprocess
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import redis
import yaml
from django.core.cache.backends.redis import RedisCache

from helpdesk.cache import JsonSerializer
from helpdesk.embedded import CHECKOUT, Services
from helpdesk.settings import CACHES

COMPOSE = yaml.safe_load((CHECKOUT / "docker-compose.yml").read_text())["services"]
PATIENCE_SECONDS = 20


class Exploit:
    """What an attacker would put into Valkey: code that runs as soon as it is unpickled."""

    def __reduce__(self) -> tuple:
        return (os.putenv, ("HELPDESK_WAS_EXPLOITED", "yes"))


@pytest.fixture
def services() -> Iterator[Services]:
    services = Services(Path(f"/var/tmp/helpdesk-test-{os.getpid()}-cache"))
    services.start(postgres=False)
    yield services
    services.stop()
    shutil.rmtree(services.folder)


@pytest.fixture
def cache(services: Services) -> RedisCache:
    return RedisCache(f"{services.redis_url}?db=1", {"OPTIONS": CACHES["default"]["OPTIONS"]})


@pytest.mark.parametrize(
    "value",
    [0, 7, -3, 10**30, 1.5, True, None, "žluťoučký kůň", "7", b"", b"\x89PNG\0", b"7", [], [1, ["a", 2.5]], {"a": [1, None]}],
)
def test_value_comes_back_as_it_was(cache: RedisCache, value: object):
    cache.set("key", value)

    found = cache.get("key", "missing")
    assert (found, type(found)) == (value, type(value))


def test_numbers_are_counted_up_by_valkey(cache: RedisCache):
    cache.set("key", 5)

    assert (cache.incr("key"), cache.incr("key", 10), cache.get("key")) == (6, 16, 16)
    assert (cache.add("lock", True), cache.add("lock", True)) == (True, False)


@pytest.mark.parametrize("value", [(1, 2), {1: "a"}, {"a": (1,)}, date(2026, 3, 2), {1, 2}, object()])
def test_value_that_would_come_back_as_another_is_refused(value: object):
    with pytest.raises(TypeError):
        JsonSerializer().dumps(value)


def test_pickle_that_somebody_wrote_into_valkey_is_never_loaded(services: Services, cache: RedisCache):
    with redis.Redis.from_url(f"{services.redis_url}?db=1") as intruder:
        intruder.set(cache.make_key("key"), pickle.dumps(Exploit()))

    with pytest.raises(ValueError, match="invalid literal"):
        cache.get("key")

    shown = subprocess.run(["sh", "-c", "echo $HELPDESK_WAS_EXPLOITED"], capture_output=True, text=True)
    assert shown.stdout == "\n"


def test_valkey_of_compose_asks_for_the_password_of_the_environment(tmp_path: Path):
    shell, option, script = COMPOSE["valkey"]["command"]
    program = Path(Services(tmp_path)._valkey_program())
    (tmp_path / "valkey-server").symlink_to(program)
    script = script.replace("$$", "$").replace("/tmp/", f"{tmp_path}/")
    place = f" --port 0 --unixsocket {tmp_path}/s --dir {tmp_path}"
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "VALKEY_PASSWORD": "heslo-pro-test"}
    process = subprocess.Popen([shell, option, script.rstrip() + place], env=environment, stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not (tmp_path / "s").exists() and time.monotonic() < deadline:
            time.sleep(0.1)
        with redis.Redis.from_url(f"unix://{tmp_path}/s") as stranger, pytest.raises(redis.AuthenticationError):
            stranger.ping()
        with redis.Redis.from_url(f"unix://:heslo-pro-test@{tmp_path}/s") as ours:
            answered = ours.ping()
        arguments = Path(f"/proc/{process.pid}/cmdline").read_text()
    finally:
        process.terminate()
        process.wait(timeout=20)

    assert answered is True
    assert "heslo-pro-test" not in arguments
    assert COMPOSE["valkey"]["env_file"] == "production.env"


def test_valkey_of_compose_does_not_start_without_a_password(tmp_path: Path):
    shell, option, script = COMPOSE["valkey"]["command"]
    script = script.replace("$$", "$").replace("/tmp/", f"{tmp_path}/")

    ended = subprocess.run([shell, option, script], env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, timeout=20)

    assert ended.returncode != 0
    assert "is missing in production.env" in ended.stderr
