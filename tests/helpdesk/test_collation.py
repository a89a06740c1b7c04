"""Lists of people and companies are in the order of Czech dictionaries."""

import random

import pytest

from helpdesk.collation import czech_sort_key
from helpdesk.customers.models import Customer, Membership, User
from tests.builders import a_customer, a_member, a_staff_member

IN_ORDER = [
    "3D Tisk",
    "Abrahám",
    "Cibulka",
    "Čermák",
    "Dostál",
    "Ďurica",
    "Hradec",
    "Hudec",
    "Chalupa",
    "Chochola",
    "Ivančice",
    "Łukasz",
    "Lukáš",
    "Novak",
    "Novák",
    "Novak Jan",
    "Novák Petr",
    "Nový",
    "Ryba",
    "Rys",
    "Řezníček",
    "Říha",
    "Sýkora",
    "Šafář",
    "Štěpán",
    "Zeman",
    "Žák",
]


@pytest.mark.parametrize("seed", range(3))
def test_names_are_sorted_as_czech_does(seed: int):
    names = IN_ORDER[:]
    random.Random(seed).shuffle(names)

    assert sorted(names, key=czech_sort_key) == IN_ORDER


def test_capitals_and_punctuation_matter_only_when_all_else_is_the_same():
    names = ["a-b s.r.o.", "A b s.r.o.", "A.B. Servis", "ab servis"]

    assert sorted(names, key=czech_sort_key) == ["A b s.r.o.", "a-b s.r.o.", "A.B. Servis", "ab servis"]


def test_keys_of_long_names_fit_their_column():
    assert len(czech_sort_key("Ř" * 500)) == 400


@pytest.mark.django_db
def test_companies_and_people_come_from_the_database_in_czech_order():
    for name in ("Rybář s.r.o.", "Říha a syn", "Chalupa a.s.", "Ivan Čermák", "Hradec s.r.o."):
        a_member(a_customer(name=name), f"Alice {name.split()[0]}")

    assert [customer.name.split()[0] for customer in Customer.objects.all()] == ["Hradec", "Chalupa", "Ivan", "Rybář", "Říha"]
    assert [user.last_name for user in User.objects.all()] == ["Hradec", "Chalupa", "Ivan", "Rybář", "Říha"]
    assert [row.customer.name[:2] for row in Membership.objects.select_related("customer")] == ["Hr", "Ch", "Iv", "Ry", "Ří"]


@pytest.mark.django_db
def test_renamed_company_finds_its_new_place(client):
    first, second = a_customer(name="Abakus"), a_customer(name="Benet")
    first.name = "Čapek"
    first.save()

    assert list(Customer.objects.all()) == [second, first]
    client.force_login(a_staff_member(group="vedoucí"))
    page = client.get("/backoffice/customers/customer/?o=0").content.decode()
    assert page.index("Benet") < page.index("Čapek")
