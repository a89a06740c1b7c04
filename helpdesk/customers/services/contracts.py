"""What saving a contract does beyond its own row."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from helpdesk.customers.actor import Actor
from helpdesk.customers.models import Contract, ContractPerson, Invitation, User
from helpdesk.customers.services.invitations import invite_person
from helpdesk.customers.services.people import Roles, register_person


@transaction.atomic
def register_contract_people(*, contract: Contract, by: Actor, at: datetime) -> list[User]:
    """Give everybody named in the contract an account, a membership and an invitation; to be called after each save.

    A person who was registered before is left alone: whoever has left does not come back by saving the contract again.

    returns  the persons registered now
    raises   PersonRefused
    source   S4-04
    """
    people = ContractPerson.objects.select_for_update().filter(contract=contract, user__isnull=True)
    return [_register(person, contract, by, at) for person in people]


def _register(person: ContractPerson, contract: Contract, by: Actor, at: datetime) -> User:
    user = register_person(
        customer=contract.customer,
        first_name=person.first_name,
        last_name=person.last_name,
        email=person.email,
        phone=person.phone,
        roles=Roles(
            is_member=person.is_member,
            is_manager=person.is_manager,
            is_approver=person.is_approver,
            is_accountant=person.is_accountant,
            is_responsible=person.is_responsible,
        ),
        by=by,
        at=at,
    )
    person.user = user
    person.save(update_fields=["user"])
    invited = Invitation.objects.filter(user=user, used_at__isnull=True, expires_at__gt=at).exists()
    if not user.has_usable_password() and not invited:
        invite_person(user=user, verified_how=f"uvedena ve smlouvě {contract.number}", by=by, at=at)
    return user
