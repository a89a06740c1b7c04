"""Calendars in the backoffice: leaders write a version, publish it, and see how far the recompute is."""

import pytest
from django.urls import reverse

from sla.models import CalendarVersion, ServiceCalendar
from sla.services import draft_version, note_progress
from tests.builders import MONDAY, a_calendar, a_contract, a_paragraph, a_staff_member

pytestmark = pytest.mark.django_db

WEEK = {"monday": "08:00–12:00, 13:00–16:30", "friday": "22:00-6", "sunday": "00:00–24:00"}


@pytest.fixture
def vera(client):
    """The leader, signed in."""
    person = a_staff_member("Věra Tichá", group="vedoucí")
    client.force_login(person)
    return person


def page(model: str, act: str, pk: int) -> str:
    return reverse(f"admin:sla_{model}_{act}", args=[pk])


def version_form(*dates: dict[str, str], **fields: str) -> dict[str, str]:
    form = {"note": "Delší pátek", "dates-TOTAL_FORMS": str(len(dates)), "dates-INITIAL_FORMS": "0"} | fields
    return form | {f"dates-{number}-{name}": value for number, one in enumerate(dates) for name, value in one.items()}


def words(answer) -> str:
    return answer.content.decode().replace("\u00a0", " ").replace("&nbsp;", " ")


def test_leader_writes_the_week_in_seven_lines_and_dates_below(client, vera):
    draft = a_calendar(publish=False).versions.get()
    closed = {"day": "23.12.2026", "name": "Celozávodní dovolená"}
    shorter = {"day": "31.12.2026", "name": "Silvestr", "opens": "8", "closes": "12:00"}

    answer = client.post(page("calendarversion", "change", draft.pk), version_form(closed, shorter, **WEEK))

    assert answer.status_code == 302
    assert [str(one) for one in draft.windows.all()] == [
        "pondělí 08:00–12:00",
        "pondělí 13:00–16:30",
        "pátek 22:00–06:00",
        "neděle 00:00–24:00",
    ]
    assert [(str(one), one.opens, one.closes) for one in draft.dates.all()] == [
        ("23. 12. 2026 Celozávodní dovolená", None, None),
        ("31. 12. 2026 Silvestr", 28_800, 43_200),
    ]


@pytest.mark.parametrize("typed", ["osm až čtyři", "08:00", "08:00–25:00", "24:00–06:00", "8:75-9", "8-12, 8-16", "22-6, 23-24"])
def test_unreadable_time_is_refused_beside_its_day(client, vera, typed):
    draft = a_calendar(publish=False).versions.get()

    answer = client.post(page("calendarversion", "change", draft.pk), version_form(monday=typed))

    assert list(answer.context["adminform"].form.errors) == ["monday"]
    assert draft.windows.count() == 5


@pytest.mark.parametrize("second", [{}, {"opens": "8:00", "closes": "12:00"}])
def test_date_written_twice_is_refused(client, vera, second):
    draft = a_calendar(publish=False).versions.get()
    closed = {"day": "31.12.2026", "name": "Silvestr"}

    answer = client.post(page("calendarversion", "change", draft.pk), version_form(closed, closed | second, **WEEK))

    [inline] = [one.formset for one in answer.context["inline_admin_formsets"]]
    assert [text.replace("\u00a0", " ") for text in inline.non_form_errors()] == [
        "31. 12. 2026 je zapsaný víckrát a řádky si odporují. Nechte jen jeden z nich."
    ]


def test_form_shows_what_is_stored(client, vera):
    draft = a_calendar("08:00-12:00 13:00-16:30", days="0", dates={"2026-12-31": "08:00-12:00"}, publish=False).versions.get()

    form = words(client.get(page("calendarversion", "change", draft.pk)))

    assert 'value="08:00–12:00, 13:00–16:30"' in form
    assert ('value="08:00"' in form, 'value="12:00"' in form) == (True, True)


def test_new_version_is_prepared_published_and_leads_back_to_its_calendar(client, vera):
    calendar = a_calendar()

    prepared = client.post(page("servicecalendar", "draft", calendar.pk))
    draft = calendar.versions.drafts().get()
    asked = client.get(page("calendarversion", "publish", draft.pk))
    published = client.post(page("calendarversion", "publish", draft.pk))

    newest = CalendarVersion.objects.newest_of(calendar.pk)
    assert prepared.url == page("calendarversion", "change", draft.pk)
    assert "přepočítají se termíny těch, které běží" in words(asked)
    assert published.url == page("servicecalendar", "change", calendar.pk)
    assert (newest, newest.published_by) == (draft, vera)


def test_refusal_of_a_version_is_a_sentence_and_it_stays_a_draft(client, vera):
    draft = a_calendar("", publish=False).versions.get()

    answer = client.post(page("calendarversion", "publish", draft.pk), follow=True)

    assert "Kalendář nemá žádné okno služby." in words(answer)
    assert CalendarVersion.objects.get(pk=draft.pk).is_published is False


def test_draft_is_discarded(client, vera):
    calendar = a_calendar()
    draft = draft_version(calendar=calendar)

    client.post(page("calendarversion", "discard", draft.pk))

    assert list(calendar.versions.drafts()) == []


def test_published_version_is_only_read(client, vera):
    version = a_calendar().versions.get()

    shown = client.get(page("calendarversion", "change", version.pk))
    posted = client.post(page("calendarversion", "change", version.pk), version_form(monday="10-11"))

    assert "změnit ji nelze, připravte v kalendáři novou verzi" in words(shown)
    assert 'name="monday"' not in words(shown)
    assert (posted.status_code, version.windows.count()) == (403, 5)


def test_calendar_shows_its_week_the_holidays_and_the_progress(client, vera, time_machine):
    time_machine.move_to(MONDAY)
    calendar = a_calendar(dates={"2026-12-31": ""})
    note_progress(version_id=calendar.versions.get().pk, total=87_505, done=4200)

    text = words(client.get(page("servicecalendar", "change", calendar.pk)))

    for part in (
        "Po–Pá</th>",
        "08:00–16:30",
        "st 28. 10. 2026",
        "Den vzniku samostatného československého státu",
        "čt 31. 12. 2026",
        "Inventura",
        "Přepočítáno 4 200 z 87 505 běžících požadavků.",
        'hx-trigger="every 2s"',
    ):
        assert part in text


def test_recompute_that_has_not_begun_says_so(client, vera):
    calendar = a_calendar()
    CalendarVersion.objects.filter(calendar=calendar).update(recomputed_at=None)

    text = words(client.get(page("servicecalendar", "progress", calendar.pk)))

    assert "Přepočet termínů běžících požadavků za okamžik začne." in text
    assert 'hx-trigger="every 2s"' in text


def test_progress_stops_asking_when_all_is_recomputed(client, vera):
    calendar = a_calendar()

    text = words(client.get(page("servicecalendar", "progress", calendar.pk)))

    assert "Termíny běžících požadavků odpovídají verzi 1" in text
    assert "hx-get" not in text


def test_zone_of_a_published_calendar_is_not_offered(client, vera):
    calendar = a_calendar()
    new = ServiceCalendar.objects.create(name="Nový")

    pages = [words(client.get(page("servicecalendar", "change", one.pk))) for one in (calendar, new)]

    assert ['name="zone"' in text for text in pages] == [False, True]


def test_support_reads_calendars_but_writes_none(client):
    client.force_login(a_staff_member())
    calendar = a_calendar()
    draft = draft_version(calendar=calendar)

    answers = [
        client.get(page("servicecalendar", "change", calendar.pk)),
        client.get(page("calendarversion", "change", draft.pk)),
        client.post(page("servicecalendar", "draft", calendar.pk)),
        client.post(page("calendarversion", "publish", draft.pk)),
        client.post(page("calendarversion", "change", draft.pk), version_form(monday="10-11")),
    ]

    assert [answer.status_code for answer in answers] == [200, 200, 403, 403, 403]


def test_list_of_calendars_costs_the_same_for_one_and_for_three(client, vera, django_assert_max_num_queries):
    address = reverse("admin:sla_servicecalendar_changelist")
    client.get(address)
    for _ in range(3):
        a_paragraph(a_contract(calendar=a_calendar(dates={"2026-12-31": ""})))

    with django_assert_max_num_queries(11):
        text = words(client.get(address))

    assert "Po–Pá 08:00–16:30" in text
