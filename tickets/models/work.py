"""Tracked work: entries with the stretches of time they consist of, and their corrections."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary, RangeOperators
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, F, Func, OuterRef, Q

from credit.models import Activity, LedgerTransfer
from helpdesk.customers.models import StaffTask, User
from tickets.models.quotes import Quote
from tickets.models.ticket import Ticket

ZERO = Decimal("0.00")
ABOVE = {"above": True}


class WorkEntryQuerySet(models.QuerySet["WorkEntry"]):
    def open(self) -> WorkEntryQuerySet:
        """Timers that run or wait to be continued."""
        return self.filter(state__in=(WorkEntry.State.RUNNING, WorkEntry.State.PAUSED))

    def paused_before(self, moment: datetime) -> WorkEntryQuerySet:
        """Interrupted before it, not continued since, and nobody was reminded."""
        later = WorkSpan.objects.filter(entry=OuterRef("pk"), ended_at__gte=moment)
        return self.filter(state=WorkEntry.State.PAUSED, reminder__isnull=True).exclude(Exists(later))

    def finished(self) -> WorkEntryQuerySet:
        return self.filter(state=WorkEntry.State.FINISHED)

    def standing(self) -> WorkEntryQuerySet:
        """What counts: without entries that were reversed and without the reversals."""
        return self.filter(reverses__isnull=True, reversed_by__isnull=True)

    def above_contract(self) -> WorkEntryQuerySet:
        """Charged above the contract, in whole or in part (S4-73); such parts of its price carry the mark."""
        return self.filter(pricing__contains=[ABOVE])

    def unpriced(self) -> WorkEntryQuerySet:
        return self.finished().standing().filter(is_priced=False)

    def to_check(self) -> WorkEntryQuerySet:
        """Stopped by the cap, and nobody has said since how long the work was."""
        return self.standing().filter(needs_check=True)

    def visible_to_customer(self) -> WorkEntryQuerySet:
        """What has some closed time that counts; the stretch that runs is in none of its columns.

        source  S1-12, S1-13
        """
        return self.standing().filter(needs_check=False, seconds__gt=0)

    def locked(self, pk: int) -> WorkEntry:
        """The row itself, locked until the end of the transaction."""
        return self.select_for_update(of=("self",), no_key=True).select_related("ticket").get(pk=pk)


class WorkEntry(models.Model):
    """A piece of work of one person on one request, from the first start to the finish.

    note              what the customer reads; internal_note is for staff alone
    seconds           sum of the closed stretches, moved by each pause and by the finish; negative in a reversal
    billed_minutes    rounded up once to the contract's step (D10); free_minutes of them were free phone minutes
    outside_minutes   how many lie outside the service hours
    price             CZK without VAT after discount_percent; pricing is the „rozpad ceny“: [{source, minutes, price, text}],
                      with above=True in what is charged above the contract
    is_priced         False until waits_for is over; nothing is charged then
    revision          how many times it was priced anew; part of the ledger's key
    transfer          the charge that stands in the ledger, None when credit paid nothing
    quote             the approved version that it was worked under; counts against its ceiling
    locked_at         on an invoice: set once, nothing of the entry moves any more; a reversing entry mirrors it
    reminder          the task about it while it lies interrupted for long
    source            S1-12, S1-13, S1-17, S1-18, D10
    """

    class State(models.TextChoices):
        RUNNING = "running", "běží"
        PAUSED = "paused", "přerušeno"
        FINISHED = "finished", "hotovo"

    class Source(models.TextChoices):
        TIMER = "timer", "časovač"
        MANUAL = "manual", "ruční zápis"
        PHONE = "phone", "hovor"

    class Wait(models.TextChoices):
        NOTHING = "", "na nic"
        RATE = "rate", "na sazbu"
        COMPLAINT = "complaint", "na rozhodnutí o reklamaci"
        CHECK = "check", "na kontrolu délky"
        CREDIT = "credit", "na dobití kreditu"

    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="work", verbose_name="požadavek")
    person = models.ForeignKey(User, models.PROTECT, related_name="work", verbose_name="kdo")
    activity = models.CharField("činnost", max_length=12, choices=Activity.choices, default=Activity.SOLVING)
    state = models.CharField("stav", max_length=8, choices=State.choices)
    source = models.CharField("zdroj", max_length=6, choices=Source.choices, default=Source.TIMER)
    note = models.CharField("poznámka pro zákazníka", max_length=500, blank=True)
    internal_note = models.CharField("interní poznámka", max_length=500, blank=True)
    is_express = models.BooleanField("expresní", default=False)
    started_at = models.DateTimeField("začátek")
    finished_at = models.DateTimeField("konec", null=True, blank=True)
    seconds = models.IntegerField("odpracováno (s)", default=0)
    billed_minutes = models.IntegerField("účtováno (min)", default=0)
    outside_minutes = models.IntegerField("mimo provozní dobu (min)", default=0)
    free_minutes = models.IntegerField("z bezplatných telefonických (min)", default=0)
    discount_percent = models.DecimalField(
        "sleva (%)",
        max_digits=5,
        decimal_places=2,
        default=Decimal(0),
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )
    pricing = models.JSONField("rozpad ceny", default=list, blank=True)
    price = models.DecimalField("cena (Kč bez DPH)", max_digits=12, decimal_places=2, default=ZERO)
    is_priced = models.BooleanField("oceněno", default=False)
    waits_for = models.CharField("čeká", max_length=10, choices=Wait.choices, blank=True)
    revision = models.PositiveSmallIntegerField("ocenění č.", default=0)
    transfer = models.OneToOneField(
        LedgerTransfer, models.PROTECT, null=True, blank=True, related_name="work_entry", verbose_name="pohyb kreditu"
    )
    quote = models.ForeignKey(Quote, models.PROTECT, null=True, blank=True, related_name="work", verbose_name="podle kalkulace")
    reverses = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="reversed_by", verbose_name="ruší"
    )
    correction_reason = models.CharField("důvod opravy", max_length=300, blank=True)
    corrected_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="opravil")
    locked_at = models.DateTimeField("vyfakturováno", null=True, blank=True)
    reminder = models.OneToOneField(
        StaffTask, models.PROTECT, null=True, blank=True, editable=False, related_name="+", verbose_name="připomínka"
    )
    needs_check = models.BooleanField("zkontrolovat délku", default=False)
    checked_at = models.DateTimeField("zkontrolováno", null=True, blank=True)
    checked_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="zkontroloval")

    objects = WorkEntryQuerySet.as_manager()

    class Meta:
        verbose_name = "práce"
        verbose_name_plural = "práce"
        ordering = ["id"]
        permissions = [
            ("track_work", "Smí měřit a zapisovat vlastní práci"),
            ("correct_work", "Smí opravovat práci ostatních a dávat slevy"),
        ]
        indexes = [
            models.Index(fields=["ticket", "id"], name="work_of_ticket"),
            models.Index(fields=["person", "-id"], name="work_of_person"),
            models.Index(fields=["state", "id"], name="work_open", condition=Q(state__in=["running", "paused"])),
            models.Index(fields=["id"], name="work_unpriced", condition=Q(state="finished", is_priced=False)),
            models.Index(fields=["id"], name="work_to_check", condition=Q(needs_check=True)),
        ]
        constraints = [
            models.CheckConstraint(
                name="work_finished_has_end",
                condition=Q(state="finished", finished_at__gte=F("started_at"))
                | Q(state__in=["running", "paused"], finished_at__isnull=True),
            ),
            models.CheckConstraint(
                name="work_reversal_mirrors",
                condition=Q(reverses__isnull=True, seconds__gte=0, billed_minutes__gte=0, outside_minutes__gte=0, price__gte=0)
                | Q(reverses__isnull=False, state="finished", is_priced=True, seconds__lte=0, billed_minutes__lte=0, price__lte=0)
                & ~Q(correction_reason="")
                & ~Q(reverses=F("id")),
            ),
            models.CheckConstraint(
                name="work_unpriced_costs_nothing",
                condition=Q(is_priced=True) | Q(price=0, transfer__isnull=True, free_minutes=0),
            ),
            models.CheckConstraint(
                name="work_waits_or_is_priced",
                condition=Q(is_priced=True, waits_for="")
                | Q(is_priced=False, state="finished") & ~Q(waits_for="")
                | Q(is_priced=False, state__in=["running", "paused"], waits_for=""),
            ),
            models.CheckConstraint(name="work_discount_percent", condition=Q(discount_percent__gte=0, discount_percent__lte=100)),
            models.CheckConstraint(
                name="work_checked", condition=Q(checked_at__isnull=True) | Q(checked_by__isnull=False, needs_check=False)
            ),
            models.CheckConstraint(
                name="work_invoiced_is_priced", condition=Q(locked_at__isnull=True) | Q(state="finished", is_priced=True)
            ),
        ]

    def __str__(self) -> str:
        return f"[{self.ticket_id}] {self.get_activity_display()}, {self.person}"

    @property
    def worked_minutes(self) -> int:
        """Real minutes of the closed stretches, a begun one counts."""
        return self.whole_minutes(self.seconds)

    @staticmethod
    def whole_minutes(seconds: int) -> int:
        """Whole minutes of seconds, a begun one counts; negative ones of a reversal mirror them."""
        return -(-seconds // 60) if seconds >= 0 else seconds // 60

    @property
    def above_price(self) -> Decimal:
        """How much of the price is charged above the contract, CZK without VAT (S4-73)."""
        return sum((Decimal(part["price"]) for part in self.pricing if part.get("above")), ZERO)

    @property
    def is_open(self) -> bool:
        return self.state != self.State.FINISHED


class WorkSpanQuerySet(models.QuerySet["WorkSpan"]):
    def during(self, start: datetime, end: datetime | None) -> WorkSpanQuerySet:
        """Stretches that share some time with this one; an open end is not over yet."""
        begun = self if end is None else self.filter(started_at__lt=end)
        return begun.exclude(ended_at__lte=start)


class Period(Func):
    """The time of a stretch, without its end; without end while it runs."""

    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


class WorkSpan(models.Model):
    """One uninterrupted stretch of an entry; `ended_at` is None while it runs. A person has one such at most.

    is_standing  until its entry is reversed, which the database itself notes: what stands of a person never overlaps
    """

    entry = models.ForeignKey(WorkEntry, models.CASCADE, related_name="spans", verbose_name="práce")
    person = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="kdo")
    started_at = models.DateTimeField("od")
    ended_at = models.DateTimeField("do", null=True, blank=True)
    is_standing = models.BooleanField("platí", default=True, editable=False)

    objects = WorkSpanQuerySet.as_manager()

    class Meta:
        verbose_name = "úsek práce"
        verbose_name_plural = "úseky práce"
        ordering = ["started_at", "id"]
        indexes = [models.Index(fields=["person", "started_at"], name="work_span_of_person")]
        constraints = [
            models.UniqueConstraint(fields=["person"], condition=Q(ended_at__isnull=True), name="work_one_running_timer"),
            ExclusionConstraint(
                name="work_span_once",
                expressions=[
                    ("person", RangeOperators.EQUAL),
                    (Period("started_at", "ended_at", RangeBoundary()), RangeOperators.OVERLAPS),
                ],
                condition=Q(is_standing=True),
            ),
            models.CheckConstraint(
                name="work_span_in_order", condition=Q(ended_at__isnull=True) | Q(ended_at__gt=F("started_at"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.entry_id}: {self.started_at:%-d. %-m. %H:%M}"

    def seconds(self, until: datetime) -> int:
        """Its length; `until` ends one that still runs."""
        return max(0, round(((self.ended_at or until) - self.started_at).total_seconds()))


class WorkCorrection(models.Model):
    """What somebody wants changed about a finished entry, and how that ended.

    minutes       what the work took in truth; 0 = it never was
    work_source   timer, by hand or a call, which decides about free phone minutes
    change        by how much it moves the price, CZK without VAT
    needs_second  with what was corrected alone on that day it was above the limit; then `decided_by` is somebody else
    source        permissions of the backoffice: others' entries and discounts by a leader, above the limit by two people
    """

    class State(models.TextChoices):
        WAITING = "waiting", "čeká na druhou osobu"
        DONE = "done", "provedeno"
        REFUSED = "refused", "zamítnuto"

    entry = models.ForeignKey(WorkEntry, models.PROTECT, related_name="corrections", verbose_name="práce")
    minutes = models.PositiveIntegerField("minut")
    activity = models.CharField("činnost", max_length=12, choices=Activity.choices)
    note = models.CharField("poznámka pro zákazníka", max_length=500, blank=True)
    internal_note = models.CharField("interní poznámka", max_length=500, blank=True)
    discount_percent = models.DecimalField("sleva (%)", max_digits=5, decimal_places=2, default=Decimal(0))
    work_source = models.CharField("zdroj", max_length=6, choices=WorkEntry.Source.choices)
    reason = models.CharField("důvod", max_length=300)
    change = models.DecimalField("změna ceny (Kč bez DPH)", max_digits=12, decimal_places=2, default=ZERO)
    needs_second = models.BooleanField("potvrzuje druhá osoba", default=True)
    state = models.CharField("stav", max_length=8, choices=State.choices, default=State.WAITING)
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="navrhl")
    asked_at = models.DateTimeField("navrženo")
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="rozhodl")
    decided_at = models.DateTimeField("rozhodnuto", null=True, blank=True)
    made = models.OneToOneField(
        WorkEntry, models.PROTECT, null=True, blank=True, related_name="made_by", verbose_name="nový zápis"
    )

    class Meta:
        verbose_name = "oprava práce"
        verbose_name_plural = "opravy práce"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["entry"], condition=Q(state="waiting"), name="work_correction_one_waiting"),
            models.CheckConstraint(name="work_correction_has_reason", condition=~Q(reason="")),
            models.CheckConstraint(
                name="work_correction_two_people", condition=~Q(state="done", needs_second=True, decided_by=F("asked_by"))
            ),
            models.CheckConstraint(
                name="work_correction_decided",
                condition=Q(state="waiting", decided_at__isnull=True) | Q(decided_at__isnull=False, decided_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.entry_id}: {self.reason}"
