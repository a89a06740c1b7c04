"""A sender in a process of its own that is killed at a chosen step: `python -m tests.mail.dying_sender STEP DATABASE PORT`."""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

import django
from django.conf import settings


def die(*_: Any, **__: Any) -> None:
    """As `kill -9` does it: nothing is rolled back, closed or said."""
    os.kill(os.getpid(), signal.SIGKILL)


def main(step: str, database: str, port: int) -> None:
    settings.DATABASES["default"]["NAME"] = database
    settings.EMAIL_URL = "smtp://127.0.0.1"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    django.setup()
    from helpdesk.mail import services, smtp, tasks

    if step == "claimed":
        smtp.Postman.deliver = die  # type: ignore[method-assign]  # the very point of this program
    elif step == "in the middle of the text":
        smtp.smtplib.SMTP.data = lambda server, content: (server.docmd("data"), server.send(content[:200]), die())
    elif step == "sent":
        services.mark_sent = die
    tasks.send_due_letters()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
