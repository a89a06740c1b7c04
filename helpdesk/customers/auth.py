"""Who somebody is by what they typed: a login name, an e-mail, a company's IČO, or the IČO with a name."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import Permission
from django.db.models import QuerySet
from django.http import HttpRequest

from helpdesk.customers.models import Customer, User
from helpdesk.customers.validators import is_ico, normalize_ico

FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


class SignInBackend(ModelBackend):
    """Checks a password; takes as long for somebody unknown as for somebody known.

    source  S2-03, S4-03, C20, D20
    """

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **credentials: Any
    ) -> User | None:
        """The active person, or None for any reason whatever."""
        if not username or not password:
            return None
        user = find_person(username)
        if user is None:
            User().set_password(password)  # the hasher runs, so that time tells nothing
            return None
        return user if user.check_password(password) and self.user_can_authenticate(user) else None

    def get_user_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        """None: rights come with groups alone, so nobody asks the database for a person's own."""
        return set()

    def _get_group_permissions(self, user_obj: Any) -> QuerySet[Permission]:
        """By plain joins; Django's own condition with a subquery takes twice as long."""
        return Permission.objects.filter(group__user=user_obj)


def find_person(typed: str) -> User | None:
    """The person meant by a sign-in name; a company alone means its main account.

    source  D20: `IČO/jméno` names a person within the company
    """
    company, slash, name = typed.partition("/")
    if slash:
        members = User.objects.filter(
            memberships__customer__ico=normalize_ico(company),
            memberships__customer__is_active=True,
            memberships__is_active=True,
        )
        return _named(members, name.strip())
    if is_ico(ico := normalize_ico(typed)):
        customer = Customer.objects.active().filter(ico=ico).select_related("main_account").first()
        return customer.main_account if customer else None
    return _named(User.objects.all(), typed.strip())


def lacks_factor(user: User) -> bool:
    """Whether this is a member of staff who must have a second factor and has none."""
    return settings.STAFF_MFA_REQUIRED and user.is_staff and not has_factor(user)


def has_factor(user: User) -> bool:
    """An app with codes or a key; recovery codes alone stand in for one of them and are none."""
    return Authenticator.objects.filter(user=user, type__in=FACTORS).exists()


def may_act_as(*, hijacker: User, hijacked: User | None) -> bool:
    """Whether a member of staff may see the portal as this customer does; never as a colleague.

    source  D20
    """
    return bool(
        hijacked
        and hijacked.is_active
        and not hijacked.is_staff
        and not hijacked.is_superuser
        and hijacker.is_staff
        and hijacker.has_perm("tickets.act_as_customer")
    )


def _named(people: Any, name: str) -> User | None:
    return people.filter(username__iexact=name).first() or (people.filter(email__iexact=name).first() if "@" in name else None)
