"""`manage.py demo`: the same believable data each time, only where it is wanted."""

from collections import Counter
from io import StringIO

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.db import transaction

from credit.models import LedgerAccount, PackageDraw
from helpdesk.customers.models import Contract, Customer, Operator, SlaLine, StaffTask
from helpdesk.mail.models import OutgoingMail
from sla.models import CalendarDate
from tests.builders import an_operator, prague
from tickets.demo.load import load_demo
from tickets.models import Attachment, Complaint, CooperationRequest, Note, Quote, SubsupplierWait, Ticket, TicketEvent, WorkEntry
from tickets.services.quote_room import quote_room

pytestmark = pytest.mark.django_db

WEDNESDAY = prague("2026-11-18T09:30")
SUNDAY = prague("2026-11-22T23:10")


@pytest.fixture
def demo_allowed(settings):
    settings.DEMO = True


def printed(**options):
    out = StringIO()
    call_command("demo", stdout=out, **options)
    return out.getvalue().splitlines()


@pytest.mark.req("S2-08")
def test_description_of_the_service_says_what_to_do_without_the_internet(client):
    load_demo(now=WEDNESDAY)

    assert "Nejste-li zrovna připojeni k internetu, zavolejte nám" in client.get("/popis-sluzby/").content.decode()


def test_demo_covers_all_states_tiers_and_kinds_of_record():
    load_demo(now=WEDNESDAY)

    assert Counter(Ticket.objects.values_list("status", flat=True)) == {
        "new": 6,
        "accepted": 7,
        "escalated": 10,
        "suspended": 6,
        "resolved": 7,
        "disputed": 2,
        "closed": 19,
        "cancelled": 3,
    }
    assert Ticket.objects.count() == 60
    assert Customer.objects.count() == 5
    assert set(Contract.objects.values_list("kind", flat=True)) == set(Contract.Kind.values)
    for model in (Attachment, Complaint, CooperationRequest, Note, StaffTask, SubsupplierWait):
        assert model.objects.exists(), model


@pytest.mark.req("S4-67", "S3-10", "D7")
def test_demo_shows_every_method_and_hours_of_all_kinds():
    load_demo(now=WEDNESDAY)

    methods = {"Hod", "ND-Hod", "NBD-Hod", "Min", "Min-Cont", "Den", "Den-Cont"}
    assert set(SlaLine.objects.values_list("method", flat=True)) == methods
    assert set(SlaLine.objects.values_list("applies_to", flat=True)) == {"both", "wdin", "wdout"}
    assert set(Contract.objects.values_list("calendar__name", flat=True)) == {
        "Po–Pá 08:00–16:30",
        "Nepřetržitě 24/7",
        "Servis i v sobotu",
        "Mzdy s polední přestávkou",
    }
    assert [str(one) for one in CalendarDate.objects.all()][:2] == [
        "2. 12. 2026 Celozávodní dovolená",
        "3. 12. 2026 Celozávodní dovolená",
    ]


def test_demo_has_credit_a_package_and_prices_for_its_work():
    load_demo(now=WEDNESDAY)

    assert LedgerAccount.objects.of_customers().filter(balance__lt=0).count() == 0
    assert LedgerAccount.objects.of_customers().filter(balance__gt=0).count() == 4
    assert PackageDraw.objects.count() > 0
    assert WorkEntry.objects.filter(waits_for=WorkEntry.Wait.RATE).count() == 0


@pytest.mark.req("S1-14", "S1-16", "C25")
def test_demo_has_a_quote_that_waits_one_with_work_under_it_and_one_that_was_refused():
    load_demo(now=WEDNESDAY)

    quotes = {quote.state: quote for quote in Quote.objects.select_related("hold", "ticket")}
    waiting, approved, refused = quotes["sent"], quotes["approved"], quotes["refused"]
    assert len(quotes) == Quote.objects.count() == 3
    assert (waiting.ticket.status, waiting.valid_until > WEDNESDAY.date()) == ("suspended", True)
    assert (approved.ticket.status, quote_room(approved.ticket).share) == ("escalated", 77)
    assert approved.hold.captured == quote_room(approved.ticket).price
    assert (refused.ticket.status, refused.ticket.outcome) == ("closed", "quote_refused")


@pytest.mark.req("D23")
def test_demo_has_a_phone_consultation():
    load_demo(now=WEDNESDAY)

    consulted = TicketEvent.objects.get(kind="consulted").ticket
    assert (consulted.status, consulted.work.get().free_minutes) == ("closed", 12)


def test_demo_ends_before_the_moment_of_loading_and_none_of_its_letters_leaves():
    load_demo(now=SUNDAY)

    assert not TicketEvent.objects.filter(at__gte=SUNDAY).exists()
    for ticket in Ticket.objects.all():
        times = list(ticket.events.values_list("at", flat=True))
        assert times == sorted(times)
    assert set(OutgoingMail.objects.values_list("state", flat=True)) == {"kept"}


def test_demo_prints_logins_that_sign_in(demo_allowed):
    lines = printed()

    logins = [line.split(" ", 3) for line in lines]
    assert {word for word, *_ in logins} == {"demo:"}
    assert {"dana", "petr", "vera", "eva", "alice", "bob", "cyril"} <= {name for _, name, _, _ in logins}
    for _, name, password, role in logins:
        assert authenticate(username=name, password=password) is not None
        assert role


def test_second_run_changes_nothing(demo_allowed):
    first = printed()
    before = list(Ticket.objects.values_list("pk", "status", "last_event_at"))

    second = printed()

    assert second == first
    assert list(Ticket.objects.values_list("pk", "status", "last_event_at")) == before


def test_two_loadings_tell_the_same():
    def story():
        with transaction.atomic():
            load_demo(now=WEDNESDAY)
            rows = TicketEvent.objects.order_by("id").values_list("ticket__subject", "kind", "at", "actor__username", "to_status")
            told = list(rows)
            transaction.set_rollback(True)
        return told

    assert story() == story()


def test_demo_never_meets_data_of_a_real_installation(demo_allowed):
    an_operator(ico="27463249")

    with pytest.raises(CommandError):
        printed()

    assert printed(if_empty=True) == []
    assert Operator.objects.get().ico == "27463249"
    assert not Ticket.objects.exists()


def test_demo_is_refused_without_its_setting(settings):
    settings.DEMO = False

    with pytest.raises(CommandError):
        printed(if_empty=True)

    assert not Operator.objects.exists()
