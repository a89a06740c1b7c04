"""Work at the desk: the timer's buttons, the lists, corrections and their second person, the length of a forgotten timer."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from helpdesk.customers.models import User
from tests.builders import a_contract, a_staff_member, an_operator, backoffice
from tests.tickets.desk import LIST, do, signed_in, text_of
from tests.tickets.work_builders import a_taken_ticket, charges, worked, written
from tickets.models import TicketEvent, WorkCorrection, WorkEntry
from tickets.services.corrections import Change, correct_entry
from tickets.services.work import cap_forgotten, pause_timer, start_timer

pytestmark = pytest.mark.django_db

WORK = f"{LIST}prace/"
CORRECTION = {"minutes": "20", "activity": "training", "note": "Školení", "internal_note": "Bez oběda", "reason": "Byl oběd"}
LIST_SQL = 6  # session, user, permissions, badges of the menu, entries, running stretches


@pytest.fixture
def dana() -> User:
    return a_staff_member()


@pytest.fixture
def petr() -> User:
    return a_staff_member("Petr Vaníček", group="řešitel")


@pytest.fixture
def vera() -> User:
    return a_staff_member("Věra Malá", group="vedoucí")


@pytest.fixture
def hour_ago():
    return timezone.now().replace(microsecond=0) - timedelta(hours=1)


@pytest.fixture
def ticket(dana, hour_ago):
    return a_taken_ticket(staff=dana, at=hour_ago)


def follow(user: User, address: str, **fields: str) -> str:
    """Send a form and read the page on which it ends."""
    return text_of(signed_in(user).post(address, fields, follow=True))


def shown(user: User, view: str = "") -> str:
    return text_of(signed_in(user).get(WORK, {"zobrazit": view}))


def state_of(entry: WorkEntry) -> str:
    return WorkEntry.objects.get(pk=entry.pk).state


# The timer ------------------------------------------------------------------------


@pytest.mark.req("S1-13", "S1-17")
def test_timer_is_interrupted_and_continued_by_its_buttons(dana, ticket, hour_ago):
    entry = start_timer(ticket=ticket, by=backoffice(dana), at=hour_ago)
    client = signed_in(dana)

    paused = client.post(f"{WORK}{entry.pk}/prerusit/", headers={"HX-Request": "true"})
    was = state_of(entry)
    going = client.post(f"{WORK}{entry.pk}/pokracovat/", headers={"HX-Request": "true"})

    assert (was, state_of(entry)) == ("paused", "running")
    assert 'aria-label="Pokračovat"' in text_of(paused)
    assert 'aria-label="Přerušit"' in text_of(going)


def test_interrupting_twice_changes_nothing(dana, ticket, hour_ago):
    entry = start_timer(ticket=ticket, by=backoffice(dana), at=hour_ago)
    client = signed_in(dana)

    answers = [client.post(f"{WORK}{entry.pk}/prerusit/").status_code for _ in range(2)]

    assert answers == [302, 302]
    assert (state_of(entry), entry.spans.count()) == ("paused", 1)


def test_continuing_finished_work_is_refused_in_words(dana, ticket, hour_ago):
    entry = worked(ticket, by=dana, since=hour_ago, minutes=10)

    page = follow(dana, f"{WORK}{entry.pk}/pokracovat/")

    assert f"Práce na požadavku {ticket.pk} už byla ukončena. Spusťte nový časovač." in page
    assert WorkEntry.objects.open().count() == 0


def test_only_a_leader_interrupts_the_timer_of_somebody_else(dana, petr, vera, ticket, hour_ago):
    entry = start_timer(ticket=ticket, by=backoffice(dana), at=hour_ago)

    refused = signed_in(petr).post(f"{WORK}{entry.pk}/prerusit/").status_code
    was = state_of(entry)
    signed_in(vera).post(f"{WORK}{entry.pk}/prerusit/")

    assert (refused, was, state_of(entry)) == (403, "running", "paused")
    assert signed_in(vera).post(f"{WORK}{entry.pk}/pokracovat/").status_code == 404


# The lists ------------------------------------------------------------------------


@pytest.mark.req("S1-17")
def test_unfinished_work_of_everybody_begins_with_what_runs_and_tells_its_minutes(dana, petr, vera, ticket, hour_ago):
    start_timer(ticket=ticket, by=backoffice(dana), at=hour_ago)
    idle = start_timer(ticket=ticket, by=backoffice(petr), at=hour_ago)
    pause_timer(entry=idle, by=backoffice(petr), at=hour_ago + timedelta(minutes=10))

    page = shown(vera, "bezi")

    assert page.index("Dana") < page.index("běží") < page.index("Petr Vaníček") < page.index("přerušeno")
    assert "1 h" in page[page.index("Dana") : page.index("Petr Vaníček")]
    assert page.count("Přerušit<") == 1


@pytest.mark.parametrize("view", ["", "bezi", "zkontrolovat", "bez-ceny", "opravy", "vse"])
def test_empty_list_says_so(dana, view):
    assert "Nic tu není." in shown(dana, view)


@pytest.mark.parametrize("view", ["bezi", "vse"])
def test_list_of_work_costs_the_same_for_one_row_and_for_many(dana, vera, hour_ago, view):
    people = [a_staff_member(f"Osoba {number}", group="řešitel") for number in range(5)]
    ticket = a_taken_ticket(staff=dana, at=hour_ago)
    counts = []
    client = signed_in(vera)
    client.get(WORK, {"zobrazit": view})  # what is remembered between pages
    for group in (people[:1], people[1:]):
        for person in group:
            start_timer(ticket=ticket, by=backoffice(person), at=hour_ago)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get(WORK, {"zobrazit": view})
        counts.append(len(queries))

    assert counts == [LIST_SQL, LIST_SQL]


@pytest.mark.req("S5-14")
def test_work_without_a_rate_waits_in_its_own_list(dana, vera, hour_ago):
    ticket = a_taken_ticket(staff=dana, at=hour_ago, contract=a_contract(hourly_rate=0))
    worked(ticket, by=dana, since=hour_ago, minutes=10)

    assert "čeká na sazbu" in shown(vera, "bez-ceny")


# Corrections ----------------------------------------------------------------------


@pytest.mark.req("S1-18")
def test_own_work_is_corrected_with_a_reason(dana, ticket, hour_ago):
    entry = worked(ticket, by=dana, since=hour_ago, minutes=30)

    page = follow(dana, f"{WORK}{entry.pk}/opravit/", **CORRECTION)

    assert "Práce je opravená." in page
    assert [(row.activity, row.note, row.internal_note) for row in WorkEntry.objects.standing()] == [
        ("training", "Školení", "Bez oběda")
    ]
    assert [str(change) for _, change in charges(ticket)] == ["-600.00", "600.00", "-400.00"]


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("reason", "", "Toto pole"),
        ("minutes", "601", "menší nebo rovna 600"),
        ("minutes", "-1", "větší nebo rovna 0"),
        ("minutes", "půl hodiny", "celé číslo"),
        ("activity", "spaní", "spaní"),
    ],
)
def test_wrong_field_of_a_correction_is_told_beside_it_and_the_rest_stays(dana, ticket, hour_ago, field, value, words):
    entry = worked(ticket, by=dana, since=hour_ago, minutes=30)

    answer = signed_in(dana).post(f"{WORK}{entry.pk}/opravit/", CORRECTION | {field: value})
    page = text_of(answer)

    beside = page.split(f'id="id_{field}_error"')[1].split("</div>")[0]
    assert answer.status_code == 422
    assert words in beside
    assert "Bez oběda</textarea>" in page
    assert WorkCorrection.objects.count() == 0


def test_refused_correction_keeps_what_was_typed(dana, ticket, hour_ago):
    entry = worked(ticket, by=dana, since=hour_ago, minutes=30)
    change = Change(minutes=10, activity="solving")
    correct_entry(entry=entry, change=change, reason="Omyl", by=backoffice(dana), at=timezone.now())

    answer = signed_in(dana).post(f"{WORK}{entry.pk}/opravit/", CORRECTION)
    page = text_of(answer)

    assert answer.status_code == 422
    assert "Tento zápis už byl opraven. Otevřete ten, který platí." in page
    assert 'value="Byl oběd"' in page
    assert "Školení</textarea>" in page


def test_discount_is_offered_to_a_leader_alone_and_read_with_a_comma(dana, vera, ticket, hour_ago):
    entry = worked(ticket, by=dana, since=hour_ago, minutes=30)
    smuggled = CORRECTION | {"discount_percent": "100"}

    own = text_of(signed_in(dana).get(f"{WORK}{entry.pk}/opravit/"))
    signed_in(dana).post(f"{WORK}{entry.pk}/opravit/", smuggled)
    [mine] = WorkEntry.objects.standing()
    signed_in(vera).post(f"{WORK}{mine.pk}/opravit/", CORRECTION | {"discount_percent": "12,5"})
    [hers] = WorkEntry.objects.standing()

    assert "Sleva" not in own
    assert (str(mine.price), str(hers.price)) == ("400.00", "350.00")


def test_work_of_others_is_corrected_by_a_leader_alone(dana, petr, ticket, hour_ago):
    entry = worked(ticket, by=dana, since=hour_ago, minutes=30)

    for answer in (
        signed_in(petr).get(f"{WORK}{entry.pk}/opravit/"),
        signed_in(petr).post(f"{WORK}{entry.pk}/opravit/", CORRECTION),
    ):
        assert answer.status_code == 403
    assert WorkCorrection.objects.count() == 0


# The second person ----------------------------------------------------------------


@pytest.fixture
def waiting(dana, vera, ticket, hour_ago):
    """A leader's proposal to strike out half an hour of Dana's, above the limit."""
    an_operator(second_person_above=500)
    entry = worked(ticket, by=dana, since=hour_ago, minutes=30)
    change = Change(minutes=0, activity="solving")
    return correct_entry(entry=entry, change=change, reason="Omyl", by=backoffice(vera), at=timezone.now())


@pytest.mark.req("S1-18")
def test_second_person_confirms(waiting, ticket):
    other = a_staff_member("Jan Druhý", group="vedoucí")
    listed = shown(other, "opravy")

    page = follow(other, f"{WORK}opravy/{waiting.pk}/potvrdit/")

    assert "Potvrdit</button>" in listed
    assert "Práce je opravená." in page
    assert [str(change) for _, change in charges(ticket)] == ["-600.00", "600.00"]


@pytest.mark.req("S1-18")
def test_nobody_confirms_their_own_correction(waiting, vera, ticket):
    listed = shown(vera, "opravy")

    page = follow(vera, f"{WORK}opravy/{waiting.pk}/potvrdit/")

    assert ("Potvrdit</button>" in listed, "Vzít zpět</button>" in listed) == (False, True)
    assert "Opravu nad limit potvrzuje jiná osoba než ta, která ji navrhla." in page
    assert len(charges(ticket)) == 1


@pytest.mark.req("S1-18")
def test_refused_correction_leaves_the_work(waiting, ticket):
    page = follow(a_staff_member("Jan Druhý", group="vedoucí"), f"{WORK}opravy/{waiting.pk}/zamitnout/")

    assert "Oprava je zamítnutá, práce zůstává, jak byla." in page
    assert len(charges(ticket)) == 1


@pytest.mark.parametrize("second", ["potvrdit", "zamitnout"])
@pytest.mark.parametrize("first", ["potvrdit", "zamitnout"])
def test_stale_page_decides_nothing_a_second_time(waiting, ticket, first, second):
    other = a_staff_member("Jan Druhý", group="vedoucí")
    follow(other, f"{WORK}opravy/{waiting.pk}/{first}/")
    decided = WorkCorrection.objects.get().state, charges(ticket)

    page = follow(other, f"{WORK}opravy/{waiting.pk}/{second}/")

    assert "O opravě už někdo rozhodl." in page
    assert (WorkCorrection.objects.get().state, charges(ticket)) == decided


@pytest.mark.parametrize("act", ["potvrdit", "zamitnout"])
def test_only_leaders_decide_about_corrections(waiting, petr, act):
    assert signed_in(petr).post(f"{WORK}opravy/{waiting.pk}/{act}/").status_code == 403
    assert WorkCorrection.objects.get().state == "waiting"


def test_entry_with_a_waiting_correction_leads_to_it(waiting, dana):
    page = shown(dana)

    assert "oprava čeká na druhou osobu" in page
    assert f"{WORK}{waiting.entry_id}/opravit/" not in page


# A forgotten timer ----------------------------------------------------------------


@pytest.fixture
def forgotten(dana, hour_ago):
    begun = hour_ago - timedelta(hours=12)
    ticket = a_taken_ticket(staff=dana, at=begun)
    return cap_forgotten(entry=start_timer(ticket=ticket, by=backoffice(dana), at=begun), at=timezone.now())


@pytest.mark.req("S1-17")
def test_length_of_a_forgotten_timer_is_confirmed_once(forgotten, dana):
    listed = shown(dana, "zkontrolovat")

    pages = [follow(dana, f"{WORK}{forgotten.pk}/zkontrolovano/") for _ in range(2)]

    assert "Délka je správně" in listed
    assert all("Délka práce je potvrzená." in page for page in pages)
    assert len(charges(forgotten.ticket)) == 1
    assert "Nic tu není." in shown(dana, "zkontrolovat")


def test_length_of_a_forgotten_timer_is_nobody_elses_business(forgotten, petr):
    assert signed_in(petr).post(f"{WORK}{forgotten.pk}/zkontrolovano/").status_code == 403
    assert charges(forgotten.ticket) == []


# Resolved without work ------------------------------------------------------------

RESOLUTION = {"text": "Vyřešil to výrobce.", "outcome": "done", "root_cause": "software", "problem_category": "defect"}
ASKED = "Zapište napřed práci, nebo zaškrtněte „Bez práce“ a napište proč."


@pytest.mark.req("S1-17")
@pytest.mark.parametrize(
    "said", [{}, {"no_work": "on"}, {"no_work_reason": "Udělal to výrobce"}, {"no_work": "on", "no_work_reason": " "}]
)
def test_resolving_without_work_asks_why_beside_the_field(dana, ticket, said):
    answer = do(dana, ticket, "resolve", **RESOLUTION, **said)
    page = text_of(answer)

    assert (answer.status_code, ticket.status) == (422, "accepted")
    assert ASKED in page.split('data-field="no_work_reason"')[1].split("</div>")[0]
    assert "Vyřešil to výrobce.</textarea>" in page


@pytest.mark.req("S1-17")
def test_reason_for_no_work_is_logged_for_us_alone(dana, ticket, client):
    do(dana, ticket, "resolve", **RESOLUTION, no_work="on", no_work_reason="Udělal to výrobce")
    client.force_login(ticket.author)

    assert ticket.status == "resolved"
    assert TicketEvent.objects.get(detail="Bez práce: Udělal to výrobce").is_public is False
    assert "Udělal to výrobce" not in client.get(f"/pozadavky/{ticket.pk}/?karta=historie").content.decode()


def test_request_with_work_is_resolved_without_the_question(dana, ticket, hour_ago):
    written(ticket, by=dana, until=hour_ago + timedelta(minutes=20), minutes=10, at=timezone.now())

    page = text_of(signed_in(dana).get(f"{LIST}{ticket.pk}/change/?ukon=resolve"))
    do(dana, ticket, "resolve", **RESOLUTION)

    assert "Bez práce" not in page
    assert ticket.status == "resolved"
