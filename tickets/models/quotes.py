"""Quotes: what work may cost at most, agreed before it begins."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q

from credit.models import Hold
from helpdesk.customers.models import User
from tickets.models.conversation import Message
from tickets.models.ticket import DESCRIPTION_LIMIT, Ticket

CENT = Decimal("0.01")


class QuoteQuerySet(models.QuerySet["Quote"]):
    def told(self) -> QuoteQuerySet:
        """What the customer has been shown; drafts are nobody's business but ours."""
        return self.filter(sent_at__isnull=False)

    def open(self) -> QuoteQuerySet:
        """Sent and not decided yet."""
        return self.filter(state=Quote.State.SENT)

    def in_force(self) -> QuoteQuerySet:
        """Approved and not replaced; at most one of a request."""
        return self.filter(state=Quote.State.APPROVED)

    def lapsed(self, today: date) -> QuoteQuerySet:
        """Sent quotes whose last day is over."""
        return self.open().filter(valid_until__lt=today)

    def visible_to(self, user: User) -> QuoteQuerySet:
        """Quotes that a person may open in the portal: of requests they see, and of companies they approve for."""
        companies = [one.customer_id for one in user.active_memberships if one.is_approver]
        seen = Q(ticket__in=Ticket.objects.visible_to(user)) | Q(ticket__customer_id__in=companies)
        return self.told().filter(seen).exclude(ticket__status="cancelled")

    def locked(self, pk: int) -> Quote:
        """The row itself, locked until the end of the transaction; the request is locked before it."""
        return self.select_for_update(of=("self",), no_key=True).get(pk=pk)


class Quote(models.Model):
    """One version of what the work on a request may cost; what was sent is never changed, a change is a new version.

    A quote is a ceiling: the customer pays the time worked, at most the ceiling. An estimate tells the effort without a
    price and is not to be approved (S4-72).

    ceiling_price    CZK without VAT for work under this and all earlier versions; None for an estimate
    *_price          beside it, as the customer was told when it was sent: preparation, for work on the quotes themselves;
                     done, for other work that no quote covers. All three together are the most that the request will cost
    hourly_rate      when given, the ceiling is the minutes at this rate
    ceiling_minutes  effort that the price counts with; a second limit when the price is zero by contract
    valid_until      last day on which it can be approved
    decided_name     who approved or refused, as they wrote it; by a one-time link nobody signs in
    hold             credit set aside for it
    warned_at        when four fifths were used up; spent_at, when all of it was
    final_price      what the work cost in the end, and final_minutes: set when the request is resolved
    source           S1-14 to S1-16, S2-17, S3-17, S4-72, C23, C25, D19
    """

    class Origin(models.TextChoices):
        CUSTOMER = "customer", "vyžádal zákazník"
        AGREED = "agreed", "dohodnuto při převzetí"
        SUPPLIER = "supplier", "nabídla podpora"
        ESTIMATE = "estimate", "odhad pracnosti bez ceny"

    class State(models.TextChoices):
        DRAFT = "draft", "návrh"
        SENT = "sent", "čeká na schválení"
        APPROVED = "approved", "schválená"
        REFUSED = "refused", "zamítnutá"
        EXPIRED = "expired", "propadlá"
        SUPERSEDED = "superseded", "nahrazená novou verzí"
        WITHDRAWN = "withdrawn", "stažená"
        TOLD = "told", "sdělená"

    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="quotes", verbose_name="požadavek")
    version = models.PositiveSmallIntegerField("verze")
    origin = models.CharField("původ", max_length=10, choices=Origin.choices)
    state = models.CharField("stav", max_length=10, choices=State.choices, default=State.DRAFT)
    ceiling_price = models.DecimalField(
        "nejvyšší cena (Kč bez DPH)", max_digits=12, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(CENT)]
    )
    preparation_price = models.DecimalField(
        "příprava kalkulace (Kč bez DPH)", max_digits=12, decimal_places=2, null=True, blank=True, editable=False
    )
    done_price = models.DecimalField(
        "odpracováno mimo kalkulaci (Kč bez DPH)", max_digits=12, decimal_places=2, null=True, blank=True, editable=False
    )
    hourly_rate = models.DecimalField(
        "hodinová sazba (Kč bez DPH)", max_digits=10, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    ceiling_minutes = models.PositiveIntegerField("pracnost (min)", null=True, blank=True, validators=[MinValueValidator(1)])
    specification = models.TextField("technická specifikace", blank=True, max_length=DESCRIPTION_LIMIT)
    text = models.TextField("co kalkulace zahrnuje", blank=True, max_length=DESCRIPTION_LIMIT)
    term_on = models.DateField("termín dokončení", null=True, blank=True)
    valid_until = models.DateField("platí do", null=True, blank=True)
    created_at = models.DateTimeField("připravena")
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="připravil")
    sent_at = models.DateTimeField("odeslána", null=True, blank=True)
    sent_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="odeslal")
    decided_at = models.DateTimeField("rozhodnuta", null=True, blank=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="rozhodl")
    decided_name = models.CharField("kdo rozhodl", max_length=150, blank=True)
    decided_ip = models.GenericIPAddressField("IP adresa", null=True, blank=True)
    refusal_reason = models.TextField("proč byla zamítnuta", blank=True, max_length=DESCRIPTION_LIMIT)
    hold = models.OneToOneField(
        Hold, models.PROTECT, null=True, blank=True, editable=False, related_name="quote", verbose_name="rezervace kreditu"
    )
    warned_at = models.DateTimeField("upozorněno na 80 %", null=True, blank=True)
    spent_at = models.DateTimeField("vyčerpána", null=True, blank=True)
    final_price = models.DecimalField("skutečná cena (Kč bez DPH)", max_digits=12, decimal_places=2, null=True, blank=True)
    final_minutes = models.PositiveIntegerField("skutečná pracnost (min)", null=True, blank=True)

    objects = QuoteQuerySet.as_manager()

    class Meta:
        verbose_name = "kalkulace"
        verbose_name_plural = "kalkulace"
        ordering = ["ticket_id", "version"]
        constraints = [
            models.UniqueConstraint(fields=["ticket", "version"], name="quote_version"),
            models.UniqueConstraint(fields=["ticket"], condition=Q(state="draft"), name="quote_one_draft"),
            models.UniqueConstraint(fields=["ticket"], condition=Q(state="sent"), name="quote_one_sent"),
            models.UniqueConstraint(fields=["ticket"], condition=Q(state="approved"), name="quote_one_in_force"),
            models.CheckConstraint(
                name="quote_price_or_effort",  # NULL > 0 is unknown, which a check lets pass
                condition=Q(origin="estimate", ceiling_price__isnull=True, ceiling_minutes__isnull=False)
                | ~Q(origin="estimate") & Q(ceiling_price__isnull=False, ceiling_price__gt=0, valid_until__isnull=False),
            ),
            models.CheckConstraint(
                name="quote_rate_needs_minutes", condition=Q(hourly_rate__isnull=True) | Q(ceiling_minutes__isnull=False)
            ),
            models.CheckConstraint(
                name="quote_estimate_is_told",
                condition=Q(origin="estimate", state__in=["draft", "told", "superseded", "withdrawn"])
                | ~Q(origin="estimate") & ~Q(state="told"),
            ),
            models.CheckConstraint(
                name="quote_sent_is_signed",
                condition=Q(state__in=["draft", "withdrawn"])
                | Q(sent_at__isnull=False, sent_by__isnull=False) & Q(sent_at__gte=F("created_at")),
            ),
            models.CheckConstraint(
                name="quote_says_the_most",  # NULL >= 0 is unknown, which a check lets pass
                condition=Q(sent_at__isnull=True)
                | Q(origin="estimate")
                | Q(preparation_price__isnull=False, preparation_price__gte=0, done_price__isnull=False, done_price__gte=0),
            ),
            models.CheckConstraint(
                name="quote_decided_is_signed",
                condition=Q(state__in=["approved", "refused"], decided_at__isnull=False, decided_by__isnull=False)
                & ~Q(decided_name="")
                | Q(state="superseded")
                | ~Q(state__in=["approved", "refused", "superseded"]) & Q(decided_at__isnull=True, decided_by__isnull=True),
            ),
            models.CheckConstraint(
                name="quote_hold_of_approved", condition=Q(hold__isnull=True) | Q(state__in=["approved", "superseded"])
            ),
        ]
        indexes = [models.Index(fields=["valid_until"], name="quote_lapsing", condition=Q(state="sent"))]

    def __str__(self) -> str:
        return f"kalkulace {self.ticket_id}/{self.version}"

    @property
    def is_estimate(self) -> bool:
        return self.origin == self.Origin.ESTIMATE

    @property
    def outside_price(self) -> Decimal:
        """What the customer was told that the request costs beside the ceiling; zero before it is sent."""
        return (self.preparation_price or Decimal(0)) + (self.done_price or Decimal(0))

    @property
    def total_price(self) -> Decimal | None:
        """The most that the whole request costs once it is approved; None before it is sent, and for an estimate."""
        return None if self.ceiling_price is None or self.done_price is None else self.ceiling_price + self.outside_price

    @property
    def is_above(self) -> bool:
        """Whether only a signed-in approver may approve it, by the contract's limit (D19)."""
        limit = self.ticket.contract.signed_in_approval_above
        return limit is not None and self.ceiling_price is not None and self.ceiling_price > limit


class QuoteLinkQuerySet(models.QuerySet["QuoteLink"]):
    def usable(self, at: datetime) -> QuoteLinkQuerySet:
        return self.filter(used_at__isnull=True, expires_at__gt=at)


class QuoteLink(models.Model):
    """The way of one approver to one version of a quote without signing in, used at most once (D19).

    token_hash  SHA-256 of the secret in the letter; the secret itself is stored nowhere else
    """

    quote = models.ForeignKey(Quote, models.PROTECT, related_name="links", verbose_name="kalkulace")
    approver = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="schvalovatel")
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField("vytvořen")
    expires_at = models.DateTimeField("platí do")
    used_at = models.DateTimeField("použit", null=True, blank=True)

    objects = QuoteLinkQuerySet.as_manager()

    class Meta:
        verbose_name = "odkaz ke schválení"
        verbose_name_plural = "odkazy ke schválení"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["quote", "approver"], name="quote_link_one_per_approver"),
            models.CheckConstraint(name="quote_link_expires_later", condition=Q(expires_at__gt=F("created_at"))),
        ]

    def __str__(self) -> str:
        return f"{self.quote} pro {self.approver}"


class QuoteWaiver(models.Model):
    """Why work on a request goes on past the threshold of the contract without a quote, as a leader recorded it (D34).

    message  in which the customer agreed; work that ended after it is charged in full
    """

    class Way(models.TextChoices):
        AGREED = "agreed", "zákazník souhlasil písemně"
        UNCHARGED = "uncharged", "práce nad práh se neúčtuje"

    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="waivers", verbose_name="požadavek")
    way = models.CharField("proč", max_length=9, choices=Way.choices)
    message = models.ForeignKey(Message, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="zpráva zákazníka")
    recorded_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="zapsal")
    recorded_at = models.DateTimeField("zapsáno")

    class Meta:
        verbose_name = "práce bez kalkulace"
        verbose_name_plural = "práce bez kalkulace"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["ticket", "way"], name="quote_waiver_one_of_each"),
            models.CheckConstraint(
                name="quote_waiver_agreed_in_writing",
                condition=Q(way="agreed", message__isnull=False) | Q(way="uncharged", message__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id}: {self.get_way_display()}"
