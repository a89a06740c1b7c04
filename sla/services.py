"""The acts on calendars: a new version is drafted, checked, published, and its recompute noted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from helpdesk.errors import DomainError
from sla.calendars import hours_of
from sla.clock import Clock, SlaError, Target
from sla.models import CalendarDate, CalendarVersion, ServiceCalendar, ServiceWindow
from sla.typed import DAY, Windows

WEEK = 7 * DAY


class CalendarRefused(DomainError):
    """The version says nothing, contradicts itself, or a promise could never be kept by it."""


@transaction.atomic
def draft_version(*, calendar: ServiceCalendar) -> CalendarVersion:
    """The draft of a calendar: the one that waits, else a copy of the newest published version, else an empty one."""
    calendar = ServiceCalendar.objects.select_for_update().get(pk=calendar.pk)
    waiting = calendar.versions.drafts().first()
    if waiting:
        return waiting
    newest = CalendarVersion.objects.newest_of(calendar.pk)
    draft = CalendarVersion.objects.create(
        calendar=calendar,
        number=newest.number + 1 if newest else 1,
        always=bool(newest and newest.always),
        serves_holidays=bool(newest and newest.serves_holidays),
    )
    if newest:
        windows, dates = newest.windows.all(), newest.dates.all()
        ServiceWindow.objects.bulk_create(
            ServiceWindow(version=draft, weekday=one.weekday, opens=one.opens, closes=one.closes) for one in windows
        )
        CalendarDate.objects.bulk_create(
            CalendarDate(version=draft, day=one.day, name=one.name, opens=one.opens, closes=one.closes) for one in dates
        )
    return draft


@transaction.atomic
def write_week(*, version: CalendarVersion, week: Sequence[Windows]) -> None:
    """Put these windows of Monday to Sunday into a draft in the place of its own.

    raises  CalendarRefused - the version was published meanwhile
    """
    draft = _draft(version)
    draft.windows.all().delete()
    ServiceWindow.objects.bulk_create(
        ServiceWindow(version=draft, weekday=weekday, opens=opens, closes=closes)
        for weekday, windows in enumerate(week)
        for opens, closes in windows
    )


@transaction.atomic
def discard_draft(*, version: CalendarVersion) -> None:
    """Throw a draft away.

    raises  CalendarRefused - it was published meanwhile
    """
    _draft(version).delete()


@transaction.atomic
def publish_version(
    *, version: CalendarVersion, by: Any, at: datetime, promises: Iterable[tuple[Target, str]] = ()
) -> CalendarVersion:
    """Make a draft the version that new requests are measured by; a sweep moves those that run.

    by        the user who publishes, None for the product itself
    promises  targets that are measured by this calendar, each with the name under which people know it
    raises    CalendarRefused
    source    D3: a calendar on which a target can never be reached is refused
    """
    version = _draft(version)
    check_version(version, promises)
    version.published_at = at
    version.published_by = by
    version.recompute_total = version.recompute_done = 0
    version.recomputed_at = None
    version.save()
    return version


def note_progress(*, version_id: int, total: int, done: int, finished_at: datetime | None = None) -> None:
    """How many of the requests that run are moved to a published version; `finished_at` once none is left."""
    CalendarVersion.objects.filter(pk=version_id).update(
        recompute_total=total, recompute_done=min(done, total), recomputed_at=finished_at
    )


def check_version(version: CalendarVersion, promises: Iterable[tuple[Target, str]] = ()) -> None:
    """Whether a version may be published.

    raises  CalendarRefused with the sentence that says what to mend
    """
    if not version.always:
        _check_windows(list(version.windows.all()))
        _check_dates(list(version.dates.all()))
    clock = Clock.of(hours_of(version))
    for target, name in promises:
        try:
            clock.check(target)
        except SlaError as error:
            raise CalendarRefused(f"{name}: {error}") from error


def _draft(version: CalendarVersion) -> CalendarVersion:
    locked = CalendarVersion.objects.select_for_update(of=("self",)).select_related("calendar").filter(pk=version.pk).first()
    if locked is None or locked.is_published:
        raise CalendarRefused("Tato verze už je zveřejněná nebo zahozená. Připravte novou verzi.")
    return locked


def _check_windows(windows: list[ServiceWindow]) -> None:
    """Weekly windows exist and none reaches into another, also over midnight and from Sunday to Monday."""
    if not windows:
        raise CalendarRefused("Kalendář nemá žádné okno služby. Přidejte aspoň jedno, nebo zaškrtněte „nepřetržitě“.")
    spans = sorted((_begin(one), _begin(one) + length(one.opens, one.closes), one) for one in windows)
    pairs = zip(spans, [*spans[1:], (spans[0][0] + WEEK, 0, spans[0][2])], strict=True)
    for (_, end, one), (begin, _, other) in pairs:
        if begin < end:
            raise CalendarRefused(f"Okna „{one}“ a „{other}“ se překrývají. Jedno zkraťte nebo smažte.")


def _check_dates(dates: list[CalendarDate]) -> None:
    closed = {one.day: one for one in dates if one.is_closed}
    for one in dates:
        if one.day in closed and not one.is_closed:
            raise CalendarRefused(f"{one}: den je zapsaný jako zavřený i s oknem služby. Jeden řádek smažte.")


def _begin(window: ServiceWindow) -> int:
    return window.weekday * DAY + window.opens


def length(opens: int, closes: int) -> int:
    """Seconds by the wall clock of a window; one that closes no later than it opens ends the next day."""
    return closes - opens if closes > opens else closes + DAY - opens
