"""Service calendars in versions: when service is provided, and until when that was true."""

from __future__ import annotations

from zoneinfo import available_timezones

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from simple_history.models import HistoricalRecords

from sla.typed import DAY, clock_time

LAST_SECOND = DAY - 1
WEEKDAYS = ("pondělí", "úterý", "středa", "čtvrtek", "pátek", "sobota", "neděle")


def validate_zone(name: str) -> None:
    if name not in available_timezones():
        raise ValidationError("Takové časové pásmo neznáme. Napište je jako „Europe/Prague“.")


class ServiceCalendar(models.Model):
    """„Doba poskytování služby“: a name and a zone; what it says stands in its versions.

    source  S3-08, S3-10, S4-80
    """

    name = models.CharField("název", max_length=80, unique=True)
    zone = models.CharField("časové pásmo", max_length=60, default="Europe/Prague", validators=[validate_zone])
    is_default = models.BooleanField("výchozí", default=False, help_text="Dostane jej každá nová smlouva.")

    history = HistoricalRecords()

    class Meta:
        verbose_name = "kalendář služby"
        verbose_name_plural = "kalendáře služby"
        ordering = ["-is_default", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["is_default"],
                condition=Q(is_default=True),
                name="calendar_one_default",
                violation_error_message="Výchozí kalendář může být jen jeden.",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class VersionQuerySet(models.QuerySet["CalendarVersion"]):
    def published(self) -> VersionQuerySet:
        return self.filter(published_at__isnull=False)

    def drafts(self) -> VersionQuerySet:
        return self.filter(published_at__isnull=True)

    def newest_of(self, calendar_id: int) -> CalendarVersion | None:
        """The version that new requests are measured by; None while the first one is a draft."""
        return self.published().filter(calendar_id=calendar_id).order_by("-number").first()


class CalendarVersion(models.Model):
    """One wording of a calendar; once published, neither it nor its windows and dates change (by trigger).

    recompute_*  how far the requests that run are moved to this version; the only columns written after publishing
    """

    calendar = models.ForeignKey(ServiceCalendar, models.PROTECT, related_name="versions", verbose_name="kalendář")
    number = models.PositiveSmallIntegerField("verze")
    always = models.BooleanField(
        "nepřetržitě", default=False, help_text="24 hodin denně, 365 dní v roce; okna, svátky a výjimky se nepoužijí."
    )
    serves_holidays = models.BooleanField(
        "služba i o svátcích", default=False, help_text="Bez zaškrtnutí se o českých svátcích služba neposkytuje."
    )
    note = models.CharField("co se mění", max_length=300, blank=True)
    published_at = models.DateTimeField("zveřejněna", null=True, blank=True, editable=False)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name="zveřejnil",
    )
    recompute_total = models.PositiveIntegerField("přepočítává se požadavků", default=0, editable=False)
    recompute_done = models.PositiveIntegerField("přepočítáno", default=0, editable=False)
    recomputed_at = models.DateTimeField("přepočet skončil", null=True, blank=True, editable=False)

    objects = VersionQuerySet.as_manager()

    class Meta:
        verbose_name = "verze kalendáře"
        verbose_name_plural = "verze kalendáře"
        ordering = ["calendar_id", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["calendar", "number"], name="calendar_version_unique"),
            models.UniqueConstraint(
                fields=["calendar"],
                condition=Q(published_at__isnull=True),
                name="calendar_one_draft",
                violation_error_message="Rozepsaná verze už existuje. Upravte ji, nebo ji zveřejněte.",
            ),
            models.CheckConstraint(name="version_number_from_one", condition=Q(number__gte=1)),
            models.CheckConstraint(name="version_recompute_in_bounds", condition=Q(recompute_done__lte=F("recompute_total"))),
        ]

    def __str__(self) -> str:
        return f"{self.calendar}, verze {self.number}"

    @property
    def is_published(self) -> bool:
        return self.published_at is not None

    @property
    def is_recomputing(self) -> bool:
        """Whether requests that run still wait to be measured by this version."""
        return self.is_published and self.recomputed_at is None


class ServiceWindow(models.Model):
    """A stretch of service in each week; one that ends no later than it begins ends the next day."""

    version = models.ForeignKey(CalendarVersion, models.CASCADE, related_name="windows", verbose_name="verze")
    weekday = models.PositiveSmallIntegerField("den", choices=list(enumerate(WEEKDAYS)), validators=[MaxValueValidator(6)])
    opens = models.PositiveIntegerField("od", validators=[MaxValueValidator(LAST_SECOND)])
    closes = models.PositiveIntegerField("do", validators=[MaxValueValidator(DAY)])

    class Meta:
        verbose_name = "okno služby"
        verbose_name_plural = "okna služby"
        ordering = ["weekday", "opens"]
        constraints = [
            models.UniqueConstraint(
                fields=["version", "weekday", "opens"],
                name="window_unique",
                violation_error_message="Dvě okna téhož dne začínají stejně. Jedno smažte.",
            ),
            models.CheckConstraint(name="window_weekday", condition=Q(weekday__lte=6)),
            models.CheckConstraint(name="window_within_a_day", condition=Q(opens__lte=LAST_SECOND, closes__lte=DAY)),
        ]

    def __str__(self) -> str:
        return f"{WEEKDAYS[self.weekday]} {clock_time(self.opens)}–{clock_time(self.closes)}"


class CalendarDate(models.Model):
    """A date that differs from its weekday: closed, or with other windows (a row for each), also on a holiday."""

    version = models.ForeignKey(CalendarVersion, models.CASCADE, related_name="dates", verbose_name="verze")
    day = models.DateField("datum")
    name = models.CharField("důvod", max_length=80, help_text="Zákazník jej uvidí, například „Inventura“.")
    opens = models.PositiveIntegerField("od", null=True, blank=True, validators=[MaxValueValidator(LAST_SECOND)])
    closes = models.PositiveIntegerField("do", null=True, blank=True, validators=[MaxValueValidator(DAY)])

    class Meta:
        verbose_name = "výjimečný den"
        verbose_name_plural = "výjimečné dny"
        ordering = ["day", "opens"]
        constraints = [
            models.UniqueConstraint(
                fields=["version", "day", "opens"],
                name="date_unique",
                nulls_distinct=False,
                violation_error_message="Tento den je zapsaný dvakrát. Jeden řádek smažte.",
            ),
            models.CheckConstraint(
                name="date_closed_or_open",
                condition=Q(opens__isnull=True, closes__isnull=True)
                | Q(opens__isnull=False, closes__isnull=False, opens__lte=LAST_SECOND, closes__lte=DAY),
                violation_error_message="Vyplňte od i do, nebo nechte obojí prázdné: pak je ten den zavřeno.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day.day}. {self.day.month}. {self.day.year} {self.name}"

    @property
    def is_closed(self) -> bool:
        return self.opens is None
