"""The clocks of a request: what a replay of its log says, the terms they run by, and who was warned."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.db import models
from django.db.models import F, Q

from sla.clock import METHODS, Counting, Kind, Start, Target, Unit
from sla.models import CalendarVersion
from tickets.models.states import ACTIVE, TIMED, Status

NEVER = datetime(9999, 12, 31, tzinfo=UTC)
BREACHED = 100  # percent of the counted time: the level of a broken target
ATOMS = ("amount", "unit", "start", "counting")
KINDS = [(Kind.REACTION.value, "reakce"), (Kind.RESOLUTION.value, "vyřešení")]


class SlaColumns(models.Model):
    """What lists and sweeps need of both clocks, always equal to a replay of the request's events by its terms.

    Everything is empty without an SLA, before the clock has started, and once cancelled.

    calendar_version    what the resolution is counted by; of a request that runs, the newest
    reaction_version    what the reaction is counted by; stays as it was once the reaction is decided
    *_due_at            the earliest instant at which the amount is used up; null while it stands (S4-18)
    *_breach_at         the last instant at which the measured time is still within the amount (D4)
    *_met               null until decided
    *_seconds           counted up to the end of the clock, or to the last change of state
    next_due_at         nearest open deadline; while a complaint is undecided, the one that would hold; NEVER for none
    alarm_at            when the next warning is due, inside the service hours
    source              S4-18 to S4-22, S4-69, D2, D4, D8, D9, D15
    """

    calendar_version = models.ForeignKey(
        CalendarVersion,
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="+",
        verbose_name="verze kalendáře",
    )
    reaction_version = models.ForeignKey(
        CalendarVersion,
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="+",
        verbose_name="verze kalendáře pro reakci",
    )
    is_wdin = models.BooleanField("podáno v době poskytování", null=True, blank=True)
    reaction_due_at = models.DateTimeField("reakce do", null=True, blank=True)
    reaction_breach_at = models.DateTimeField("reakce nejpozději", null=True, blank=True)
    reaction_met_at = models.DateTimeField("reagováno", null=True, blank=True)
    reaction_met = models.BooleanField("reakce včas", null=True, blank=True)
    reaction_seconds = models.PositiveIntegerField("reakce za (s)", null=True, blank=True)
    resolution_due_at = models.DateTimeField("vyřešení do", null=True, blank=True)
    resolution_breach_at = models.DateTimeField("vyřešení nejpozději", null=True, blank=True)
    resolution_met = models.BooleanField("vyřešeno včas", null=True, blank=True)
    resolution_seconds = models.PositiveIntegerField("vyřešení za (s)", null=True, blank=True)
    next_due_at = models.DateTimeField("nejbližší termín", default=NEVER)
    alarm_at = models.DateTimeField("příští upozornění", null=True, blank=True)

    class Meta:
        abstract = True


NO_CLOCK: dict[str, Any] = {field.name: None for field in SlaColumns._meta.local_fields} | {"next_due_at": NEVER}
SLA_COLUMNS = tuple(NO_CLOCK)

_ACTIVE = Q(status__in=[state.value for state in ACTIVE])
_TIMED = Q(status__in=[state.value for state in TIMED])
_ENDED = Q(status__in=[Status.RESOLVED.value, Status.DISPUTED.value, Status.CLOSED.value])

CLOCK_INDEXES = [
    models.Index(fields=["next_due_at", "severity", "id"], name="ticket_by_deadline", condition=_ACTIVE),
    models.Index(fields=["status", "next_due_at", "severity", "id"], name="ticket_status_by_deadline", condition=_ACTIVE),
    models.Index(fields=["assignee", "next_due_at", "severity", "id"], name="ticket_assignee_by_deadline", condition=_ACTIVE),
    models.Index(fields=["calendar_version", "id"], name="ticket_by_calendar_version", condition=_TIMED),
    models.Index(fields=["alarm_at", "id"], name="ticket_alarm_due", condition=Q(alarm_at__isnull=False)),
]


def _none(*names: str) -> Q:
    return Q(**{f"{name}__isnull": True for name in names})


CLOCK_CONSTRAINTS = [
    models.CheckConstraint(
        name="ticket_without_clock",
        condition=Q(calendar_version__isnull=False, reaction_version__isnull=False, is_wdin__isnull=False)
        | _none(*(name for name in SLA_COLUMNS if name != "next_due_at")) & Q(next_due_at=NEVER),
    ),
    models.CheckConstraint(
        name="ticket_cancelled_without_clock", condition=~Q(status="cancelled") | Q(calendar_version__isnull=True)
    ),
    models.CheckConstraint(
        name="ticket_due_unless_it_stands",
        condition=Q(calendar_version__isnull=True)
        | Q(status="suspended")
        | Q(reaction_due_at__isnull=False, resolution_due_at__isnull=False),
    ),
    models.CheckConstraint(
        name="ticket_due_before_breach",
        condition=Q(reaction_breach_at__gte=F("reaction_due_at")) & Q(resolution_breach_at__gte=F("resolution_due_at")),
    ),
    models.CheckConstraint(
        name="ticket_reaction_decided",
        condition=_none("reaction_met", "reaction_met_at") | Q(reaction_met__isnull=False, reaction_met_at__isnull=False),
    ),
    models.CheckConstraint(
        name="ticket_resolution_decided",
        condition=Q(resolution_met__isnull=True) & (~_ENDED | Q(calendar_version__isnull=True))
        | Q(resolution_met__isnull=False) & _ENDED,
    ),
    models.CheckConstraint(name="ticket_due_only_while_active", condition=_ACTIVE | Q(next_due_at=NEVER)),
    models.CheckConstraint(name="ticket_alarm_only_while_it_runs", condition=_TIMED | Q(alarm_at__isnull=True)),
]


class SlaTerms(models.Model):
    """What was promised for this request: copied from the contract, so that its later edits touch new requests only.

    paragraph       the paragraph's label at that time
    levels          warnings as [percent, to solver, to leaders], by percent
    clock_start_at  the report; None for an e-mail whose confirmation has not left yet
    source          S4-42, S4-75, C01, C04, D15
    """

    ticket = models.OneToOneField(
        "tickets.Ticket", models.CASCADE, primary_key=True, related_name="sla_terms", verbose_name="požadavek"
    )
    paragraph = models.CharField("odstavec smlouvy", max_length=200)
    applies_to = models.CharField("pro požadavky podané", max_length=5)
    method = models.CharField("metoda", max_length=8, choices=[(code, code) for code in METHODS])
    reaction_amount = models.DecimalField("reakce do", max_digits=8, decimal_places=2)
    reaction_unit = models.CharField("jednotka reakce", max_length=6)
    reaction_start = models.CharField("reakce od", max_length=22)
    reaction_counting = models.CharField("počítání reakce", max_length=13)
    resolution_amount = models.DecimalField("vyřešení do", max_digits=8, decimal_places=2)
    resolution_unit = models.CharField("jednotka vyřešení", max_length=6)
    resolution_start = models.CharField("vyřešení od", max_length=22)
    resolution_counting = models.CharField("počítání vyřešení", max_length=13)
    levels = models.JSONField("upozornění", default=list)
    clock_start_at = models.DateTimeField("okamžik měření", null=True, blank=True)

    class Meta:
        verbose_name = "podmínky SLA"
        verbose_name_plural = "podmínky SLA"

    def __str__(self) -> str:
        return f"{self.ticket_id}: {self.method} {self.reaction_amount.normalize():f} / {self.resolution_amount.normalize():f}"

    def target(self, kind: Kind) -> Target:
        """One of the two promises as the clock reads it."""
        return target_of_atoms(*(getattr(self, f"{kind}_{atom}") for atom in ATOMS))


@lru_cache(maxsize=1024)
def target_of_atoms(amount: Decimal, unit: str, start: str, counting: str) -> Target:
    """Few different promises stand behind many requests; each keeps what it has computed of itself."""
    return Target(unit=Unit(unit), start=Start(start), counting=Counting(counting), amount=amount)


class SlaAlarm(models.Model):
    """One warning level of one clock that was reached; once per request, clock and percent.

    at          when the level was reached, moved into the service hours
    noticed_at  when it was found; a late worker writes down all it finds and sends the highest only
    """

    ticket = models.ForeignKey("tickets.Ticket", models.CASCADE, related_name="sla_alarms", verbose_name="požadavek")
    kind = models.CharField("lhůta", max_length=10, choices=KINDS)
    percent = models.PositiveSmallIntegerField("uplynulo (%)")
    at = models.DateTimeField("kdy")
    noticed_at = models.DateTimeField("zjištěno")

    class Meta:
        verbose_name = "upozornění na lhůtu"
        verbose_name_plural = "upozornění na lhůty"
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["ticket", "kind", "percent"], name="sla_alarm_once")]

    def __str__(self) -> str:
        return f"{self.ticket_id}: {self.get_kind_display()} {self.percent} %"


class SlaCheck(models.Model):
    """One nightly comparison of what is stored with a replay of the log; also how far it has come.

    since      requests that changed after this instant are compared too, besides the open ones; None = all
    position   key of the last request that was compared
    differing  how many differed; each is a task for the leaders
    """

    started_at = models.DateTimeField("zahájena")
    since = models.DateTimeField("změny od", null=True, blank=True)
    position = models.BigIntegerField("poslední požadavek", default=0)
    checked = models.PositiveIntegerField("porovnáno", default=0)
    differing = models.PositiveIntegerField("liší se", default=0)
    finished_at = models.DateTimeField("dokončena", null=True, blank=True)

    class Meta:
        verbose_name = "kontrola lhůt"
        verbose_name_plural = "kontroly lhůt"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(models.Value(1), condition=Q(finished_at__isnull=True), name="sla_check_one_running"),
        ]

    def __str__(self) -> str:
        return f"{self.started_at:%Y-%m-%d}: {self.differing}"
