"""Companies that the supplier serves."""

from __future__ import annotations

from django.db import models
from phonenumber_field.modelfields import PhoneNumberField
from simple_history.models import HistoricalRecords

from helpdesk.collation import SortKeyField
from helpdesk.customers.validators import validate_dic, validate_ico


class CustomerQuerySet(models.QuerySet["Customer"]):
    def active(self) -> CustomerQuerySet:
        return self.filter(is_active=True)


class Customer(models.Model):
    """A Czech company with its own people, contracts and requests; deactivated, never deleted."""

    name = models.CharField("název", max_length=200)
    ico = models.CharField(
        "IČO",
        max_length=8,
        unique=True,
        validators=[validate_ico],
        error_messages={"unique": "Zákazník s tímto IČO už je v evidenci."},
    )
    dic = models.CharField("DIČ", max_length=12, blank=True, validators=[validate_dic])
    street = models.CharField("ulice a číslo", max_length=200, blank=True)
    city = models.CharField("obec", max_length=100, blank=True)
    zip_code = models.CharField("PSČ", max_length=6, blank=True)
    billing_street = models.CharField("fakturační ulice a číslo", max_length=200, blank=True)
    billing_city = models.CharField("fakturační obec", max_length=100, blank=True)
    billing_zip_code = models.CharField("fakturační PSČ", max_length=6, blank=True)
    email = models.EmailField("e-mail", blank=True)
    billing_email = models.EmailField("e-mail pro doklady", blank=True)
    phone = PhoneNumberField("telefon", blank=True, region="CZ")
    main_account = models.ForeignKey(
        "customers.User",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="main_account_of",
        verbose_name="hlavní účet",
        help_text="Kdo se smí přihlásit samotným IČO. Ostatní píšou IČO/jméno.",
    )
    note = models.TextField("interní poznámka", blank=True)
    is_active = models.BooleanField("aktivní", default=True)
    created_at = models.DateTimeField("založen", auto_now_add=True)
    sort_key = SortKeyField("name")

    objects = CustomerQuerySet.as_manager()
    history = HistoricalRecords(excluded_fields=["sort_key"])

    class Meta:
        verbose_name = "zákazník"
        verbose_name_plural = "zákazníci"
        ordering = ["sort_key", "id"]
        indexes = [models.Index(fields=["sort_key", "id"], name="customer_by_name")]
        constraints = [
            models.CheckConstraint(name="customer_ico_eight_digits", condition=models.Q(ico__regex=r"^[0-9]{8}$")),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def address(self) -> str:
        place = f"{self.zip_code} {self.city}".strip()
        return ", ".join(part for part in (self.street, place) if part)
