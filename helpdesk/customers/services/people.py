"""Persons: registered by the supplier, deactivated when they leave, with settings of their own."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.db.models import Q

from helpdesk.customers import emails
from helpdesk.customers.actor import Actor
from helpdesk.customers.models import AuditEvent, AuthorisedSender, Contract, Customer, Membership, User
from helpdesk.customers.services.audit import record_audit_event, watched_rights
from helpdesk.customers.services.invitations import expire_invitations
from helpdesk.customers.services.sessions import end_sessions
from helpdesk.errors import DomainError

LONGEST_LOGIN = 50


class PersonRefused(DomainError):
    """The person cannot be registered for this customer."""


class SenderRefused(DomainError):
    """The address cannot file requests for this contract."""


@dataclass(frozen=True, kw_only=True)
class Roles:
    """What a person may do for a company; named as in Membership."""

    is_member: bool = True
    is_manager: bool = False
    is_approver: bool = False
    is_accountant: bool = False
    is_responsible: bool = False


@transaction.atomic
def register_person(
    *,
    customer: Customer,
    first_name: str,
    last_name: str,
    email: str,
    phone: str = "",
    roles: Roles | None = None,
    by: Actor,
    at: datetime,
) -> User:
    """The account for a person of a customer, made or found by the e-mail; without a password until an invitation is accepted.

    A person known from another company gets one more membership; roles are only added.

    raises  PersonRefused - the address belongs to a colleague of ours or to somebody who has left
    source  S1-01, S4-04, S4-45, S5-07
    """
    user = User.objects.select_for_update().filter(email__iexact=email).first()
    if user is None:
        user = User(username=free_login(first_name, last_name), email=email, phone=phone)
        user.first_name, user.last_name = first_name, last_name
        user.set_unusable_password()
        user.save()
    elif refusal := address_refusal(email):
        raise PersonRefused(refusal)
    with watched_rights(user, by=by, at=at):
        _let_act_for(user, customer, roles or Roles())
    return user


def _let_act_for(user: User, customer: Customer, roles: Roles) -> None:
    """The membership with at least these roles."""
    membership, _ = Membership.objects.get_or_create(user=user, customer=customer, defaults=asdict(roles) | {"is_active": True})
    missing = [role for role, holds in asdict(roles).items() if holds and not getattr(membership, role)]
    if missing or not membership.is_active:
        for role in missing:
            setattr(membership, role, True)
        membership.is_active = True
        membership.save()


def address_refusal(email: str) -> str:
    """Why nobody with this address can act for a customer, "" when somebody could."""
    taken = User.objects.filter(email__iexact=email).filter(Q(is_staff=True) | Q(is_active=False))
    return f"Adresu {email} má někdo, kdo za zákazníka jednat nemůže. Zvolte jinou." if taken.exists() else ""


def free_login(first_name: str, last_name: str) -> str:
    """A login name nobody has, of the person's name: alice.dvorakova, alice.dvorakova2 …"""
    plain = unicodedata.normalize("NFKD", f"{first_name} {last_name}").encode("ascii", "ignore").decode().lower()
    base = ".".join(re.findall(r"[a-z]+", plain))[:LONGEST_LOGIN] or "osoba"
    taken = {name.lower() for name in User.objects.filter(username__istartswith=base).values_list("username", flat=True)}
    serial = 1
    while (name := base if serial == 1 else f"{base}{serial}") in taken:
        serial += 1
    return name


@transaction.atomic
def deactivate_person(*, user: User, by: Actor, at: datetime) -> User:
    """Close every door to a person who leaves; their requests are handed over by the caller.

    Sessions, links to set a password, authorised addresses and memberships end. A second call changes nothing.

    source  S5-07, C20
    """
    user = User.objects.select_for_update().get(pk=user.pk)
    if not user.is_active:
        return user
    with watched_rights(user, by=by, at=at):
        _close_doors(user, by, at)
    return user


def _close_doors(user: User, by: Actor, at: datetime) -> None:
    user.is_active = False
    user.deactivated_at = at
    user.save(update_fields=["is_active", "deactivated_at"])
    end_sessions(user=user)
    expire_invitations(user=user, at=at)
    for membership in user.memberships.filter(is_active=True):
        membership.is_active = False
        membership.save(update_fields=["is_active"])
    for sender in user.authorised_senders.filter(revoked_at__isnull=True):
        revoke_sender(sender=sender, by=by, at=at)
    for customer in user.main_account_of.all():
        customer.main_account = None
        customer.save(update_fields=["main_account"])


@transaction.atomic
def remove_second_factor(*, user: User, by: Actor, at: datetime) -> None:
    """Somebody lost the phone or the key: support has verified who asks and lets them set it up anew.

    A member of staff does so by a new invitation, others after signing in.

    source  our choice: docs/operations.md, what to do when somebody lost their second factor
    """
    Authenticator.objects.filter(user=user).delete()
    end_sessions(user=user)
    record_audit_event(kind=AuditEvent.Kind.FACTOR_REMOVED, by=by, at=at, subject=user)
    emails.account_changed(user=user, change="podpora odebrala druhý faktor přihlášení.", ip=by.ip or "", at=at)


@transaction.atomic
def authorise_sender(*, user: User, contract: Contract, by: Actor, at: datetime) -> AuthorisedSender:
    """Let the person's own address file requests by e-mail for one contract.

    raises  SenderRefused - which does not say whose the address is
    source  S4-38, S4-44, C38
    """
    user = User.objects.select_for_update().get(pk=user.pk)
    known = user.memberships.active().filter(customer_id=contract.customer_id).exists()
    taken = AuthorisedSender.objects.filter(email__iexact=user.email, revoked_at__isnull=True).exists()
    if not user.email or not known or taken:
        raise SenderRefused("Tuto adresu nelze autorizovat. Každá adresa může patřit jen k jedné smlouvě.")
    return AuthorisedSender.objects.create(email=user.email, user=user, contract=contract)


@transaction.atomic
def revoke_sender(*, sender: AuthorisedSender, by: Actor, at: datetime) -> AuthorisedSender:
    """E-mails from the address file nothing any more; a second call changes nothing."""
    sender = AuthorisedSender.objects.select_for_update().get(pk=sender.pk)
    if sender.revoked_at is None:
        sender.revoked_at = at
        sender.save(update_fields=["revoked_at"])
    return sender


@transaction.atomic
def update_profile(*, user: User, values: dict[str, Any], by: Actor, at: datetime) -> User:
    """Keep what people say about themselves.

    values  checked fields of the profile form
    """
    user = User.objects.select_for_update().get(pk=user.pk)
    for name, value in values.items():
        setattr(user, name, value)
    user.save(update_fields=list(values))
    return user
