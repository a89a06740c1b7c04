"""Contracts: what was agreed with a customer, paragraph by paragraph."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.lookups import Regex
from phonenumber_field.modelfields import PhoneNumberField
from simple_history.models import HistoricalRecords

from helpdesk import payment
from helpdesk.customers.models.companies import Customer
from helpdesk.customers.models.people import User
from helpdesk.customers.models.support_levels import SupportLevel
from sla.models import ServiceCalendar

ORDER_TEXT = Func(F("payment_order"), Value(" "), function="array_to_string", output_field=models.TextField())
OF_MODE = Q(billing_mode="custom")
for _mode, _order in payment.PRESETS.items():
    OF_MODE |= Q(billing_mode=_mode, payment_order=[source.value for source in _order])


def default_calendar() -> int | None:
    """The calendar that a new contract gets (S3-08)."""
    return ServiceCalendar.objects.filter(is_default=True).values_list("pk", flat=True).first()


def default_order() -> list[str]:
    """The order of the mode that a new contract gets."""
    return [source.value for source in payment.PRESETS["credit"]]


class Contract(models.Model):
    """A service contract; its kind is the tier of access that it opens.

    specification_above  from where a request is a larger one, by price or by minutes: a quote with a specification precedes it
    source  S3-17, D34; S3-01, S3-09, S4-75 (the contract overrides the methodology), S5-18 to S5-21
    """

    class Kind(models.TextChoices):
        IMPLEMENTATION = "implementation", "implementace"
        SUPPORT = "support", "údržba a podpora"
        ONE_OFF = "one_off", "jednorázová objednávka"
        PROSPECT = "prospect", "potenciální zákazník"

    class BillingMode(models.TextChoices):
        CREDIT = "credit", "z kreditu"
        FLAT = "flat", "paušál"
        PACKAGE = "package", "balík hodin"
        HOURLY = "hourly", "hodinově zpětně"
        CUSTOM = "custom", "vlastní pořadí"

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="contracts", verbose_name="zákazník")
    number = models.CharField("číslo", max_length=40)
    title = models.CharField("název", max_length=200)
    kind = models.CharField("druh", max_length=20, choices=Kind.choices, default=Kind.SUPPORT)
    valid_from = models.DateField("platí od")
    valid_until = models.DateField("platí do", null=True, blank=True, help_text="Prázdné: na dobu neurčitou.")
    is_active = models.BooleanField("účinná", default=True)
    has_help_desk = models.BooleanField("služba Help Desk", default=True, help_text="Povinná součást každé smlouvy.")
    has_hypercare = models.BooleanField("Hypercare", default=True)
    has_hotline = models.BooleanField("HotLine", default=False)
    calendar = models.ForeignKey(
        ServiceCalendar,
        models.PROTECT,
        default=default_calendar,
        related_name="contracts",
        verbose_name="doba poskytování služby",
        help_text="Ve které době běží lhůty; odstavec smlouvy může mít jinou.",
    )
    complaint_days = models.PositiveSmallIntegerField(
        "lhůta k reklamaci (pracovní dny)", default=10, validators=[MinValueValidator(1), MaxValueValidator(250)]
    )
    complaint_limit = models.PositiveSmallIntegerField(
        "nejvýše reklamací jednoho požadavku", default=3, validators=[MinValueValidator(1)]
    )
    complaint_decision_days = models.PositiveSmallIntegerField(
        "lhůta k rozhodnutí o reklamaci (pracovní dny)", default=5, validators=[MinValueValidator(1)]
    )
    billing_mode = models.CharField("režim účtování", max_length=10, choices=BillingMode.choices, default=BillingMode.CREDIT)
    payment_order = ArrayField(
        models.CharField(max_length=20, choices=payment.CHOICES),
        verbose_name="pořadí, ve kterém se práce hradí",
        size=payment.LONGEST,
        blank=True,
        default=default_order,
        help_text="Platí pro režim „vlastní pořadí“; každý jiný režim má své a\u00a0doplní se samo.",
    )
    billing_step_minutes = models.PositiveSmallIntegerField(
        "účtuje se po (min)", default=1, validators=[MinValueValidator(1), MaxValueValidator(60)]
    )
    hourly_rate = models.DecimalField(
        "hodinová sazba (Kč bez DPH)", max_digits=10, decimal_places=2, default=Decimal("0"), validators=[MinValueValidator(0)]
    )
    hypercare_rate = models.DecimalField(
        "sazba Hypercare a nad rámec (Kč bez DPH)",
        max_digits=10,
        decimal_places=2,
        default=Decimal("0"),
        validators=[MinValueValidator(0)],
    )
    support_level = models.ForeignKey(
        SupportLevel, models.PROTECT, null=True, blank=True, related_name="contracts", verbose_name="úroveň podpory"
    )
    free_phone_minutes = models.PositiveSmallIntegerField(
        "telefonické konzultace zdarma (min za měsíc)", null=True, blank=True, help_text="Prázdné: podle úrovně podpory."
    )
    quote_minutes = models.PositiveSmallIntegerField(
        "kalkulace bez souhlasu nejvýše (min)",
        default=60,
        help_text="Kolik práce na kalkulaci lze odvést bez souhlasu zákazníka.",
    )
    is_quote_work_free = models.BooleanField("kalkulace zdarma", default=False)
    specification_above = models.DecimalField(
        "rozsáhlejší požadavek nad (Kč bez DPH)",
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text="Placená práce bez schválené kalkulace tu končí, vyšší kalkulace má technickou specifikaci. Prázdné: nikdy.",
    )
    specification_above_minutes = models.PositiveIntegerField(
        "rozsáhlejší požadavek nad (min práce)",
        null=True,
        blank=True,
        help_text="Totéž podle času. Je-li vyplněno obojí, platí, čeho se dosáhne dřív.",
    )
    signed_in_approval_above = models.DecimalField(
        "schválení jen po přihlášení od (Kč bez DPH)",
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text="Prázdné: vždy stačí odkaz z dopisu.",
    )
    covered = models.TextField("pokrývá", blank=True, help_text="Každá položka na vlastní řádek.")
    not_covered = models.TextField("nepokrývá", blank=True, help_text="Každá položka na vlastní řádek.")
    note = models.TextField("interní poznámka", blank=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = "smlouva"
        verbose_name_plural = "smlouvy"
        ordering = ["customer__sort_key", "number", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "number"],
                name="contract_number_unique",
                violation_error_message="Smlouvu s tímto číslem už zákazník má.",
            ),
            models.CheckConstraint(
                name="contract_has_help_desk",
                condition=Q(has_help_desk=True),
                violation_error_message="Help Desk je povinnou součástí každé smlouvy. Zaškrtněte jej prosím.",
            ),
            models.CheckConstraint(
                name="contract_validity_in_order",
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")),
                violation_error_message="Smlouva končí dřív, než začíná. Opravte datum.",
            ),
            models.CheckConstraint(name="contract_rates_not_negative", condition=Q(hourly_rate__gte=0, hypercare_rate__gte=0)),
            models.CheckConstraint(name="contract_order_of_its_mode", condition=OF_MODE),
            models.CheckConstraint(
                name="contract_order_pays_everything",
                condition=Regex(ORDER_TEXT, r"^covered( (free_phone|package|package_consulting|flat))* (credit|invoice)$"),
            ),
            models.CheckConstraint(
                name="contract_order_without_doubles",
                condition=~Regex(ORDER_TEXT, "free_phone.*free_phone|package.*package|flat.*flat"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """The order of payment follows the billing mode, unless that says that it is the contract's own (D35)."""
        self._follow_mode()
        if "billing_mode" in (kwargs.get("update_fields") or ()):
            kwargs["update_fields"] = {*kwargs["update_fields"], "payment_order"}
        super().save(*args, **kwargs)

    def clean(self) -> None:
        super().clean()
        self._follow_mode()
        if refusal := payment.refusal(self.payment_order):
            raise ValidationError({"payment_order": refusal})

    def _follow_mode(self) -> None:
        if self.billing_mode in payment.PRESETS:
            self.payment_order = [source.value for source in payment.PRESETS[self.billing_mode]]

    @property
    def phone_minutes(self) -> int:
        """Minutes of phone consultations that a month brings for free: as agreed, else by the level of support (S5-12, D32)."""
        if self.free_phone_minutes is not None:
            return self.free_phone_minutes
        return self.support_level.free_phone_minutes if self.support_level else 0

    @property
    def sources(self) -> payment.Order:
        """Who pays for work, in order: whatever is asked about the billing mode is asked here (C27, D35)."""
        return tuple(payment.Source(value) for value in self.payment_order)

    @property
    def sources_in_words(self) -> str:
        """„co je v ceně smlouvy, bezplatné telefonické minuty, kredit“."""
        return ", ".join(payment.NAMES[source] for source in self.sources)

    @property
    def limits_unquoted_work(self) -> bool:
        """Whether larger work needs a quote first (D34)."""
        return self.specification_above is not None or self.specification_above_minutes is not None

    def is_valid_on(self, day: date) -> bool:
        return self.is_active and self.valid_from <= day and (self.valid_until is None or day <= self.valid_until)

    def offered_paragraphs(self) -> models.QuerySet[ContractParagraph]:
        """Those that a request may be filed by; Hypercare only where it was agreed (S4-74, C19)."""
        paragraphs = self.paragraphs.filter(is_active=True)
        return paragraphs if self.has_hypercare else paragraphs.exclude(kind=ContractParagraph.Kind.HYPERCARE)


class ContractParagraph(models.Model):
    """A clause that a request is filed by: it decides deadlines and price (D24).

    source  S4-39, S4-59, S4-70, S4-74
    """

    class Kind(models.TextChoices):
        INCIDENT = "incident", "incident"
        ORDER = "order", "objednávka"
        COMPLAINT = "complaint", "reklamace"
        HYPERCARE = "hypercare", "hypercare"
        QUESTION = "question", "dotaz"
        CONSULTATION = "consultation", "konzultace"
        CHANGE = "change", "změna"
        SERVICE = "service", "provozní služba"

    class Severity(models.IntegerChoices):
        CRITICAL = 1, "kritická"
        MAJOR = 2, "závažná"
        MINOR = 3, "drobná"
        NONE = 4, "bez závažnosti"

    class PriceScope(models.TextChoices):
        BY_KIND = "", "podle druhu odstavce"
        INCLUDED = "included", "v ceně smlouvy"
        PAID = "paid", "placené podle režimu smlouvy"
        ABOVE = "above", "nad rámec smlouvy"

    contract = models.ForeignKey(Contract, models.PROTECT, related_name="paragraphs", verbose_name="smlouva")
    code = models.CharField("označení", max_length=40, help_text="Například „čl. 4.1 b)“.")
    title = models.CharField("název", max_length=120)
    description = models.CharField("kdy se použije", max_length=300, blank=True)
    kind = models.CharField("druh", max_length=20, choices=Kind.choices, default=Kind.INCIDENT)
    severity = models.PositiveSmallIntegerField("závažnost", choices=Severity.choices, default=Severity.NONE)
    has_sla = models.BooleanField("podléhá SLA", default=True)
    calendar = models.ForeignKey(
        ServiceCalendar,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="paragraphs",
        verbose_name="jiná doba poskytování",
        help_text="Prázdné: stejná jako ve smlouvě.",
    )
    price_scope = models.CharField(
        "cena práce",
        max_length=8,
        choices=PriceScope.choices,
        blank=True,
        default=PriceScope.BY_KIND,
        help_text="Podle druhu: dotaz, konzultace, změna a hypercare jsou nad rámec smlouvy, ostatní placené.",
    )
    is_email_default = models.BooleanField("výchozí pro e-mail", default=False)
    is_active = models.BooleanField("nabízí se", default=True)
    position = models.PositiveSmallIntegerField("pořadí", default=0)

    history = HistoricalRecords()

    class Meta:
        verbose_name = "odstavec smlouvy"
        verbose_name_plural = "odstavce smlouvy"
        ordering = ["contract_id", "position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["contract", "code"], name="paragraph_code_unique"),
            models.UniqueConstraint(
                fields=["contract"],
                condition=Q(is_email_default=True),
                name="paragraph_one_email_default",
                violation_error_message="Výchozí odstavec pro e-mail může být jen jeden.",
            ),
            models.CheckConstraint(
                name="paragraph_without_sla",
                condition=Q(has_sla=False) | ~Q(kind__in=["hypercare", "question", "consultation", "change", "service"]),
                violation_error_message="Dotaz, konzultace, změna, hypercare a provozní služba nepodléhají SLA.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"

    @property
    def service_calendar(self) -> ServiceCalendar:
        """Its own hours of service, else those of the contract."""
        return self.calendar or self.contract.calendar

    @property
    def scope(self) -> str:
        """How work under it is priced: "included", "paid" or "above" (S4-73, C27)."""
        above = (self.Kind.QUESTION, self.Kind.CONSULTATION, self.Kind.CHANGE, self.Kind.HYPERCARE)
        return self.price_scope or (self.PriceScope.ABOVE if self.kind in above else self.PriceScope.PAID)

    @property
    def needs_description(self) -> bool:
        """Details are mandatory for incidents only (C31)."""
        return self.kind == self.Kind.INCIDENT

    @property
    def asks_contract_part(self) -> bool:
        """Whoever claims something else than a defect cites the clause (S4-34)."""
        return self.kind in (self.Kind.COMPLAINT, self.Kind.CHANGE, self.Kind.ORDER)


class ContractPhone(models.Model):
    """A number written in the contract; the phone line calls back to these only (S4-86)."""

    contract = models.ForeignKey(Contract, models.CASCADE, related_name="phones", verbose_name="smlouva")
    number = PhoneNumberField("telefon", region="CZ")
    label = models.CharField("popis", max_length=80, blank=True)

    class Meta:
        verbose_name = "telefon ve smlouvě"
        verbose_name_plural = "telefony ve smlouvě"
        constraints = [models.UniqueConstraint(fields=["contract", "number"], name="contract_phone_unique")]

    def __str__(self) -> str:
        return str(self.number)


class ContractPerson(models.Model):
    """A person named in the contract, registered with it.

    user    set once the account exists
    source  S4-04, S4-05
    """

    contract = models.ForeignKey(Contract, models.PROTECT, related_name="people", verbose_name="smlouva")
    first_name = models.CharField("jméno", max_length=150)
    last_name = models.CharField("příjmení", max_length=150)
    email = models.EmailField("e-mail")
    phone = PhoneNumberField("telefon", blank=True, region="CZ")
    is_member = models.BooleanField("člen", default=True)
    is_manager = models.BooleanField("vedoucí", default=False)
    is_approver = models.BooleanField("schvalovatel", default=False)
    is_accountant = models.BooleanField("účetní", default=False)
    is_responsible = models.BooleanField("odpovědná osoba", default=False)
    user = models.ForeignKey(User, models.PROTECT, null=True, blank=True, editable=False, related_name="contract_entries")

    class Meta:
        verbose_name = "osoba ve smlouvě"
        verbose_name_plural = "osoby ve smlouvě"
        constraints = [
            models.UniqueConstraint(fields=["contract", "email"], name="contract_person_unique"),
            models.CheckConstraint(
                name="contract_person_has_a_role",
                condition=Q(is_member=True)
                | Q(is_manager=True)
                | Q(is_approver=True)
                | Q(is_accountant=True)
                | Q(is_responsible=True),
                violation_error_message="Zaškrtněte aspoň jedno oprávnění.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.first_name} {self.last_name}"
