"""Calendars in versions: what the database lets nobody change."""

import pytest
from django.db import IntegrityError, transaction

from sla.calendars import clock_of, hours_of
from sla.clock import Clock
from sla.models import CalendarDate, CalendarVersion, ServiceCalendar, ServiceWindow
from tests.builders import MONDAY, a_calendar

pytestmark = pytest.mark.django_db


@pytest.mark.req("S3-08")
def test_installation_starts_with_working_hours_as_the_default():
    calendar = ServiceCalendar.objects.get(is_default=True)
    version = CalendarVersion.objects.newest_of(calendar.pk)

    assert (calendar.name, calendar.zone) == ("Po–Pá 08:00–16:30", "Europe/Prague")
    assert [str(window) for window in version.windows.all()] == [
        "pondělí 08:00–16:30",
        "úterý 08:00–16:30",
        "středa 08:00–16:30",
        "čtvrtek 08:00–16:30",
        "pátek 08:00–16:30",
    ]
    assert (version.number, version.always, version.serves_holidays) == (1, False, False)


@pytest.mark.req("S3-10")
def test_installation_has_a_calendar_round_the_clock():
    version = CalendarVersion.objects.newest_of(ServiceCalendar.objects.get(name="Nepřetržitě 24/7").pk)

    assert (version.always, version.windows.count(), hours_of(version).always) == (True, 0, True)


@pytest.mark.parametrize(
    "change",
    [
        lambda version: CalendarVersion.objects.filter(pk=version.pk).update(note="jinak"),
        lambda version: CalendarVersion.objects.filter(pk=version.pk).update(published_at=None),
        lambda version: version.windows.update(opens=0),
        lambda version: version.windows.all().delete(),
        lambda version: version.dates.update(name="jinak"),
        lambda version: version.dates.all().delete(),
        lambda version: ServiceWindow.objects.create(version=version, weekday=6, opens=0, closes=60),
        lambda version: CalendarDate.objects.create(version=version, day="2026-12-30", name="Inventura"),
        lambda version: ServiceCalendar.objects.filter(pk=version.calendar_id).update(zone="Europe/London"),
    ],
)
def test_published_version_never_changes(change):
    version = a_calendar(dates={"2026-12-31": ""}).versions.get()

    with pytest.raises(IntegrityError), transaction.atomic():
        change(version)


def test_window_cannot_be_moved_out_of_a_published_version():
    published, draft = a_calendar().versions.get(), a_calendar(publish=False).versions.get()

    with pytest.raises(IntegrityError), transaction.atomic():
        published.windows.update(version=draft)


def test_progress_of_the_recompute_is_written_to_a_published_version():
    version = a_calendar().versions.get()

    CalendarVersion.objects.filter(pk=version.pk).update(recompute_total=10, recompute_done=4, recomputed_at=None)

    version.refresh_from_db()
    assert (version.recompute_done, version.is_recomputing) == (4, True)


def test_draft_may_be_thrown_away():
    draft = a_calendar(dates={"2026-12-31": ""}, publish=False).versions.get()

    draft.delete()

    assert (ServiceWindow.objects.filter(version_id=draft.pk).count(), CalendarDate.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    ("table", "values"),
    [
        (ServiceWindow, {"weekday": 7, "opens": 0, "closes": 60}),
        (ServiceWindow, {"weekday": 0, "opens": 86_400, "closes": 60}),
        (ServiceWindow, {"weekday": 0, "opens": 0, "closes": 86_401}),
        (CalendarDate, {"day": "2026-12-31", "name": "Inventura", "opens": 0}),
        (CalendarVersion, {"number": 2}),
    ],
)
def test_database_refuses_what_no_calendar_can_mean(table, values):
    draft = a_calendar(publish=False).versions.get()
    parent = {"calendar": draft.calendar} if table is CalendarVersion else {"version": draft}

    with pytest.raises(IntegrityError), transaction.atomic():
        table.objects.create(**parent, **values)


def test_date_is_closed_only_once():
    draft = a_calendar(dates={"2026-12-31": ""}, publish=False).versions.get()

    with pytest.raises(IntegrityError), transaction.atomic():
        CalendarDate.objects.create(version=draft, day="2026-12-31", name="Dovolená")


def test_second_default_calendar_is_refused():
    with pytest.raises(IntegrityError), transaction.atomic():
        a_calendar(is_default=True)


def test_version_reads_as_hours_of_the_clock():
    calendar = a_calendar("08:00-12:00 13:00-17:00", days="04", dates={"2026-12-31": "08:00-12:00", "2026-12-30": ""})

    hours = hours_of(calendar.versions.get())

    morning, afternoon = (28_800, 43_200), (46_800, 61_200)
    assert hours.week == ((morning, afternoon), (), (), (), (morning, afternoon), (), ())
    assert [(str(day), windows, name) for day, windows, name in hours.exceptions] == [
        ("2026-12-30", (), "Inventura"),
        ("2026-12-31", (morning,), "Inventura"),
    ]
    assert (hours.zone, hours.holidays, hours.serves_holidays, hours.always) == ("Europe/Prague", "CZ", False, False)


def test_clock_of_a_published_version_is_read_from_the_database_once(django_assert_num_queries):
    version = a_calendar().versions.get()

    with django_assert_num_queries(3):
        first = clock_of(version.pk)
    with django_assert_num_queries(0):
        again = clock_of(version.pk)

    assert again is first
    assert first is Clock.of(hours_of(version))
    assert first.is_open(MONDAY) is True


def test_draft_has_no_kept_clock():
    with pytest.raises(CalendarVersion.DoesNotExist):
        clock_of(a_calendar(publish=False).versions.get().pk)
