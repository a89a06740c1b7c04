"""What every test stands on is itself proved here."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from helpdesk.embedded import CHECKOUT
from tests.builders import a_ticket
from tickets.models import TicketEvent


def test_network_is_closed():
    with pytest.raises(PermissionError) as refusal:
        socket.create_connection(("192.0.2.1", 80), timeout=1)

    assert str(refusal.value) == "A test tried to reach 192.0.2.1."


def test_loopback_is_open():
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname(), timeout=1) as link:
        assert link.getpeername() == server.getsockname()


@pytest.mark.django_db(transaction=True)
def test_rows_that_triggers_keep_do_not_survive_into_the_next_test_1():
    assert TicketEvent.objects.count() == 0

    a_ticket()


test_rows_that_triggers_keep_do_not_survive_into_the_next_test_2 = (
    test_rows_that_triggers_keep_do_not_survive_into_the_next_test_1
)


@pytest.mark.parametrize(("everything_required", "closing_line"), [("0", "1 skipped"), ("1", "1 failed")])
def test_missing_tool_fails_where_everything_is_required(tmp_path: Path, everything_required: str, closing_line: str):
    (tmp_path / "test_tool.py").write_text("import pytest\n\ndef test_it():\n    pytest.skip('no tool')\n")
    environment = os.environ | {"CI": "false", "HELPDESK_REQUIRE_ALL": everything_required}

    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "tests.conftest", "--rootdir", CHECKOUT, "-c", "pyproject.toml", tmp_path],
        cwd=CHECKOUT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )

    assert done.stdout.splitlines()[-1].split(" in ")[0] == closing_line
