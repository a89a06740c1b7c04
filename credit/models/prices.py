"""Price lists: versions that are never changed once they are published."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import OuterRef, Q, Subquery

from helpdesk.customers.models import User
from helpdesk.money import czk


class Activity(models.TextChoices):
    """What a piece of work was; `INTAKE` is registering, confirming and handing over: free always (S3-08, D30)."""

    INTAKE = "intake", "příjem"
    SOLVING = "solving", "řešení"
    QUOTING = "quoting", "kalkulace"
    CONSULTING = "consulting", "konzultace"
    DEVELOPMENT = "development", "vývoj"
    TRAINING = "training", "školení"
    TRAVEL = "travel", "cesta"

    @classmethod
    def priced(cls) -> list[Activity]:
        """Those that a price list may have a rate for."""
        return [activity for activity in cls if activity != cls.INTAKE]


class Role(models.TextChoices):
    """Who did it, as price lists tell people apart."""

    ANY = "", "kdokoli"
    SUPPORT = "support", "podpora"
    SPECIALIST = "specialist", "specialista"


class PriceListQuerySet(models.QuerySet["PriceList"]):
    def published(self) -> PriceListQuerySet:
        return self.filter(published_at__isnull=False)

    def with_replacement(self) -> PriceListQuerySet:
        """Each with the day from which a later published one holds, None without any."""
        later = PriceList.objects.published().filter(valid_from__gt=OuterRef("valid_from")).order_by("valid_from")
        return self.annotate(replaced_on=Subquery(later.values("valid_from")[:1]))

    def valid_on(self, day: date) -> PriceList | None:
        """The price list of that day: the newest published one that had begun (S5-14)."""
        return self.published().filter(valid_from__lte=day).order_by("-valid_from").first()


class PriceList(models.Model):
    """The supplier's prices from a day on; a new version takes over on its day.

    published_at  None for a draft; a published list and its rates are immutable
    source        S5-14, C27
    """

    valid_from = models.DateField("platí od")
    express_percent = models.DecimalField(
        "expresní příplatek (%)", max_digits=5, decimal_places=2, default=Decimal(0), validators=[MinValueValidator(0)]
    )
    outside_percent = models.DecimalField(
        "příplatek mimo provozní dobu (%)", max_digits=5, decimal_places=2, default=Decimal(0), validators=[MinValueValidator(0)]
    )
    note = models.CharField("poznámka", max_length=200, blank=True)
    published_at = models.DateTimeField("zveřejněn", null=True, blank=True, editable=False)
    published_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, editable=False, related_name="+", verbose_name="zveřejnil"
    )

    objects = PriceListQuerySet.as_manager()

    class Meta:
        verbose_name = "ceník"
        verbose_name_plural = "ceníky"
        ordering = ["-valid_from", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["valid_from"],
                condition=Q(published_at__isnull=False),
                name="price_list_one_per_day",
                violation_error_message="Od tohoto dne už jeden zveřejněný ceník platí. Zvolte jiný den.",
            ),
            models.CheckConstraint(
                name="price_list_surcharges_not_negative", condition=Q(express_percent__gte=0, outside_percent__gte=0)
            ),
        ]

    def __str__(self) -> str:
        return f"ceník od {self.valid_from:%-d. %-m. %Y}"

    def rate(self, activity: str, role: str) -> Decimal | None:
        """CZK an hour for an activity of a role; for the role first, then for anybody; None when neither is set."""
        rates = {each.role: each.hourly_rate for each in self.rates.all() if each.activity == activity}
        return rates.get(role, rates.get(Role.ANY))


class PriceRate(models.Model):
    """The price of an hour of one activity."""

    price_list = models.ForeignKey(PriceList, models.CASCADE, related_name="rates", verbose_name="ceník")
    activity = models.CharField(
        "činnost", max_length=12, choices=[(activity.value, activity.label) for activity in Activity.priced()]
    )
    role = models.CharField("kdo", max_length=12, choices=Role.choices, blank=True)
    hourly_rate = models.DecimalField("Kč za hodinu bez DPH", max_digits=10, decimal_places=2, validators=[MinValueValidator(0)])

    class Meta:
        verbose_name = "sazba"
        verbose_name_plural = "sazby"
        ordering = ["price_list", "activity", "role"]
        constraints = [
            models.UniqueConstraint(
                fields=["price_list", "activity", "role"],
                name="price_rate_once",
                violation_error_message="Tuto činnost už ceník pro stejnou roli má.",
            ),
            models.CheckConstraint(name="price_rate_not_negative", condition=Q(hourly_rate__gte=0)),
            models.CheckConstraint(
                name="price_rate_not_of_intake",
                condition=~Q(activity="intake"),
                violation_error_message="Příjem požadavku je zdarma, sazbu nemá.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_activity_display()} {czk(self.hourly_rate)}"
