"""The Celery application: settings, and what beat wakes and how often.

Truth is in PostgreSQL; a task only wakes a sweep or runs it in parallel, so a lost message costs one period.
"""

import os
import time
from typing import Any

from celery import Celery, signals
from django.core.cache import cache
from django.db import close_old_connections
from structlog.contextvars import bind_contextvars, clear_contextvars

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "helpdesk.settings")

HEARTBEAT_KEY = "beat-heartbeat"
HEARTBEAT_SECONDS = 15

app = Celery("helpdesk")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


def every(seconds: int, task: str) -> dict[str, Any]:
    """One entry of the schedule; a message that no worker took within its period is dropped, the next one does its work."""
    return {"task": task, "schedule": seconds, "options": {"expires": seconds}}


app.conf.beat_schedule = {
    "heartbeat": every(HEARTBEAT_SECONDS, "helpdesk.celery.beat_heartbeat"),
    "letters": every(10, "helpdesk.mail.tasks.send_due_letters"),
    "password-resets": every(5, "helpdesk.customers.tasks.answer_password_resets"),
    "closing": every(60, "tickets.tasks.close_expired_requests"),
    "closing-reminders": every(60, "tickets.tasks.remind_of_closing"),
    "task-reminders": every(60, "tickets.tasks.remind_of_due_tasks"),
    "deadline-warnings": every(30, "tickets.tasks.warn_of_deadlines"),
    "new-calendars": every(10, "tickets.tasks.move_to_new_calendars"),
    "deadline-check": every(300, "tickets.tasks.check_deadlines"),
    "quotes": every(300, "tickets.tasks.expire_quotes"),
    "ceilings": every(30, "tickets.tasks.stop_at_ceilings"),
    "forgotten-timers": every(60, "tickets.tasks.stop_forgotten_timers"),
    "paused-work": every(300, "tickets.tasks.remind_of_paused_work"),
    "waiting-work": every(60, "tickets.tasks.price_waiting_work"),
    "expired-holds": every(60, "credit.tasks.release_expired_holds"),
    "credit-check": every(300, "credit.tasks.check_credit"),
    "file-scans": every(5, "tickets.tasks.scan_files"),
    "abandoned-files": every(3600, "tickets.tasks.delete_abandoned_files"),
    "old-sign-ins": every(3600, "helpdesk.customers.tasks.tidy_sign_in"),
}


@app.task
def beat_heartbeat() -> None:
    """Leave the time for `/readyz`: beat, broker, worker and cache work together."""
    cache.set(HEARTBEAT_KEY, time.time(), timeout=None)


@signals.task_prerun.connect
def name_the_task_in_logs(task_id: str, task: Any, **_: Any) -> None:
    """Every log line of a task carries its name and number."""
    clear_contextvars()
    bind_contextvars(task=task.name, task_id=task_id)


@signals.task_prerun.connect
def drop_lost_connections(**_: Any) -> None:
    """After PostgreSQL restarted, a worker that keeps its connection would fail task after task for hours."""
    close_old_connections()
