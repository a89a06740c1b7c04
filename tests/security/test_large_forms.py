"""Forms with very many rows, and tables too long to be read within a request."""

from __future__ import annotations

from time import monotonic

import pytest
from django.contrib import admin
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, RequestFactory
from zeal import zeal_ignore

from helpdesk.customers.models import Customer
from tests.builders import a_customer, a_member, a_user
from tests.tickets.desk import signed_in, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def superuser():
    return a_user("Správce Systému", is_staff=True, is_superuser=True)


def test_no_form_of_the_backoffice_makes_more_rows_than_it_may_have(superuser):
    request = RequestFactory().get("/")
    request.user = superuser
    unbounded = []

    for model, page in admin.site._registry.items():
        for formset, inline in page.get_formsets_with_inlines(request):
            if formset.max_num > 300 or formset.absolute_max > 300:
                unbounded.append(f"{model.__name__}: {type(inline).__name__}")

    assert unbounded == []


def test_form_that_claims_a_million_rows_is_refused_at_once(superuser):
    firm = a_customer()
    a_member(firm)
    claimed = {"name": firm.name, "ico": firm.ico}
    for prefix in ("memberships", "assets"):
        claimed |= {f"{prefix}-TOTAL_FORMS": "1000000", f"{prefix}-INITIAL_FORMS": "0"}

    started = monotonic()
    answer = signed_in(superuser).post(f"/backoffice/customers/customer/{firm.pk}/change/", claimed)

    assert answer.status_code == 200
    assert monotonic() - started < 20


def test_customer_with_two_hundred_people_can_still_be_saved(superuser):
    firm = a_customer()
    for _ in range(200):
        a_member(firm)
    client, address = signed_in(superuser), f"/backoffice/customers/customer/{firm.pk}/change/"
    page = client.get(address)
    filled = {}
    inlines = [each.formset for each in page.context["inline_admin_formsets"]]
    for form in [page.context["adminform"].form, *(each.management_form for each in inlines)]:
        filled |= {form.add_prefix(name): "" if (value := form[name].value()) is None else value for name in form.fields}
    for form in (form for each in inlines for form in each.initial_forms):
        values = {form.add_prefix(name): form[name].value() for name in form.fields}
        filled |= {name: "on" if value is True else value for name, value in values.items() if value not in (None, False)}

    with zeal_ignore():  # Django looks each row of an inline up by itself
        saved = client.post(address, filled | {"city": "Olomouc"})

    firm.refresh_from_db()
    assert (saved.status_code, firm.city, firm.memberships.count()) == (302, "Olomouc", 200)


def test_table_with_too_many_rows_is_refused_before_it_is_read(superuser, settings):
    settings.IMPORT_ROWS = 2
    rows = "IČO;název\n" + "27463249;Firma\n" * 3

    answer = signed_in(superuser).post(
        "/backoffice/customers/customer/import/",
        {"format": "0", "import_file": SimpleUploadedFile("zakaznici.csv", rows.encode())},
    )

    assert "Tabulka má 4 řádky, najednou jich načteme nejvýše 2." in text_of(answer)
    assert Customer.objects.count() == 0


def test_table_that_is_too_large_is_refused(superuser, settings):
    settings.IMPORT_MAX_BYTES = 1024**2

    answer = signed_in(superuser).post(
        "/backoffice/customers/customer/import/",
        {"format": "0", "import_file": SimpleUploadedFile("zakaznici.csv", b"a" * (1024**2 + 1))},
    )

    assert "Tabulka je větší než 1 MB. Rozdělte ji prosím na víc souborů." in text_of(answer)


@pytest.mark.parametrize("answer", ["9" * 5000, "7", "[]", "null", "[" * 100_000, '{"a": 1}'])
def test_made_up_answer_of_a_passkey_is_a_mistake_of_the_form(superuser, answer):
    anybody = Client()

    signing_in = anybody.post("/prihlaseni/klic/", {"credential": answer})
    adding = signed_in(superuser).post("/zabezpeceni/klice/novy/", {"name": "Klíč", "credential": answer})

    assert signing_in.status_code in (200, 302)
    assert adding.status_code in (200, 302)
