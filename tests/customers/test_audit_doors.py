"""What the doors write into the security log: refusals, failed sign-ins, tables taken away, confidential rows opened, rights."""

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.test import Client
from django.utils import timezone

from helpdesk.customers.models import AuditEvent, Invitation, Membership
from helpdesk.customers.models.access import AccessRequest
from helpdesk.customers.services.access import approve_access
from helpdesk.customers.services.people import Roles
from tests.builders import (
    MONDAY,
    a_contract,
    a_customer,
    a_letter,
    a_member,
    a_staff_member,
    a_ticket,
    a_user,
    an_operator,
    backoffice,
)
from tests.tickets.desk import signed_in

pytestmark = pytest.mark.django_db

PASSWORD = "spravne-heslo-2026"


@pytest.fixture(autouse=True)
def _operator() -> None:
    an_operator()


def events(kind: str) -> list[AuditEvent]:
    return list(AuditEvent.objects.filter(kind=kind).order_by("id"))


def sign_in(login: str, password: str) -> Client:
    client = Client()
    client.post("/prihlaseni/", {"login": login, "password": password})
    return client


# Refused access


@pytest.mark.req("S4-45")
def test_a_customer_on_a_foreign_request_is_written():
    ticket = a_ticket()
    cyril = a_member(a_customer(), "Cyril Hájek")

    signed_in(cyril).get(f"/pozadavky/{ticket.pk}/", REMOTE_ADDR="192.0.2.77")

    [event] = events("access_refused")
    assert (event.by, event.ip, event.object_type) == (cyril, "192.0.2.77", "")
    assert event.after == {"page": "tickets:detail", "status": 404, "method": "GET", "number": str(ticket.pk)}


def test_staff_on_a_page_of_others_are_written():
    petr = a_staff_member("Petr Vaníček", group="řešitel")

    signed_in(petr).get("/backoffice/mail/outgoingmail/")

    [event] = events("access_refused")
    assert event.after == {"page": "admin:mail_outgoingmail_changelist", "status": 403, "method": "GET"}


def test_what_a_visitor_and_a_scanner_ask_for_writes_no_row(client: Client):
    alice = a_member(a_customer())
    for address in ("/wp-login.php", "/pozadavky/1/", "/backoffice/", "/pozvanka/1/x/", "/.git/config"):
        client.get(address)
    signed_in(alice).get("/wp-login.php")

    assert events("access_refused") == []


def test_a_stale_form_is_no_refused_access():
    client = Client(enforce_csrf_checks=True)
    client.force_login(a_member(a_customer()))

    assert client.post("/profil/").status_code == 403
    assert events("access_refused") == []


def test_a_page_that_asks_without_end_writes_few_rows():
    ticket, cyril = a_ticket(), a_member(a_customer(), "Cyril Hájek")
    client = signed_in(cyril)

    for _ in range(40):
        client.get(f"/pozadavky/{ticket.pk}/vlakno/")

    assert len(events("access_refused")) in range(8, 15)  # 1 to 5, 8, 16, 32; twice where an hour ends meanwhile


def test_a_token_in_an_address_is_not_written():
    alice = a_member(a_customer())

    signed_in(alice).get("/pozvanka/999999/tajny-token-odkazu/")

    [event] = events("access_refused")
    assert "tajny-token-odkazu" not in str(event.after)


def test_who_looks_as_a_customer_is_named_with_the_customer():
    dana, alice = a_staff_member(), a_member(a_customer())
    client = signed_in(dana)
    client.post("/backoffice/jako-zakaznik/", {"user_pk": alice.pk})

    client.post("/profil/", {"first_name": "X"})

    [event] = events("access_refused")
    assert (event.by, event.acting_for) == (dana, alice)


# Failed sign-ins


@pytest.mark.req("S2-03")
def test_a_failed_sign_in_names_the_account_and_nothing_that_was_typed(client: Client):
    alice = a_user("Alice Dvořáková", username="alice", password=PASSWORD)

    client.post("/prihlaseni/", {"login": "ALICE", "password": "chybne-heslo-123"}, REMOTE_ADDR="192.0.2.78")
    client.post("/prihlaseni/", {"login": "tajne-heslo-misto-jmena", "password": "x"}, REMOTE_ADDR="192.0.2.78")

    first, second = events("sign_in_failed")
    assert (first.by, first.object_id, first.object_text, first.ip) == (None, alice.pk, "Alice Dvořáková", "192.0.2.78")
    assert (second.object_type, second.object_text, second.before, second.after) == ("", "", {}, {})


def test_a_right_password_is_no_failure():
    a_user("Alice Dvořáková", username="alice", password=PASSWORD)

    sign_in("alice", PASSWORD)

    assert events("sign_in_failed") == []


def test_a_wrong_code_of_the_second_factor_is_written():
    alice = a_user("Alice Dvořáková", username="alice", password=PASSWORD)
    TOTP.activate(alice, generate_totp_secret())
    client = sign_in("alice", PASSWORD)

    client.post("/prihlaseni/kod/", {"code": "000000"})

    [event] = events("sign_in_failed")
    assert (event.by, event.object_id, event.after) == (None, alice.pk, {"factor": "totp"})


def test_guesses_of_many_names_from_one_network_write_few_rows(client: Client):
    for number in range(20):
        client.post("/prihlaseni/", {"login": f"nikdo{number}", "password": "x"})

    assert len(events("sign_in_failed")) in range(7, 14)


# Tables and confidential rows


def test_a_table_from_the_backoffice_says_which_list_how_much_and_how_narrowed():
    dana = a_staff_member()
    a_contract(a_customer(name="Hanácké strojírny s.r.o."))
    a_customer(name="Beskydská s.r.o.")

    signed_in(dana).post("/backoffice/customers/customer/export/?q=beskydska&e=1", {"format": "0", "resource": "0"})

    [event] = events("exported")
    assert event.by == dana
    assert event.after == {"list": "customers.customer", "format": "CSV (Excel)", "rows": 1, "narrowed": {"q": "beskydska"}}


@pytest.mark.parametrize(
    ("address", "details"),
    [
        ("/pozadavky.csv?cast=uzavrene&cizi=1", {"list": "tickets.ticket", "format": "csv", "narrowed": "cast=uzavrene"}),
        ("/kredit/pohyby.csv?mesic=2026-03", {"list": "credit.ledgertransfer", "format": "csv", "narrowed": "2026-03"}),
        ("/kredit/pohyby.xlsx?rok=2026", {"list": "credit.ledgertransfer", "format": "xlsx", "narrowed": "2026"}),
    ],
)
def test_a_table_from_the_portal_is_written(address: str, details: dict):
    alice = a_member(a_customer(), is_manager=True, is_accountant=True)

    assert signed_in(alice).get(address).status_code == 200

    [event] = events("exported")
    assert (event.by, event.after) == (alice, details)


def test_opening_a_confidential_letter_is_written_and_an_ordinary_one_is_not():
    dana = a_staff_member()
    secret = a_letter(key="invitation:1", to="alice@example.cz", subject="Pozvánka", is_confidential=True)
    plain = a_letter(key="event:1")

    for letter in (secret, plain):
        assert signed_in(dana).get(f"/backoffice/mail/outgoingmail/{letter.pk}/change/").status_code == 200

    [event] = events("confidential_opened")
    assert (event.by, event.object_type, event.object_id) == (dana, "mail.outgoingmail", secret.pk)
    assert event.after == {"recipient": "alice@example.cz"}


def test_opening_an_invitation_is_written():
    dana, alice = a_staff_member(), a_member(a_customer(), "Alice Dvořáková")
    row = Invitation.objects.create(
        user=alice, recipient="Alice", verified_how="zpětné volání", verified_at=MONDAY, created_at=MONDAY,
        expires_at=MONDAY.replace(day=5),
    )  # fmt: skip

    signed_in(dana).get(f"/backoffice/customers/invitation/{row.pk}/change/")

    [event] = events("confidential_opened")
    assert (event.object_type, event.object_id) == ("customers.invitation", row.pk)


# Rights


def test_who_is_given_access_is_written_with_the_roles():
    dana, company = a_staff_member(), a_customer()
    request = AccessRequest.objects.create(full_name="Nová Kolegyně", email="n@example.cz", company="x", created_at=MONDAY)

    invitation = approve_access(
        request=request, customer=company, verified_how="zpětné volání", roles=Roles(is_manager=True), by=backoffice(dana),
        at=MONDAY,
    )  # fmt: skip

    [event] = events("rights_changed")
    assert (event.by, event.object_id, event.before) == (dana, invitation.user_id, {})
    assert event.after == {f"customer {company.pk}": ["is_member", "is_manager"]}


def test_roles_changed_on_the_page_of_a_company_are_written():
    dana, company = a_staff_member(), a_customer()
    alice = a_member(company, "Alice Dvořáková")
    membership = Membership.objects.get(user=alice)
    client = signed_in(dana)
    page = client.get(f"/backoffice/customers/customer/{company.pk}/change/")
    form = filled(page)

    form["memberships-0-is_approver"] = "on"
    answer = client.post(f"/backoffice/customers/customer/{company.pk}/change/", form)

    membership.refresh_from_db()
    assert answer.status_code == 302, answer.context["errors"]
    [event] = events("rights_changed")
    assert (answer.status_code, membership.is_approver) == (302, True)
    assert (event.by, event.object_id) == (dana, alice.pk)
    assert event.before == {f"customer {company.pk}": ["is_member"]}
    assert event.after == {f"customer {company.pk}": ["is_member", "is_approver"]}


def filled(page) -> dict[str, str]:
    """The fields of a page's form as a browser would send them back unchanged."""
    values = {}
    forms = [page.context["adminform"].form, *(inline.formset for inline in page.context["inline_admin_formsets"])]
    for form in forms:
        parts = [form] if not hasattr(form, "management_form") else [form.management_form, *form.forms]
        for part in parts:
            for field in part:
                value = field.value()
                if value is not None and value is not False and value != "":
                    values[field.html_name] = "on" if value is True else str(value)
    return values


# The log itself


def test_heads_of_support_read_the_log_and_nobody_writes_into_it():
    vera, root = a_staff_member("Věra Malá", group="vedoucí"), a_user("Správce", is_staff=True, is_superuser=True)
    event = AuditEvent.objects.create(kind="exported", at=timezone.now(), by=vera, ip="192.0.2.1", after={"rows": 3})
    listed = "/backoffice/customers/auditevent/"
    page = f"{listed}{event.pk}/"
    answers = {}

    for person in (vera, root):
        client = signed_in(person)
        answers[person.username] = [
            client.get(listed).status_code,
            client.get(f"{page}change/").status_code,
            client.post(f"{page}change/", {"ip": "192.0.2.9"}).status_code,
            client.post(f"{page}delete/", {"post": "yes"}).status_code,
            client.post(f"{listed}add/", {"kind": "exported"}).status_code,
            client.post(
                "/backoffice/customers/auditevent/", {"action": "delete_selected", "_selected_action": event.pk}
            ).status_code,
        ]

    event.refresh_from_db()
    assert answers == {vera.username: [200, 200, 403, 403, 403, 200], root.username: [200, 200, 403, 403, 403, 200]}
    assert event.ip == "192.0.2.1"


def test_the_page_of_an_event_says_in_czech_what_changed():
    vera, company = a_staff_member("Věra Malá", group="vedoucí"), a_customer(name="Hanácké strojírny s.r.o.")
    event = AuditEvent.objects.create(
        kind="rights_changed", at=MONDAY, by=vera, object_type="customers.user", object_id=1, object_text="Alice Dvořáková",
        before={"is_staff": False, f"customer {company.pk}": ["is_member"]}, after={"is_staff": True, "groups": ["podpora"]},
    )  # fmt: skip

    page = signed_in(vera).get(f"/backoffice/customers/auditevent/{event.pk}/change/").text

    assert "<div><strong>oprávnění, Hanácké strojírny s.r.o.</strong>: člen: vlastní požadavky → nic</div>" in page
    assert "<div><strong>skupiny</strong>: podpora</div>" in page
    assert "ne → ano" in page
