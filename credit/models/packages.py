"""Prepaid packages of minutes, apart from the ledger of money (D22)."""

from __future__ import annotations

from datetime import date

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q, Sum
from django.db.models.functions import Coalesce

from credit.models.ledger import ZERO
from helpdesk.customers.models import Contract, User


class PrepaidPackageQuerySet(models.QuerySet["PrepaidPackage"]):
    def valid_on(self, day: date) -> PrepaidPackageQuerySet:
        """Those that pay on the day, each with the minutes `drawn` from it so far."""
        valid = self.filter(is_confirmed=True, sold_on__lte=day).filter(Q(valid_until__isnull=True) | Q(valid_until__gte=day))
        return valid.annotate(drawn=Coalesce(Sum("draws__minutes"), 0)).order_by(F("valid_until").asc(nulls_last=True), "id")

    def left_on(self, day: date) -> list[tuple[int, int]]:
        """Key and minutes left of those valid on the day, in the order in which they are used: the first to end first."""
        return list(self.valid_on(day).annotate(left=F("minutes") - F("drawn")).filter(left__gt=0).values_list("pk", "left"))


class PrepaidPackage(models.Model):
    """Minutes that a customer bought for a contract; its sale is a line on the month's invoice.

    is_confirmed  False while a sale above the limit waits for a second person: nothing is drawn or invoiced then
    source        D22, S5-13
    """

    contract = models.ForeignKey(Contract, models.PROTECT, related_name="packages", verbose_name="smlouva")
    minutes = models.PositiveIntegerField("minut", validators=[MinValueValidator(1)])
    price = models.DecimalField(
        "cena (Kč bez DPH)", max_digits=12, decimal_places=2, default=ZERO, validators=[MinValueValidator(0)]
    )
    sold_on = models.DateField("prodáno")
    valid_until = models.DateField("platí do", null=True, blank=True, help_text="Prázdné: bez omezení.")
    is_confirmed = models.BooleanField("platí", default=True, editable=False)
    sold_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, editable=False, related_name="+")

    objects = PrepaidPackageQuerySet.as_manager()

    class Meta:
        verbose_name = "předplacený balík"
        verbose_name_plural = "předplacené balíky"
        ordering = ["-sold_on", "-id"]
        constraints = [
            models.CheckConstraint(name="package_not_negative", condition=Q(minutes__gt=0, price__gte=0)),
            models.CheckConstraint(
                name="package_validity_in_order", condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("sold_on"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.minutes} min, {self.contract}"


class PackageDraw(models.Model):
    """Minutes taken out of a package, or given back when `minutes` is negative; append-only.

    key  identity of the cause: the same work draws once
    """

    package = models.ForeignKey(PrepaidPackage, models.PROTECT, related_name="draws", verbose_name="balík")
    key = models.CharField("klíč", max_length=120, unique=True)
    minutes = models.IntegerField("minut")
    drawn_at = models.DateTimeField("kdy")
    memo = models.CharField("text", max_length=300)

    class Meta:
        verbose_name = "čerpání balíku"
        verbose_name_plural = "čerpání balíku"
        ordering = ["id"]
        constraints = [models.CheckConstraint(name="package_draw_moves", condition=~Q(minutes=0))]

    def __str__(self) -> str:
        return f"{self.minutes} min"
