"""Who has left or lost a right is out at once, and pages of signed-in people are not kept by the browser."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from allauth.usersessions.models import UserSession
from django.conf import settings as configured
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from helpdesk.customers.services.people import deactivate_person, remove_second_factor
from helpdesk.customers.services.sessions import end_sessions
from helpdesk.customers.sessions import POLLED, POLLED_WITH_MARK
from tests.builders import MONDAY, a_customer, a_member, a_staff_member, a_ticket, backoffice
from tests.flows import doors
from tests.tickets.desk import signed_in, text_of

pytestmark = pytest.mark.django_db


def acting_as_customer() -> tuple:
    dana, alice = a_staff_member(), a_member(a_customer())
    client = signed_in(dana)
    client.post("/backoffice/jako-zakaznik/", {"user_pk": alice.pk})
    return client, dana, alice


def test_staff_who_leave_stop_acting_as_a_customer():
    client, dana, _ = acting_as_customer()
    before = client.get("/").status_code

    deactivate_person(user=dana, by=backoffice(a_staff_member("Eva Malá")), at=MONDAY)
    after = client.get("/")

    assert (before, after.status_code, after.url) == (200, 302, "/prihlaseni/?next=/")


def test_staff_without_the_right_any_more_stop_acting_as_a_customer():
    client, dana, _ = acting_as_customer()

    dana.groups.clear()

    assert client.get("/").status_code == 302
    assert client.get("/profil/").url == "/prihlaseni/?next=/profil/"


@pytest.mark.parametrize("address", ["/", "/profil/", "/pozadavky/novy/", "/backoffice/"])
def test_pages_of_signed_in_people_are_not_cached(address):
    client = signed_in(a_staff_member() if "backoffice" in address else a_member(a_customer()))

    response = client.get(address)

    assert "no-store" in response["Cache-Control"]


def test_page_of_a_request_is_not_cached():
    ticket = a_ticket()

    response = signed_in(ticket.author).get(f"/pozadavky/{ticket.pk}/")

    assert response["Cache-Control"] == "private, no-store"


def test_signing_in_renews_the_session():
    alice = a_member(a_customer(), username="alice", password="severka-a-slunce")
    client = Client()
    client.get("/prihlaseni/")
    client.session.save()
    client.cookies["sid"] = "attackers0known0session0key00000"

    client.post("/prihlaseni/", {"login": "alice", "password": "severka-a-slunce"})

    assert client.session.get("_auth_user_id") == str(alice.pk)
    assert client.session.session_key != "attackers0known0session0key00000"


OVER = "Dlouho jste v helpdesku nic nedělali, nebo jste přihlášeni příliš dlouho. Přihlaste se prosím znovu."
BORROWED_OVER = "Prohlížení za zákazníka skončilo i s vaším přihlášením. Přihlaste se prosím znovu."
NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def change_password(client, dana):
    other = signed_in(dana)
    new = {"oldpassword": doors.PASSWORD, "password1": "zelený-čaj-po-ránu", "password2": "zelený-čaj-po-ránu"}
    assert other.post("/heslo/zmena/", new).status_code == 302


def change_password_by_service(client, dana):
    dana.set_password("zelený-čaj-po-ránu")
    dana.save()


def leave(client, dana):
    deactivate_person(user=dana, by=backoffice(a_staff_member("Eva Malá")), at=MONDAY)


def lose_the_factor(client, dana):
    remove_second_factor(user=dana, by=backoffice(a_staff_member("Eva Malá")), at=MONDAY)


def sign_out_everywhere_else(client, dana):
    assert signed_in(dana).post("/zabezpeceni/prihlaseni/").status_code == 302


def end_all(client, dana):
    UserSession.objects.all().delete()  # not even a session that no list names survives
    end_sessions(user=dana)


ENDS = [change_password, change_password_by_service, leave, lose_the_factor, sign_out_everywhere_else, end_all]


@pytest.mark.req("D20")
@pytest.mark.parametrize("door", ["/", "/profil/", "/zpet-do-backoffice/"])
@pytest.mark.parametrize("end", ENDS)
def test_session_borrowed_by_staff_ends_with_their_own(end, door):
    dana, alice = a_staff_member(password=doors.PASSWORD), a_member(a_customer())
    client = signed_in(dana)
    client.post("/backoffice/jako-zakaznik/", {"user_pk": alice.pk})
    assert client.get("/").status_code == 200

    end(client, dana)
    answer = client.post(door) if "zpet" in door else client.get(door)

    assert answer.status_code == 302
    assert answer.url.startswith("/prihlaseni/")
    assert "_auth_user_id" not in client.session
    assert client.get("/backoffice/").status_code == 302


def test_staff_read_why_a_borrowed_session_ended():
    client, dana, _ = acting_as_customer()
    dana.set_password("zelený-čaj-po-ránu")
    dana.save()

    answer = client.get("/", follow=True)

    assert BORROWED_OVER in text_of(answer)


@pytest.mark.req("D20")
def test_borrowed_session_is_in_the_list_of_the_member_of_staff_and_of_nobody_else():
    dana, alice = a_staff_member(username="dana", password=doors.PASSWORD), a_member(a_customer())
    client, other = doors.signed_in("dana"), signed_in(dana)
    client.post("/backoffice/jako-zakaznik/", {"user_pk": alice.pk})

    [row] = UserSession.objects.all()
    listed = [row.session_key for row in other.get("/zabezpeceni/prihlaseni/").context["sessions"]]

    assert (row.user, row.session_key, listed) == (dana, client.session.session_key, [client.session.session_key])
    client.post("/zpet-do-backoffice/")
    [row] = UserSession.objects.all()
    assert (row.user, row.session_key) == (dana, client.session.session_key)


def test_customer_who_signs_out_elsewhere_leaves_the_own_session_alone():
    alice = a_member(a_customer())
    here, there = signed_in(alice), signed_in(alice)

    here.post("/zabezpeceni/prihlaseni/")

    assert here.get("/profil/").status_code == 200
    assert there.get("/profil/").status_code == 302


@pytest.mark.parametrize(
    ("who", "step", "alive"),
    [
        ("staff", timedelta(minutes=60), True),
        ("staff", timedelta(minutes=61), False),
        ("borrowed", timedelta(minutes=60), True),
        ("borrowed", timedelta(minutes=61), False),
        ("customer", timedelta(days=14), True),
        ("customer", timedelta(days=14, minutes=1), False),
    ],
)
def test_session_left_alone_ends(who, step, alive):
    with time_machine.travel(NINE, tick=False) as clock:
        client = a_client_of(who)
        clock.shift(step)
        answer = client.get("/profil/")

        assert answer.status_code == (200 if alive else 302)
        if not alive:
            assert answer.url == ("/prihlaseni/" if who == "borrowed" else "/prihlaseni/?next=/profil/")
            assert OVER in text_of(client.get(answer.url))


@pytest.mark.parametrize(
    ("who", "step", "count"),
    [("staff", timedelta(minutes=50), 14), ("borrowed", timedelta(minutes=50), 14), ("customer", timedelta(days=13), 6)],
)
def test_session_ends_however_busy_it_is(who, step, count):
    """12 hours are 14 steps of 50 minutes and a bit, 90 days are 6 steps of 13 days and a bit."""
    with time_machine.travel(NINE, tick=False) as clock:
        client = a_client_of(who)
        for _ in range(count):
            clock.shift(step)
            assert client.get("/profil/").status_code == 200
        clock.shift(step)

        assert client.get("/profil/").url.startswith("/prihlaseni/")


def test_way_back_from_a_customers_view_does_not_start_the_hours_anew():
    with time_machine.travel(NINE, tick=False) as clock:
        client, _, _ = acting_as_customer()
        for _ in range(13):
            clock.shift(timedelta(minutes=50))
            client.get("/")
        client.post("/zpet-do-backoffice/")
        assert client.get("/backoffice/").status_code == 200
        clock.shift(timedelta(minutes=80))  # 9:00 + 10:50 + 1:20

        assert client.get("/backoffice/").status_code == 302


def test_limits_are_settings(settings):
    settings.CUSTOMER_SESSION_IDLE = timedelta(hours=2)
    with time_machine.travel(NINE, tick=False) as clock:
        client = signed_in(a_member(a_customer()))
        clock.shift(timedelta(hours=3))

        assert client.get("/profil/").status_code == 302


def test_session_row_outlives_the_longest_limit():
    assert configured.SESSION_COOKIE_AGE == 90 * 24 * 3600


def a_client_of(who: str) -> Client:
    if who == "borrowed":
        return acting_as_customer()[0]
    return signed_in(a_staff_member() if who == "staff" else a_member(a_customer()))


def test_page_that_refreshes_itself_does_not_keep_staff_signed_in():
    ticket, dana = a_ticket(), a_staff_member()
    with time_machine.travel(NINE, tick=False) as clock:
        client = signed_in(dana)
        for _ in range(4):
            clock.shift(timedelta(minutes=20))
            answers = [
                client.get(f"/backoffice/tickets/ticket/{ticket.pk}/puls/", headers={"HX-Request": "true"}),
                client.get("/backoffice/tickets/ticket/fragment/?obnova=1", headers={"HX-Request": "true"}),
            ]

    assert [answer.status_code for answer in answers] == [286, 286]
    assert "Vaše přihlášení skončilo" in text_of(answers[0])
    assert "Přihlášení" not in text_of(answers[0])


def test_filter_of_the_list_is_activity():
    with time_machine.travel(NINE, tick=False) as clock:
        client = signed_in(a_staff_member())
        for _ in range(4):
            clock.shift(timedelta(minutes=20))
            answer = client.get("/backoffice/tickets/ticket/fragment/", headers={"HX-Request": "true"})

    assert answer.status_code == 200


def test_click_after_the_end_leads_the_whole_page_to_the_sign_in_and_back():
    with time_machine.travel(NINE, tick=False) as clock:
        client = signed_in(a_staff_member())
        clock.shift(timedelta(hours=2))
        page = {"HX-Request": "true", "HX-Current-URL": "http://testserver/backoffice/tickets/ticket/?stav=new"}
        answer = client.get("/backoffice/tickets/ticket/fragment/", headers=page)

    assert (answer.status_code, answer["HX-Redirect"]) == (200, "/prihlaseni/?next=/backoffice/tickets/ticket/%3Fstav%3Dnew")
    assert OVER in text_of(client.get(answer["HX-Redirect"]))


def test_activity_is_written_at_most_once_a_minute():
    writes = []
    with time_machine.travel(NINE, tick=False) as clock:
        client = signed_in(a_member(a_customer()))
        for _ in range(7):
            clock.shift(timedelta(seconds=20))
            with CaptureQueriesContext(connection) as caught:
                client.get("/profil/")
            writes.append(sum("UPDATE" in query["sql"] and "django_session" in query["sql"] for query in caught.captured_queries))

    assert writes == [0, 0, 1, 0, 0, 1, 0]


def polled_addresses() -> set[str]:
    """Names of what the templates ask for every few seconds, or when the script of a page says „refresh“."""
    found = set()
    for template in Path(configured.BASE_DIR, "templates").rglob("*.html"):
        for tag in re.findall(r"<[^<>]*hx-trigger=.*", template.read_text()):
            trigger = re.search(r'hx-trigger="([^"]*)', tag)[1]
            if re.search(r"\bevery \d|\brefresh\b", trigger):
                name = re.search(r'hx-get="{% (?:url|address) "([^"]+)"', tag)
                found.add(name[1] if name else "tickets:clock")
    return found


def test_every_fragment_that_refreshes_itself_is_known():
    assert polled_addresses() == POLLED | set(POLLED_WITH_MARK)
