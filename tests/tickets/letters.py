"""What tests of letters share: a request of Alice's, and the letters that an act wrote."""

from __future__ import annotations

from helpdesk.mail.models import OutgoingMail
from tests.builders import a_contract, a_paragraph, a_ticket
from tickets.models import Ticket


def filed(customer, alice, **fields) -> Ticket:
    paragraph = a_paragraph(a_contract(customer))
    return a_ticket(author=alice, paragraph=paragraph, **{"contact_email": "alice@example.cz"} | fields)


def letters(**kwargs) -> list[tuple[str, str]]:
    """Kind and recipient of each letter, in the order they were written."""
    return list(OutgoingMail.objects.filter(**kwargs).order_by("id").values_list("kind", "recipient"))


def written_by(act) -> list[tuple[str, str]]:
    """Letters that an act wrote."""
    before = OutgoingMail.objects.order_by("id").last()
    act()
    return letters(id__gt=before.pk if before else 0)
