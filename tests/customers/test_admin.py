"""Master data in the backoffice: who may do what, how much a list costs, what the forms guard."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from helpdesk.customers.admin.operator import clean_html
from helpdesk.customers.models import AccessRequest, AuthorisedSender, Customer, Operator, User
from tests.builders import (
    MONDAY,
    a_contract,
    a_customer,
    a_member,
    a_request_type,
    a_staff_member,
    a_user,
    an_asset,
    an_operator,
)

pytestmark = pytest.mark.django_db

LISTS = ["customer", "contract", "asset", "user", "membership", "accessrequest", "authorisedsender"]


@pytest.fixture
def dana(client):
    """Dana of support, signed in."""
    person = a_staff_member("Dana Pokorná")
    client.force_login(person)
    return person


@pytest.fixture
def boss(client):
    """Hana, head of support, signed in."""
    person = a_staff_member("Hana Vedoucí", group="vedoucí")
    client.force_login(person)
    return person


def page(model: str, act: str = "changelist", *args: object) -> str:
    return reverse(f"admin:customers_{model}_{act}", args=args)


def a_row_of_everything() -> None:
    customer = a_customer()
    contract = a_contract(customer)
    an_asset(customer)
    user = a_member(customer)
    AuthorisedSender.objects.create(email=user.email, user=user, contract=contract)
    AccessRequest.objects.create(full_name="Karel Nový", email="karel@example.cz", company=customer.name, created_at=MONDAY)


def queries(client, address: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


@pytest.mark.parametrize("model", LISTS)
def test_list_costs_the_same_for_one_row_and_for_three(client, dana, model):
    a_row_of_everything()
    client.get(page(model))
    with_one = queries(client, page(model))
    a_row_of_everything()
    a_row_of_everything()

    with_three = queries(client, page(model))

    assert with_three == with_one


@pytest.mark.parametrize("model", ["customer", "contract", "asset", "membership"])
def test_search_is_blind_to_diacritics(client, dana, model):
    customer = a_customer(name="Účetnictví Žďár a.s.")
    a_contract(customer)
    an_asset(customer)
    a_member(customer)
    a_contract(a_customer(name="Město Říčany"))

    answer = client.get(page(model), {"q": "ucetnictvi"})

    assert answer.context["cl"].result_count == 1


def test_person_is_found_by_first_and_last_name_without_diacritics(client, dana):
    a_user("Šárka Čížková")

    answer = client.get(page("user"), {"q": "sarka cizkova"})

    assert [str(user) for user in answer.context["cl"].queryset] == ["Šárka Čížková"]


@pytest.mark.parametrize("model", ["customer", "contract", "user", "membership", "requesttype", "asset"])
def test_nothing_that_others_refer_to_can_be_deleted(client, boss, model):
    row = {
        "customer": a_customer,
        "contract": a_contract,
        "user": a_user,
        "membership": lambda: a_member(a_customer()).memberships.get(),
        "requesttype": a_request_type,
        "asset": lambda: an_asset(a_customer()),
    }[model]()

    assert client.post(page(model, "delete", row.pk), {"post": "yes"}).status_code == 403


@pytest.mark.parametrize(("group", "status"), [("podpora", 200), ("vedoucí", 200), ("řešitel", 403), ("účtárna", 403)])
def test_new_customer_is_entered_by_support_and_its_head_only(client, group, status):
    client.force_login(a_staff_member(group=group))

    assert client.get(page("customer", "add")).status_code == status


@pytest.mark.parametrize(("group", "status"), [("podpora", 403), ("vedoucí", 200), ("řešitel", 403), ("účtárna", 403)])
def test_settings_belong_to_the_head_of_support(client, group, status):
    an_operator()
    client.force_login(a_staff_member(group=group))

    assert client.get(page("operator")).status_code == status


def test_accountant_changes_billing_data_of_a_customer_and_nothing_else(client):
    client.force_login(a_staff_member("Eva Krátká", group="účtárna"))
    customer = a_customer()

    form = client.get(page("customer", "change", customer.pk)).context["adminform"].form

    assert set(form.fields) == {"name", "ico", "dic", "billing_street", "billing_city", "billing_zip_code", "billing_email"}


@pytest.mark.req("S1-04")
def test_ico_is_taken_with_blanks_and_its_check_digit_is_checked(client, dana):
    fields = {"name": "Nová firma s.r.o.", "is_active": "on"}
    rows = {f"{prefix}-{key}": 0 for prefix in ("memberships", "assets") for key in ("TOTAL_FORMS", "INITIAL_FORMS")}

    wrong = client.post(page("customer", "add"), {**fields, **rows, "ico": "274 63 248"})
    right = client.post(page("customer", "add"), {**fields, **rows, "ico": "274 63 249"})

    assert wrong.context["adminform"].form.errors == {
        "ico": ["IČO má osm číslic a kontrolní číslici, která tady nesouhlasí. Zkontrolujte je prosím."]
    }
    assert right.status_code == 302
    assert Customer.objects.get(ico="27463249").name == "Nová firma s.r.o."


def test_support_cannot_change_an_account_of_staff(client, dana):
    head = a_staff_member("Hana Vedoucí", group="vedoucí")

    form = client.get(page("user", "change", head.pk)).context["adminform"].form
    answer = client.post(page("user", "change", head.pk), {"email": "dana@example.cz"})

    assert list(form.fields) == []
    assert answer.status_code == 403


def test_support_cannot_give_roles(client, dana):
    form = client.get(page("user", "add")).context["adminform"].form

    assert {"is_staff", "groups", "is_superuser", "password"} & set(form.fields) == set()


def test_head_gives_roles_but_makes_nobody_a_superuser(client, boss):
    fields = client.get(page("user", "add")).context["adminform"].form.fields

    assert {"is_staff", "groups"} <= set(fields)
    assert {"is_superuser", "user_permissions", "password"} & set(fields) == set()


def test_head_cannot_change_a_superuser(client, boss):
    root = User.objects.create_superuser("root", "root@severka.example")

    assert client.post(page("user", "change", root.pk), {"email": "hana@example.cz"}).status_code == 403


def test_second_operator_cannot_be_added(client, boss):
    assert client.get(page("operator", "add")).status_code == 200

    an_operator()

    assert client.get(page("operator", "add")).status_code == 403
    assert Operator.objects.count() == 1


def test_text_of_a_page_loses_what_could_run():
    dirty = '<p onclick="x()">Dobrý den<script>alert(1)</script> <a href="javascript:x()">odkaz</a> <strong>silně</strong></p>'

    assert clean_html(dirty) == '<p>Dobrý den <a rel="noopener noreferrer">odkaz</a> <strong>silně</strong></p>'


def test_history_of_a_customer_says_who_changed_what_and_cannot_be_reverted(client, dana):
    kind = a_request_type(name="Zvláštní práce")
    client.force_login(a_staff_member("Hana Vedoucí", group="vedoucí"))
    client.post(page("requesttype", "change", kind.pk), {"name": "Zvláštní oprava", "is_covered": "on", "position": 0})

    answer = client.get(page("requesttype", "history", kind.pk))

    newest = answer.context["page_obj"].object_list[0]
    changes = {change["field"]: (change["old"], change["new"]) for change in newest.history_delta_changes}
    assert (str(newest.history_user), changes["Název"]) == ("Hana Vedoucí", ("Zvláštní práce", "Zvláštní oprava"))
    assert answer.context["revert_disabled"] is True
