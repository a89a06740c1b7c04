"""No cell of an export runs in the reader's spreadsheet (osTicket CVE-2019-14749)."""

import csv
import io

import pytest

from tests.builders import a_contract, a_customer, a_paragraph, a_staff_member, an_escalated_ticket
from tests.tickets.desk import signed_in

pytestmark = pytest.mark.django_db


def test_every_word_of_a_person_is_harmless_in_the_export():
    contract = a_contract(a_customer(name="@SUM(A1)"), number="+420")
    solver = a_staff_member("=HYPERLINK Novák", group="řešitel")
    ticket = an_escalated_ticket(assignee=solver, paragraph=a_paragraph(contract), subject="=1+1")

    content = b"".join(signed_in(ticket.author).get("/pozadavky.csv").streaming_content).decode("utf-8-sig")

    row = list(csv.reader(io.StringIO(content), delimiter=";"))[1]
    assert [row[2], *row[4:]] == ["'=1+1", "'=HYPERLINK Novák", "'+420", "'@SUM(A1)"]
