"""What belongs to a request besides its life: related requests, paper annexes, subsuppliers, agreed terms."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from helpdesk.customers.actor import Actor
from helpdesk.customers.channels import Channel
from helpdesk.customers.models import ContractParagraph
from helpdesk.errors import DomainError
from helpdesk.money import czk
from tickets.models import PhysicalAnnex, Status, SubsupplierWait, Ticket, TicketEvent, TicketLink
from tickets.services import lifecycle, log
from tickets.services.filing import NewRequest, file_request


class LinkRefused(DomainError):
    """The two requests cannot stand in this relation."""


class AnnexRefused(DomainError):
    """The paper was not received yet."""


class WaitRefused(DomainError):
    """The request waits for a subsupplier already, or not any more."""


class NothingAgreed(DomainError):
    """An agreement is about a price, a day, or both."""


@dataclass(frozen=True, kw_only=True)
class SplitOff:
    """The part of a request that becomes a request of its own, by whichever paragraph of the same contract.

    form_token  of the form that splits it off: a second submit finds the first request
    """

    paragraph: ContractParagraph
    subject: str
    description: str
    form_token: UUID | None = None


@transaction.atomic
def split_request(*, ticket: Ticket, part: SplitOff, by: Actor, at: datetime) -> Ticket:
    """File what does not belong here as a new request of the same author, linked with this one.

    returns  the new request; the customer gets its number by letter
    raises   ParagraphRefused, FilingRefused
    source   S4-71
    """
    ticket, at = log.lock(ticket, at)
    if part.paragraph.contract_id != ticket.contract_id:
        raise lifecycle.ParagraphRefused("Odstavec patří k jiné smlouvě. Vyberte odstavec smlouvy tohoto požadavku.")
    if part.form_token and (before := Ticket.objects.filter(form_token=part.form_token, author=ticket.author_id).first()):
        return before
    new = NewRequest(
        author=ticket.author,
        paragraph=part.paragraph,
        subject=part.subject,
        description=part.description,
        asset=ticket.asset,
        contact_email=ticket.contact_email,
        contact_phone=str(ticket.contact_phone),
        channel=Channel.BACKOFFICE,
        form_token=part.form_token,
    )
    split_off = file_request(new=new, by=by, at=at)
    _link(ticket, split_off, TicketLink.Kind.SPLIT, by=by, at=at)
    _note_on(ticket, TicketEvent.Kind.SPLIT, by=by, at=at, detail=f"požadavek {split_off.pk}")
    return split_off


@transaction.atomic
def link_requests(*, ticket: Ticket, other: Ticket, by: Actor, at: datetime) -> TicketLink:
    """Say that two requests of one customer belong together; both tell it in their log.

    raises  LinkRefused
    """
    _check_pair(ticket, other)
    ticket, other, at = _lock_both(ticket, other, at)
    if TicketLink.objects.filter(Q(source=ticket, target=other) | Q(source=other, target=ticket)).exists():
        raise LinkRefused(f"Požadavky {ticket.pk} a {other.pk} už propojené jsou.")
    link = _link(ticket, other, TicketLink.Kind.RELATED, by=by, at=at)
    _note_on(ticket, TicketEvent.Kind.LINKED, by=by, at=at, detail=f"požadavek {other.pk}")
    _note_on(other, TicketEvent.Kind.LINKED, by=by, at=at, detail=f"požadavek {ticket.pk}")
    return link


@transaction.atomic
def mark_duplicate(*, ticket: Ticket, original: Ticket, by: Actor, at: datetime) -> Ticket:
    """Cancel a request that repeats an earlier one; the customer reads where it goes on.

    raises  LinkRefused, StateChanged
    source  S4-22
    """
    _check_pair(ticket, original)
    ticket, original, at = _lock_both(ticket, original, at)
    if original.status == Status.CANCELLED:
        raise LinkRefused(f"Požadavek {original.pk} je zrušený. Vyberte ten, ve kterém se pokračuje.")
    cancelled = lifecycle.cancel(
        ticket=ticket,
        reason=f"Stejnou věc už řeší požadavek {original.pk}. Pokračujeme v něm.",
        duplicate_of=original,
        by=by,
        at=at,
    )
    _link(original, cancelled, TicketLink.Kind.DUPLICATE, by=by, at=at)
    _note_on(original, TicketEvent.Kind.LINKED, by=by, at=at, detail=f"duplicita {cancelled.pk}")
    return cancelled


def _check_pair(ticket: Ticket, other: Ticket) -> None:
    if ticket.pk == other.pk:
        raise LinkRefused("Zadejte číslo jiného požadavku, tento je on sám.")
    if ticket.customer_id != other.customer_id:
        raise LinkRefused(f"Požadavek {other.pk} patří jinému zákazníkovi. Propojit lze jen požadavky téhož zákazníka.")


def _lock_both(ticket: Ticket, other: Ticket, at: datetime) -> tuple[Ticket, Ticket, datetime]:
    """Lock two requests, the lower number first, so that two people who link them crosswise do not wait for ever."""
    rows = Ticket.objects.select_for_update(of=("self",)).filter(pk__in=(ticket.pk, other.pk)).order_by("pk")
    locked = {row.pk: row for row in rows}
    at = max(at.replace(microsecond=0), *(row.last_event_at for row in locked.values()))
    return locked[ticket.pk], locked[other.pk], at


def _link(source: Ticket, target: Ticket, kind: TicketLink.Kind, *, by: Actor, at: datetime) -> TicketLink:
    return TicketLink.objects.create(source=source, target=target, kind=kind, created_by=by.person, created_at=at)


def _note_on(ticket: Ticket, kind: TicketEvent.Kind, *, by: Actor, at: datetime, detail: str) -> None:
    log.write_event(ticket, kind, by=by, at=at, detail=detail)
    ticket.save(update_fields=["last_event_at"])


@transaction.atomic
def register_annex(
    *, ticket: Ticket, description: str, stored_at: str, received_on: date, by: Actor, at: datetime
) -> PhysicalAnnex:
    """Put a paper on record: what it is, where it lies, when it came and who took it; the same again is a second click.

    raises  AnnexRefused
    source  S2-20
    """
    ticket, at = log.lock(ticket, at)
    if received_on > timezone.localdate(at):
        raise AnnexRefused("Den přijetí je v budoucnosti. Opravte jej prosím.")
    annex, is_new = PhysicalAnnex.objects.get_or_create(
        ticket=ticket, description=description, stored_at=stored_at, received_on=received_on, received_by=by.person
    )
    if is_new:
        _note_on(ticket, TicketEvent.Kind.ANNEX, by=by, at=at, detail=description)
    return annex


@transaction.atomic
def start_subsupplier_wait(*, ticket: Ticket, subsupplier: str, by: Actor, at: datetime) -> SubsupplierWait:
    """Mark that work waits for a subsupplier; the state stays and the SLA runs on.

    raises  StateChanged, WaitRefused
    source  S3-13, C32
    """
    ticket, at = log.lock(ticket, at)
    log.require(ticket, "suspend")
    if ticket.subsupplier_waits.filter(ended_at__isnull=True).exists():
        raise WaitRefused("Na subdodavatele už se čeká. Nejdřív zapište, že odpověděl.")
    wait = SubsupplierWait.objects.create(ticket=ticket, subsupplier=subsupplier, started_at=at, started_by=by.person)
    _note_on(ticket, TicketEvent.Kind.SUBSUPPLIER, by=by, at=at, detail=subsupplier)
    return wait


@transaction.atomic
def end_subsupplier_wait(*, ticket: Ticket, by: Actor, at: datetime) -> SubsupplierWait:
    """The subsupplier has answered.

    raises  WaitRefused
    source  S3-13
    """
    ticket, at = log.lock(ticket, at)
    wait = ticket.subsupplier_waits.filter(ended_at__isnull=True).first()
    if wait is None:
        raise WaitRefused("Na subdodavatele se už nečeká. Načtěte stránku znovu.")
    wait.ended_at = at
    wait.save(update_fields=["ended_at"])
    _note_on(ticket, TicketEvent.Kind.SUBSUPPLIER_DONE, by=by, at=at, detail=wait.subsupplier)
    return wait


@transaction.atomic
def agree_terms(*, ticket: Ticket, price: Decimal | None, on: date | None, by: Actor, at: datetime) -> Ticket:
    """Record the price and the day agreed with the customer, who agreed it and when.

    price   CZK without VAT
    on      the day by which the request is to be solved
    raises  StateChanged, NothingAgreed
    source  S2-17
    """
    ticket, at = log.lock(ticket, at)
    log.require(ticket, "suspend", "resume", "accept")
    if price is None and on is None:
        raise NothingAgreed("Zapište dohodnutou cenu, termín, nebo obojí.")
    ticket.agreed_price = price
    ticket.agreed_on = on
    ticket.agreed_by = by.person
    ticket.agreed_at = at
    log.write_event(ticket, TicketEvent.Kind.AGREED, by=by, at=at, detail=_terms(price, on))
    ticket.save()
    return ticket


def _terms(price: Decimal | None, on: date | None) -> str:
    parts = []
    if price is not None:
        parts.append(f"cena {czk(price)} bez DPH")
    if on is not None:
        parts.append(f"termín {on.day}.\u00a0{on.month}.\u00a0{on.year}")
    return ", ".join(parts)
