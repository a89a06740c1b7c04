"""Requests for access: asked by a stranger or by a responsible person, decided by support."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from helpdesk.customers import emails
from helpdesk.customers.actor import Actor
from helpdesk.customers.models import AccessRequest, Customer, Invitation, StaffTask
from helpdesk.customers.models.access import HandOver
from helpdesk.customers.services import limits
from helpdesk.customers.services.invitations import invite_person
from helpdesk.customers.services.people import Roles, register_person
from helpdesk.errors import DomainError
from sla.calendars import end_of_working_day

LONGEST_NAME = 150  # each part of a name; whoever asks writes both into one longer field


class AccessRefused(DomainError):
    """The request for access cannot be decided this way."""


@dataclass(frozen=True, kw_only=True)
class NewAccess:
    """What the form asks; `customer` only where a responsible person asks for a colleague."""

    full_name: str
    email: str
    phone: str = ""
    company: str = ""
    message: str = ""
    hand_over: str = HandOver.EMAIL
    customer: Customer | None = None


@transaction.atomic
def request_access(*, new: NewAccess, by: Actor, at: datetime) -> AccessRequest:
    """Take a request for access down and give support a task; nobody gets in by it.

    An open request of the same address for the same company is returned instead of a second one.

    raises  AccessRefused - for a company whose accounts the person does not look after
    source  S2-04, S2-05, S4-05
    """
    if new.customer and not _is_responsible(by, new.customer):
        raise AccessRefused("O účet může žádat jen odpovědná osoba. Obraťte se prosím na ni.")
    if new.customer:
        Customer.objects.select_for_update(no_key=True).get(pk=new.customer.pk)  # a second click waits, then finds the first
    company = new.customer.name if new.customer else new.company
    same = AccessRequest.objects.filter(
        state__in=AccessRequest.UNDECIDED, email__iexact=new.email, company=company, customer=new.customer
    ).first()
    if same:
        return same
    limits.count_sent(kind=limits.Kind.MESSAGE, by=by, at=at)
    request = AccessRequest.objects.create(
        full_name=new.full_name,
        email=new.email,
        phone=new.phone,
        company=company,
        message=new.message,
        hand_over=new.hand_over,
        customer=new.customer,
        requested_by=by.user if new.customer else None,
        created_at=at,
    )
    StaffTask.objects.create(
        kind=StaffTask.Kind.ACCOUNT if new.customer else StaffTask.Kind.ACCESS,
        text=f"Ověřit a rozhodnout: {request}"[: StaffTask._meta.get_field("text").max_length],
        customer=new.customer,
        access_request=request,
        created_at=at,
        due_at=end_of_working_day(at, 1),
    )
    return request


@transaction.atomic
def approve_access(
    *, request: AccessRequest, customer: Customer, verified_how: str, by: Actor, at: datetime, roles: Roles | None = None
) -> Invitation:
    """Make the account and hand it over the way that was asked for.

    verified_how  how the applicant's authenticity was checked; mandatory
    returns       the invitation; where it is not sent by e-mail, staff hand `invitation_link` over
    raises        AccessRefused, PersonRefused, InvitationRefused
    source        S2-05, S2-06, S4-05
    """
    request = lock_undecided(request)
    if request.restores:
        raise AccessRefused("Žádost už obnovuje stávající účet. Potvrďte ji, nebo zamítněte.")
    if not verified_how.strip():
        raise AccessRefused("Napište, jak jste totožnost žadatele ověřili. Bez toho přístup vydat nejde.")
    first_name, _, last_name = (part.strip()[:LONGEST_NAME] for part in request.full_name.strip().rpartition(" "))
    user = register_person(
        customer=customer,
        first_name=first_name,
        last_name=last_name,
        email=request.email,
        phone=request.phone,
        roles=roles,
        by=by,
        at=at,
    )
    invitation = invite_person(user=user, verified_how=verified_how, by=by, at=at, hand_over=request.hand_over)
    request.customer = customer
    request.verified_how = verified_how.strip()
    request.user = user
    decide(request, AccessRequest.State.APPROVED, by, at)
    return invitation


@transaction.atomic
def reject_access(*, request: AccessRequest, reason: str, writes: bool, by: Actor, at: datetime) -> AccessRequest:
    """No account is made.

    writes  whether a letter tells the applicant the reason, and with it the responsible person who asked
    raises  AccessRefused - it was decided before
    """
    request = lock_undecided(request)
    request.rejected_why = reason.strip()
    decide(request, AccessRequest.State.REJECTED, by, at)
    if writes:
        emails.access_rejected(request=request, at=at)
    return request


def _is_responsible(by: Actor, customer: Customer) -> bool:
    return by.person.memberships.active().filter(customer=customer, is_responsible=True).exists()


def lock_undecided(request: AccessRequest) -> AccessRequest:
    """The row itself; raises AccessRefused when it was decided."""
    request = AccessRequest.objects.select_for_update().get(pk=request.pk)
    if request.state not in AccessRequest.UNDECIDED:
        raise AccessRefused(f"O žádosti už je rozhodnuto ({request.decided_by}).")
    return request


def decide(request: AccessRequest, state: AccessRequest.State, by: Actor, at: datetime) -> None:
    """Settle a locked request and the tasks that wait for it."""
    request.state = state
    request.decided_by = by.person
    request.decided_at = at
    request.save()
    for task in request.tasks.open():
        task.done_at, task.done_by = at, by.person
        task.save(update_fields=["done_at", "done_by"])
