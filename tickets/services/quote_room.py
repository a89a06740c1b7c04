"""What an approved quote still leaves room for, and what may be worked on before and after it.

Work services ask here; nothing here knows how a quote is sent or decided.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_DOWN, Decimal

from django.db.models import Sum

from credit.models import Activity
from credit.pricing import Pricing
from credit.services import ledger
from helpdesk.customers.actor import Actor
from helpdesk.customers.models import Membership, User
from helpdesk.errors import DomainError
from helpdesk.payment import Source
from tickets import emails
from tickets.models import Quote, Ticket, TicketEvent, WorkEntry
from tickets.services import log
from tickets.services.quote_threshold import within_quoting, within_threshold

WARNED_AT = 80  # per cent of the ceiling
ZERO = Decimal("0.00")
BEYOND = "nad strop kalkulace se neúčtuje"
OUTSIDE = (Activity.INTAKE, Activity.QUOTING)  # what no quote allows, limits or counts
BY_MINUTES = {Source.PACKAGE, Source.FLAT}  # where work under a quote may cost nothing


class NotApproved(DomainError):
    """Before the quote is approved only work on the quote itself may be tracked."""


class CeilingReached(DomainError):
    """The approved quote is used up; more is worked when the customer approves a new version."""


@dataclass(frozen=True, kw_only=True)
class Room:
    """The approved quote of a request and what finished work has taken of it.

    price    charged under this and all earlier versions, CZK without VAT
    minutes  billed under them
    """

    quote: Quote
    price: Decimal
    minutes: int
    counts_minutes: bool

    @property
    def left(self) -> Decimal:
        """What may still be charged, never below zero."""
        return max(self.ceiling - self.price, ZERO)

    @property
    def ceiling(self) -> Decimal:
        return self.quote.ceiling_price or ZERO

    @property
    def share(self) -> int:
        """Used up, in whole per cent rounded down, so that 100 means all of it; more than 100 is shown as 100."""
        shares = [self.price / self.ceiling]
        if self.counts_minutes and self.quote.ceiling_minutes:
            shares.append(Decimal(self.minutes) / self.quote.ceiling_minutes)
        return min(int((max(shares) * 100).to_integral_value(ROUND_DOWN)), 100)

    @property
    def is_spent(self) -> bool:
        return self.share >= 100

    @property
    def is_tight(self) -> bool:
        return self.share >= WARNED_AT


def in_force(ticket: Ticket) -> Quote | None:
    """The approved version; None when the request has none."""
    return ticket.quotes.in_force().select_related("hold").first()


def quote_room(ticket: Ticket) -> Room | None:
    """How the approved quote is used; None without one: no ceiling then.

    source  feature 4
    """
    quote = in_force(ticket)
    return room_of(quote, ticket) if quote else None


def room_of(quote: Quote, ticket: Ticket, *, apart_from: WorkEntry | None = None) -> Room:
    """How a version is used, whatever its state is by now."""
    price, minutes = worked(ticket, apart_from=apart_from)
    return Room(quote=quote, price=price, minutes=minutes, counts_minutes=bool(BY_MINUTES & set(ticket.contract.sources)))


def worked(ticket: Ticket, *, apart_from: WorkEntry | None = None) -> tuple[Decimal, int]:
    """Price and billed minutes of the finished work under all quotes of the request; work on the quotes is not among it."""
    standing = WorkEntry.objects.finished().standing().filter(ticket=ticket, quote__isnull=False)
    if apart_from and apart_from.pk:
        standing = standing.exclude(pk=apart_from.pk)
    total = standing.aggregate(price=Sum("price"), minutes=Sum("billed_minutes"))
    return total["price"] or ZERO, total["minutes"] or 0


def within_ceiling(ticket: Ticket, entry: WorkEntry, worked_out: Pricing) -> Pricing:
    """The same parts, charged no further than the approved quote says: the 101st per cent is refused.

    Work under a quote has the ceiling; other work, what the customer was told of it beside the ceiling. Without an approved
    quote the threshold of the contract holds.

    entry   finished
    source  feature 4, D34
    """
    if entry.activity == Activity.QUOTING:
        worked_out = within_quoting(ticket, entry, worked_out)
    quote = in_force(ticket)
    if quote is None:
        return within_threshold(ticket, entry, worked_out)
    if entry.quote_id:
        return _under_ceiling(room_of(quote, ticket, apart_from=entry), worked_out)
    left = quote.outside_price - charged_outside(ticket, apart_from=entry)
    return worked_out.limited(left, "nad schválenou kalkulaci se neúčtuje")


def _under_ceiling(room: Room, worked_out: Pricing) -> Pricing:
    """No more money than the ceiling leaves, and no more prepaid minutes than the effort that was approved."""
    if room.counts_minutes and room.quote.ceiling_minutes:
        left = room.quote.ceiling_minutes - room.minutes
        worked_out = worked_out.limited_minutes(left, BEYOND, of=(Source.PACKAGE,))
    return worked_out.limited(room.left, BEYOND)


def charged_outside(ticket: Ticket, *, apart_from: WorkEntry | None = None) -> Decimal:
    """Price of the finished work that is under no quote; work on the quotes is among it."""
    standing = WorkEntry.objects.finished().standing().filter(ticket=ticket, quote__isnull=True)
    if apart_from and apart_from.pk:
        standing = standing.exclude(pk=apart_from.pk)
    return standing.aggregate(price=Sum("price"))["price"] or ZERO


def tickable(ticket: Ticket, activity: str, *, is_billable: bool = True) -> str:
    """Why work of this kind may not be tracked now, in words; "" when it may.

    is_billable  False for work that the customer does not pay: no ceiling holds it back
    source       D30: intake always may; S1-15, S1-16, D13: the state of the request plays no part, feature 4
    """
    if activity in OUTSIDE:
        return ""
    room = quote_room(ticket)
    if room is None:
        waits = ticket.wants_quote or ticket.quotes.filter(state__in=[Quote.State.SENT, Quote.State.EXPIRED]).exists()
        return "Zákazník ještě neschválil kalkulaci, zapisovat lze jen činnost „kalkulace“." if waits else ""
    if is_billable and room.is_spent:
        return "Strop schválené kalkulace je vyčerpaný. Pošlete zákazníkovi novou verzi, pokračovat lze po jejím schválení."
    return ""


def check_may_track(ticket: Ticket, activity: str, *, is_billable: bool = True) -> None:
    """Refuse work that `tickable` does not allow.

    raises  NotApproved, CeilingReached
    """
    if refusal := tickable(ticket, activity, is_billable=is_billable):
        raise (CeilingReached if ticket.quotes.in_force().exists() else NotApproved)(refusal)


def note_progress(ticket: Ticket, *, by: Actor, at: datetime) -> None:
    """After work was charged: warn once at four fifths of the ceiling, and say once that it is reached.

    Part of an act that has locked the ticket and saves it.
    """
    room = quote_room(ticket)
    if room is None:
        return
    quote = room.quote
    if room.is_tight and quote.warned_at is None:
        quote.warned_at = at
        event = log.write_event(ticket, TicketEvent.Kind.QUOTE_WARNED, by=by, at=at, detail=f"kalkulace {quote.version}")
        if not room.is_spent:
            _tell(ticket, event, room)
    if room.is_spent and quote.spent_at is None:
        quote.spent_at = at
        event = log.write_event(ticket, TicketEvent.Kind.QUOTE_SPENT, by=by, at=at, detail=f"kalkulace {quote.version}")
        _tell(ticket, event, room)
    quote.save(update_fields=["warned_at", "spent_at"])


def _tell(ticket: Ticket, event: TicketEvent, room: Room) -> None:
    emails.quote_tight(ticket=ticket, event=event, quote=room.quote, price=room.price, approvers=approvers_of(ticket))


def approvers_of(ticket: Ticket) -> list[User]:
    """People of the customer who decide about quotes and can be written to."""
    memberships = Membership.objects.active().filter(customer_id=ticket.customer_id, is_approver=True)
    return list(User.objects.filter(pk__in=memberships.values("user")).exclude(email="").order_by("pk"))


def end_quotes(ticket: Ticket, *, at: datetime, compares: bool) -> None:
    """Work is over: what nobody decided is withdrawn, what is reserved and was not worked off goes back to the credit.

    Part of an act that has locked the ticket, after its last work was charged.

    compares  whether what the work really cost is written beside what was approved
    """
    ticket.quotes.filter(state__in=[Quote.State.DRAFT, Quote.State.SENT]).update(state=Quote.State.WITHDRAWN)
    quote = in_force(ticket)
    if quote is None:
        return
    if quote.hold:
        ledger.release(hold=quote.hold, at=at)
    if compares:
        quote.final_price, quote.final_minutes = worked(ticket)
        quote.save(update_fields=["final_price", "final_minutes"])
