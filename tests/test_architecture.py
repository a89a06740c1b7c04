"""The rules of the code itself: directions of imports, sizes, migrations, traceability of requirements."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import call_command

from helpdesk.embedded import CHECKOUT

PACKAGES = ["helpdesk", "sla", "credit", "tickets", "billing", "hotline", "tests"]
LONGEST_FILE = 400
LONGEST_FUNCTION = 50
REQUIREMENTS = CHECKOUT / "tests" / "requirements.txt"


def sources() -> Iterator[Path]:
    """Every Python file of ours; migrations are written by Django."""
    for package in PACKAGES:
        for path in sorted((CHECKOUT / package).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path


def test_imports_go_only_in_the_agreed_direction():
    program = Path(sys.executable).parent / "lint-imports"

    done = subprocess.run([program, "--no-cache"], cwd=CHECKOUT, capture_output=True, text=True, timeout=120)

    assert done.returncode == 0, done.stdout


def test_every_file_can_be_read_in_one_sitting():
    lengths = {str(path.relative_to(CHECKOUT)): len(path.read_text().splitlines()) for path in sources()}

    assert {path: length for path, length in lengths.items() if length > LONGEST_FILE} == {}


def test_every_function_fits_a_screen():
    too_long = []
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = node.end_lineno - node.lineno + 1
                if length > LONGEST_FUNCTION:
                    too_long.append(f"{path.relative_to(CHECKOUT)}:{node.lineno} {node.name} has {length} lines")

    assert too_long == []


def test_every_module_says_what_it_is_for():
    silent = [
        str(path.relative_to(CHECKOUT))
        for path in sources()
        if path.read_text().strip() and not ast.get_docstring(ast.parse(path.read_text()))
    ]

    assert silent == []


@pytest.mark.django_db
def test_migrations_say_what_the_models_say():
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


@pytest.mark.req("D11")
def test_the_word_on_pages_and_in_letters_is_never_tiket():
    folders = [CHECKOUT / name for name in ("templates", "static", "helpdesk", "tickets", "sla", "credit", "billing", "hotline")]
    texts = [
        path for folder in folders for path in folder.rglob("*") if path.suffix in {".py", ".html", ".txt", ".toml", ".js", ".po"}
    ]

    assert [path for path in texts if re.search(r"\btiket", path.read_text(), re.IGNORECASE)] == []


def states_of_requirements() -> dict[str, str]:
    lines = [line.split() for line in REQUIREMENTS.read_text().splitlines() if line and not line.startswith("#")]
    return dict(lines)


def requirements_with_a_test() -> set[str]:
    """The numbers that the marker `req` names anywhere in the tests."""
    found: set[str] = set()
    for path in (CHECKOUT / "tests").rglob("test_*.py"):
        for arguments in re.findall(r"@pytest\.mark\.req\(([^)]*)\)", path.read_text()):
            found |= set(re.findall(r'"([^"]+)"', arguments))
    return found


def test_requirement_is_either_open_or_done():
    assert set(states_of_requirements().values()) <= {"open", "done"}


def test_done_requirement_has_a_test():
    done = {number for number, state in states_of_requirements().items() if state == "done"}

    assert done - requirements_with_a_test() == set()


def test_marked_requirement_exists():
    assert requirements_with_a_test() - set(states_of_requirements()) == set()


def test_no_address_is_built_from_the_host_that_the_sender_names():
    product = [path for path in sources() if path.relative_to(CHECKOUT).parts[0] != "tests"]
    users = {str(path.relative_to(CHECKOUT)) for path in product if re.search(r"build_absolute_uri|get_host\(", path.read_text())}

    assert users == {"helpdesk/middleware.py"}  # it only compares
