"""Administrators who come in from the server itself, past every invitation by a colleague."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from helpdesk.customers.actor import SYSTEM
from helpdesk.customers.models import User
from helpdesk.customers.models.access import HandOver
from helpdesk.customers.services.invitations import invitation_link, write_invitation
from helpdesk.customers.services.people import remove_second_factor
from helpdesk.errors import DomainError


class AdministratorRefused(DomainError):
    """The account cannot be made or used for this."""


@transaction.atomic
def invite_administrator(*, username: str, email: str = "", loses_factor: bool = False, at: datetime) -> str:
    """A one-time link for an administrator by which password and second factor are set; the account is made when it is missing.

    email         of a new account
    loses_factor  the factors that the account has are removed, its sessions end
    raises        AdministratorRefused - the account is not an administrator's, was ended, or cannot be made
    """
    user = User.objects.select_for_update().filter(username__iexact=username).first()
    if user is None:
        user = _new_administrator(username, email)
    elif not (user.is_superuser and user.is_staff and user.is_active):
        raise AdministratorRefused(f"{username} není platný účet správce. Zvolte jiné přihlašovací jméno.")
    if loses_factor:
        remove_second_factor(user=user, by=SYSTEM, at=at)
    invitation = write_invitation(
        user=user, hand_over=HandOver.IN_PERSON, recipient="kdo má server", verified_how="příkazem na serveru", by=SYSTEM, at=at
    )
    return invitation_link(invitation)


def _new_administrator(username: str, email: str) -> User:
    user = User(username=username, email=email, is_staff=True, is_superuser=True)
    user.set_unusable_password()
    try:
        user.full_clean()
    except ValidationError as error:
        raise AdministratorRefused(" ".join(error.messages)) from error
    user.save()
    return user
