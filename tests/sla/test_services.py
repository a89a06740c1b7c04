"""A new version of a calendar is drafted, checked and published."""

import pytest

from helpdesk.customers.services.sla import publish_calendar
from sla.models import CalendarVersion, ServiceCalendar
from sla.services import CalendarRefused, discard_draft, draft_version, note_progress, publish_version
from tests.builders import MONDAY, a_calendar, a_contract, a_paragraph, a_staff_member, an_sla_line

pytestmark = pytest.mark.django_db


def published(version: CalendarVersion) -> CalendarVersion:
    return publish_version(version=version, by=None, at=MONDAY)


def test_draft_begins_as_a_copy_of_the_newest_published_version():
    calendar = a_calendar("22:00-06:00", days="4", dates={"2026-12-31": ""}, serves_holidays=True)

    draft = draft_version(calendar=calendar)

    assert (draft.number, draft.is_published, draft.serves_holidays) == (2, False, True)
    assert [str(one) for one in draft.windows.all()] == ["pátek 22:00–06:00"]
    assert [str(one) for one in draft.dates.all()] == ["31. 12. 2026 Inventura"]


def test_second_draft_is_the_first_one():
    calendar = a_calendar()

    assert draft_version(calendar=calendar) == draft_version(calendar=calendar)


def test_new_calendar_begins_with_an_empty_draft():
    draft = draft_version(calendar=ServiceCalendar.objects.create(name="Noční dohled"))

    assert (draft.number, draft.windows.count()) == (1, 0)


def test_published_draft_is_the_newest_version_and_waits_for_the_recompute():
    calendar, leader = a_calendar(), a_staff_member(group="vedoucí")
    draft = draft_version(calendar=calendar)
    draft.windows.filter(weekday=4).update(closes=15 * 3600)

    publish_version(version=draft, by=leader, at=MONDAY)

    newest = CalendarVersion.objects.newest_of(calendar.pk)
    assert (newest.number, newest.published_by, newest.published_at, newest.is_recomputing) == (2, leader, MONDAY, True)


def test_version_is_published_once():
    draft = a_calendar(publish=False).versions.get()
    published(draft)

    with pytest.raises(CalendarRefused, match="už je zveřejněná nebo zahozená"):
        published(draft)


def test_published_version_is_not_discarded():
    with pytest.raises(CalendarRefused):
        discard_draft(version=a_calendar().versions.get())


@pytest.mark.req("D3")
@pytest.mark.parametrize(
    ("calendar", "message"),
    [
        ({"week": ""}, "nemá žádné okno služby"),
        ({"week": "", "dates": {"2026-12-31": "08:00-12:00"}}, "nemá žádné okno služby"),
        ({"week": "08:00-12:00 11:00-15:00"}, "se překrývají"),
        ({"week": "20:00-09:00 08:00-12:00", "days": "06"}, "se překrývají"),
        ({"week": "22:00-06:00 05:00-08:00", "days": "45"}, "se překrývají"),
    ],
)
def test_calendar_that_says_nothing_or_contradicts_itself_is_refused(calendar, message):
    with pytest.raises(CalendarRefused, match=message):
        published(a_calendar(publish=False, **calendar).versions.get())


def test_date_is_not_closed_and_open():
    draft = a_calendar(publish=False, dates={"2026-12-31": ""}).versions.get()
    draft.dates.create(day="2026-12-31", name="Silvestr", opens=0, closes=60)

    with pytest.raises(CalendarRefused, match="zavřený i s oknem"):
        published(draft)


@pytest.mark.parametrize("week", ["08:00-12:00 12:00-16:30", "00:00-24:00", "22:00-06:00"])
def test_windows_may_touch_and_go_over_midnight(week):
    assert published(a_calendar(week, days="0123456", publish=False).versions.get()).is_published


@pytest.mark.req("S3-10")
def test_calendar_round_the_clock_needs_no_windows():
    assert published(a_calendar("", publish=False, always=True).versions.get()).is_published


@pytest.mark.req("D3")
def test_version_by_which_a_contract_could_never_be_kept_is_refused():
    calendar = a_calendar()
    paragraph = a_paragraph(a_contract(number="2026/7", calendar=calendar), code="čl. 4", title="Vada", sla=False)
    an_sla_line(paragraph, method="NBD-Hod")
    draft = draft_version(calendar=calendar)
    draft.windows.exclude(weekday=0).delete()
    draft.windows.update(weekday=5)

    with pytest.raises(CalendarRefused, match=r"Smlouva 2026/7, čl. 4 Vada, reakce: "):
        publish_calendar(version=draft, by=a_staff_member(group="vedoucí"), at=MONDAY)


@pytest.mark.req("D3")
def test_paragraph_with_other_hours_does_not_hold_the_contracts_calendar_back():
    calendar = a_calendar()
    paragraph = a_paragraph(a_contract(calendar=calendar), sla=False, calendar=a_calendar())
    an_sla_line(paragraph, method="NBD-Hod")
    draft = draft_version(calendar=calendar)
    draft.windows.exclude(weekday=0).delete()
    draft.windows.update(weekday=5)

    assert publish_calendar(version=draft, by=a_staff_member(group="vedoucí"), at=MONDAY).is_published


def test_progress_of_the_recompute_is_noted():
    version = a_calendar().versions.get()

    note_progress(version_id=version.pk, total=100, done=40)
    version.refresh_from_db()
    half = (version.recompute_done, version.recompute_total, version.is_recomputing)
    note_progress(version_id=version.pk, total=100, done=101, finished_at=MONDAY)
    version.refresh_from_db()

    assert half == (40, 100, True)
    assert (version.recompute_done, version.is_recomputing) == (100, False)
