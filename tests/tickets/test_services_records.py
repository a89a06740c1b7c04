"""Related requests, paper annexes, subsuppliers and agreed terms."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal

import pytest
from django.db import connections

from helpdesk.mail.models import OutgoingMail
from tests.builders import (
    a_message,
    a_paragraph,
    a_resolved_ticket,
    a_staff_member,
    a_suspended_ticket,
    a_ticket,
    an_accepted_ticket,
    an_escalated_ticket,
    backoffice,
    prague,
)
from tickets.models import Status, Ticket, TicketEvent, TicketLink
from tickets.services.lifecycle import ParagraphRefused
from tickets.services.log import StateChanged
from tickets.services.records import (
    AnnexRefused,
    LinkRefused,
    NothingAgreed,
    SplitOff,
    WaitRefused,
    agree_terms,
    end_subsupplier_wait,
    link_requests,
    mark_duplicate,
    register_annex,
    split_request,
    start_subsupplier_wait,
)

pytestmark = pytest.mark.django_db

LATER = prague("2026-03-02T11:30")


def two_of_one_customer() -> tuple[Ticket, Ticket]:
    first = an_accepted_ticket()
    second = an_accepted_ticket(author=first.author, paragraph=first.paragraph)
    return first, second


@pytest.mark.req("S4-71")
def test_part_of_a_request_becomes_a_linked_request_of_the_same_author():
    dana = a_staff_member()
    ticket = an_accepted_ticket(staff=dana)
    order = a_paragraph(ticket.contract, code="čl. 9", title="Objednávka", kind="order", severity=4)
    part = SplitOff(paragraph=order, subject="Nová sestava", description="Přidejte součet za středisko.")

    new = split_request(ticket=ticket, part=part, by=backoffice(dana), at=LATER)

    assert (new.author, new.paragraph, new.status, new.filed_by, new.created_at) == (
        ticket.author,
        order,
        Status.NEW,
        dana,
        LATER,
    )
    assert list(TicketLink.objects.values_list("source", "target", "kind")) == [(ticket.pk, new.pk, "split")]
    assert ticket.events.last().detail == f"požadavek {new.pk}"
    assert OutgoingMail.objects.filter(kind="filed", link__ticket=new).count() == 1


@pytest.mark.req("S4-71")
def test_request_is_not_split_under_a_foreign_contract():
    dana = a_staff_member()
    ticket = an_accepted_ticket(staff=dana)
    part = SplitOff(paragraph=a_paragraph(), subject="Jiné", description="Jiné")

    with pytest.raises(ParagraphRefused):
        split_request(ticket=ticket, part=part, by=backoffice(dana), at=LATER)


def test_linked_requests_tell_it_in_both_logs():
    first, second = two_of_one_customer()
    dana = backoffice(a_staff_member())

    link = link_requests(ticket=second, other=first, by=dana, at=LATER)

    assert (link.source, link.target, link.kind) == (second, first, "related")
    assert [first.events.last().detail, second.events.last().detail] == [f"požadavek {second.pk}", f"požadavek {first.pk}"]


def test_requests_are_linked_once_never_to_themselves_and_never_across_customers():
    first, second = two_of_one_customer()
    dana = backoffice(a_staff_member())
    link_requests(ticket=first, other=second, by=dana, at=LATER)

    with pytest.raises(LinkRefused, match="už propojené jsou"):
        link_requests(ticket=second, other=first, by=dana, at=LATER)
    with pytest.raises(LinkRefused, match="jiného požadavku"):
        link_requests(ticket=first, other=first, by=dana, at=LATER)
    with pytest.raises(LinkRefused, match="jinému zákazníkovi"):
        link_requests(ticket=first, other=a_ticket(), by=dana, at=LATER)


@pytest.mark.django_db(transaction=True)
def test_two_people_who_link_crosswise_do_not_block_each_other():
    first, second = two_of_one_customer()
    dana = backoffice(a_staff_member())

    def link(pair: tuple[Ticket, Ticket]) -> str:
        try:
            link_requests(ticket=pair[0], other=pair[1], by=dana, at=LATER)
        except LinkRefused:
            return "refused"
        finally:
            connections.close_all()
        return "linked"

    with ThreadPoolExecutor(2) as pool:
        results = sorted(pool.map(link, [(first, second), (second, first)]))

    assert results == ["linked", "refused"]
    assert TicketLink.objects.count() == 1


@pytest.mark.req("S4-22")
def test_duplicate_is_cancelled_and_points_to_the_request_that_goes_on():
    original, duplicate = two_of_one_customer()
    dana = backoffice(a_staff_member())

    mark_duplicate(ticket=duplicate, original=original, by=dana, at=LATER)
    duplicate.refresh_from_db()

    assert (duplicate.status, duplicate.duplicate_of) == (Status.CANCELLED, original)
    assert duplicate.cancel_reason == f"Stejnou věc už řeší požadavek {original.pk}. Pokračujeme v něm."
    assert original.events.last().detail == f"duplicita {duplicate.pk}"


def test_duplicate_of_a_cancelled_request_is_refused():
    original, duplicate = two_of_one_customer()
    dana = backoffice(a_staff_member())
    mark_duplicate(ticket=original, original=duplicate, by=dana, at=LATER)

    with pytest.raises(LinkRefused, match="je zrušený"):
        mark_duplicate(ticket=duplicate, original=original, by=dana, at=LATER)


@pytest.mark.req("S2-20")
def test_paper_annex_is_on_record_with_its_place():
    dana = a_staff_member()
    ticket = an_accepted_ticket(staff=dana)

    annex = register_annex(
        ticket=ticket,
        description="Podepsaný předávací protokol",
        stored_at="archiv Brno, šanon 12",
        received_on=date(2026, 2, 27),
        by=backoffice(dana),
        at=LATER,
    )

    assert (annex.description, annex.stored_at, annex.received_on, annex.received_by) == (
        "Podepsaný předávací protokol",
        "archiv Brno, šanon 12",
        date(2026, 2, 27),
        dana,
    )
    assert ticket.events.last().kind == TicketEvent.Kind.ANNEX


def test_paper_annex_cannot_come_tomorrow():
    ticket = an_accepted_ticket()

    with pytest.raises(AnnexRefused):
        register_annex(
            ticket=ticket,
            description="Protokol",
            stored_at="archiv",
            received_on=date(2026, 3, 3),
            by=backoffice(a_staff_member()),
            at=LATER,
        )


@pytest.mark.req("S3-13", "C32")
def test_waiting_for_a_subsupplier_is_a_mark_with_start_and_end_and_never_a_state():
    ticket = an_escalated_ticket()
    dana = backoffice(a_staff_member())

    start_subsupplier_wait(ticket=ticket, subsupplier="Datacentrum Brno", by=dana, at=LATER)
    wait = end_subsupplier_wait(ticket=ticket, by=dana, at=prague("2026-03-04T09:00"))
    ticket.refresh_from_db()

    assert (wait.subsupplier, wait.started_at, wait.ended_at) == ("Datacentrum Brno", LATER, prague("2026-03-04T09:00"))
    assert ticket.status == Status.ESCALATED


@pytest.mark.req("S3-13")
def test_only_work_in_progress_waits_for_one_subsupplier_at_a_time():
    dana = backoffice(a_staff_member())
    ticket = an_accepted_ticket()
    start_subsupplier_wait(ticket=ticket, subsupplier="Datacentrum Brno", by=dana, at=LATER)

    with pytest.raises(WaitRefused):
        start_subsupplier_wait(ticket=ticket, subsupplier="Operátor", by=dana, at=LATER)
    with pytest.raises(StateChanged):
        start_subsupplier_wait(ticket=a_suspended_ticket(), subsupplier="Operátor", by=dana, at=LATER)
    end_subsupplier_wait(ticket=ticket, by=dana, at=LATER)
    with pytest.raises(WaitRefused):
        end_subsupplier_wait(ticket=ticket, by=dana, at=LATER)


@pytest.mark.req("S2-17")
def test_agreed_price_and_term_say_who_agreed_and_when():
    dana = a_staff_member()
    ticket = an_accepted_ticket(staff=dana)

    agree_terms(ticket=ticket, price=Decimal("12480.50"), on=date(2026, 3, 20), by=backoffice(dana), at=LATER)
    ticket.refresh_from_db()

    assert (ticket.agreed_price, ticket.agreed_on, ticket.agreed_by, ticket.agreed_at) == (
        Decimal("12480.50"),
        date(2026, 3, 20),
        dana,
        LATER,
    )
    assert ticket.events.last().detail == "cena 12\u00a0480,50\u00a0Kč bez DPH, termín 20.\u00a03.\u00a02026"


@pytest.mark.req("S2-17")
def test_agreement_about_nothing_or_on_a_resolved_request_is_refused():
    dana = backoffice(a_staff_member())

    with pytest.raises(NothingAgreed):
        agree_terms(ticket=an_accepted_ticket(), price=None, on=None, by=dana, at=LATER)
    with pytest.raises(StateChanged):
        agree_terms(ticket=a_resolved_ticket(), price=Decimal("1"), on=None, by=dana, at=LATER)


def test_split_does_not_touch_the_conversation():
    dana = a_staff_member()
    ticket = an_accepted_ticket(staff=dana)
    message = a_message(ticket, body="A ještě prosím novou sestavu.", at=LATER)
    part = SplitOff(paragraph=ticket.paragraph, subject="Nová sestava", description=message.body)

    new = split_request(ticket=ticket, part=part, by=backoffice(dana), at=LATER)

    assert (ticket.messages.count(), new.messages.count()) == (1, 0)
