"""The mail server that tests of letters talk to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.mail import sink as sinks


@pytest.fixture
def sink(settings: Any) -> Iterator[sinks.Sink]:
    sink = sinks.Sink()
    controller = sinks.start(sink)
    settings.EMAIL_URL = "smtp://127.0.0.1"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", controller.port
    settings.EMAIL_TIMEOUT = 1
    yield sink
    controller.stop()


@pytest.fixture
def no_server(settings: Any) -> None:
    """A server that nobody started: port 9 of loopback."""
    settings.EMAIL_URL = "smtp://127.0.0.1"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
