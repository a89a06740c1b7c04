"""Handing access over: a one-time link by which a person sets the own password."""

from __future__ import annotations

from datetime import datetime, timedelta

from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac

from helpdesk.customers import emails
from helpdesk.customers.actor import Actor
from helpdesk.customers.channels import Channel
from helpdesk.customers.models import AuditEvent, Invitation, StaffTask, User
from helpdesk.customers.models.access import HandOver
from helpdesk.customers.services.audit import record_audit_event
from helpdesk.customers.services.sessions import end_sessions
from helpdesk.errors import DomainError
from sla.calendars import end_of_working_day

VALID_FOR = timedelta(hours=72)
VALID_FOR_BY_POST = timedelta(days=10)
SLOW = (HandOver.POST, HandOver.FAX)
TOKEN_LENGTH = 40
ONLY_TO_THE_ADDRESS = (
    "{user} už heslo má, odkaz proto dostane jen na svou e-mailovou adresu. "
    "Nemá-li k ní přístup, zvolte u osoby „Změnit e-mail“; potvrdí to druhý kolega."
)


class InvitationRefused(DomainError):
    """The link cannot be used, or the person cannot be invited."""


class InvitationExpired(InvitationRefused):
    """The link was right, but came too late."""


@transaction.atomic
def invite_person(
    *, user: User, verified_how: str, by: Actor, at: datetime, hand_over: str = HandOver.EMAIL, recipient: str = ""
) -> Invitation:
    """Give a person a way to set the password; older links of theirs stop working.

    By e-mail the link goes to the stored address and nowhere else. Staff hand it over themselves only to somebody who has no
    password yet: with the link of anybody else they could act in that person's name (`access.restore_access` takes two).

    verified_how  how the person's authenticity was checked; who and when are `by` and `at`
    hand_over     the agreed way; by e-mail the link goes out as a letter, otherwise staff hand `invitation_link` over
    recipient     number or address where staff hand it over, the person's own when empty
    raises        InvitationRefused
    source        S1-05, S2-05, S2-06, S4-04
    """
    user = User.objects.select_for_update().get(pk=user.pk)
    if not user.is_active:
        raise InvitationRefused(f"{user} má ukončený přístup. Pozvat lze jen aktivní osobu.")
    if not verified_how.strip():
        raise InvitationRefused("Napište, jak jste ověřili, že jde opravdu o tuto osobu.")
    if hand_over == HandOver.EMAIL and not user.email:
        raise InvitationRefused(f"{user} nemá e-mail. Doplňte ho, nebo zvolte jiný způsob předání.")
    if hand_over == HandOver.EMAIL:
        recipient = user.email
    elif user.has_usable_password():
        raise InvitationRefused(ONLY_TO_THE_ADDRESS.format(user=user))
    invitation = write_invitation(user=user, hand_over=hand_over, recipient=recipient, verified_how=verified_how, by=by, at=at)
    send_invitation(invitation=invitation, at=at)
    return invitation


@transaction.atomic
def hand_over_link(*, invitation: Invitation, by: Actor, at: datetime) -> str:
    """The link for whoever verified the person and now hands it over, to be shown this once.

    raises  InvitationRefused - it goes by e-mail, the person has a password, or somebody else verified
    source  S2-06
    """
    user = User.objects.get(pk=invitation.user_id)
    if invitation.hand_over == HandOver.EMAIL or user.has_usable_password():
        raise InvitationRefused(ONLY_TO_THE_ADDRESS.format(user=user))
    if invitation.verified_by_id != by.person.pk:
        raise InvitationRefused("Odkaz předává jen ten, kdo osobu ověřil.")
    record_audit_event(kind=AuditEvent.Kind.LINK_SHOWN, by=by, at=at, subject=invitation, after={"person": user.pk})
    return invitation_link(invitation)


def send_invitation(*, invitation: Invitation, at: datetime) -> None:
    """The letter with the link, where it goes by e-mail."""
    if invitation.hand_over == HandOver.EMAIL:
        emails.person_invited(invitation=invitation, link=invitation_link(invitation), at=at)


def write_invitation(
    *, user: User, hand_over: str, recipient: str, verified_how: str, by: Actor, at: datetime, confirmed_by: User | None = None
) -> Invitation:
    """The row of a new link, without any check who may get it; older links of the person stop working."""
    expire_invitations(user=user, at=at)
    invitation = Invitation.objects.create(
        user=user,
        hand_over=hand_over,
        recipient=recipient.strip() or _usual_recipient(user, hand_over),
        verified_by=by.user,
        verified_how=verified_how.strip(),
        verified_at=at,
        confirmed_by=confirmed_by,
        created_at=at,
        expires_at=at + (VALID_FOR_BY_POST if hand_over in SLOW else VALID_FOR),
    )
    record_audit_event(
        kind=AuditEvent.Kind.INVITED, by=by, at=at, subject=user, after={"hand_over": hand_over, "invitation": invitation.pk}
    )
    return invitation


@transaction.atomic
def accept_invitation(
    *, invitation: Invitation, token: str, password: str, at: datetime, totp_secret: str = "", ip: str = ""
) -> User:
    """Set the person's password, and with it the first second factor of a member of staff; the link is used up.

    password     already validated by the form
    totp_secret  of the app with codes, one of which the form has seen; "" where no factor is set up
    raises       InvitationRefused - wrong, used or void; InvitationExpired
    source       S2-06
    """
    user = User.objects.select_for_update().get(pk=invitation.user_id)
    invitation = Invitation.objects.select_for_update().get(pk=invitation.pk)
    invitation.user = user
    check_invitation(invitation=invitation, token=token, at=at)
    user.set_password(password)
    user.save(update_fields=["password"])
    change = "heslo bylo nastaveno odkazem z pozvánky."
    if totp_secret:
        TOTP.activate(user, totp_secret)
        RecoveryCodes.activate(user)
        change = "odkazem z pozvánky bylo nastaveno heslo a přihlášení jednorázovým kódem."
    end_sessions(user=user)
    invitation.used_at = at
    invitation.save(update_fields=["used_at"])
    by = Actor(user=user, channel=Channel.PORTAL, ip=ip or None)
    record_audit_event(kind=AuditEvent.Kind.PASSWORD_CHANGED, by=by, at=at, subject=user, after={"invitation": invitation.pk})
    if totp_secret:
        record_audit_event(kind=AuditEvent.Kind.FACTOR_ADDED, by=by, at=at, subject=user, after={"factor": "totp"})
    emails.account_changed(user=user, change=change, ip=ip, at=at)
    return user


@transaction.atomic
def renew_invitation(*, invitation: Invitation, token: str, by: Actor, at: datetime) -> Invitation | None:
    """A link came too late: the same person gets a new one the same way.

    returns  the new invitation, or None when staff must hand it over and got a task
    raises   InvitationRefused - the old link was never right, or a newer one was sent
    """
    invitation = Invitation.objects.select_related("user").get(pk=invitation.pk)
    try:
        check_invitation(invitation=invitation, token=token, at=at)
    except InvitationExpired:
        pass
    else:
        raise InvitationRefused("Odkaz ještě platí. Nastavte si jím heslo.")
    if invitation.hand_over == HandOver.EMAIL:
        return invite_person(user=invitation.user, verified_how=invitation.verified_how, by=by, at=at)
    text = f"Předat nový odkaz k nastavení hesla: {invitation.user}, {invitation.get_hand_over_display()}"
    if not StaffTask.objects.open().filter(kind=StaffTask.Kind.ACCESS, text=text).exists():
        StaffTask.objects.create(kind=StaffTask.Kind.ACCESS, text=text, created_at=at, due_at=end_of_working_day(at, 1))
    return None


def check_invitation(*, invitation: Invitation, token: str, at: datetime) -> None:
    """Whether the link may be used now.

    raises  InvitationExpired - it came too late, InvitationRefused - anything else
    """
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    right = any(constant_time_compare(_token(invitation, secret), token) for secret in secrets)
    newer = Invitation.objects.filter(user_id=invitation.user_id, pk__gt=invitation.pk).exists()
    if not right or newer or invitation.used_at or not invitation.user.is_active:
        raise InvitationRefused("Odkaz už byl použit, nebo ho nahradil novější. Zkuste se přihlásit, nebo nám zavolejte.")
    if invitation.expires_at <= at:
        raise InvitationExpired("Platnost odkazu skončila. Nechte si poslat nový.")


def invitation_link(invitation: Invitation) -> str:
    """The address that sets the password; pages of staff get it from `hand_over_link` alone."""
    token = _token(invitation, settings.SECRET_KEY)
    return settings.HELPDESK_URL + reverse("customers:invitation", args=[invitation.pk, token])


def expire_invitations(*, user: User, at: datetime) -> None:
    """Stop all open links of a person."""
    for invitation in Invitation.objects.filter(user=user, used_at__isnull=True, expires_at__gt=at):
        invitation.expires_at = max(at, invitation.created_at + timedelta(microseconds=1))
        invitation.save(update_fields=["expires_at"])


def _usual_recipient(user: User, hand_over: str) -> str:
    if hand_over == HandOver.EMAIL:
        return user.email
    return str(user.phone) if hand_over == HandOver.SMS and user.phone else str(user)


def _token(invitation: Invitation, secret: str) -> str:
    """Bound to the password's hash: any change of the password makes the link void."""
    value = f"{invitation.pk}|{invitation.user_id}|{invitation.user.password}"
    return salted_hmac("helpdesk.customers.invitation", value, secret=secret, algorithm="sha256").hexdigest()[:TOKEN_LENGTH]
