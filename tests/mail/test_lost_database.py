"""PostgreSQL restarts while a worker lives: the next task simply connects anew."""

import pytest
from django.db import connection

from helpdesk.mail.models import OutgoingMail
from helpdesk.mail.tasks import send_due_letters
from tests.builders import a_letter


@pytest.mark.django_db(transaction=True)
def test_worker_gets_over_a_lost_connection():
    letter = a_letter()
    connection.connection.close()

    result = send_due_letters.apply()

    assert result.state == "SUCCESS"
    assert OutgoingMail.objects.get(pk=letter.pk).state == "kept"
