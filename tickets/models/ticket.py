"""The request: its own rows and its transitions."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from django.db import models
from django.db.models import Q
from django.db.models.functions import Length
from django.db.models.lookups import LessThanOrEqual
from django.utils import timezone
from django_fsm import RETURN_VALUE, FSMField, FSMModelMixin, transition
from phonenumber_field.modelfields import PhoneNumberField
from simple_history.models import HistoricalRecords

from helpdesk.customers.channels import Channel
from helpdesk.customers.models import Asset, Contract, ContractParagraph, Customer, RequestType, User
from tickets.models.clocks import CLOCK_CONSTRAINTS, CLOCK_INDEXES, SLA_COLUMNS, SlaColumns
from tickets.models.queryset import TicketQuerySet
from tickets.models.states import ACTIVE, Status

DESCRIPTION_LIMIT = 8000
CENTURY = datetime(2000, 1, 1, tzinfo=UTC)


class Ticket(FSMModelMixin, SlaColumns, models.Model):
    """A customer's request; its primary key is the number that people quote (S2-13).

    severity         copied from the paragraph, so that lists sort without a join; 1 is the gravest
    suspended_from   the state that a suspended request returns to
    complaint_until  end of the complaint window: midnight after its last working day (D16)
    last_event_at    time of the newest TicketEvent; no later act gets an earlier time (D14)
    form_token       of the form that filed it: a second submit finds the first request
    """

    class RootCause(models.TextChoices):
        SOFTWARE = "software", "chyba aplikace"
        DATA = "data", "chyba v datech"
        CONFIGURATION = "configuration", "nastavení"
        INFRASTRUCTURE = "infrastructure", "server nebo síť"
        THIRD_PARTY = "third_party", "produkt třetí strany"
        USER_ERROR = "user_error", "neodborné užívání"
        NOT_REPRODUCED = "not_reproduced", "závada se neprojevila"

    class ProblemCategory(models.TextChoices):
        OUTAGE = "outage", "provozní porucha"
        DEFECT = "defect", "chyba aplikačního software"
        PERFORMANCE = "performance", "výkon"
        INTEGRATION = "integration", "napojení jiných systémů"
        ACCESS = "access", "přístupy a oprávnění"
        USAGE = "usage", "používání a nastavení"

    class Outcome(models.TextChoices):
        DONE = "done", "vyřešeno"
        ORDER = "order", "předáno k objednávce"
        QUOTE_REFUSED = "quote_refused", "kalkulace zamítnuta"

    class SuspendReason(models.TextChoices):
        ATTACHMENT = "attachment", "chybí příloha"
        DESCRIPTION = "description", "nedostatečný popis"
        ACCESS = "access", "chybí přístupy"
        APPROVAL = "approval", "čeká na schválení kalkulace"
        OTHER = "other", "jiná součinnost"

    id = models.BigAutoField("číslo", primary_key=True)
    status = FSMField("stav", max_length=10, choices=Status.choices, default=Status.NEW, protected=True)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="tickets", verbose_name="zákazník")
    contract = models.ForeignKey(Contract, models.PROTECT, related_name="tickets", verbose_name="smlouva")
    paragraph = models.ForeignKey(ContractParagraph, models.PROTECT, related_name="tickets", verbose_name="odstavec smlouvy")
    request_type = models.ForeignKey(
        RequestType, models.PROTECT, null=True, blank=True, related_name="tickets", verbose_name="druh požadavku"
    )
    asset = models.ForeignKey(Asset, models.PROTECT, null=True, blank=True, related_name="tickets", verbose_name="čeho se týká")
    severity = models.PositiveSmallIntegerField("závažnost", choices=ContractParagraph.Severity.choices)
    author = models.ForeignKey(User, models.PROTECT, related_name="authored_tickets", verbose_name="zadal")
    filed_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="zapsal za zákazníka"
    )
    channel = models.CharField("kanál", max_length=12, choices=Channel.choices)
    subject = models.CharField("předmět", max_length=120)
    description = models.TextField("zadání", blank=True, max_length=DESCRIPTION_LIMIT)
    contract_part = models.CharField("část smlouvy / dokumentu", max_length=200, blank=True)
    contact_email = models.EmailField("e-mail pro tento požadavek")
    contact_phone = PhoneNumberField("kontaktní telefon", blank=True, region="CZ")
    requested_on = models.DateField("požadovaný termín vyřešení", null=True, blank=True)
    wants_quote = models.BooleanField("kalkulace předem", default=False)
    assignee = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="assigned_tickets", verbose_name="řeší"
    )
    created_at = models.DateTimeField("vytvořeno")
    recorded_at = models.DateTimeField("zapsáno")
    last_event_at = models.DateTimeField("poslední událost")
    suspended_from = models.CharField("pozastaveno ze stavu", max_length=10, choices=Status.choices, blank=True)
    suspended_at = models.DateTimeField("pozastaveno", null=True, blank=True)
    suspend_reason = models.CharField("důvod pozastavení", max_length=12, choices=SuspendReason.choices, blank=True)
    resolution = models.TextField("vyhodnocení", blank=True)
    outcome = models.CharField("výsledek", max_length=14, choices=Outcome.choices, blank=True)
    root_cause = models.CharField("příčina", max_length=16, choices=RootCause.choices, blank=True)
    problem_category = models.CharField("kategorie problému", max_length=12, choices=ProblemCategory.choices, blank=True)
    resolved_at = models.DateTimeField("vyřešeno", null=True, blank=True)
    complaint_until = models.DateTimeField("reklamovat lze do", null=True, blank=True)
    remind_at = models.DateTimeField("připomenout", null=True, blank=True)
    reminded_at = models.DateTimeField("připomenuto", null=True, blank=True)
    closed_at = models.DateTimeField("uzavřeno", null=True, blank=True)
    cancelled_at = models.DateTimeField("zrušeno", null=True, blank=True)
    cancel_reason = models.TextField("důvod zrušení", blank=True)
    duplicate_of = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="duplicates", verbose_name="duplicita"
    )
    agreed_price = models.DecimalField("dohodnutá cena (Kč bez DPH)", max_digits=12, decimal_places=2, null=True, blank=True)
    agreed_on = models.DateField("dohodnutý termín", null=True, blank=True)
    agreed_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="dohodl")
    agreed_at = models.DateTimeField("dohodnuto", null=True, blank=True)
    message_count = models.PositiveIntegerField("zpráv", default=0)
    form_token = models.UUIDField("klíč formuláře", null=True, blank=True, unique=True, editable=False)

    objects = TicketQuerySet.as_manager()
    history = HistoricalRecords(excluded_fields=["description", "resolution", "cancel_reason", "form_token", *SLA_COLUMNS])

    class Meta:
        verbose_name = "požadavek"
        verbose_name_plural = "požadavky"
        ordering = ["-id"]
        permissions = [
            ("handle_ticket", "Smí přijmout, eskalovat, pozastavit, vyřešit, oddělit a propojit požadavek"),
            ("file_for_customer", "Smí zapsat požadavek za zákazníka a zrušit požadavek"),
            ("decide_complaint", "Smí rozhodnout o reklamaci"),
            ("read_notes", "Smí číst interní poznámky"),
            ("act_as_customer", "Smí se přihlásit jako zákazník (jen čtení)"),
        ]
        indexes = [
            models.Index(
                fields=["customer", "-created_at", "-id"],
                name="ticket_customer_active",
                condition=Q(status__in=["new", "accepted", "escalated", "suspended", "disputed"]),
            ),
            models.Index(
                fields=["customer", "-resolved_at", "-id"], name="ticket_customer_resolved", condition=Q(status="resolved")
            ),
            models.Index(fields=["customer", "-closed_at", "-id"], name="ticket_customer_closed", condition=Q(status="closed")),
            models.Index(fields=["-created_at", "-id"], name="ticket_newest"),
            models.Index(
                fields=["author", "customer", "status"],
                name="ticket_waits_for_author",
                condition=Q(status__in=["suspended", "resolved"]),
            ),
            models.Index(fields=["complaint_until", "id"], name="ticket_closing_due", condition=Q(status="resolved")),
            *CLOCK_INDEXES,
        ]
        constraints = [
            # Zone arithmetic around the year 1 fails; no call and no request is older than this century.
            models.CheckConstraint(name="ticket_in_this_century", condition=Q(created_at__gte=CENTURY)),
            models.CheckConstraint(name="ticket_status_known", condition=Q(status__in=Status.values)),
            models.CheckConstraint(
                name="ticket_description_limit", condition=LessThanOrEqual(Length("description"), DESCRIPTION_LIMIT)
            ),
            models.CheckConstraint(
                name="ticket_suspended_has_since",
                condition=Q(status="suspended", suspended_at__isnull=False, suspended_from__in=["accepted", "escalated"])
                & ~Q(suspend_reason="")
                | ~Q(status="suspended") & Q(suspended_at__isnull=True, suspended_from=""),
            ),
            models.CheckConstraint(
                name="ticket_escalated_has_assignee", condition=~Q(status="escalated") | Q(assignee__isnull=False)
            ),
            models.CheckConstraint(
                name="ticket_resolved_has_outcome",
                condition=Q(
                    status__in=["resolved", "disputed", "closed"], resolved_at__isnull=False, complaint_until__isnull=False
                )
                & ~Q(outcome="")
                & ~Q(resolution="")
                | ~Q(status__in=["resolved", "disputed", "closed"]) & Q(resolved_at__isnull=True, complaint_until__isnull=True),
            ),
            models.CheckConstraint(
                name="ticket_closed_has_time",
                condition=Q(status="closed", closed_at__isnull=False) | ~Q(status="closed") & Q(closed_at__isnull=True),
            ),
            models.CheckConstraint(
                name="ticket_cancelled_has_reason",
                condition=Q(status="cancelled", cancelled_at__isnull=False) & ~Q(cancel_reason="")
                | ~Q(status="cancelled") & Q(cancelled_at__isnull=True, cancel_reason=""),
            ),
            models.CheckConstraint(
                name="ticket_agreement_signed",
                condition=Q(agreed_price__isnull=True, agreed_on__isnull=True)
                | Q(agreed_by__isnull=False, agreed_at__isnull=False),
            ),
            *CLOCK_CONSTRAINTS,
        ]

    def __str__(self) -> str:
        return f"[{self.pk}] - {self.subject}"

    @property
    def is_active(self) -> bool:
        return self.status in ACTIVE

    @property
    def takes_messages(self) -> bool:
        """Nobody writes into a resolved request any more (S4-11)."""
        return self.is_active

    @property
    def needs_root_cause(self) -> bool:
        """Incidents are resolved with their cause and category (S5-04)."""
        return self.paragraph.kind == ContractParagraph.Kind.INCIDENT

    @property
    def work_state(self) -> str:
        """Where work goes on: with the assignee, else with support (C05, D13)."""
        return Status.ESCALATED if self.assignee_id else Status.ACCEPTED

    @property
    def complaint_last_day(self) -> date | None:
        """The last day on which a complaint is possible; `complaint_until` is the midnight after it (D16)."""
        return timezone.localdate(self.complaint_until - timedelta(seconds=1)) if self.complaint_until else None

    def can_be_disputed(self, at: datetime) -> bool:
        return self.status == Status.RESOLVED and self.complaint_until is not None and at < self.complaint_until

    @transition(status, source=Status.NEW, target=Status.ACCEPTED)
    def accept(self) -> None:
        """Support received and examined the request (S3-04, S4-16)."""

    @transition(status, source=[Status.ACCEPTED, Status.ESCALATED], target=Status.ESCALATED)
    def escalate(self, *, assignee: User) -> None:
        """Hand over to an expert, or from one expert to another (S3-05, S4-17)."""
        self.assignee = assignee

    @transition(status, source=Status.ESCALATED, target=Status.ACCEPTED)
    def return_to_support(self) -> None:
        """The expert gives the request back; nobody is its assignee any more."""
        self.assignee = None

    @transition(status, source=[Status.ACCEPTED, Status.ESCALATED], target=Status.SUSPENDED)
    def suspend(self, *, reason: str, at: datetime) -> None:
        """Wait for the customer; the SLA clock stands still from `at` (S4-18, S4-64)."""
        self._stand_still(back_to=self.status, reason=reason, at=at)

    @transition(status, source=Status.SUSPENDED, target=RETURN_VALUE(Status.ACCEPTED, Status.ESCALATED))
    def resume(self) -> str:
        """Go on where the request was suspended (S4-65)."""
        back_to = self.suspended_from
        self._go_on()
        return back_to

    @transition(status, source=[Status.ACCEPTED, Status.ESCALATED], target=Status.RESOLVED)
    def resolve(self, *, at: datetime, complaint_until: datetime, remind_at: datetime) -> None:
        """Support is done; the customer may complain until `complaint_until` (S4-19)."""
        self.resolved_at = at
        self.complaint_until = complaint_until
        self.remind_at = remind_at
        self.reminded_at = None

    @transition(status, source=Status.RESOLVED, target=Status.DISPUTED)
    def dispute(self) -> None:
        """The customer does not agree with the resolution (S4-21, S4-55)."""

    @transition(status, source=Status.DISPUTED, target=RETURN_VALUE(Status.ACCEPTED, Status.ESCALATED))
    def uphold_complaint(self) -> str:
        """The complaint is justified; the earlier resolution is void (C05, D9)."""
        self._void_resolution()
        return self.work_state

    @transition(status, source=Status.DISPUTED, target=Status.SUSPENDED)
    def uphold_and_suspend(self, *, reason: str, at: datetime) -> None:
        """The complaint is justified and the customer's cooperation is needed (S4-58)."""
        self._void_resolution()
        self._stand_still(back_to=self.work_state, reason=reason, at=at)

    @transition(status, source=Status.DISPUTED, target=Status.CLOSED)
    def reject_complaint(self, *, at: datetime) -> None:
        """The complaint is not justified; the original resolution stands (C06, D9)."""
        self.closed_at = at

    @transition(status, source=Status.RESOLVED, target=Status.CLOSED)
    def close(self, *, at: datetime) -> None:
        """The customer confirmed, or the complaint window ended (S4-20, C08)."""
        self.closed_at = at

    @transition(status, source=[Status.NEW, Status.ACCEPTED, Status.ESCALATED, Status.SUSPENDED], target=Status.CANCELLED)
    def cancel(self, *, reason: str, at: datetime) -> None:
        """As if it had never existed, but kept for the audit (S4-22, C13)."""
        if self.status == Status.SUSPENDED:
            self._go_on()
        self.cancel_reason = reason
        self.cancelled_at = at

    def _stand_still(self, *, back_to: str, reason: str, at: datetime) -> None:
        self.suspended_from = back_to
        self.suspend_reason = reason
        self.suspended_at = at

    def _go_on(self) -> None:
        self.suspended_from = ""
        self.suspend_reason = ""
        self.suspended_at = None

    def _void_resolution(self) -> None:
        self.resolved_at = None
        self.complaint_until = None
        self.remind_at = None
        self.reminded_at = None
