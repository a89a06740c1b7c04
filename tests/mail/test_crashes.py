"""A sender killed at any step: no letter is lost, a further copy has the same identity."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from helpdesk.embedded import CHECKOUT
from helpdesk.mail import services
from helpdesk.mail.models import OutgoingMail
from helpdesk.mail.tasks import send_due_letters
from tests.builders import a_letter


def run_sender(step: str) -> int:
    """The exit code of a sender that dies at `step`."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.mail.dying_sender", step, connection.settings_dict["NAME"], str(settings.EMAIL_PORT)],
        cwd=CHECKOUT,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"},
        capture_output=True,
        timeout=60,
    )
    return done.returncode


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("step", "copies"), [("claimed", 1), ("in the middle of the text", 1), ("sent", 2), ("nowhere", 1)])
def test_sender_killed_at_any_step_loses_no_letter_and_changes_no_identity(sink, step, copies):
    letter = a_letter(at=timezone.now())

    exit_code = run_sender(step)
    OutgoingMail.objects.filter(state="sending").update(lease_until=timezone.now() - services.LEASE)
    send_due_letters()

    assert exit_code == (0 if step == "nowhere" else -signal.SIGKILL)
    assert [sent["Message-ID"] for sent in sink.letters] == [f"<{letter.message_id}>"] * copies
    assert OutgoingMail.objects.get().state == OutgoingMail.State.SENT
