"""What a contract promises in time: reaction and resolution of each paragraph, and who is warned when time runs out."""

from __future__ import annotations

from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from helpdesk.customers.models.contracts import Contract, ContractParagraph
from sla.clock import METHODS, Counting, Kind, Start, Target, Unit
from sla.words import COUNTINGS, STARTS, UNITS

METHOD_CHOICES = [(code, code) for code in METHODS]
DAYS = [Counting.SERVICE_DAYS.value, Counting.CALENDAR_DAYS.value]
SHORTER = [Counting.WINDOW.value, Counting.CONTINUOUS.value]


def _choices(words: dict[Unit, str] | dict[Start, str] | dict[Counting, str]) -> list[tuple[str, str]]:
    return [(atom.value, word) for atom, word in words.items()]


def _matching(kind: Kind) -> Q:
    """Days are counted in days, hours and minutes in time."""
    unit, counting = f"{kind}_unit", f"{kind}_counting__in"
    return Q(**{unit: Unit.DAY.value, counting: DAYS}) | Q(
        **{f"{unit}__in": [Unit.HOUR.value, Unit.MINUTE.value], counting: SHORTER}
    )


def atoms_of(method: str) -> dict[str, str]:
    """What a method says of both targets, as fields of a line."""
    row = METHODS[method]
    return {
        f"{kind}_{atom}": value
        for kind in Kind
        for atom, value in (("unit", row.unit.value), ("start", row.start(kind).value), ("counting", row.counting(kind).value))
    }


class SlaLine(models.Model):
    """Reaction and resolution that a paragraph promises for requests filed in or out of service hours.

    Each target has its own four atoms (unit, start, counting, amount), filled from the method and overridable.

    source  S4-67, S4-69, S4-75, C01, C02, C36, D1, D7
    """

    class AppliesTo(models.TextChoices):
        BOTH = "both", "kdykoli"
        WDIN = "wdin", "v době poskytování (WDIN)"
        WDOUT = "wdout", "mimo dobu poskytování (WDOUT)"

    paragraph = models.ForeignKey(ContractParagraph, models.CASCADE, related_name="sla_lines", verbose_name="odstavec")
    applies_to = models.CharField("pro požadavky podané", max_length=5, choices=AppliesTo.choices, default=AppliesTo.BOTH)
    method = models.CharField("metoda", max_length=8, choices=METHOD_CHOICES)
    reaction_amount = models.DecimalField("reakce do", max_digits=8, decimal_places=2, validators=[MinValueValidator(0)])
    reaction_unit = models.CharField("jednotka reakce", max_length=6, choices=_choices(UNITS))
    reaction_start = models.CharField("reakce od", max_length=22, choices=_choices(STARTS))
    reaction_counting = models.CharField("počítání reakce", max_length=13, choices=_choices(COUNTINGS))
    resolution_amount = models.DecimalField("vyřešení do", max_digits=8, decimal_places=2, validators=[MinValueValidator(0)])
    resolution_unit = models.CharField("jednotka vyřešení", max_length=6, choices=_choices(UNITS))
    resolution_start = models.CharField("vyřešení od", max_length=22, choices=_choices(STARTS))
    resolution_counting = models.CharField("počítání vyřešení", max_length=13, choices=_choices(COUNTINGS))

    history = HistoricalRecords()

    class Meta:
        verbose_name = "lhůta SLA"
        verbose_name_plural = "lhůty SLA"
        ordering = ["paragraph_id", "applies_to"]
        constraints = [
            models.UniqueConstraint(
                fields=["paragraph"],
                condition=Q(applies_to__in=["both", "wdin"]),
                name="sla_line_one_in_hours",
                violation_error_message="Pro dobu poskytování (WDIN) má odstavec dvě lhůty. Nechte jen jednu.",
            ),
            models.UniqueConstraint(
                fields=["paragraph"],
                condition=Q(applies_to__in=["both", "wdout"]),
                name="sla_line_one_out_of_hours",
                violation_error_message="Mimo dobu poskytování (WDOUT) má odstavec dvě lhůty. Nechte jen jednu.",
            ),
            models.CheckConstraint(
                name="sla_line_amounts_not_negative", condition=Q(reaction_amount__gte=0, resolution_amount__gte=0)
            ),
            models.CheckConstraint(
                name="sla_line_reaction_unit",
                condition=_matching(Kind.REACTION),
                violation_error_message="Reakce: dny se počítají po dnech, hodiny a minuty ne. Změňte jednotku nebo počítání.",
            ),
            models.CheckConstraint(
                name="sla_line_resolution_unit",
                condition=_matching(Kind.RESOLUTION),
                violation_error_message="Vyřešení: dny se počítají po dnech, hodiny a minuty ne. Změňte jednotku nebo počítání.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.method} {self.reaction_amount.normalize():f} / {self.resolution_amount.normalize():f}"

    @classmethod
    def preset(cls, *, method: str, reaction: Decimal, resolution: Decimal, **fields: object) -> SlaLine:
        """An unsaved line whose atoms are those of the method.

        fields  paragraph, applies_to, and any atom that the contract says otherwise
        """
        values: dict[str, object] = {"method": method, "reaction_amount": reaction, "resolution_amount": resolution}
        return cls(**values | atoms_of(method) | fields)

    def target(self, kind: Kind) -> Target:
        """One of the two promises as the clock reads it."""
        return Target(
            unit=Unit(getattr(self, f"{kind}_unit")),
            start=Start(getattr(self, f"{kind}_start")),
            counting=Counting(getattr(self, f"{kind}_counting")),
            amount=getattr(self, f"{kind}_amount"),
        )


class EscalationLevel(models.Model):
    """A share of the counted time at which somebody is warned; a contract without levels has the usual ones.

    source  S4-15 to S4-22; our choice of the usual levels
    """

    contract = models.ForeignKey(Contract, models.CASCADE, related_name="escalation_levels", verbose_name="smlouva")
    percent = models.PositiveSmallIntegerField(
        "po uplynutí (%)", validators=[MinValueValidator(1), MaxValueValidator(100)], help_text="100 znamená po termínu."
    )
    to_assignee = models.BooleanField("upozornit řešitele", default=True)
    to_leaders = models.BooleanField("upozornit vedoucí", default=False)

    history = HistoricalRecords()

    class Meta:
        verbose_name = "upozornění na termín"
        verbose_name_plural = "upozornění na termín"
        ordering = ["contract_id", "percent"]
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "percent"],
                name="escalation_level_unique",
                violation_error_message="Tento podíl času je zapsaný dvakrát. Jeden řádek smažte.",
            ),
            models.CheckConstraint(name="escalation_level_percent", condition=Q(percent__gte=1, percent__lte=100)),
            models.CheckConstraint(
                name="escalation_level_warns_somebody",
                condition=Q(to_assignee=True) | Q(to_leaders=True),
                violation_error_message="Zaškrtněte, koho upozornit.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.percent} %"
