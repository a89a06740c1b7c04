"""How django-allauth signs people in here: with growing delays, one sentence for every failure, letters through our queue."""

from __future__ import annotations

from typing import Any

import structlog
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import record_authentication
from allauth.account.internal.stagekit import clear_login
from allauth.account.models import Login
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.usersessions.adapter import DefaultUserSessionsAdapter
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from helpdesk.customers import emails
from helpdesk.customers.actor import Actor
from helpdesk.customers.auth import FACTORS, find_person, lacks_factor
from helpdesk.customers.devices import has_device, known_device, remember_device
from helpdesk.customers.http import record_at_door
from helpdesk.customers.models import AuditEvent, Operator, User
from helpdesk.customers.services.audit import record_audit_event
from helpdesk.customers.services.delays import AttemptTooSoon, forgive_attempt, take_attempt
from helpdesk.customers.services.sessions import end_sessions

log = structlog.get_logger("helpdesk.security")

SIGN_IN_FAILED = "Bohužel Vaše přihlášení do systému se nezdařilo. Zkuste akci zopakovat znovu"
NO_FACTOR = "Váš účet nemá druhý faktor. Požádejte kolegu o\u00a0novou pozvánku, nastavíte si jí heslo i\u00a0druhý faktor."
CHANGES = {
    "password_changed": "heslo bylo změněno.",
    "password_reset": "heslo bylo změněno odkazem z e-mailu.",
    "password_set": "heslo bylo nastaveno.",
    "totp_activated": "přihlášení jednorázovým kódem bylo zapnuto.",
    "totp_deactivated": "přihlášení jednorázovým kódem bylo vypnuto.",
    "recovery_codes_generated": "vznikly nové záložní kódy.",
    "webauthn_added": "přibyl přístupový klíč.",
    "webauthn_removed": "přístupový klíč byl odebrán.",
}


class AccountAdapter(DefaultAccountAdapter):
    """Sign-in, password change and reset.

    source  S1-01, S2-03, S2-04, S4-07, D20
    """

    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": SIGN_IN_FAILED,
        "email_password_mismatch": SIGN_IN_FAILED,
        "too_many_login_attempts": SIGN_IN_FAILED,
        "invalid_login": SIGN_IN_FAILED,
        "account_inactive": SIGN_IN_FAILED,
        "incorrect_password": "Heslo nesouhlasí. Zkuste ho napsat znovu.",
        "enter_current_password": "Současné heslo nesouhlasí. Zkuste ho napsat znovu.",
        "rate_limited": "Pokusů bylo moc najednou. Zkuste to prosím za chvíli.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """The supplier alone makes accounts."""
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Refuse an attempt that comes before its delay is over, without looking at the password; say how long to wait."""
        try:
            take_attempt(**self._place(request, credentials), at=timezone.now())
        except AttemptTooSoon as refusal:
            log.warning("sign_in_delayed", ip=request.META.get("REMOTE_ADDR"))
            raise ValidationError([SIGN_IN_FAILED, str(refusal)]) from refusal

    def _place(self, request: HttpRequest, credentials: dict[str, Any]) -> dict[str, Any]:
        """The name, and where it is tried from."""
        typed = credentials["username"]
        device = known_device(request, find_person(typed)) if has_device(request) else ""
        return {"identifier": typed, "ip": request.META.get("REMOTE_ADDR"), "device": device}

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """The person; a right password forgives the attempts before it."""
        user = super().authenticate(request, **credentials)
        if user:
            forgive_attempt(**self._place(request, credentials))
        return user

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Into the security log goes whose account was tried; what was typed stays out of it, it may be a password."""
        tried = find_person(credentials["username"])
        record_at_door(request, kind=AuditEvent.Kind.SIGN_IN_FAILED, repeats=True, subject=tried)

    def reauthenticate(self, user: User, password: str) -> bool:
        """Whether it is still the same person, with the same delays."""
        return self.authenticate(self.request, username=user.username, password=password) == user

    def pre_login(self, request: HttpRequest, user: User, **details: Any) -> HttpResponse | None:
        """Staff without a second factor get no session: whoever knows the password could add a factor of their own."""
        refusal: HttpResponse | None = super().pre_login(request, user, **details)
        if refusal or not lacks_factor(user):
            return refusal
        log.warning("sign_in_without_factor", user=user.pk, ip=request.META.get("REMOTE_ADDR"))
        clear_login(request)
        messages.error(request, NO_FACTOR)
        return redirect("account_login")

    def get_reauthentication_methods(self, user: User) -> list[dict[str, Any]]:
        """Who has a second factor confirms with it; the password is what a thief of a session may know."""
        methods = super().get_reauthentication_methods(user)
        return [method for method in methods if method["id"] != "reauthenticate"] or methods

    def post_login(self, request: HttpRequest, user: User, **details: Any) -> HttpResponse:
        """Signed in, the second factor included."""
        log.info("signed_in", user=user.pk, ip=request.META.get("REMOTE_ADDR"))
        response = super().post_login(request, user, **details)
        remember_device(request, response, user)
        return response

    def respond_user_inactive(self, request: HttpRequest, user: User) -> HttpResponse:
        """Somebody who has left, with a passkey or a link of theirs: the same sentence as for anybody."""
        messages.error(request, SIGN_IN_FAILED)
        return redirect("account_login")

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Staff work in the backoffice, customers begin with the list."""
        return reverse("admin:index") if request.user.is_staff else "/"

    def get_logout_redirect_url(self, request: HttpRequest) -> str:
        return reverse("account_login")

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("mfa_index")

    def send_notification_mail(
        self, template_prefix: str, user: User, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        """News about the account's security go to the person's address."""
        change = CHANGES[template_prefix.rpartition("/")[2]]
        emails.account_changed(user=user, change=change, ip=self.request.META.get("REMOTE_ADDR", ""), at=timezone.now())

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Every letter of ours has a function of its own; one that allauth adds later must get one first."""
        raise NotImplementedError(f"No letter for {template_prefix}.")


class SecondFactorAdapter(DefaultMFAAdapter):
    """Names in authenticator apps and passkey dialogs; the last factor of staff stays."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "cannot_delete_authenticator": "Poslední druhý faktor odebrat nejde. Přidejte si nejdřív jiný.",
    }

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        others = Authenticator.objects.filter(user=authenticator.user, type__in=FACTORS).exclude(pk=authenticator.pk)
        return not (settings.STAFF_MFA_REQUIRED and authenticator.user.is_staff) or others.exists()

    def get_totp_issuer(self) -> str:
        return self._helpdesk()

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return super().get_public_key_credential_rp_entity() | {"name": self._helpdesk()}

    def generate_authenticator_name(self, user: User, type: Any) -> str:
        """„Přístupový klíč“, numbered from the second on."""
        count = Authenticator.objects.filter(user=user, type=type).count()
        return "Přístupový klíč" if not count else f"Přístupový klíč {count + 1}"

    def _helpdesk(self) -> str:
        operator = Operator.objects.first()
        return f"{operator.short_name} Helpdesk" if operator else "Helpdesk"


class SessionsAdapter(DefaultUserSessionsAdapter):
    """„Odhlásit všude jinde“ ends every other session of the person, also one that no list names."""

    def end_sessions(self, sessions: Any) -> None:
        request = context.request
        end_sessions(user=request.user, kept=request.session)
        by = Actor.portal(request)
        record_audit_event(kind=AuditEvent.Kind.SESSIONS_ENDED, by=by, at=timezone.now(), subject=by.person)


def sign_in_by_invitation(request: HttpRequest, user: User) -> HttpResponse:
    """Open the session of somebody who has just set password and second factor by a one-time link, and show the recovery codes.

    Both were proven here and now, so the session counts as opened with two factors.
    """
    request.session.flush()  # nothing of a visit before, nor the secret of the app, goes on
    adapter = AccountAdapter(request)
    adapter.login(request, user)
    factor = Authenticator.objects.get(user=user, type=Authenticator.Type.TOTP)
    record_authentication(request, user, "password")
    for how in ({}, {"reauthenticated": True}):
        record_authentication(request, user, "mfa", id=factor.pk, type=factor.type, **how)
    login = Login(user=user, redirect_url=reverse("mfa_view_recovery_codes"))
    return adapter.post_login(
        request,
        user,
        email_verification=login.email_verification,
        signal_kwargs=None,
        email=None,
        signup=False,
        redirect_url=login.redirect_url,
    )
