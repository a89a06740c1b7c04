"""What happens around access is in the security log: borrowed views, factors, passwords, rights."""

import pytest
from django.test import Client
from django.urls import reverse

from helpdesk.customers.models import AuditEvent
from helpdesk.customers.services import deactivate_person
from helpdesk.customers.services.people import remove_second_factor
from tests.builders import MONDAY, a_customer, a_member, a_staff_member, backoffice
from tests.customers.signing_in import PASSWORD, code_of, sign_in
from tests.flows.doors import filled

pytestmark = pytest.mark.django_db

NEW = "zelený-čaj-po-ránu"


@pytest.fixture
def dana():
    return a_staff_member("Dana Pokorná")


def events(*kinds: str) -> list[tuple]:
    rows = AuditEvent.objects.filter(kind__in=kinds).order_by("id")
    return [(row.kind, row.by, row.object_id) for row in rows]


def test_borrowed_view_is_logged_from_its_beginning_to_its_end(client, dana, alice):
    client.force_login(dana)
    client.post("/backoffice/jako-zakaznik/", {"user_pk": alice.pk})
    client.post("/zpet-do-backoffice/")

    assert events("acting_started", "acting_ended") == [("acting_started", dana, alice.pk), ("acting_ended", dana, alice.pk)]
    assert {row.acting_for for row in AuditEvent.objects.all()} == {alice}


@pytest.mark.django_db(transaction=True)
def test_factors_and_passwords_are_logged_without_a_secret(client, dana, alice):
    sign_in(client, "alice.dvorakova")
    client.post("/heslo/zmena/", {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW})
    client.post("/overeni/", {"password": NEW})
    client.get("/zabezpeceni/aplikace/")
    client.post("/zabezpeceni/aplikace/", {"code": code_of(client.session["mfa.totp.secret"])})
    client.post("/zabezpeceni/prihlaseni/")
    remove_second_factor(user=alice, by=backoffice(dana), at=MONDAY)

    assert events("password_changed", "factor_added", "sessions_ended", "factor_removed", "recovery_codes") == [
        ("password_changed", alice, alice.pk),
        ("factor_added", alice, alice.pk),
        ("sessions_ended", alice, alice.pk),
        ("factor_removed", dana, alice.pk),
    ]
    assert list(AuditEvent.objects.filter(kind="factor_added").values_list("after", flat=True)) == [{"factor": "totp"}]


def test_invitation_and_what_it_sets_are_logged(dana, client):
    karel = a_member(a_customer(), "Karel Nový")
    client.force_login(dana)
    address = reverse("admin:customers_user_invite", args=[karel.pk])
    shown = client.post(address, {"hand_over": "post", "verified_how": "osobně"})
    Client().post(shown.context["address"].removeprefix("http://testserver"), {"password1": NEW, "password2": NEW})

    assert [kind for kind, _, _ in events("invited", "link_shown", "password_changed")] == [
        "invited",
        "link_shown",
        "password_changed",
    ]


def test_changed_rights_are_logged(dana, client, alice):
    boss = a_staff_member("Hana Vedoucí", group="vedoucí", is_superuser=True)
    client.force_login(boss)
    address = reverse("admin:customers_user_change", args=[dana.pk])
    client.post(address, filled(client.get(address), "first_name", first_name="Dana", groups=[]))
    deactivate_person(user=alice, by=backoffice(boss), at=MONDAY)

    rows = AuditEvent.objects.filter(kind="rights_changed").order_by("id")
    assert [(row.by, row.object_id) for row in rows] == [(boss, dana.pk), (boss, alice.pk)]
    assert (rows[0].before, rows[0].after) == ({"groups": ["podpora"]}, {"groups": []})
    assert rows[1].before["is_active"] is True
