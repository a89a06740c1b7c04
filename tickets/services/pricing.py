"""What finished work costs and who pays: reads the contract, calls the pure pricing, moves credit and packages.

Whoever calls has locked the request and, by `lock_account`, the customer's account: one customer's work is priced one piece
after the other, so nobody counts the same free minute twice.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from credit import pricing as pure
from credit.models import Activity, Hold, LedgerAccount, PriceList, Role
from credit.pricing import Case, Pricing, Scope, Terms, Work, price_work
from credit.rates import agreed_rate, hourly_rate
from credit.services import ledger, packages
from helpdesk.customers.actor import Actor
from helpdesk.customers.channels import Channel
from helpdesk.customers.models import Contract, User
from helpdesk.money import to_halers
from helpdesk.payment import Source
from sla.calendars import PRAGUE, clock_of
from sla.models import CalendarVersion
from tickets.models import Complaint, Ticket, WorkEntry, WorkSpan
from tickets.services import quote_room

Wait = WorkEntry.Wait
ZERO = Decimal("0.00")
PERCENT = Decimal(100)
SPECIALISTS, SUPPORT = "řešitel", "podpora"


def lock_account(ticket: Ticket) -> LedgerAccount:
    """The customer's account, locked after the request and before anything that is priced."""
    return ledger.locked_account_of(ticket.customer)


class Facts:
    """What the price of work that ended at a moment depends on besides the work, read when it is asked for, and once.

    apart_from  the entry that is priced anew: what it took itself counts as left
    """

    def __init__(self, ticket: Ticket, at: datetime, *, apart_from: WorkEntry | None = None) -> None:
        ticket.paragraph.contract = ticket.contract
        self.ticket, self.at, self.apart_from = ticket, at, apart_from

    @cached_property
    def complaints(self) -> list[Complaint]:
        return list(self.ticket.complaints.all())

    @cached_property
    def prices(self) -> PriceList | None:
        return PriceList.objects.valid_on(timezone.localdate(self.at))

    @cached_property
    def free_minutes(self) -> int:
        return free_minutes_left(self.ticket.contract, self.at, apart_from=self.apart_from)

    @cached_property
    def package_minutes(self) -> int:
        taken = self.apart_from.pricing if self.apart_from else []
        own = sum(part["minutes"] for part in taken if part["source"] == Source.PACKAGE)
        return packages.minutes_left(contract=self.ticket.contract, at=self.at) + own

    def has_complaint(self, decision: str, entry: WorkEntry) -> bool:
        """Whether a complaint that was so decided, "" for not yet, came before the work."""
        return any(one.decision == decision and one.filed_at <= entry.started_at for one in self.complaints)


def case_of(entry: WorkEntry, facts: Facts) -> Case:
    """What decides whether the entry is free.

    source  S3-12, S3-16, C24, D17
    """
    ticket = facts.ticket
    return replace(
        case_so_far(ticket),
        is_complaint=facts.has_complaint(Complaint.Decision.UPHELD, entry),
        is_free_quote=entry.activity == Activity.QUOTING and ticket.contract.is_quote_work_free,
        is_intake=entry.activity == Activity.INTAKE,
    )


def case_so_far(ticket: Ticket) -> Case:
    """What the request itself says about the price of its work, complaints and quotes apart."""
    kind, cause = ticket.request_type, ticket.root_cause
    return Case(
        scope=Scope(ticket.paragraph.scope),
        is_chargeable=bool(kind and kind.is_chargeable),
        is_statutory=bool(kind and kind.is_statutory),
        is_data_error=cause == Ticket.RootCause.DATA,
        is_user_error=cause == Ticket.RootCause.USER_ERROR,
    )


def flips_to_paid(ticket: Ticket) -> bool:
    """Whether „neodborné užívání“ makes work paid that would have been free (S3-16)."""
    case = replace(case_so_far(ticket), is_data_error=False, is_user_error=False)
    is_flat = Source.FLAT in ticket.contract.sources and case.scope != Scope.ABOVE and not case.is_chargeable
    return is_flat or bool(pure.covered_by(case))


def rate_of(ticket: Ticket, entry: WorkEntry, prices: PriceList | None) -> Decimal | None:
    """CZK an hour of the entry, of who worked and of what it was (S5-14); see `credit.rates` for what is foretold of it."""
    asks_role = agreed_rate(ticket.paragraph) is None and prices is not None  # the person's groups cost a query
    role = role_of(entry.person) if asks_role else Role.ANY.value
    return hourly_rate(ticket.paragraph, prices, activity=entry.activity, role=role)


def role_of(person: User) -> str:
    """What the price list calls the person."""
    groups = {group.name for group in person.groups.all()}
    if SPECIALISTS in groups:
        return Role.SPECIALIST
    return Role.SUPPORT if SUPPORT in groups else Role.ANY


def terms_of(entry: WorkEntry, facts: Facts) -> Terms:
    """The contract and the price list of the day on which the work ended, as if this entry had taken nothing yet."""
    prices = facts.prices
    return Terms(
        order=facts.ticket.contract.sources,
        case=case_of(entry, facts),
        hourly_rate=rate_of(facts.ticket, entry, prices),
        express_percent=prices.express_percent if prices else Decimal(0),
        outside_percent=prices.outside_percent if prices else Decimal(0),
        free_minutes=facts.free_minutes,
        package_minutes=facts.package_minutes,
    )


def free_minutes_left(contract: Contract, at: datetime, *, apart_from: WorkEntry | None = None) -> int:
    """Free phone minutes of the contract that its month still holds (S5-12)."""
    minutes = contract.phone_minutes
    if not minutes:
        return 0
    first = datetime.combine(timezone.localdate(at).replace(day=1), time.min, tzinfo=PRAGUE)
    following = datetime.combine((first.date() + timedelta(days=31)).replace(day=1), time.min, tzinfo=PRAGUE)
    taken = WorkEntry.objects.standing().filter(
        ticket__contract=contract, finished_at__gte=first, finished_at__lt=following, free_minutes__gt=0
    )
    if apart_from and apart_from.pk:
        taken = taken.exclude(pk=apart_from.pk)
    return max(0, minutes - (taken.aggregate(total=Sum("free_minutes"))["total"] or 0))


def is_by_phone(ticket: Ticket, activity: str) -> bool:
    """What measured work is as long as nobody says otherwise: a consultation on a reported call is part of the call (S5-12)."""
    return activity == Activity.CONSULTING and ticket.channel == Channel.PHONE


def next_source(ticket: Ticket, *, activity: str, at: datetime) -> Source:
    """Who would pay for work of that kind that begins now; complaints and quotes apart."""
    terms = Terms(
        order=ticket.contract.sources,
        case=case_so_far(ticket),
        hourly_rate=None,
        free_minutes=free_minutes_left(ticket.contract, at),
        package_minutes=packages.minutes_left(contract=ticket.contract, at=at),
    )
    return pure.payers(terms, is_consulting=activity == Activity.CONSULTING, is_phone=is_by_phone(ticket, activity))[0]


def outside_minutes(ticket: Ticket, spans: list[WorkSpan]) -> int:
    """Whole minutes of the stretches outside the service hours of the paragraph; 0 while its calendar is a draft."""
    version = CalendarVersion.objects.newest_of(ticket.paragraph.service_calendar.pk)
    if version is None:
        return 0
    clock = clock_of(version.pk)
    seconds = sum(
        round((span.ended_at - span.started_at).total_seconds()) - clock.served(span.started_at, span.ended_at)
        for span in spans
        if span.ended_at
    )
    return seconds // 60


def work_out(ticket: Ticket, entry: WorkEntry, *, is_limited: bool = True, facts: Facts | None = None) -> tuple[Pricing, str]:
    """How the entry is paid, and "" or what its price waits for.

    is_limited  False for what it would cost if nothing were agreed about how much may be charged
    facts       those of the request at the end of the work, where the caller prices several pieces
    source      C27, D17: nothing since a complaint is priced until it is decided; intake is free anyway (D30)
    """
    nothing = Pricing((), is_priced=False)
    if entry.needs_check:
        return nothing, Wait.CHECK
    facts = facts or Facts(ticket, entry.finished_at or entry.started_at, apart_from=entry)
    if entry.activity != Activity.INTAKE and facts.has_complaint("", entry):
        return nothing, Wait.COMPLAINT
    work = Work(
        minutes=entry.billed_minutes,
        outside_minutes=entry.outside_minutes,
        is_consulting=entry.activity == Activity.CONSULTING,
        is_phone=entry.source == WorkEntry.Source.PHONE,
        is_express=entry.is_express,
    )
    worked_out = price_work(work, terms_of(entry, facts))
    if not worked_out.is_priced:
        return nothing, Wait.RATE
    discounted = _discounted(worked_out, entry.discount_percent)
    return quote_room.within_ceiling(ticket, entry, discounted) if is_limited else discounted, Wait.NOTHING


def _discounted(worked_out: Pricing, percent: Decimal) -> Pricing:
    """The same parts, those with a price lower by the discount of a leader."""
    if not percent:
        return worked_out
    text = f"sleva {pure.in_percent(percent)}"
    return Pricing(
        tuple(
            replace(part, price=to_halers(part.price * (PERCENT - percent) / PERCENT), text=f"{part.text}, {text}")
            if part.price
            else part
            for part in worked_out.parts
        )
    )


def as_rows(worked_out: Pricing) -> list[dict[str, Any]]:
    """The „rozpad ceny“ as the entry keeps it; `above` marks parts above the contract (S4-73), `cut` those that are cut."""
    return [
        {"source": str(part.source), "minutes": part.minutes, "price": str(part.price), "text": part.text}
        | ({"above": True} if part.is_above else {})
        | ({"cut": str(part.cut)} if part.cut else {})
        for part in worked_out.parts
    ]


def charge(ticket: Ticket, entry: WorkEntry, *, by: Actor) -> None:
    """Price a finished entry and take what it costs, in memory; the caller saves it in the same transaction.

    source  S1-18: the key names the entry and its revision, so the same work never moves money twice
    """
    worked_out, waits_for = work_out(ticket, entry)
    entry.transfer, entry.is_priced, entry.waits_for = None, False, waits_for
    entry.price, entry.free_minutes, entry.pricing = ZERO, 0, []
    if waits_for:
        return
    try:
        _take(ticket, entry, worked_out, by=by)
    except ledger.NotCovered:  # an account with a hard limit: the work stays recorded and waits for a top-up
        entry.waits_for = Wait.CREDIT
        return
    entry.is_priced, entry.price, entry.pricing = True, worked_out.price(), as_rows(worked_out)
    entry.free_minutes = worked_out.minutes(Source.FREE_PHONE)


@transaction.atomic
def _take(ticket: Ticket, entry: WorkEntry, worked_out: Pricing, *, by: Actor) -> None:
    """Minutes from packages and money from credit, both or neither."""
    key, at, text = key_of(entry), entry.finished_at or entry.started_at, ledger_text(ticket, entry)
    if minutes := worked_out.minutes(Source.PACKAGE):
        packages.draw_minutes(contract=ticket.contract, minutes=minutes, key=key, text=text, at=at)
    if amount := worked_out.price(Source.CREDIT):
        entry.transfer = ledger.charge_work(
            customer=ticket.customer, amount=amount, text=text, key=key, at=at, by=by, hold=_hold_of(ticket, entry)
        )


def _hold_of(ticket: Ticket, entry: WorkEntry) -> Hold | None:
    """The reservation that pays for work under a quote: of the version in force, whichever version it was worked under.

    source  C23: what is reserved is what the ceiling leaves, and the ceiling counts the work under all versions
    """
    quote = (quote_room.in_force(ticket) or entry.quote) if entry.quote_id else None
    return quote.hold if quote else None


def key_of(entry: WorkEntry) -> str:
    """Identity of the charge; each new pricing has its own."""
    return f"work:{entry.pk}.{entry.revision}" if entry.revision else f"work:{entry.pk}"


def ledger_text(ticket: Ticket, entry: WorkEntry) -> str:
    """What the statement says; never the internal note."""
    return f"{ticket}: {entry.get_activity_display()}, {entry.billed_minutes}\u00a0min"


def take_back(ticket: Ticket, entry: WorkEntry, *, reason: str, by: Actor, at: datetime) -> Any:
    """Reverse the charge and return the package's minutes; the reversing transfer, or None when credit had paid nothing."""
    packages.give_back_minutes(contract=ticket.contract, key=key_of(entry), reason=reason, at=at)
    if entry.transfer is None:
        return None
    return ledger.reverse(transfer=entry.transfer, reason=reason, at=at, by=by, hold=_hold_of(ticket, entry))


def reprice(ticket: Ticket, entry: WorkEntry, *, reason: str, by: Actor, at: datetime) -> Decimal:
    """Price an entry anew after its reasons changed; invoiced and unchanged prices stay.

    entry    locked and finished
    returns  by how much the price moved, CZK without VAT
    source   S3-16, D17
    """
    before = entry.price
    worked_out, waits_for = work_out(ticket, entry)
    is_same = entry.is_priced and not waits_for and as_rows(worked_out) == entry.pricing
    if entry.locked_at or entry.reverses_id or is_same or (waits_for and waits_for == entry.waits_for):
        return ZERO
    if entry.is_priced:
        take_back(ticket, entry, reason=reason, by=by, at=at)
        entry.revision += 1
        entry.pricing = []
    charge(ticket, entry, by=by)
    entry.save()
    return entry.price - before


def reprice_all(ticket: Ticket, *, reason: str, by: Actor, at: datetime) -> Decimal:
    """Price all standing entries of a request anew; the request and the account are locked."""
    entries = ticket.work.finished().standing().select_for_update(of=("self",), no_key=True).order_by("id")
    return sum((reprice(ticket, entry, reason=reason, by=by, at=at) for entry in entries), ZERO)
