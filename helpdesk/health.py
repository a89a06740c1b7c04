"""`/healthz` says that the process lives, `/readyz` that it can serve."""

import time
from collections.abc import Callable

from django.core.cache import cache
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from helpdesk.celery import HEARTBEAT_KEY, HEARTBEAT_SECONDS, app

HEARTBEAT_MAX_AGE_SECONDS = 8 * HEARTBEAT_SECONDS


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers; nothing else is asked, so that a database outage does not get it restarted."""
    return HttpResponse("ok", content_type="text/plain")


@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """Each part with "ok" or what is wrong; 503 when one of them is not ok."""
    parts = {name: _state(check) for name, check in CHECKS.items()}
    ready = all(state == "ok" for state in parts.values())
    return JsonResponse(parts, status=200 if ready else 503)


def _state(check: Callable[[], str]) -> str:
    # The report itself is the handler: whatever breaks inside a check is what the check has found.
    try:
        return check()
    except Exception as error:
        return type(error).__name__


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return "ok"


def _migrations() -> str:
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return f"{len(plan)} not applied" if plan else "ok"


def _broker() -> str:
    with app.connection_for_write(connect_timeout=2) as broker:
        broker.ensure_connection(max_retries=1, timeout=2)
    return "ok"


def _beat() -> str:
    beaten_at = cache.get(HEARTBEAT_KEY)
    if beaten_at is None:
        return "no heartbeat yet"
    age = time.time() - beaten_at
    return "ok" if age < HEARTBEAT_MAX_AGE_SECONDS else f"last heartbeat {age:.0f} s ago"


CHECKS: dict[str, Callable[[], str]] = {
    "database": _database,
    "migrations": _migrations,
    "broker": _broker,
    "beat": _beat,
}
