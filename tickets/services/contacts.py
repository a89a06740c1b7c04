"""Free contact addresses: which may be written to, and what they themselves say about it (S2-09)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.utils import timezone

from helpdesk.customers.actor import Actor
from helpdesk.customers.models import User
from helpdesk.errors import DomainError
from tickets import emails
from tickets.models import ContactAddress, Ticket

ASK_AGAIN_AFTER = timedelta(days=30)


class ContactLinkVoid(DomainError):
    """The link was used, is too old, or is none of ours."""


def note_contact(*, ticket: Ticket, by: Actor, at: datetime) -> None:
    """Remember the contact address of a request that was just filed, and ask it to confirm itself where it must.

    Part of the act that files; a known person's address is judged by the person's rights and switches instead.

    source  S2-09
    """
    email = ticket.contact_email.lower()
    if not email or User.objects.filter(email__iexact=email).exists():
        return
    contact, created = ContactAddress.objects.select_for_update().get_or_create(
        customer_id=ticket.customer_id, email=email, defaults={"created_by": ticket.author, "created_at": at}
    )
    if created:
        contact.waits_for = _first_wait(contact, ticket, by, at)
    if contact.must_confirm and (contact.asked_at is None or contact.asked_at <= at - ASK_AGAIN_AFTER):
        contact.asked_at = at
        emails.contact_asked(ticket=ticket, contact=contact, at=at)
    contact.save()


def waits_for_confirmation(ticket: Ticket) -> bool:
    """Whether the contact address of the request gets nothing before it confirms itself."""
    contact = ContactAddress.objects.of(ticket.customer_id, ticket.contact_email).first()
    return contact is not None and contact.must_confirm


def is_signed(token: str) -> bool:
    """Whether we ever wrote this link, however old or used it is."""
    return any(_read(token, salt) is not None for salt, _, _ in emails.CONTACT_LINKS)


def _read(token: str, salt: str, age: timedelta | None = None) -> list[int] | None:
    try:
        return signing.loads(token, salt=salt, max_age=age)
    except signing.BadSignature:
        return None


def contact_of_link(token: str) -> tuple[ContactAddress, bool]:
    """The address behind a link of a letter, and whether this link may also confirm it.

    raises  ContactLinkVoid
    """
    for salt, age, confirms in emails.CONTACT_LINKS:
        if read := _read(token, salt, age):
            contact = ContactAddress.objects.select_related("customer").filter(pk=read[0], serial=read[1]).first()
            if contact:
                return contact, confirms
    raise ContactLinkVoid("Odkaz už neplatí: byl použit, nebo je příliš starý.")


@transaction.atomic
def confirm_contact(*, token: str, at: datetime) -> ContactAddress:
    """The address wants the letters.

    raises  ContactLinkVoid - also for a link that may only say no
    """
    contact, confirms = _locked(token)
    if not confirms:
        raise ContactLinkVoid("Tímto odkazem lze adresu jen odmítnout.")
    contact.waits_for, contact.confirmed_at = "", at
    contact.serial += 1
    contact.save()
    return contact


@transaction.atomic
def deny_contact(*, token: str, at: datetime) -> ContactAddress:
    """„To nejsem já“: no letter goes to the address before it confirms itself.

    raises  ContactLinkVoid
    """
    contact, _ = _locked(token)
    contact.waits_for, contact.confirmed_at, contact.asked_at = ContactAddress.Wait.DENIED, None, at
    contact.serial += 1
    contact.save()
    return contact


def _locked(token: str) -> tuple[ContactAddress, bool]:
    """As `contact_of_link`, locked; of two clicks the second finds the link used."""
    contact, confirms = contact_of_link(token)
    locked = ContactAddress.objects.select_for_update().get(pk=contact.pk)
    if locked.serial != contact.serial:
        raise ContactLinkVoid("Odkaz už neplatí: byl použit, nebo je příliš starý.")
    return locked, confirms


def _first_wait(contact: ContactAddress, ticket: Ticket, by: Actor, at: datetime) -> str:
    """Why a new address must confirm itself first: it said no to another customer, or it is one too many of this day.

    What staff write down for a caller is not limited.
    """
    others = ContactAddress.objects.filter(email=contact.email).exclude(pk=contact.pk)
    if others.filter(waits_for=ContactAddress.Wait.DENIED).exists():
        return ContactAddress.Wait.DENIED
    midnight = timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0)
    brought = ContactAddress.objects.new_of(ticket.author, midnight).count()  # with this one
    return ContactAddress.Wait.LIMIT if not by.is_staff and brought > settings.NEW_ADDRESSES_PER_DAY else ""
