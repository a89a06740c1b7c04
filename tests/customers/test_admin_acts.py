"""Acts of staff with people: inviting, approving, looking as a customer, accounts of a new contract."""

import pytest
from django.urls import reverse

from helpdesk.customers.models import AccessRequest, AuthorisedSender, ContractPerson, Invitation, Membership, User
from helpdesk.mail.models import OutgoingMail
from tests.builders import MONDAY, a_contract, a_customer, a_member, a_staff_member, a_user

pytestmark = pytest.mark.django_db

INLINES = ("paragraphs", "people", "phones", "entitlements", "escalation_levels", "authorised_senders")


@pytest.fixture
def dana(client):
    """Dana of support, signed in."""
    person = a_staff_member("Dana Pokorná")
    client.force_login(person)
    return person


def act(model: str, name: str, pk: object) -> str:
    return reverse(f"admin:customers_{model}_{name}", args=[pk])


def said(client) -> list[str]:
    """The messages on the next page."""
    return [str(message) for message in client.get(reverse("admin:index")).context["messages"]]


def an_access_request(**fields: object) -> AccessRequest:
    values = {"full_name": "Karel Nový", "email": "karel@example.cz", "company": "27463249", "created_at": MONDAY}
    return AccessRequest.objects.create(**values | fields)


def contract_form(contract, *people: dict[str, str]) -> dict[str, object]:
    """What the page of a contract sends, with people newly written into it."""
    form: dict[str, object] = {
        "customer": contract.customer_id,
        "number": contract.number,
        "title": contract.title,
        "kind": contract.kind,
        "is_active": "on",
        "valid_from": "1.1.2024",
        "has_help_desk": "on",
        "calendar": contract.calendar_id,
        "complaint_days": 10,
        "complaint_limit": 3,
        "complaint_decision_days": 5,
        "billing_mode": "credit",
        "billing_step_minutes": 1,
        "hourly_rate": "1200",
        "hypercare_rate": "0",
        "free_phone_minutes": 0,
        "quote_minutes": 60,
    }
    for prefix in INLINES:
        form |= {f"{prefix}-TOTAL_FORMS": len(people) if prefix == "people" else 0, f"{prefix}-INITIAL_FORMS": 0}
    for number, person in enumerate(people):
        form |= {f"people-{number}-{name}": value for name, value in person.items()}
    return form


@pytest.mark.req("S3-09")
def test_contract_without_the_help_desk_is_refused(client, dana):
    contract = a_contract()
    form = contract_form(contract)
    del form["has_help_desk"]

    page = client.post(reverse("admin:customers_contract_change", args=[contract.pk]), form)

    contract.refresh_from_db()
    assert contract.has_help_desk
    assert "Help Desk je povinnou součástí každé smlouvy. Zaškrtněte jej prosím." in page.content.decode()


@pytest.mark.req("S2-06")
def test_invited_person_gets_a_letter_and_the_hand_over_is_recorded(client, dana):
    alice = a_member(a_customer(), email="alice@example.cz")

    client.post(act("user", "invite", alice.pk), {"hand_over": "email", "verified_how": "zavoláno na číslo ze smlouvy"})

    invitation = Invitation.objects.get()
    assert (invitation.user, invitation.recipient, invitation.verified_by) == (alice, "alice@example.cz", dana)
    assert invitation.verified_how == "zavoláno na číslo ze smlouvy"
    assert OutgoingMail.objects.get().recipient == "alice@example.cz"


def test_nobody_is_invited_without_a_word_on_how_they_were_verified(client, dana):
    alice = a_member(a_customer())

    answer = client.post(act("user", "invite", alice.pk), {"hand_over": "email", "verified_how": ""})

    assert list(answer.context["form"].errors) == ["verified_how"]
    assert Invitation.objects.count() == 0


def test_person_without_an_address_is_not_invited_by_email(client, dana):
    alice = a_member(a_customer(), email="")

    answer = client.post(act("user", "invite", alice.pk), {"hand_over": "email", "verified_how": "osobně"})

    assert answer.context["form"].errors == {
        "hand_over": ["Tato osoba nemá e\u2011mail. Doplňte ho, nebo zvolte jiný způsob předání."]
    }


def test_support_does_not_invite_a_colleague(client, dana):
    head = a_staff_member("Hana Vedoucí", group="vedoucí")

    assert client.get(act("user", "invite", head.pk)).status_code == 403


def test_solver_invites_nobody(client):
    client.force_login(a_staff_member(group="řešitel"))

    assert client.get(act("user", "invite", a_member(a_customer()).pk)).status_code == 403


@pytest.mark.parametrize(("group", "status"), [("podpora", 200), ("vedoucí", 200), ("řešitel", 403), ("účtárna", 403)])
def test_looking_as_a_customer_is_offered_to_those_who_may(client, group, status):
    client.force_login(a_staff_member(group=group))
    alice = a_member(a_customer())

    assert client.get(act("user", "act_as_customer", alice.pk)).status_code == status


def test_page_that_asks_leads_into_the_portal_of_the_customer(client, dana):
    alice = a_member(a_customer())
    page = client.get(act("user", "act_as_customer", alice.pk))

    client.post(page.context["post_to"], page.context["hidden"])

    assert client.get(reverse("tickets:list")).context["user"] == alice


def test_nobody_looks_as_a_colleague(client, dana):
    assert client.get(act("user", "act_as_customer", a_staff_member("Jana Malá").pk)).status_code == 403


@pytest.mark.req("S2-05")
def test_approved_request_makes_the_account_with_its_roles(client, dana):
    customer = a_customer(ico="27463249")
    row = an_access_request()
    page = client.get(act("accessrequest", "approve", row.pk))

    client.post(
        act("accessrequest", "approve", row.pk),
        {"customer": customer.pk, "is_manager": "on", "verified_how": "potvrdila odpovědná osoba"},
    )

    row.refresh_from_db()
    membership = User.objects.get(email="karel@example.cz").memberships.get()
    assert page.context["form"].fields["customer"].initial == customer
    assert (row.state, row.decided_by, row.user) == (AccessRequest.State.APPROVED, dana, membership.user)
    assert (membership.customer, membership.is_manager, membership.is_approver) == (customer, True, False)


@pytest.mark.req("S2-05")
def test_request_is_not_approved_without_a_word_on_how_the_person_was_verified(client, dana):
    row = an_access_request()

    answer = client.post(
        act("accessrequest", "approve", row.pk), {"customer": a_customer().pk, "is_member": "on", "verified_how": " "}
    )

    assert list(answer.context["form"].errors) == ["verified_how"]
    assert User.objects.filter(email="karel@example.cz").count() == 0


def test_rejected_request_makes_no_account_and_is_decided_once(client, dana):
    row = an_access_request()

    answers = [client.post(act("accessrequest", "reject", row.pk), {"reason": "Není ve smlouvě."}) for _ in range(2)]

    row.refresh_from_db()
    assert [answer.status_code for answer in answers] == [302, 403]
    assert (row.state, row.user, row.rejected_why) == (AccessRequest.State.REJECTED, None, "Není ve smlouvě.")
    assert OutgoingMail.objects.filter(kind="access_rejected").count() == 0


def test_the_applicant_reads_why_access_was_not_granted(client, dana):
    row = an_access_request()

    unexplained = client.post(act("accessrequest", "reject", row.pk), {"reason": "", "writes": "on"})
    client.post(act("accessrequest", "reject", row.pk), {"reason": "Nejste uveden ve smlouvě.", "writes": "on"})

    letter = OutgoingMail.objects.get(kind="access_rejected")
    assert list(unexplained.context["form"].errors) == ["reason"]
    assert (letter.recipient, "Důvod: Nejste uveden ve smlouvě." in letter.text) == ("karel@example.cz", True)


@pytest.mark.req("S2-05")
def test_access_for_a_colleague_of_ours_is_refused_beside_what_was_typed(client, dana):
    row = an_access_request()
    a_staff_member("Karel Náš", email="karel@example.cz")
    typed = {"customer": a_customer().pk, "is_member": "on", "verified_how": "zavoláno na číslo ze smlouvy"}

    answer = client.post(act("accessrequest", "approve", row.pk), typed)

    row.refresh_from_db()
    assert (answer.status_code, row.state) == (200, AccessRequest.State.OPEN)
    assert "kdo za zákazníka jednat nemůže" in str(answer.context["form"].non_field_errors())
    assert answer.context["form"]["verified_how"].value() == "zavoláno na číslo ze smlouvy"


def test_looking_at_the_question_decides_nothing(client, dana):
    row = an_access_request()

    client.get(act("accessrequest", "reject", row.pk))

    row.refresh_from_db()
    assert row.state == AccessRequest.State.OPEN


@pytest.mark.req("S4-04")
def test_saving_a_contract_makes_accounts_of_the_people_named_in_it(client, dana):
    contract = a_contract()
    bob = {"first_name": "Bohumil", "last_name": "Malý", "email": "bob@example.cz", "is_manager": "on"}

    answer = client.post(reverse("admin:customers_contract_change", args=[contract.pk]), contract_form(contract, bob))

    user = User.objects.get(email="bob@example.cz")
    assert answer.status_code == 302
    assert ContractPerson.objects.get().user == user
    assert user.memberships.get(customer=contract.customer).is_manager is True
    assert user.has_usable_password() is False
    assert OutgoingMail.objects.get().recipient == "bob@example.cz"


@pytest.mark.req("S4-04")
def test_address_of_a_colleague_is_refused_beside_the_field_and_nothing_is_saved(client, dana):
    contract = a_contract()
    a_staff_member("Jana Malá", email="jana@severka.example")
    jana = {"first_name": "Jana", "last_name": "Malá", "email": "jana@severka.example", "is_member": "on"}

    answer = client.post(
        reverse("admin:customers_contract_change", args=[contract.pk]), contract_form(contract, jana) | {"title": "Jiný název"}
    )

    contract.refresh_from_db()
    [people] = [inline.formset for inline in answer.context["inline_admin_formsets"] if inline.formset.prefix == "people"]
    assert people.errors == [{"email": ["Adresu jana@severka.example má někdo, kdo za zákazníka jednat nemůže. Zvolte jinou."]}]
    assert contract.title == "Údržba a podpora ERP"


def test_lost_second_factor_is_removed_after_a_question(client, dana):
    alice = a_user("Alice Dvořáková")
    alice.authenticator_set.create(type="totp", data={"secret": "x"})

    client.get(act("user", "reset_second_factor", alice.pk))
    kept = alice.authenticator_set.count()
    client.post(act("user", "reset_second_factor", alice.pk))

    assert (kept, alice.authenticator_set.count()) == (1, 0)


def test_revoked_address_files_nothing_and_is_revoked_once(client, dana):
    contract = a_contract()
    alice = a_member(contract.customer)
    sender = AuthorisedSender.objects.create(email=alice.email, user=alice, contract=contract)

    first = client.post(act("authorisedsender", "revoke", sender.pk))
    second = client.post(act("authorisedsender", "revoke", sender.pk))

    sender.refresh_from_db()
    assert (first.status_code, second.status_code) == (302, 403)
    assert sender.revoked_at is not None


@pytest.mark.req("S4-04")
def test_an_accountant_named_in_the_contract_gets_the_documents_only(client, dana):
    contract = a_contract()
    marie = {"first_name": "Marie", "last_name": "Hrubá", "email": "marie@firma.example", "is_accountant": "on"}

    client.post(reverse("admin:customers_contract_change", args=[contract.pk]), contract_form(contract, marie))

    membership = Membership.objects.get(user__email="marie@firma.example")
    assert (membership.is_accountant, membership.is_member) == (True, False)
