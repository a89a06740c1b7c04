"""Preparing a checkout: generated secrets, and what happens without apt."""

import os
import pwd
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from helpdesk import prepare


@pytest.fixture
def local(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(prepare, "LOCAL", tmp_path)
    return tmp_path


def variables(file: Path) -> dict[str, str]:
    return dict(line.split("=", 1) for line in file.read_text().splitlines() if line and not line.startswith("#"))


def test_secrets_of_a_checkout_are_generated_once_for_its_owner(local: Path):
    prepare.write_local_env()
    first = (local / "env").read_text()
    prepare.write_local_env()

    assert (local / "env").read_text() == first
    assert stat.S_IMODE((local / "env").stat().st_mode) == 0o600
    assert len(variables(local / "env")["SECRET_KEY"]) == 64


def test_missing_package_is_named_where_apt_is_forbidden(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.setenv("HELPDESK_NO_APT", "1")
    monkeypatch.setitem(prepare.NEEDED, "run", {"libpango-1.0-0": lambda: False, "python3-venv": lambda: True})

    prepare.install_packages("run")

    assert capsys.readouterr().out == "Missing system packages, please install: libpango-1.0-0\n"


def test_nothing_can_be_prepared_without_virtual_environments(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HELPDESK_NO_APT", "1")
    monkeypatch.setitem(prepare.NEEDED, "run", {"python3-venv": lambda: False})

    with pytest.raises(SystemExit):
        prepare.install_packages("run")


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout whose private folder nobody has made yet."""
    folder = prepare.folder_of(tmp_path)
    monkeypatch.setattr(prepare, "CHECKOUT", tmp_path)
    monkeypatch.setattr(prepare, "UNPACKED", folder / "programs")
    yield tmp_path
    shutil.rmtree(folder, ignore_errors=True)


def test_server_of_tests_is_unpacked_once_and_not_installed(checkout: Path, monkeypatch: pytest.MonkeyPatch, capsys):
    if os.getuid() != 0 or shutil.which("apt-get") is None:
        pytest.skip("only root with apt can fetch packages")
    monkeypatch.setattr(prepare, "SERVERS_TO_TEST", {"sipsak": "sipsak"})  # small, and on no machine of ours
    before = prepare.server_command("sipsak")

    prepare.unpack_servers()
    command = prepare.server_command("sipsak")
    prepare.unpack_servers()

    installed = subprocess.run(["dpkg-query", "--show", "--showformat=${Status}", "sipsak"], capture_output=True, text=True)
    assert capsys.readouterr().out == "Unpacking for tests: sipsak\n"
    assert "installed" not in installed.stdout.split()
    assert before is None
    assert "sipsak" in subprocess.run([*command, "--version"], capture_output=True, text=True).stdout


def test_server_of_tests_is_named_where_apt_is_forbidden(checkout: Path, monkeypatch: pytest.MonkeyPatch, capsys):
    monkeypatch.setenv("HELPDESK_NO_APT", "1")
    monkeypatch.setattr(prepare, "SERVERS_TO_TEST", {"no-such-server": "no-such-server"})

    prepare.unpack_servers()

    assert capsys.readouterr().out == "Tests of no-such-server are skipped; to have them, install: no-such-server\n"
    assert not prepare.folder_of(checkout).exists()


def test_programs_are_not_unpacked_into_a_folder_that_somebody_else_made(checkout: Path):
    if os.getuid() != 0:
        pytest.skip("only root can make a folder that belongs to somebody else")
    folder = prepare.folder_of(checkout)
    folder.mkdir()
    os.chown(folder, pwd.getpwnam("nobody").pw_uid, -1)

    with pytest.raises(SystemExit) as refusal:
        prepare.make_private(folder)

    assert str(refusal.value) == f"{folder} belongs to somebody else. Remove it and start again."
