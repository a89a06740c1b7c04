"""A process killed at any statement between the stop of a timer and its row in the ledger: the work is charged exactly once."""

from __future__ import annotations

import os
import subprocess
import sys
from decimal import Decimal

import pytest
from django.db import connection

from helpdesk.embedded import CHECKOUT
from tests.builders import a_staff_member, backoffice, prague
from tests.tickets.work_builders import a_taken_ticket, charges, is_sound
from tickets.services.work import WorkAlreadyFinished, start_timer, stop_timer
from tickets.tasks import price_waiting_work

TEN = prague("2026-03-02T10:00")
FEWEST_STATEMENTS = 10


@pytest.mark.django_db(transaction=True)
@pytest.mark.req("S1-18")
def test_stop_killed_at_every_statement_charges_exactly_once():
    dana = a_staff_member()
    ticket = a_taken_ticket(staff=dana, at=TEN)
    entry = start_timer(ticket=ticket, by=backoffice(dana), at=TEN)

    done = subprocess.run(
        [sys.executable, "-m", "tests.tickets.dying_stopper", str(entry.pk), str(dana.pk), connection.settings_dict["NAME"]],
        cwd=CHECKOUT,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"},
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    *deaths, survivor = (line for line in done.stdout.splitlines() if not line.startswith("{"))  # the log shares the stream
    price_waiting_work()
    with pytest.raises(WorkAlreadyFinished):
        stop_timer(entry=entry, by=backoffice(dana), at=prague("2026-03-02T11:00"))

    assert set(deaths) == {"running 0"}
    assert survivor == f"survived {len(deaths)}"
    assert len(deaths) >= FEWEST_STATEMENTS
    assert charges(ticket) == [("work", Decimal("-600.00"))]
    assert is_sound()
