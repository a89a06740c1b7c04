"""An account that its owner cannot reach: given back at another address, by two different people of staff."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from helpdesk.customers import emails
from helpdesk.customers.actor import Actor
from helpdesk.customers.models import AccessRequest, AuditEvent, Invitation, StaffTask, User
from helpdesk.customers.models.access import HandOver
from helpdesk.customers.services.access import AccessRefused, decide, lock_undecided
from helpdesk.customers.services.audit import record_audit_event
from helpdesk.customers.services.invitations import expire_invitations, send_invitation, write_invitation
from helpdesk.customers.services.sessions import end_sessions
from sla.calendars import end_of_working_day

EMAIL_TAKEN = "Adresu {email} už má jiná osoba. Každý potřebuje svou."


@transaction.atomic
def ask_for_new_address(*, user: User, email: str, verified_how: str, by: Actor, at: datetime) -> AccessRequest:
    """A member of staff has verified that the person's address changes; a second one has to confirm it.

    raises  AccessRefused
    source  S2-04, S2-05
    """
    request = AccessRequest.objects.create(
        full_name=str(user), email=email, phone=user.phone, company="změna e-mailu", hand_over=HandOver.EMAIL, created_at=at
    )
    StaffTask.objects.create(
        kind=StaffTask.Kind.ACCESS,
        text=f"Potvrdit novou adresu: {user}"[: StaffTask._meta.get_field("text").max_length],
        access_request=request,
        created_at=at,
        due_at=end_of_working_day(at, 1),
    )
    return verify_owner(request=request, user=user, verified_how=verified_how, by=by, at=at)


@transaction.atomic
def verify_owner(*, request: AccessRequest, user: User, verified_how: str, by: Actor, at: datetime) -> AccessRequest:
    """The applicant is somebody who has an account; nothing changes until a second member of staff confirms.

    verified_how  how it was found out; mandatory
    raises        AccessRefused
    source        S2-04, S2-05
    """
    request = lock_undecided(request)
    if request.state != AccessRequest.State.OPEN:
        raise AccessRefused("Žádost už ověřil kolega. Potvrďte ji, nebo zamítněte.")
    if not verified_how.strip():
        raise AccessRefused("Napište, jak jste totožnost žadatele ověřili. Bez toho přístup vydat nejde.")
    _check_owner(user, request.email)
    request.state, request.restores = AccessRequest.State.VERIFIED, True
    request.user, request.verified_how = user, verified_how.strip()
    request.verified_by, request.verified_at = by.person, at
    request.save()
    return request


@transaction.atomic
def restore_access(*, request: AccessRequest, by: Actor, at: datetime) -> Invitation:
    """The second member of staff confirms: the address becomes the person's, sessions end and a link is handed over.

    The former address is told. The password holds until the link is used.

    raises  AccessRefused - the same person of staff has verified it, or it was decided
    source  S2-04, S2-05, S2-06
    """
    request = lock_undecided(request)
    if request.state != AccessRequest.State.VERIFIED or request.user is None:
        raise AccessRefused("Žádost ještě nikdo neověřil. Začněte u „Obnovit přístup“.")
    if request.verified_by_id == by.person.pk:
        raise AccessRefused("Totožnost jste ověřili vy, potvrdit ji musí někdo jiný.")
    user = User.objects.select_for_update().get(pk=request.user_id)
    _check_owner(user, request.email)
    change_email(user=user, email=request.email, by=by, at=at)
    end_sessions(user=user)
    invitation = write_invitation(
        user=user,
        hand_over=HandOver.EMAIL,  # staff never hold the link of an account that has a password
        recipient=user.email,
        verified_how=request.verified_how,
        by=Actor(user=request.verified_by, channel=by.channel),
        at=at,
        confirmed_by=by.person,
    )
    send_invitation(invitation=invitation, at=at)
    decide(request, AccessRequest.State.APPROVED, by, at)
    return invitation


@transaction.atomic
def change_email(*, user: User, email: str, by: Actor, at: datetime) -> None:
    """A person's address is another one; the former one is told, links that went there are void.

    Whoever calls it has seen to it that one person of staff alone cannot do it to somebody with a password.
    """
    old = User.objects.get(pk=user.pk).email
    if email.lower() == old.lower():
        return
    user.email = email
    user.save(update_fields=["email"])
    email_changed(user=user, old=old, by=by, at=at)


def email_changed(*, user: User, old: str, by: Actor, at: datetime) -> None:
    """What follows from a new address that is stored already.

    old  the former one, "" for none
    """
    expire_invitations(user=user, at=at)
    record_audit_event(
        kind=AuditEvent.Kind.EMAIL_CHANGED, by=by, at=at, subject=user, before={"email": old}, after={"email": user.email}
    )
    emails.address_changed(user=user, old=old, at=at)


def _check_owner(user: User, email: str) -> None:
    if not user.is_active:
        raise AccessRefused(f"{user} má ukončený přístup. Obnovit ho lze jen aktivní osobě.")
    if User.objects.filter(email__iexact=email).exclude(pk=user.pk).exists():
        raise AccessRefused(EMAIL_TAKEN.format(email=email))
