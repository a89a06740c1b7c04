"""The ledger: one account per customer, one row per transfer, closed months.

All amounts are CZK without VAT (D12). What these classes promise is kept by the triggers of migration 0002: whoever
writes past the services is refused by PostgreSQL itself.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from simple_history.models import HistoricalRecords

from helpdesk.customers.models import Customer, User

ZERO = Decimal("0")
MOST = Decimal("999999999999.99")  # below it also NaN is refused, which PostgreSQL holds to be greater than any number


class LedgerAccountQuerySet(models.QuerySet["LedgerAccount"]):
    def of_customers(self) -> LedgerAccountQuerySet:
        return self.filter(kind=LedgerAccount.Kind.CUSTOMER)

    def locked(self, pk: int) -> LedgerAccount:
        """The row itself, locked until the end of the transaction."""
        return self.select_for_update(no_key=True).get(pk=pk)

    def locked_of(self, customer: Customer) -> LedgerAccount | None:
        """The customer's, locked; ordered by id, as the order by name would lock the customer too."""
        return self.filter(customer=customer).order_by("id").select_for_update(no_key=True).first()


class LedgerAccount(models.Model):
    """What a customer has prepaid, or one of the supplier's accounts on the other side.

    balance          positive = the customer's credit, negative = overdraft (D12); kept for customers only, because every
                     charge of every customer would otherwise wait for the row of the one account for work
    held             reserved by approved quotes and not yet worked off
    version          number of transfers so far; each transfer takes the next one
    overdraft_limit  how far work may be started below zero; done work is recorded whatever it says
    has_hard_limit   the database refuses charges beyond the limit; off, because done work is always recorded
    """

    class Kind(models.TextChoices):
        CUSTOMER = "customer", "kredit zákazníka"
        COMGATE = "comgate", "platby Comgate"
        BANK = "bank", "platby převodem"
        WORK = "work", "odvedená práce"
        CORRECTION = "correction", "opravy"
        EXPIRY = "expiry", "propadlý kredit"
        REFUND = "refund", "vrácený kredit"
        RECEIVABLE = "receivable", "pohledávky"

    kind = models.CharField("druh", max_length=10, choices=Kind.choices)
    customer = models.OneToOneField(
        Customer, models.PROTECT, null=True, blank=True, related_name="credit_account", verbose_name="zákazník"
    )
    balance = models.DecimalField("zůstatek (Kč bez DPH)", max_digits=14, decimal_places=2, default=ZERO, editable=False)
    held = models.DecimalField("rezervováno (Kč bez DPH)", max_digits=14, decimal_places=2, default=ZERO, editable=False)
    version = models.PositiveBigIntegerField("pohybů", default=0, editable=False)
    overdraft_limit = models.DecimalField(
        "povolené přečerpání (Kč bez DPH)", max_digits=14, decimal_places=2, default=ZERO, validators=[MinValueValidator(0)]
    )
    has_hard_limit = models.BooleanField(
        "odmítat i hotovou práci nad limit", default=False, help_text="Běžně vypnuto: hotová práce se zaznamená vždy."
    )

    objects = LedgerAccountQuerySet.as_manager()
    history = HistoricalRecords(excluded_fields=["balance", "held", "version"])

    class Meta:
        verbose_name = "kreditní účet"
        verbose_name_plural = "kreditní účty"
        ordering = ["customer__sort_key", "id"]
        constraints = [
            models.CheckConstraint(
                name="ledger_account_has_customer",
                condition=Q(kind="customer", customer__isnull=False)
                | ~Q(kind="customer") & Q(customer__isnull=True, balance=0, held=0, version=0),
            ),
            models.UniqueConstraint(fields=["kind"], condition=~Q(kind="customer"), name="ledger_account_one_per_kind"),
            models.CheckConstraint(name="ledger_account_not_negative", condition=Q(held__gte=0, overdraft_limit__gte=0)),
            models.CheckConstraint(name="ledger_account_is_number", condition=Q(held__lte=MOST, overdraft_limit__lte=MOST)),
        ]

    def __str__(self) -> str:
        return str(self.customer) if self.customer_id else self.get_kind_display()

    @property
    def unreserved(self) -> Decimal:
        """Credit that no quote has reserved; negative in overdraft."""
        return self.balance - self.held

    @property
    def available(self) -> Decimal:
        """What new work or a new quote may still take, the allowed overdraft included."""
        return self.unreserved + self.overdraft_limit


class LedgerTransferQuerySet(models.QuerySet["LedgerTransfer"]):
    def of_account(self, account: LedgerAccount) -> LedgerTransferQuerySet:
        return self.filter(account=account)

    def booked_between(self, first: date, last: date) -> LedgerTransferQuerySet:
        return self.filter(booked_on__range=(first, last))


class LedgerTransfer(models.Model):
    """One movement of credit: written once, never changed, never deleted; a mistake is mirrored by a reversal.

    key            identity of the cause, fixed before the movement: the same cause moves money once
    debit, credit  from which account to which; exactly one of them is a customer's
    account        the customer's one of the two; set by the database, as are serial, change, captured and balance_after
    serial         1, 2, 3 … within the account: the order in which the movements happened
    change         +amount or −amount, as the customer sees it
    captured       how much of the amount a reservation had set aside
    booked_on      the day whose month it belongs to; occurred_at is the moment of the cause
    memo           what the statement says, true at that time: the ledger knows no requests
    source         S1-18, D12
    """

    class Code(models.TextChoices):
        TOP_UP = "top_up", "Dobití kreditu"
        WORK = "work", "Práce"
        CORRECTION = "correction", "Oprava"
        EXPIRY = "expiry", "Propadlý kredit"
        REFUND = "refund", "Vrácení kreditu"
        INVOICED = "invoiced", "Vyfakturované přečerpání"
        REVERSAL = "reversal", "Storno"

    key = models.CharField("klíč", max_length=120, unique=True)
    code = models.CharField("druh", max_length=10, choices=Code.choices)
    debit = models.ForeignKey(LedgerAccount, models.PROTECT, related_name="+", db_index=False, verbose_name="z účtu")
    credit = models.ForeignKey(LedgerAccount, models.PROTECT, related_name="+", db_index=False, verbose_name="na účet")
    amount = models.DecimalField("částka (Kč bez DPH)", max_digits=14, decimal_places=2)
    account = models.ForeignKey(
        LedgerAccount, models.PROTECT, related_name="transfers", db_index=False, editable=False, verbose_name="účet"
    )
    serial = models.PositiveBigIntegerField("pořadí", editable=False)
    change = models.DecimalField("změna (Kč bez DPH)", max_digits=14, decimal_places=2, editable=False)
    captured = models.DecimalField("z rezervace (Kč bez DPH)", max_digits=14, decimal_places=2, default=ZERO, editable=False)
    balance_after = models.DecimalField("zůstatek po pohybu (Kč bez DPH)", max_digits=14, decimal_places=2, editable=False)
    hold = models.ForeignKey("credit.Hold", models.PROTECT, null=True, blank=True, related_name="transfers")
    reverses = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="reversed_by", verbose_name="stornuje"
    )
    booked_on = models.DateField("zaúčtováno")
    occurred_at = models.DateTimeField("nastalo")
    created_at = models.DateTimeField("zapsáno", auto_now_add=True)
    created_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="zapsal")
    memo = models.CharField("text", max_length=300)

    objects = LedgerTransferQuerySet.as_manager()

    class Meta:
        verbose_name = "pohyb kreditu"
        verbose_name_plural = "pohyby kreditu"
        ordering = ["account_id", "serial"]
        constraints = [
            models.CheckConstraint(name="ledger_transfer_positive", condition=Q(amount__gt=0, amount__lte=MOST)),
            models.CheckConstraint(name="ledger_transfer_two_accounts", condition=~Q(debit=F("credit"))),
            models.CheckConstraint(
                name="ledger_transfer_reversal_names_original",
                condition=Q(code="reversal", reverses__isnull=False) | ~Q(code="reversal") & Q(reverses__isnull=True),
            ),
            # Deferrable, so that PostgreSQL refuses ON CONFLICT DO NOTHING, which would drop a charge in silence.
            models.UniqueConstraint(
                fields=["account", "serial"], name="ledger_transfer_serial", deferrable=models.Deferrable.IMMEDIATE
            ),
        ]
        indexes = [
            models.Index(
                fields=["account", "booked_on", "serial"], include=["change", "code"], name="ledger_transfer_by_day"
            )  # a statement's sums read it alone
        ]

    def __str__(self) -> str:
        return f"{self.get_code_display()} {self.change}"


class PeriodClose(models.Model):
    """A month of a customer in which nothing is booked any more.

    month   its first day
    source  S1-21, D21
    """

    account = models.ForeignKey(LedgerAccount, models.PROTECT, related_name="closes", verbose_name="účet")
    month = models.DateField("měsíc")
    closed_at = models.DateTimeField("uzavřeno")
    closed_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="uzavřel")

    class Meta:
        verbose_name = "uzavřený měsíc"
        verbose_name_plural = "uzavřené měsíce"
        ordering = ["account_id", "month"]
        constraints = [
            models.UniqueConstraint(fields=["account", "month"], name="period_close_once"),
            models.CheckConstraint(
                name="period_close_first_day",
                condition=Q(month__day=1),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account} {self.month:%m/%Y}"


class CreditThreshold(models.Model):
    """A balance below which the customer is warned, once each time it is crossed."""

    account = models.ForeignKey(LedgerAccount, models.CASCADE, related_name="thresholds", verbose_name="účet")
    amount = models.DecimalField("zůstatek (Kč bez DPH)", max_digits=14, decimal_places=2)

    class Meta:
        verbose_name = "upozornění na nízký kredit"
        verbose_name_plural = "upozornění na nízký kredit"
        ordering = ["-amount"]
        constraints = [models.UniqueConstraint(fields=["account", "amount"], name="credit_threshold_once")]

    def __str__(self) -> str:
        return str(self.amount)
