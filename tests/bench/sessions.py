"""Sessions of the bench's people, made as sign-in makes them."""

from __future__ import annotations

import os
import subprocess
import sys
import time

CODE = "from tests.bench.sessions import make; make()"


def make() -> None:
    """Print the session keys of a customer's manager and of a member of staff; runs on the bench's own database."""
    import django

    django.setup()
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from helpdesk.customers.models import User
    from helpdesk.customers.sessions import OPENED_AT, SEEN_AT

    for who, name in (("manager", "osoba0"), ("staff", "podpora0")):
        user = User.objects.get(username=name)
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session[OPENED_AT] = session[SEEN_AT] = int(time.time())
        session.save()
        print(who, session.session_key)


def signed_in(database: str) -> dict[str, str]:
    """Session keys by who they are for."""
    environment = os.environ | {"BENCH_DATABASE": database, "DJANGO_SETTINGS_MODULE": "tests.bench.settings"}
    done = subprocess.run([sys.executable, "-c", CODE], env=environment, check=True, capture_output=True, text=True)
    return dict(line.split() for line in done.stdout.splitlines())
