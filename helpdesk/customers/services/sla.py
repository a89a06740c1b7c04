"""What the SLA of a contract means and whether it can be kept; publishing a calendar with a look at all contracts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce

from helpdesk.customers.models import Contract, ContractParagraph, SlaLine, User
from helpdesk.errors import DomainError
from sla.calendars import clock_of
from sla.clock import Clock, Kind, SlaError, Target, deadline
from sla.models import CalendarVersion, ServiceCalendar
from sla.services import publish_version

SAMPLED = timedelta(days=15)
STEP = timedelta(hours=1)
KINDS = ((Kind.REACTION, "reakce"), (Kind.RESOLUTION, "vyřešení"))


class SlaRefused(DomainError):
    """The lines of a paragraph leave a gap, overlap, or promise what its calendar can never keep."""


@dataclass(frozen=True)
class Level:
    """When somebody is warned, and who.

    percent  of the counted time, 100 is the breach
    """

    percent: int
    to_assignee: bool
    to_leaders: bool


USUAL_LEVELS = (Level(50, True, False), Level(75, True, False), Level(90, True, True), Level(100, True, True))


@dataclass(frozen=True)
class Crossing:
    """A time of filing at which the resolution would be due before the reaction."""

    filed_at: datetime
    reaction_due_at: datetime
    resolution_due_at: datetime


def line_for(paragraph: ContractParagraph, *, is_open: bool) -> SlaLine | None:
    """The line that a request filed in (or out of) service hours is promised; None when it has no SLA (S4-70, D7)."""
    if not paragraph.has_sla:
        return None
    own = SlaLine.AppliesTo.WDIN if is_open else SlaLine.AppliesTo.WDOUT
    return next((line for line in paragraph.sla_lines.all() if line.applies_to in (own, SlaLine.AppliesTo.BOTH)), None)


def levels_of(contract: Contract) -> tuple[Level, ...]:
    """The contract's own levels of warning, else the usual ones."""
    own = tuple(Level(row.percent, row.to_assignee, row.to_leaders) for row in contract.escalation_levels.all())
    return own or USUAL_LEVELS


def clock_for(paragraph: ContractParagraph) -> Clock | None:
    """The clock of the paragraph's newest published hours; None while there are none."""
    version = CalendarVersion.objects.newest_of(paragraph.service_calendar.pk)
    return clock_of(version.pk) if version else None


def check_lines(paragraph: ContractParagraph) -> None:
    """Whether the stored lines of a paragraph stand.

    raises  SlaRefused
    """
    refusal = lines_refusal(paragraph, list(paragraph.sla_lines.all()))
    if refusal:
        raise SlaRefused(refusal)


def lines_refusal(paragraph: ContractParagraph, lines: Sequence[SlaLine]) -> str:
    """Why a paragraph cannot have these lines, saved or not; "" if it can.

    They promise something for each time of filing, exactly once, that the paragraph's calendar can keep.

    source  D3, D15
    """
    if not paragraph.has_sla:
        return ""
    both, halves = SlaLine.AppliesTo.BOTH, [SlaLine.AppliesTo.WDIN, SlaLine.AppliesTo.WDOUT]
    if sorted(line.applies_to for line in lines) not in ([both], halves):
        return (
            f"{paragraph}: lhůty SLA musí pokrýt požadavky podané v době poskytování i mimo ni, každé právě jednou. "
            "Zadejte jednu lhůtu „kdykoli“, nebo dvojici „v době“ a „mimo dobu“."
        )
    clock = clock_for(paragraph)
    if clock is None:
        return f"{paragraph}: kalendář „{paragraph.service_calendar}“ nemá zveřejněnou verzi. Nejdřív ji zveřejněte."
    for line in lines:
        for kind, word in KINDS:
            try:
                clock.check(line.target(kind))
            except SlaError as error:
                return f"{paragraph}, {word}: {error}"
    return ""


def check_contract(contract: Contract) -> None:
    """The same for all paragraphs of a contract, which share its calendar.

    raises  SlaRefused
    """
    paragraphs = contract.paragraphs.select_related("calendar", "contract__calendar").prefetch_related("sla_lines")
    for paragraph in paragraphs:
        check_lines(paragraph)


def promises_of(paragraphs: QuerySet[ContractParagraph] | list[ContractParagraph]) -> Iterator[tuple[Target, str]]:
    """Each target of the paragraphs with the name under which people know it."""
    for paragraph in paragraphs:
        for line in paragraph.sla_lines.all():
            for kind, word in KINDS:
                yield line.target(kind), f"Smlouva {paragraph.contract.number}, {paragraph}, {word}"


def crossing(line: SlaLine, *, clock: Clock, at: datetime) -> Crossing | None:
    """The first hour within two weeks after `at` when a filed request would be due before it had to be answered.

    A warning, not an error: continuous methods do so by their nature (*-Cont filed in the evening).
    """
    filed, end = at.replace(minute=0, second=0, microsecond=0), at + SAMPLED
    always, in_hours = line.applies_to == SlaLine.AppliesTo.BOTH, line.applies_to == SlaLine.AppliesTo.WDIN
    while filed < end:
        if always or clock.is_open(filed) == in_hours:
            reaction = deadline(clock, line.target(Kind.REACTION), filed)
            resolution = deadline(clock, line.target(Kind.RESOLUTION), filed)
            if resolution < reaction:
                return Crossing(filed, reaction, resolution)
        filed += STEP
    return None


def paragraphs_on(calendar: ServiceCalendar) -> QuerySet[ContractParagraph]:
    """Paragraphs measured by a calendar, their own or their contract's."""
    own = Coalesce("calendar_id", F("contract__calendar_id"))
    return ContractParagraph.objects.annotate(measured_by=own).filter(measured_by=calendar.pk, has_sla=True, is_active=True)


@transaction.atomic
def publish_calendar(*, version: CalendarVersion, by: User, at: datetime) -> CalendarVersion:
    """Publish a draft when each contract that uses the calendar can still be kept.

    raises  CalendarRefused
    source  D3
    """
    users = paragraphs_on(version.calendar).select_related("contract").prefetch_related("sla_lines")
    return publish_version(version=version, by=by, at=at, promises=promises_of(users))


@transaction.atomic
def promise(*, paragraph: ContractParagraph, method: str, reaction: Decimal, resolution: Decimal) -> SlaLine:
    """Give a paragraph one line for any time of filing; what its contract says otherwise stays while the method does.

    raises  SlaRefused
    """
    kept = paragraph.sla_lines.filter(applies_to=SlaLine.AppliesTo.BOTH, method=method).first()
    if kept:
        kept.reaction_amount, kept.resolution_amount = reaction, resolution
        line = kept
    else:
        for old in paragraph.sla_lines.all():
            old.delete()
        line = SlaLine.preset(method=method, reaction=reaction, resolution=resolution, paragraph=paragraph)
    line.save()
    check_lines(paragraph)
    return line
