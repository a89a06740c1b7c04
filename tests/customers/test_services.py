"""People get in by a one-time link after somebody verified them, and out in one step."""

from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.sessions.backends.db import SessionStore

from helpdesk.customers.actor import SYSTEM, Actor
from helpdesk.customers.channels import Channel
from helpdesk.customers.models import AccessRequest, ContractPerson, Invitation, Membership, StaffTask, User
from helpdesk.customers.services import (
    accept_invitation,
    approve_access,
    deactivate_person,
    invite_person,
    register_contract_people,
    reject_access,
    renew_invitation,
    request_access,
)
from helpdesk.customers.services.access import AccessRefused, NewAccess
from helpdesk.customers.services.invitations import InvitationExpired, InvitationRefused, check_invitation, invitation_link
from helpdesk.customers.services.people import (
    PersonRefused,
    Roles,
    SenderRefused,
    authorise_sender,
    free_login,
    remove_second_factor,
)
from helpdesk.mail.models import OutgoingMail
from tests.builders import MONDAY, a_contract, a_customer, a_member, a_staff_member, a_user, backoffice, portal

pytestmark = pytest.mark.django_db

PASSWORD = "modrý-hrnek-na-okně"


def an_invitation(user: User | None = None, **fields) -> Invitation:
    values = {"verified_how": "zavolala jsem na číslo ze smlouvy", "by": backoffice(a_staff_member()), "at": MONDAY}
    return invite_person(user=user or a_user(), **values | fields)


def token_of(invitation: Invitation) -> str:
    return invitation_link(invitation).rstrip("/").rpartition("/")[2]


def a_stranger(**fields) -> NewAccess:
    values = {"full_name": "Alice Marie Dvořáková", "email": "alice@firma.example", "company": "27463249"}
    return NewAccess(**values | fields)


@pytest.mark.req("S1-05", "S2-06", "S4-06")
def test_invitation_goes_out_as_a_letter_with_a_link_and_no_password():
    invitation = an_invitation()

    [letter] = OutgoingMail.objects.all()
    assert (letter.recipient, letter.is_confidential) == (invitation.user.email, True)
    assert invitation_link(invitation) in letter.text
    assert f"Přihlašovací jméno: {invitation.user.username}" in letter.text
    assert invitation.expires_at == MONDAY + timedelta(hours=72)


@pytest.mark.req("S2-06")
def test_link_handed_over_by_post_is_not_mailed_and_lives_ten_days():
    invitation = an_invitation(hand_over="post", recipient="Křenová 12, Brno")

    assert OutgoingMail.objects.count() == 0
    assert (invitation.recipient, invitation.expires_at) == ("Křenová 12, Brno", MONDAY + timedelta(days=10))


@pytest.mark.req("S2-05")
def test_nobody_is_invited_without_saying_how_they_were_verified():
    with pytest.raises(InvitationRefused):
        an_invitation(verified_how="  ")

    assert Invitation.objects.count() == 0


@pytest.mark.req("S2-05", "S2-06")
def test_invitation_keeps_who_verified_whom_how_and_when():
    dana = a_staff_member()

    invitation = an_invitation(by=backoffice(dana), verified_how="občanský průkaz", hand_over="in_person")

    kept = (invitation.verified_by, invitation.verified_how, invitation.verified_at, invitation.hand_over)
    assert kept == (dana, "občanský průkaz", MONDAY, "in_person")


def test_link_sets_the_password_once():
    invitation = an_invitation()
    token = token_of(invitation)

    user = accept_invitation(invitation=invitation, token=token, password=PASSWORD, at=MONDAY)

    assert user.check_password(PASSWORD)
    with pytest.raises(InvitationRefused):
        accept_invitation(invitation=invitation, token=token, password="jiné-heslo-do-třetice", at=MONDAY)


def test_link_expires_after_its_time():
    invitation = an_invitation()

    with pytest.raises(InvitationExpired):
        check_invitation(invitation=invitation, token=token_of(invitation), at=MONDAY + timedelta(hours=72))


def test_wrong_token_opens_nothing_even_when_late():
    invitation = an_invitation()

    with pytest.raises(InvitationRefused) as refusal:
        check_invitation(invitation=invitation, token="0" * 40, at=MONDAY + timedelta(days=30))
    assert not isinstance(refusal.value, InvitationExpired)


def test_newer_invitation_makes_the_older_link_void():
    alice = a_user()
    old = an_invitation(alice)
    an_invitation(alice, at=MONDAY + timedelta(hours=1))

    with pytest.raises(InvitationRefused):
        accept_invitation(invitation=old, token=token_of(old), password=PASSWORD, at=MONDAY + timedelta(hours=2))


def test_changed_password_makes_a_link_void():
    alice = a_user()
    invitation = an_invitation(alice)
    token = token_of(invitation)
    alice.set_password(PASSWORD)
    alice.save()

    invitation.refresh_from_db()
    with pytest.raises(InvitationRefused):
        check_invitation(invitation=invitation, token=token, at=MONDAY)


def test_late_person_gets_a_new_letter_at_the_same_address():
    invitation = an_invitation()
    late = MONDAY + timedelta(days=4)

    renewed = renew_invitation(invitation=invitation, token=token_of(invitation), by=SYSTEM, at=late)

    assert (renewed.recipient, renewed.expires_at) == (invitation.recipient, late + timedelta(hours=72))
    assert OutgoingMail.objects.count() == 2


def test_late_link_from_a_letter_becomes_one_task_for_support():
    invitation = an_invitation(hand_over="post")
    late = MONDAY + timedelta(days=11)

    for _ in range(2):
        assert renew_invitation(invitation=invitation, token=token_of(invitation), by=SYSTEM, at=late) is None

    assert StaffTask.objects.open().count() == 1


@pytest.mark.req("S4-04")
def test_contract_with_people_makes_accounts_memberships_and_invitations_once():
    contract = a_contract()
    ContractPerson.objects.create(
        contract=contract, first_name="Alice", last_name="Dvořáková", email="alice@firma.example", is_manager=True
    )

    [alice] = register_contract_people(contract=contract, by=SYSTEM, at=MONDAY)
    again = register_contract_people(contract=contract, by=SYSTEM, at=MONDAY)

    membership = Membership.objects.get(user=alice, customer=contract.customer)
    assert (alice.username, alice.has_usable_password(), membership.is_manager) == ("alice.dvorakova", False, True)
    assert (again, Invitation.objects.count(), OutgoingMail.objects.count()) == ([], 1, 1)


@pytest.mark.req("S4-45")
def test_person_of_two_companies_has_one_account():
    alice = a_member(a_customer(), email="alice@firma.example", password=PASSWORD)
    contract = a_contract()
    ContractPerson.objects.create(contract=contract, first_name="Alice", last_name="Dvořáková", email="ALICE@firma.example")

    assert register_contract_people(contract=contract, by=SYSTEM, at=MONDAY) == [alice]
    assert (alice.memberships.count(), Invitation.objects.count()) == (2, 0)


def test_address_of_a_colleague_of_ours_is_refused():
    dana = a_staff_member()
    contract = a_contract()
    ContractPerson.objects.create(contract=contract, first_name="Dana", last_name="Pokorná", email=dana.email)

    with pytest.raises(PersonRefused):
        register_contract_people(contract=contract, by=SYSTEM, at=MONDAY)


def test_login_name_is_free_and_without_diacritics():
    a_user(username="alice.dvorakova")

    assert free_login("Alice", "Dvořáková") == "alice.dvorakova2"


@pytest.mark.req("S2-04", "S2-05")
def test_stranger_asking_for_access_gives_support_a_task_and_nobody_an_account():
    request = request_access(new=a_stranger(), by=Actor(channel=Channel.PORTAL), at=MONDAY)
    same = request_access(new=a_stranger(email="Alice@firma.example"), by=Actor(channel=Channel.PORTAL), at=MONDAY)

    [task] = StaffTask.objects.all()
    assert (task.kind, task.access_request, same) == (StaffTask.Kind.ACCESS, request, request)
    assert User.objects.count() == 0


@pytest.mark.req("S2-05")
def test_access_is_approved_only_with_a_verified_identity():
    customer, dana = a_customer(), a_staff_member()
    request = request_access(new=a_stranger(), by=Actor(channel=Channel.PORTAL), at=MONDAY)

    with pytest.raises(AccessRefused):
        approve_access(request=request, customer=customer, verified_how=" ", by=backoffice(dana), at=MONDAY)
    approve_access(
        request=request,
        customer=customer,
        verified_how="potvrdil jednatel",
        by=backoffice(dana),
        at=MONDAY,
        roles=Roles(is_accountant=True),
    )

    request.refresh_from_db()
    person = request.user
    assert (request.state, request.decided_by, request.verified_how) == ("approved", dana, "potvrdil jednatel")
    assert (person.first_name, person.last_name) == ("Alice Marie", "Dvořáková")
    assert person.memberships.get().is_accountant
    assert StaffTask.objects.open().count() == 0


def test_decided_request_for_access_is_not_decided_again():
    dana = backoffice(a_staff_member())
    request = request_access(new=a_stranger(), by=Actor(channel=Channel.PORTAL), at=MONDAY)
    reject_access(request=request, reason="Není ve smlouvě.", writes=False, by=dana, at=MONDAY)

    with pytest.raises(AccessRefused):
        approve_access(request=request, customer=a_customer(), verified_how="telefon", by=dana, at=MONDAY)

    assert AccessRequest.objects.get().state == "rejected"


@pytest.mark.req("S4-05")
def test_only_a_responsible_person_asks_for_accounts_of_the_company():
    customer = a_customer()
    alice, bob = a_member(customer, is_responsible=True), a_member(customer, "Bob Novák")
    new = a_stranger(customer=customer)

    request = request_access(new=new, by=portal(alice), at=MONDAY)
    with pytest.raises(AccessRefused):
        request_access(new=new, by=portal(bob), at=MONDAY)

    assert (request.requested_by, request.company, request.tasks.get().kind) == (alice, customer.name, StaffTask.Kind.ACCOUNT)


def test_address_files_for_one_contract_only_and_the_refusal_names_nobody():
    contract = a_contract()
    alice, bob = a_member(contract.customer), a_member(contract.customer, "Bob Novák")
    authorise_sender(user=alice, contract=contract, by=portal(alice), at=MONDAY)

    with pytest.raises(SenderRefused) as taken:
        authorise_sender(user=alice, contract=contract, by=portal(alice), at=MONDAY)
    with pytest.raises(SenderRefused) as foreign:
        authorise_sender(user=bob, contract=a_contract(), by=portal(bob), at=MONDAY)

    assert str(taken.value) == str(foreign.value)


@pytest.mark.req("S5-07")
def test_leaver_loses_every_door_at_once():
    contract = a_contract()
    alice = a_member(contract.customer, password=PASSWORD)
    contract.customer.main_account = alice
    contract.customer.save()
    authorise_sender(user=alice, contract=contract, by=portal(alice), at=MONDAY)
    invitation = an_invitation(alice)
    session = SessionStore()
    session.create()
    UserSession.objects.create(user=alice, ip="192.0.2.10", session_key=session.session_key, user_agent="Firefox")

    left = deactivate_person(user=alice, by=backoffice(a_staff_member()), at=MONDAY + timedelta(hours=1))

    contract.customer.refresh_from_db()
    invitation.refresh_from_db()
    assert (left.is_active, left.deactivated_at) == (False, MONDAY + timedelta(hours=1))
    assert (alice.memberships.active().count(), alice.authorised_senders.filter(revoked_at=None).count()) == (0, 0)
    assert (contract.customer.main_account, invitation.expires_at) == (None, MONDAY + timedelta(hours=1))
    assert SessionStore().exists(session.session_key) is False


def test_saving_the_contract_again_does_not_bring_a_leaver_back():
    contract = a_contract()
    ContractPerson.objects.create(contract=contract, first_name="Alice", last_name="Dvořáková", email="alice@firma.example")
    [alice] = register_contract_people(contract=contract, by=SYSTEM, at=MONDAY)
    deactivate_person(user=alice, by=SYSTEM, at=MONDAY)

    register_contract_people(contract=contract, by=SYSTEM, at=MONDAY)

    alice.refresh_from_db()
    assert (alice.is_active, alice.memberships.active().count()) == (False, 0)


def test_lost_second_factor_is_removed_and_sessions_end():
    dana = a_staff_member()
    Authenticator.objects.create(user=dana, type=Authenticator.Type.TOTP, data={"secret": "x"})

    remove_second_factor(user=dana, by=backoffice(a_staff_member("Eva Malá")), at=MONDAY)

    assert Authenticator.objects.count() == 0


def test_longest_name_of_an_applicant_fits_into_an_account():
    dana = a_staff_member()
    asked = request_access(new=NewAccess(full_name="K" * 200, email="karel@example.cz"), by=Actor(), at=MONDAY)

    approve_access(request=asked, customer=a_customer(), verified_how="Zavoláno.", by=backoffice(dana), at=MONDAY)

    assert User.objects.get(email="karel@example.cz").last_name == "K" * 150
