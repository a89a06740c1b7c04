"""Preparing a checkout: generated secrets, and what happens without apt."""

import stat
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
