"""Stops a timer again and again, each time in a process of its own that is killed one statement later.

`python -m tests.tickets.dying_stopper ENTRY USER DATABASE` prints a line for each death, what the database says after it:
state of the entry, transfers in the ledger; at last „survived“ and the number of statements that the whole act takes.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from datetime import datetime
from typing import Any

import django
from django.conf import settings

MOST_STATEMENTS = 200


def stop(entry: int, user: int, last: int) -> None:
    """Stop the timer and die before the statement `last` is sent."""
    from django.db import connection

    from helpdesk.customers.actor import Actor
    from helpdesk.customers.models import User
    from tickets.models import WorkEntry
    from tickets.services.work import stop_timer

    sent = 0

    def counting(execute: Callable[..., Any], *arguments: Any) -> Any:
        """As `kill -9` does it: nothing is rolled back, closed or said."""
        nonlocal sent
        sent += 1
        if sent == last:
            os.kill(os.getpid(), signal.SIGKILL)
        return execute(*arguments)

    work, by = WorkEntry.objects.get(pk=entry), Actor(user=User.objects.get(pk=user))
    with connection.execute_wrapper(counting):
        stop_timer(entry=work, by=by, at=datetime.fromisoformat("2026-03-02T10:30:00+01:00"))
    print("survived", sent, flush=True)


def main(entry: int, user: int, database: str) -> None:
    settings.DATABASES["default"]["NAME"] = database
    django.setup()
    from django.db import connection

    from credit.models import LedgerTransfer
    from tickets.models import WorkEntry

    for statement in range(1, MOST_STATEMENTS):
        connection.close()  # two processes must not share one
        child = os.fork()
        if not child:
            stop(entry, user, statement)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status):
            return
        print(WorkEntry.objects.get(pk=entry).state, LedgerTransfer.objects.count(), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
