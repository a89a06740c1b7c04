"""Filing a request, through whichever door it came."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from helpdesk.customers import entitlements
from helpdesk.customers.actor import Actor
from helpdesk.customers.channels import Channel
from helpdesk.customers.models import Asset, ContractParagraph, RequestType, User
from helpdesk.customers.services import limits
from helpdesk.errors import DomainError
from tickets import emails
from tickets.models import Ticket, TicketEvent, TicketLink
from tickets.models.clocks import SLA_COLUMNS
from tickets.services import attachments, clocks, contacts, log, search


class FilingRefused(DomainError):
    """The contract or the asset does not allow this request; the text says what is open instead."""


class BackdatingRefused(DomainError):
    """The time of the call is not believable."""


BACKDATE_WITHOUT_REASON = timedelta(minutes=15)


@dataclass(frozen=True, kw_only=True)
class NewRequest:
    """What a person files.

    author       the customer's person the request belongs to
    reported_at  for a phone call: when it began (C37); None = now
    minutes      how long it took, when that is known
    late_reason  why the call is recorded more than 15 minutes after it
    refiled_from a cancelled request that this one replaces (S4-62)
    """

    author: User
    paragraph: ContractParagraph
    subject: str
    description: str
    contact_email: str
    contact_phone: str
    channel: Channel
    request_type: RequestType | None = None
    asset: Asset | None = None
    contract_part: str = ""
    requested_on: date | None = None
    wants_quote: bool = False
    form_token: UUID | None = None
    reported_at: datetime | None = None
    minutes: int = 0
    late_reason: str = ""
    refiled_from: Ticket | None = None


@transaction.atomic
def file_request(*, new: NewRequest, by: Actor, at: datetime) -> Ticket:
    """File a request and confirm it with its number.

    by       the author in the portal, staff for a caller
    returns  the request; for a form token that was used before, the request it made then (S2-12)
    raises   FilingRefused, BackdatingRefused
    source   S2-11 to S2-14, S4-28 to S4-41, S5-02, S5-06, C37
    """
    ticket, event = file_quietly(new, by=by, at=at)
    if event:
        emails.request_filed(ticket=ticket, event=event)
    return ticket


def file_quietly(new: NewRequest, *, by: Actor, at: datetime) -> tuple[Ticket, TicketEvent | None]:
    """File a request as part of an act that writes the letter; no event for a form token that was used before."""
    if new.form_token:
        User.objects.locked(new.author.pk)
        if filed := Ticket.objects.filter(form_token=new.form_token).first():
            return _filed_before(filed, new), None
    limits.count_sent(kind=limits.Kind.REQUEST, by=by, at=at)
    at = at.replace(microsecond=0)
    _check_may_file(new, at)
    created_at = _filing_time(new, at)
    ticket = _create(new, by=by, at=at, created_at=created_at)
    clocks.first_terms(ticket)
    event = log.write_event(
        ticket,
        TicketEvent.Kind.FILED,
        by=by,
        at=created_at,
        from_status="",
        text=new.late_reason,
        detail=str(new.paragraph),
    )
    ticket.save(update_fields=["last_event_at", *SLA_COLUMNS])
    attached = 0
    if new.form_token and by.user:
        attached = attachments.attach_staged(user=by.user, form_token=new.form_token, ticket=ticket)
    if new.refiled_from:
        TicketLink.objects.create(
            source=new.refiled_from, target=ticket, kind=TicketLink.Kind.REFILED, created_by=by.person, created_at=at
        )
    search.index_ticket(ticket, *(ticket.attachments.values_list("name", flat=True) if attached else ()))
    contacts.note_contact(ticket=ticket, by=by, at=at)
    return ticket, event


def _filed_before(filed: Ticket, new: NewRequest) -> Ticket:
    if filed.author_id != new.author.pk:
        raise FilingRefused("Z tohoto formuláře už vznikl požadavek jiné osoby. Otevřete si prosím nový formulář.")
    return filed


def _check_may_file(new: NewRequest, at: datetime) -> None:
    contract = new.paragraph.contract
    refusal = entitlements.filing_refusal(contract=contract, channel=new.channel, at=at)
    if refusal:
        raise FilingRefused(refusal)
    if new.asset and new.asset.customer_id != contract.customer_id:
        raise FilingRefused("Vybraná aplikace nepatří k této smlouvě. Vyberte ji prosím znovu.")
    if new.request_type and (refusal := entitlements.kind_refusal(new.request_type)):
        raise FilingRefused(refusal)
    if new.asset and (refusal := entitlements.asset_refusal(asset=new.asset, kind=new.request_type, day=timezone.localdate(at))):
        raise FilingRefused(refusal)
    if new.asset and (refusal := entitlements.modules_refusal(contract=contract, asset=new.asset, channel=new.channel)):
        raise FilingRefused(refusal)


def _filing_time(new: NewRequest, at: datetime) -> datetime:
    if new.reported_at is None:
        return at
    if new.reported_at > at:
        raise BackdatingRefused("Čas hovoru je v budoucnosti. Opravte jej prosím.")
    is_late = at - new.reported_at > BACKDATE_WITHOUT_REASON + timedelta(minutes=new.minutes)
    if is_late and not new.late_reason.strip():
        raise BackdatingRefused("Hovor je starší než 15 minut. Napište, proč se zapisuje až teď.")
    return new.reported_at.replace(microsecond=0)


def _create(new: NewRequest, *, by: Actor, at: datetime, created_at: datetime) -> Ticket:
    contract = new.paragraph.contract
    return Ticket.objects.create(
        customer_id=contract.customer_id,
        contract=contract,
        paragraph=new.paragraph,
        severity=new.paragraph.severity,
        request_type=new.request_type,
        asset=new.asset,
        author=new.author,
        filed_by=by.user if by.is_staff else None,
        channel=new.channel,
        subject=new.subject,
        description=new.description,
        contract_part=new.contract_part,
        contact_email=new.contact_email,
        contact_phone=new.contact_phone,
        requested_on=new.requested_on,
        wants_quote=new.wants_quote,
        form_token=new.form_token,
        created_at=created_at,
        recorded_at=at,
        last_event_at=created_at,
    )
