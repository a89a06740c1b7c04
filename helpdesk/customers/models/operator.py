"""The supplier itself: identity and texts that customers read, editable in the backoffice."""

from __future__ import annotations

from decimal import Decimal

from django.core.validators import MinValueValidator
from django.db import models
from phonenumber_field.modelfields import PhoneNumberField
from simple_history.models import HistoricalRecords

from helpdesk.customers.validators import validate_dic, validate_ico


class Operator(models.Model):
    """Who runs this helpdesk; exactly one row.

    source  S1-04, S1-06, S4-02
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    name = models.CharField("obchodní firma", max_length=200)
    short_name = models.CharField("krátký název", max_length=60)
    ico = models.CharField("IČO", max_length=8, validators=[validate_ico])
    dic = models.CharField("DIČ", max_length=12, blank=True, validators=[validate_dic])
    street = models.CharField("ulice a číslo", max_length=200)
    city = models.CharField("obec", max_length=100)
    zip_code = models.CharField("PSČ", max_length=6)
    help_phone = PhoneNumberField("linka technické podpory", region="CZ")
    help_hours = models.CharField("provozní doba linky", max_length=100, default="Po–Pá 08:00–16:30")
    help_email = models.EmailField("e-mail podpory")
    methodology_version = models.CharField("verze metodiky", max_length=20, default="2.0.1")
    second_person_above = models.DecimalField(
        "změny u zákazníka potvrzuje druhá osoba od (Kč bez DPH za den)",
        max_digits=12,
        decimal_places=2,
        default=Decimal("5000"),
        validators=[MinValueValidator(0)],
        help_text="Sčítají se opravy práce a kreditu, balíky, přečerpání, sazby a prahy smluv; nižší součet platí hned.",
    )

    history = HistoricalRecords()

    class Meta:
        verbose_name = "provozovatel"
        verbose_name_plural = "provozovatel"
        constraints = [models.CheckConstraint(name="operator_single_row", condition=models.Q(id=1))]

    def __str__(self) -> str:
        return self.name

    @property
    def address(self) -> str:
        return f"{self.street}, {self.zip_code} {self.city}"


class PageText(models.Model):
    """The text of a public page, as sanitised HTML.

    source  S2-01, S4-02, S5-03, S5-05
    """

    class Page(models.TextChoices):
        SERVICE = "service", "Popis služby"
        METHODOLOGY = "methodology", "Metodika"
        PRIVACY = "privacy", "Zpracování osobních údajů"

    page = models.CharField("stránka", max_length=20, choices=Page.choices, primary_key=True)
    title = models.CharField("nadpis", max_length=120)
    body = models.TextField("text")

    history = HistoricalRecords()

    class Meta:
        verbose_name = "text stránky"
        verbose_name_plural = "texty stránek"

    def __str__(self) -> str:
        return self.title
