"""Customers and contracts as tables for Excel."""

from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from helpdesk.customers.admin.exchange import ContractResource, CustomerResource, CzechCSV
from helpdesk.customers.models import Contract, Customer, PendingChange
from helpdesk.customers.services.second_person import confirm_change
from tests.builders import MONDAY, a_calendar, a_contract, a_customer, a_paragraph, a_staff_member, backoffice

pytestmark = pytest.mark.django_db


def test_cell_that_looks_like_a_formula_is_disarmed_on_export():
    a_customer(name='=HYPERLINK("http://zlo.example")', phone="+420605110220")

    [row] = CustomerResource().export().dict

    assert (row["název"], row["telefon"]) == ('\'=HYPERLINK("http://zlo.example")', "'+420605110220")


def test_exported_customers_can_be_imported_again():
    customer = a_customer(name="Účetnictví Žďár a.s.", phone="+420605110220", city="Žďár")
    table = CzechCSV().export_data(CustomerResource().export())
    Customer.objects.filter(pk=customer.pk).update(city="Brno")

    result = CustomerResource().import_data(CzechCSV().create_dataset(table), raise_errors=True)

    customer.refresh_from_db()
    assert result.totals["update"] == 1
    assert (customer.city, customer.phone.as_e164) == ("Žďár", "+420605110220")


def test_contract_that_went_through_excel_comes_back_as_it_was():
    contract = a_contract(valid_until=date(2027, 12, 31), hourly_rate=Decimal("1234.50"))
    table = CzechCSV().export_data(ContractResource().export())

    result = ContractResource().import_data(CzechCSV().create_dataset(table), raise_errors=True)

    contract.refresh_from_db()
    assert result.totals["skip"] == 1
    assert (contract.valid_until, contract.hourly_rate) == (date(2027, 12, 31), Decimal("1234.50"))


@pytest.mark.req("C24", "S3-17")
def test_terms_of_billing_and_the_calendar_go_out_and_come_back():
    night = a_calendar("20:00-23:00", name="Noční směna")
    contract = a_contract(
        calendar=night, billing_mode="package", billing_step_minutes=15, quote_minutes=30, is_quote_work_free=True,
        free_phone_minutes=60, specification_above=Decimal("20000"), specification_above_minutes=960,
        signed_in_approval_above=Decimal("50000"),
    )  # fmt: skip
    table = CzechCSV().export_data(ContractResource().export())
    credit = ["covered", "free_phone", "package_consulting", "credit"]
    plain = {"billing_mode": "credit", "billing_step_minutes": 1, "quote_minutes": 60, "is_quote_work_free": False,
             "free_phone_minutes": 0, "specification_above": None, "specification_above_minutes": None,
             "signed_in_approval_above": None}  # fmt: skip
    Contract.objects.filter(pk=contract.pk).update(calendar=a_calendar(), payment_order=credit, **plain)
    vera, eva = a_staff_member("Věra Nová", group="vedoucí"), a_staff_member("Eva Malá", group="účtárna")

    ContractResource().import_data(CzechCSV().create_dataset(table), raise_errors=True, user=vera)
    waiting = Contract.objects.get(pk=contract.pk).billing_mode
    confirm_change(change=PendingChange.objects.get(), by=backoffice(eva), at=MONDAY)

    assert waiting == "credit"

    contract.refresh_from_db()
    assert contract.calendar == night
    assert contract.payment_order == ["covered", "free_phone", "package", "invoice"]
    assert [str(getattr(contract, name)) for name in plain] == [
        "package",
        "15",
        "30",
        "True",
        "60",
        "20000.00",
        "960",
        "50000.00",
    ]


@pytest.mark.req("D3")
def test_calendar_that_breaks_a_promise_of_the_contract_is_refused():
    never = a_calendar("", name="Nikdy")
    contract = a_paragraph(a_contract()).contract
    before = contract.calendar
    table = CzechCSV().create_dataset(CzechCSV().export_data(ContractResource().export()).replace(before.name, never.name))

    result = ContractResource().import_data(table)

    contract.refresh_from_db()
    [refusal] = [str(error.error) for row in result for error in row.errors]
    assert refusal.endswith("reakce: Kalendář nemá žádné okno služby, lhůta by nikdy neuplynula: doplňte okna.")
    assert contract.calendar == before


def test_customer_is_recognised_by_its_ico():
    a_customer(ico="27463249", name="Stará s.r.o.")
    table = CzechCSV().create_dataset("IČO;název\n27463249;Nová s.r.o.\n00006947;Ministerstvo\n")

    CustomerResource().import_data(table, raise_errors=True)

    assert list(Customer.objects.values_list("ico", "name").order_by("ico")) == [
        ("00006947", "Ministerstvo"),
        ("27463249", "Nová s.r.o."),
    ]


def test_row_with_a_wrong_ico_is_refused():
    table = CzechCSV().create_dataset("IČO,název\n27463248,Nová s.r.o.\n")

    result = CustomerResource().import_data(table)

    assert [row.number for row in result.invalid_rows] == [1]
    assert Customer.objects.count() == 0


def test_contract_names_its_customer_by_ico():
    a_customer(ico="27463249")
    table = CzechCSV().create_dataset("IČO zákazníka;číslo;název;druh;platí od\n27463249;2026/1;Podpora;support;1.1.2026\n")

    ContractResource().import_data(table, raise_errors=True)

    assert Contract.objects.values_list("customer__ico", "number").get() == ("27463249", "2026/1")


@pytest.mark.parametrize(("group", "status"), [("podpora", 200), ("řešitel", 403), ("účtárna", 403)])
def test_import_belongs_to_those_who_enter_customers(client, group, status):
    client.force_login(a_staff_member(group=group))

    assert client.get(reverse("admin:customers_customer_import")).status_code == status


def test_export_downloads_a_table_that_excel_opens(client):
    client.force_login(a_staff_member())
    contract = a_contract(a_customer(name="Účetnictví Žďár a.s."))

    answer = client.post(reverse("admin:customers_contract_export"), {"format": "0", "resource": "0"})

    first, second = answer.content.decode().splitlines()
    assert first.startswith("\ufeffIČO zákazníka;číslo;název;druh;platí od;")
    assert second.startswith(f"{contract.customer.ico};{contract.number};Údržba a podpora ERP;support;01.01.2024;")
