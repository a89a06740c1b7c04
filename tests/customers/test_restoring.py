"""Staff alone never get into an account that has a password: links go to the stored address, a new address takes two of them."""

import re

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from helpdesk.customers.models import AccessRequest, AuditEvent, Invitation, StaffTask, User
from helpdesk.customers.services import approve_access, invite_person
from helpdesk.customers.services.access import AccessRefused
from helpdesk.customers.services.invitations import InvitationRefused, hand_over_link
from helpdesk.customers.services.restoring import ask_for_new_address, restore_access, verify_owner
from helpdesk.mail.models import OutgoingMail
from tests.builders import MONDAY, a_customer, a_member, a_staff_member, a_user, backoffice
from tests.customers.signing_in import PASSWORD, sign_in, signed_in
from tests.flows.doors import filled, letters, text_of

pytestmark = pytest.mark.django_db

OTHER_WAYS = ["sms", "post", "in_person", "fax"]
HOW = "zavoláno na číslo ze smlouvy"
NEW = "zelený-čaj-po-ránu"
ALICE = "alice@firma.example"
FRESH = "alice.nova@firma.example"


@pytest.fixture
def dana():
    return a_staff_member("Dana Pokorná")


@pytest.fixture
def eva():
    return a_staff_member("Eva Malá")


def at_desk(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def page(model: str, name: str, pk: int) -> str:
    return reverse(f"admin:customers_{model}_{name}", args=[pk])


def a_request(**fields) -> AccessRequest:
    values = {"full_name": "Alice Dvořáková", "email": FRESH, "company": "27463249", "created_at": MONDAY}
    return AccessRequest.objects.create(**values | fields)


@pytest.mark.req("S2-05", "S2-06")
@pytest.mark.parametrize("way", OTHER_WAYS)
def test_link_of_somebody_with_a_password_is_never_handed_over_by_staff(alice, dana, way):
    desk, address = at_desk(dana), page("user", "invite", alice.pk)

    answer = desk.post(address, {"hand_over": way, "recipient": "Průmyslová 8", "verified_how": HOW})

    assert answer.status_code == 200
    assert "/pozvanka/" not in answer.content.decode()
    assert Invitation.objects.count() == 0
    with pytest.raises(InvitationRefused, match="už heslo má"):
        invite_person(user=alice, verified_how=HOW, by=backoffice(dana), at=MONDAY, hand_over=way)


@pytest.mark.req("S2-05")
def test_link_of_somebody_with_a_password_goes_only_to_the_stored_address(alice, dana):
    form = at_desk(dana).get(page("user", "invite", alice.pk)).context["form"]

    invited = invite_person(user=alice, verified_how=HOW, by=backoffice(dana), at=MONDAY, recipient="dana@doma.example")

    assert list(form.fields) == ["hand_over", "verified_how"]
    assert (invited.recipient, letters()) == (ALICE, [("invitation", ALICE)])


@pytest.mark.parametrize("way", OTHER_WAYS)
def test_request_for_access_of_somebody_known_hands_no_link_to_staff(alice, dana, way):
    request = a_request(email=ALICE, hand_over=way)

    with pytest.raises(InvitationRefused, match="už heslo má"):
        approve_access(
            request=request, customer=alice.memberships.get().customer, verified_how=HOW, by=backoffice(dana), at=MONDAY
        )

    request.refresh_from_db()
    assert request.state == "open"


@pytest.mark.req("S2-06")
@pytest.mark.parametrize("way", OTHER_WAYS)
def test_first_link_is_shown_once_to_who_verified_and_the_log_tells(dana, eva, way):
    karel, desk = a_member(a_customer(), "Karel Nový"), at_desk(dana)

    shown = desk.post(page("user", "invite", karel.pk), {"hand_over": way, "recipient": "Průmyslová 8", "verified_how": HOW})

    invitation = Invitation.objects.get()
    [link] = re.findall(r"http://testserver/pozvanka/\d+/\w+/", shown.content.decode())
    assert Client().get(link).status_code == 200
    assert "no-store" in shown["Cache-Control"]
    looked = (page("user", "change", karel.pk), page("invitation", "change", invitation.pk), "/backoffice/")
    pages = [desk.get(address) for address in looked]
    assert [answer.status_code for answer in pages] == [200, 200, 200]
    assert not any("/pozvanka/" in answer.content.decode() for answer in pages)
    event = AuditEvent.objects.get(kind="link_shown")
    assert (event.by, event.object_type, event.object_id) == (dana, "customers.invitation", invitation.pk)
    with pytest.raises(InvitationRefused, match="kdo osobu ověřil"):
        hand_over_link(invitation=invitation, by=backoffice(eva), at=MONDAY)


def test_accepted_invitation_is_told_by_a_letter(dana, client):
    karel = a_member(a_customer(), "Karel Nový", email="karel@firma.example")
    shown = at_desk(dana).post(page("user", "invite", karel.pk), {"hand_over": "post", "verified_how": HOW})
    [link] = re.findall(r"http://testserver(/pozvanka/\d+/\w+/)", shown.content.decode())

    client.post(link, {"password1": NEW, "password2": NEW})

    assert letters() == [("account_changed", "karel@firma.example")]


def test_address_of_somebody_with_a_password_is_not_changed_by_one_member_of_staff(alice, dana):
    desk, address = at_desk(dana), page("user", "change", alice.pk)

    desk.post(address, filled(desk.get(address), "first_name", first_name="Alžběta", email="dana@doma.example"))

    alice.refresh_from_db()
    assert (alice.first_name, alice.email) == ("Alžběta", ALICE)


def test_address_of_somebody_without_a_password_is_changed_and_told_to_the_old_one(dana):
    karel = a_member(a_customer(), "Karel Nový", email="karel@firma.example")
    old = invite_person(user=karel, verified_how=HOW, by=backoffice(dana), at=timezone.now())
    desk, address = at_desk(dana), page("user", "change", karel.pk)

    desk.post(address, filled(desk.get(address), "first_name", email="novy@firma.example"))

    karel.refresh_from_db()
    old.refresh_from_db()
    assert karel.email == "novy@firma.example"
    assert old.expires_at <= timezone.now()
    assert letters()[-1] == ("address_changed", "karel@firma.example")
    assert AuditEvent.objects.get(kind="email_changed").before == {"email": "karel@firma.example"}


@pytest.mark.req("S2-04", "S2-05")
def test_whose_mailbox_is_dead_gets_in_by_two_members_of_staff(alice, dana, eva):
    visitor, first, second = Client(), at_desk(dana), at_desk(eva)
    sign_in(session := Client(), "alice.dvorakova")
    asked = {"full_name": "Alice Dvořáková", "email": FRESH, "phone": "605 110 221", "company": "27463249", "hand_over": "post"}
    visitor.post("/nemam-pristup/", filled(visitor.get("/nemam-pristup/"), "full_name", **asked))
    row = AccessRequest.objects.get()

    first.post(page("accessrequest", "restore", row.pk), {"user": alice.pk, "verified_how": HOW})
    alice.refresh_from_db()
    assert (alice.email, letters(), StaffTask.objects.open().count()) == (ALICE, [], 1)
    assert first.post(page("accessrequest", "confirm", row.pk)).status_code == 403

    question = text_of(second.get(page("accessrequest", "confirm", row.pk)))
    assert "Totožnost ověřil(a) Dana Pokorná: zavoláno na číslo ze smlouvy." in question
    answer = second.post(page("accessrequest", "confirm", row.pk), follow=True)

    alice.refresh_from_db()
    invitation = Invitation.objects.get()
    assert "/pozvanka/" not in answer.content.decode()
    assert alice.email == FRESH
    assert letters() == [("address_changed", ALICE), ("invitation", FRESH)]
    assert (invitation.verified_by, invitation.confirmed_by, invitation.hand_over) == (dana, eva, "email")
    assert StaffTask.objects.open().count() == 0
    assert session.get("/profil/").status_code == 302

    link = re.search(r"http://testserver(/pozvanka/\S+)", OutgoingMail.objects.get(kind="invitation").text)[1]
    visitor.post(link, {"password1": NEW, "password2": NEW})
    sign_in(visitor, FRESH, NEW)
    assert signed_in(visitor)


def test_new_address_asked_for_by_phone_takes_two_as_well(alice, dana, eva):
    desk = at_desk(dana)
    desk.post(page("user", "change_email", alice.pk), {"email": FRESH, "verified_how": HOW})
    row = AccessRequest.objects.get()
    alice.refresh_from_db()
    assert (row.state, row.verified_by, alice.email) == ("verified", dana, ALICE)

    at_desk(eva).post(page("accessrequest", "confirm", row.pk))

    alice.refresh_from_db()
    assert alice.email == FRESH


def test_second_member_of_staff_may_refuse(alice, dana, eva):
    row = ask_for_new_address(user=alice, email=FRESH, verified_how=HOW, by=backoffice(dana), at=MONDAY)

    at_desk(eva).post(page("accessrequest", "reject", row.pk), {"reason": "Nezná číslo smlouvy."})

    row.refresh_from_db()
    alice.refresh_from_db()
    assert (row.state, alice.email, StaffTask.objects.open().count()) == ("rejected", ALICE, 0)


def test_restoring_is_refused_in_words(alice, dana, eva):
    a_user(email="obsazeno@firma.example")
    row, taken = a_request(), a_request(email="obsazeno@firma.example")

    with pytest.raises(AccessRefused, match="ještě nikdo neověřil"):
        restore_access(request=row, by=backoffice(eva), at=MONDAY)
    with pytest.raises(AccessRefused, match="už má jiná osoba"):
        verify_owner(request=taken, user=alice, verified_how=HOW, by=backoffice(dana), at=MONDAY)
    with pytest.raises(AccessRefused, match="Napište, jak"):
        verify_owner(request=row, user=alice, verified_how=" ", by=backoffice(dana), at=MONDAY)
    verify_owner(request=row, user=alice, verified_how=HOW, by=backoffice(dana), at=MONDAY)
    with pytest.raises(AccessRefused, match="Totožnost jste ověřili vy"):
        restore_access(request=row, by=backoffice(dana), at=MONDAY)
    with pytest.raises(AccessRefused, match="Potvrďte ji, nebo zamítněte"):
        approve_access(request=row, customer=a_customer(), verified_how=HOW, by=backoffice(eva), at=MONDAY)


@pytest.mark.parametrize("verified_by_nobody", [False, True])
def test_database_wants_two_different_people(alice, dana, verified_by_nobody):
    row = ask_for_new_address(user=alice, email=FRESH, verified_how=HOW, by=backoffice(dana), at=MONDAY)
    invited = invite_person(user=alice, verified_how=HOW, by=backoffice(dana), at=MONDAY)
    missing = {"verified_by": None} if verified_by_nobody else {}

    with pytest.raises(IntegrityError, match="access_request_restored_by_two"), transaction.atomic():
        AccessRequest.objects.filter(pk=row.pk).update(state="approved", decided_by=dana, decided_at=MONDAY, **missing)
    with pytest.raises(IntegrityError, match="invitation_confirmed_by_another"), transaction.atomic():
        Invitation.objects.filter(pk=invited.pk).update(confirmed_by=dana, **missing)


def test_support_restores_no_account_of_a_colleague(dana, eva):
    head = a_staff_member("Hana Vedoucí", group="vedoucí", password=PASSWORD)
    row, desk = a_request(), at_desk(dana)

    answer = desk.post(page("accessrequest", "restore", row.pk), {"user": head.pk, "verified_how": HOW})

    assert list(answer.context["form"].errors) == ["user"]
    verify_owner(request=row, user=head, verified_how=HOW, by=backoffice(dana), at=MONDAY)
    assert at_desk(eva).post(page("accessrequest", "confirm", row.pk)).status_code == 403
