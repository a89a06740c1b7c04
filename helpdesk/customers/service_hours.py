"""When a contract is served, as its people read it: the hours, whether it is served now, and what differs soon."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from helpdesk.customers.models import Contract, ContractParagraph
from helpdesk.customers.services.sla import KINDS
from sla.calendars import clock_of
from sla.clock import Clock
from sla.models import CalendarVersion
from sla.typed import written
from sla.words import hours_in_words, sentence

AHEAD = timedelta(days=45)
LONGEST_STRETCH = timedelta(days=8)


@dataclass(frozen=True)
class ServiceHours:
    """Hours of service at one moment.

    changes_at  when service ends or begins next; None round the clock
    ahead       days of the next weeks that differ from their weekday: day, why, service
    """

    words: str
    is_open: bool
    changes_at: datetime | None
    ahead: list[tuple[date, str, str]]


@dataclass(frozen=True)
class Promise:
    """One line of a paragraph in words; `when` is "" where it holds for any time of filing."""

    when: str
    sentences: list[str]


def hours_of_contract(clock: Clock, at: datetime) -> ServiceHours:
    """What the calendar of a contract means now."""
    hours = clock.hours
    if hours.always:
        return ServiceHours("nepřetržitě, i o víkendech a svátcích", True, None, [])
    is_open = clock.is_open(at)
    changes_at = _end_of_service(clock, at) if is_open else clock.next_opening(at)
    return ServiceHours(hours_in_words(hours), is_open, changes_at, _ahead(clock, at.date()))


def clocks_of(contract: Contract, paragraphs: Iterable[ContractParagraph]) -> dict[int, Clock]:
    """The clocks by calendar of a contract and of its paragraphs with other hours, in one query once they are compiled."""
    wanted = {contract.calendar_id, *(one.calendar_id for one in paragraphs if one.calendar_id)}
    newest = (
        CalendarVersion.objects.published().filter(calendar__in=wanted).order_by("calendar_id", "-number").distinct("calendar_id")
    )
    return {calendar: clock_of(version) for calendar, version in newest.values_list("calendar_id", "pk")}


def promises_of(paragraph: ContractParagraph) -> list[Promise]:
    """The deadlines of a paragraph in words; [] where none run."""
    if not paragraph.has_sla:
        return []
    return [
        Promise(
            "" if line.applies_to == line.AppliesTo.BOTH else f"Podáno {line.get_applies_to_display()}",
            [sentence(kind, line.target(kind)) for kind, _ in KINDS],
        )
        for line in paragraph.sla_lines.all()
    ]


def _end_of_service(clock: Clock, at: datetime) -> datetime:
    """The end of the stretch of service that goes on; pieces that meet at midnight are one."""
    end = at
    for begin, finish in clock.pieces(at, at + LONGEST_STRETCH):
        if begin > end:
            break
        end = finish
    return end


def _ahead(clock: Clock, today: date) -> list[tuple[date, str, str]]:
    days = (today + timedelta(days=more) for more in range(AHEAD.days))
    own = {day: (windows, name) for day, windows, name in clock.hours.exceptions}
    found = []
    for day in days:
        holiday = clock.hours.holiday(day)
        if day in own:
            windows, name = own[day]
            found.append((day, name, written(windows) or "zavřeno"))
        elif holiday and not clock.hours.serves_holidays and clock.hours.week[day.weekday()]:
            found.append((day, holiday, "zavřeno"))
    return found
