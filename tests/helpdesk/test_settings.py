"""The environment is the only source of settings, and production's are safe."""

import ast
import os
import re
import subprocess
import sys

import pytest

from helpdesk.embedded import CHECKOUT

PRODUCTION = {
    "PATH": os.environ["PATH"],
    "HELPDESK_PRIVATE_SERVICES": "no",
    "SECRET_KEY": "".join(chr(33 + number % 90) for number in range(64)),
    "HELPDESK_URL": "https://helpdesk.example",
    "HELPDESK_EXTRA_HOSTS": "",
    "HELPDESK_HTTPS": "yes",
    "HELPDESK_PROXIES": "1",
    "HELPDESK_DEMO": "no",
    "HELPDESK_STAFF_MFA": "yes",
    "HELPDESK_FILES": "/srv/helpdesk/files",
    "HELPDESK_MAIL_FROM": "podpora@helpdesk.example",
    "EMAIL_URL": "smtp+tls://robot:secret@mail.example:587",
    "DATABASE_URL": "postgres://helpdesk@127.0.0.1/helpdesk",
    "REDIS_URL": "redis://127.0.0.1:6379",
}
READERS = {"str", "int", "bool", "list"}


def run_python(code: str, **environment: str) -> str:
    """The output of a fresh interpreter under production settings."""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=CHECKOUT, env=PRODUCTION | environment, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def variables_of_settings() -> set[str]:
    """What settings.py and gunicorn.conf.py read from the environment."""
    found = {"HELPDESK_PRIVATE_SERVICES"}  # read by helpdesk.embedded
    for call in ast.walk(ast.parse((CHECKOUT / "helpdesk" / "settings.py").read_text())):
        if isinstance(call, ast.Call) and call.args and isinstance(call.args[0], ast.Constant):
            function = call.func
            reads = isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name) and function.value.id == "env"
            if (reads and function.attr in READERS) or (isinstance(function, ast.Name) and function.id == "address"):
                found.add(call.args[0].value)
    found |= set(re.findall(r"environ\.get\(['\"](\w+)", (CHECKOUT / "gunicorn.conf.py").read_text()))
    return found


def variables_of_readme() -> set[str]:
    readme = (CHECKOUT / "README.md").read_text()
    table = readme.split("## Configuration", 1)[1].split("\n## ", 1)[0]
    return set(re.findall(r"^\| `(\w+)` \|", table, flags=re.MULTILINE))


def test_readme_explains_every_variable_and_no_other():
    assert variables_of_readme() == variables_of_settings()


def test_deployment_check_is_clean_under_production_settings():
    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=CHECKOUT,
        env=PRODUCTION,
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert (done.returncode, done.stdout) == (0, "System check identified no issues (0 silenced).\n")


@pytest.mark.parametrize(("demo", "code"), [("no", 1), ("yes", 0)])
def test_production_without_a_mail_server_does_not_pass_the_deployment_check(demo: str, code: int):
    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy"],
        cwd=CHECKOUT,
        env=PRODUCTION | {"EMAIL_URL": "", "HELPDESK_DEMO": demo},
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert (done.returncode, "(helpdesk.E001) EMAIL_URL is empty" in done.stderr) == (code, code == 1)


@pytest.mark.parametrize("name", ["SECRET_KEY", "HELPDESK_URL", "HELPDESK_FILES", "HELPDESK_MAIL_FROM"])
def test_setting_without_a_safe_default_must_be_given(name: str):
    environment = {key: value for key, value in PRODUCTION.items() if key != name}
    # An empty .local/env stands for a machine where nobody ran `make setup`.
    code = (
        "from pathlib import Path; from helpdesk import embedded; embedded.LOCAL_ENV = Path('/nonexistent');"
        "import helpdesk.settings"
    )

    done = subprocess.run([sys.executable, "-c", code], cwd=CHECKOUT, env=environment, capture_output=True, text=True, timeout=60)

    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (f"django.core.exceptions.ImproperlyConfigured: Set the {name} environment variable")


def test_cookies_of_production_belong_to_one_host_over_https():
    printed = run_python(
        "from helpdesk.settings import *; print(SESSION_COOKIE_NAME, SESSION_COOKIE_SECURE, CSRF_COOKIE_NAME, CSRF_COOKIE_SECURE)"
    )

    assert printed == "__Host-sid True __Host-csrf True"


def test_valkey_over_tcp_has_separate_databases_for_broker_and_cache():
    printed = run_python("from helpdesk.settings import *; print(CELERY_BROKER_URL, CACHES['default']['LOCATION'])")

    assert printed == "redis://127.0.0.1:6379/0 redis://127.0.0.1:6379/1"


def test_mail_server_comes_from_one_address():
    printed = run_python(
        "from helpdesk.settings import *; print(EMAIL_HOST, EMAIL_PORT, EMAIL_HOST_USER, EMAIL_USE_TLS)",
        EMAIL_URL="smtp+tls://robot:secret@mail.example:587",
    )

    assert printed == "mail.example 587 robot True"
