"""A request under the wrong paragraph: cancelled with an explanation, filed again from its own words, both linked."""

import pytest

from helpdesk.mail.models import OutgoingMail
from tests.builders import a_paragraph
from tests.flows.doors import DESK, filled, letters, signed_in, text_of
from tickets.models import Ticket, TicketLink

pytestmark = pytest.mark.django_db

NEW = "/pozadavky/novy/"


@pytest.mark.req("S4-61", "S4-62", "S4-22", "C13")
def test_wrongly_classified_request_is_cancelled_explained_and_filed_again(alice, dana, paragraph):
    change = a_paragraph(paragraph.contract, code="čl. 5", title="Úprava systému", kind="change", has_sla=False, position=2)
    portal, desk = signed_in("alice"), signed_in("dana")
    wanted = {"subject": "Nová sestava", "description": "Potřebujeme součty.", "paragraph": paragraph.pk}
    portal.post(NEW, filled(portal.get(NEW), "subject", **wanted))
    old = Ticket.objects.get()
    desk.post(
        f"{DESK}{old.pk}/ukon/accept/",
        filled(
            desk.get(f"{DESK}{old.pk}/ukon/accept/"), "classification", classification="wrong", reason="Jde o úpravu, ne vadu."
        ),
    )

    letter = OutgoingMail.objects.get(kind="cancelled")
    cancelled = portal.get(f"/pozadavky/{old.pk}/")
    again = portal.get(f"{NEW}?z={old.pk}")
    kept = filled(again, "subject")
    portal.post(f"{NEW}?z={old.pk}", kept | {"paragraph": change.pk, "contract_part": "příloha 2"})

    new = Ticket.objects.exclude(pk=old.pk).get()
    assert "Důvod: Jde o úpravu, ne vadu." in letter.text
    assert f"{NEW}?z={old.pk}" in cancelled.content.decode()
    assert (kept["subject"], kept["description"]) == ("Nová sestava", "Potřebujeme součty.")
    assert "Proč byl zrušen: Jde o úpravu, ne vadu. Čeho" in text_of(again)
    assert (new.subject, new.paragraph, new.status) == ("Nová sestava", change, "new")
    assert TicketLink.objects.values_list("source", "target", "kind").get() == (old.pk, new.pk, "refiled")
    assert f"založeno znovu {new}" in text_of(desk.get(f"{DESK}{old.pk}/change/"))
    assert [row["number"] for row in portal.get("/").context["rows"]] == [str(new.pk)]
    assert letters() == [
        ("filed", "alice@hanacke.example"),
        ("staff_filed", "dana@severka.example"),
        ("cancelled", "alice@hanacke.example"),
        ("filed", "alice@hanacke.example"),
        ("staff_filed", "dana@severka.example"),
    ]
