"""Credit in the backoffice."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest
from django.test import Client

from credit.models import (
    CorrectionRequest,
    CreditThreshold,
    LedgerAccount,
    LedgerTransfer,
    PackageDraw,
    PrepaidPackage,
    PriceList,
    PriceRate,
)
from credit.services import ledger, packages
from credit.services.corrections import Proposal, propose_correction
from helpdesk.customers.models import PendingChange
from helpdesk.customers.services.second_person import confirm_change
from tests.builders import MONDAY, a_contract, a_customer, a_staff_member, an_operator, backoffice
from tests.credit.builders import account_of, spend, top_up

pytestmark = pytest.mark.django_db

ACCOUNTS = "/backoffice/credit/ledgeraccount/"
CORRECTIONS = "/backoffice/credit/correctionrequest/"
PRICES = "/backoffice/credit/pricelist/"
PACKAGES = "/backoffice/credit/prepaidpackage/"


def signed_in(group: str) -> Client:
    client = Client()
    client.force_login(a_staff_member(f"Osoba {group}", group=group))
    return client


@pytest.fixture
def eva() -> Client:
    return signed_in("účtárna")


@pytest.fixture
def vera() -> Client:
    return signed_in("vedoucí")


@pytest.fixture
def account() -> LedgerAccount:
    customer = a_customer(name="Hanácké strojírny s.r.o.")
    top_up(customer, "12480.50")
    return account_of(customer)


def text_of(response) -> str:
    plain = re.sub(r"<[^>]+>", " ", response.content.decode()).replace("\u00a0", " ")
    return " ".join(plain.split())


def a_waiting_correction(account: LedgerAccount, change: str = "9000") -> CorrectionRequest:
    person = a_staff_member("Ota Starý", group="účtárna")
    proposal = Proposal(account=account, change=Decimal(change), reason="Dvojí dobití", token=uuid4())
    return propose_correction(proposal=proposal, by=backoffice(person), at=MONDAY)


@pytest.mark.req("S1-18", "D22")
def test_list_has_customers_only_with_what_they_have(vera: Client, account: LedgerAccount):
    ledger.reserve(customer=account.customer, amount=Decimal(3600), key="quote:1", text="Kalkulace", at=MONDAY)

    page = text_of(vera.get(ACCOUNTS))

    assert "Hanácké strojírny s.r.o. 12 480,50 Kč 3 600,00 Kč 8 880,50 Kč" in page
    assert "platby Comgate" not in page


@pytest.mark.req("S1-18")
def test_limits_and_thresholds_are_edited_and_the_balance_is_not(eva: Client, account: LedgerAccount):
    form = {
        "overdraft_limit": "4500",
        "balance": "1",
        "has_hard_limit": "on",
        "thresholds-TOTAL_FORMS": "1",
        "thresholds-INITIAL_FORMS": "0",
        "thresholds-0-amount": "3000",
    }

    response = eva.post(f"{ACCOUNTS}{account.pk}/change/", form)

    account.refresh_from_db()
    assert response.status_code == 302
    assert (account.overdraft_limit, account.has_hard_limit, account.balance) == (Decimal(4500), True, Decimal("12480.50"))
    assert list(CreditThreshold.objects.values_list("account", "amount")) == [(account.pk, Decimal(3000))]
    assert "4500" in text_of(eva.get(f"{ACCOUNTS}{account.pk}/history/")).replace(",00", "")


@pytest.mark.req("D22")
def test_account_is_opened_by_hand_at_zero(eva: Client):
    customer = a_customer()
    form = {"customer": customer.pk, "overdraft_limit": "0", "thresholds-TOTAL_FORMS": "0", "thresholds-INITIAL_FORMS": "0"}

    eva.post(f"{ACCOUNTS}add/", form)

    assert list(LedgerAccount.objects.filter(customer=customer).values_list("kind", "balance")) == [("customer", Decimal(0))]


@pytest.mark.req("S1-18")
def test_small_correction_is_booked_from_the_form(eva: Client, account: LedgerAccount):
    an_operator()
    path = f"{ACCOUNTS}{account.pk}/opravit/"
    token = re.search(r'name="token" value="([^"]+)"', eva.get(path).content.decode())[1]

    for _ in range(2):  # a double click
        eva.post(path, {"change": "-480,50", "reason": "Dvojí dobití", "token": token})

    account.refresh_from_db()
    assert account.balance == Decimal("12000.00")
    assert list(LedgerTransfer.objects.filter(code="correction").values_list("memo", flat=True)) == ["Dvojí dobití"]


def test_refused_correction_says_why_and_keeps_what_was_typed(eva: Client, account: LedgerAccount):
    LedgerAccount.objects.filter(pk=account.pk).update(has_hard_limit=True)
    an_operator(second_person_above=100_000)
    typed = {"change": "-20000,50", "reason": "Dvojí dobití", "token": str(uuid4())}

    response = eva.post(f"{ACCOUNTS}{account.pk}/opravit/", typed)

    page = response.content.decode()
    assert "Kredit na to nestačí a účet nedovoluje přečerpání." in page
    assert ('value="-20000,50"' in page, 'value="Dvojí dobití"' in page) == (True, True)
    assert (CorrectionRequest.objects.count(), LedgerTransfer.objects.filter(code="correction").count()) == (0, 0)


@pytest.mark.req("S1-18")
def test_large_correction_is_confirmed_by_somebody_else_of_the_same_group(eva: Client, vera: Client, account: LedgerAccount):
    waiting = a_waiting_correction(account)
    author = Client()
    author.force_login(waiting.proposed_by)
    path = f"{CORRECTIONS}{waiting.pk}/potvrdit/"

    assert [client.post(path).status_code for client in (author, vera, signed_in("podpora"))] == [403, 403, 403]
    assert "+9 000,00 Kč" in text_of(eva.get(path))
    eva.post(path)

    account.refresh_from_db()
    assert account.balance == Decimal("21480.50")
    assert eva.post(path).status_code == 403


@pytest.mark.req("S1-18")
def test_correction_is_refused(eva: Client, account: LedgerAccount):
    waiting = a_waiting_correction(account)

    eva.get(f"{CORRECTIONS}{waiting.pk}/zamitnout/")
    eva.post(f"{CORRECTIONS}{waiting.pk}/zamitnout/")

    waiting.refresh_from_db()
    account.refresh_from_db()
    assert (waiting.state, account.balance) == ("refused", Decimal("12480.50"))


@pytest.mark.req("S1-18")
@pytest.mark.parametrize("form", [{"change": "0", "reason": "x"}, {"change": "x", "reason": "x"}, {"change": "1", "reason": " "}])
def test_form_of_a_correction_says_what_is_missing(eva: Client, account: LedgerAccount, form: dict[str, str]):
    response = eva.post(f"{ACCOUNTS}{account.pk}/opravit/", form | {"token": str(uuid4())})

    assert (response.status_code, CorrectionRequest.objects.count()) == (200, 0)


@pytest.mark.req("S1-18")
@pytest.mark.parametrize(("group", "status"), [("účtárna", 200), ("vedoucí", 403), ("podpora", 403), ("řešitel", 403)])
def test_credit_is_corrected_by_accountants_only(account: LedgerAccount, group: str, status: int):
    assert signed_in(group).get(f"{ACCOUNTS}{account.pk}/opravit/").status_code == status


@pytest.mark.req("S1-18")
def test_movements_are_listed_newest_first_without_counting_and_only_read(
    vera: Client, account: LedgerAccount, django_assert_max_num_queries
):
    spend(account.customer, "400", text="Práce 20 min")
    transfer = LedgerTransfer.objects.latest("id")
    listed = "/backoffice/credit/ledgertransfer/"

    with django_assert_max_num_queries(9):
        page = text_of(vera.get(f"{listed}?account__id__exact={account.pk}"))
    response = vera.post(f"{listed}{transfer.pk}/change/", {"memo": "Jinak"})

    assert page.index("Práce 20 min −400,00 Kč 12 080,50 Kč") < page.index("Převodem +12 480,50 Kč")
    assert response.status_code == 403
    assert "Práce 20 min" in text_of(vera.get(f"{listed}{transfer.pk}/change/"))


@pytest.mark.parametrize("name", ["hold", "periodclose", "correctionrequest"])
def test_other_lists_of_the_ledger_open(vera: Client, account: LedgerAccount, name: str):
    ledger.reserve(customer=account.customer, amount=Decimal(3600), key="quote:1", text="Kalkulace", at=MONDAY)
    ledger.close_period(customer=account.customer, month=date(2026, 1, 1), at=MONDAY)
    a_waiting_correction(account)

    page = text_of(vera.get(f"/backoffice/credit/{name}/?account__id__exact={account.pk}"))

    assert "Hanácké strojírny s.r.o." in page


def a_draft() -> PriceList:
    draft = PriceList.objects.create(valid_from=date(2026, 4, 1), express_percent=50)
    PriceRate.objects.create(price_list=draft, activity="solving", hourly_rate=1200)
    return draft


@pytest.mark.req("S5-14")
@pytest.mark.parametrize("group", ["vedoucí", "účtárna"])
def test_published_price_list_is_only_read_and_copied(group: str):
    client, draft = signed_in(group), a_draft()

    client.get(f"{PRICES}{draft.pk}/zverejnit/")
    client.post(f"{PRICES}{draft.pk}/zverejnit/")
    refused = client.post(f"{PRICES}{draft.pk}/change/", {"valid_from": "1. 5. 2026"})
    client.get(f"{PRICES}{draft.pk}/novy/")
    client.post(f"{PRICES}{draft.pk}/novy/", {"valid_from": "1. 5. 2026"})

    draft.refresh_from_db()
    copy = PriceList.objects.get(published_at=None)
    assert (draft.published_by.get_full_name(), draft.valid_from) == (f"Osoba {group}", date(2026, 4, 1))
    assert refused.status_code == 403
    assert (copy.valid_from, copy.express_percent) == (date(2026, 5, 1), Decimal(50))
    assert list(copy.rates.values_list("activity", "hourly_rate")) == [("solving", Decimal(1200))]


@pytest.mark.req("S5-14")
def test_draft_is_edited_with_its_rates(vera: Client):
    draft = a_draft()
    rate = draft.rates.get()
    form = {
        "valid_from": "1. 4. 2026",
        "express_percent": "25",
        "outside_percent": "0",
        "rates-TOTAL_FORMS": "1",
        "rates-INITIAL_FORMS": "1",
        "rates-0-id": rate.pk,
        "rates-0-price_list": draft.pk,
        "rates-0-activity": "solving",
        "rates-0-role": "",
        "rates-0-hourly_rate": "1300",
    }

    response = vera.post(f"{PRICES}{draft.pk}/change/", form)

    rate.refresh_from_db()
    assert (response.status_code, rate.hourly_rate) == (302, Decimal(1300))


@pytest.mark.req("S5-13", "D22")
def test_package_is_sold_shows_what_is_left_and_is_closed_by_the_first_draw(eva: Client):
    contract = a_contract()
    form = {
        "contract": contract.pk, "minutes": "600", "price": "11000", "sold_on": "1. 3. 2026",
        "draws-TOTAL_FORMS": "0", "draws-INITIAL_FORMS": "0",
    }  # fmt: skip
    eva.post(f"{PACKAGES}add/", form)
    package = PrepaidPackage.objects.get()
    leader = a_staff_member("Věra Nová", group="vedoucí")
    confirm_change(change=PendingChange.objects.get(), by=backoffice(leader), at=MONDAY)
    packages.draw_minutes(contract=contract, minutes=90, key="work:1", text="Práce 90 min", at=MONDAY)

    listed, page = text_of(eva.get(PACKAGES)), text_of(eva.get(f"{PACKAGES}{package.pk}/change/"))
    refused = eva.post(f"{PACKAGES}{package.pk}/change/", form | {"minutes": "1"})

    assert package.sold_by.get_full_name() == "Osoba účtárna"
    assert "10 h 8 h 30 min 11 000,00 Kč" in listed
    assert "Práce 90 min" in page
    assert refused.status_code == 403
    assert PackageDraw.objects.get().minutes == 90


@pytest.mark.req("S1-18")
def test_waiting_corrections_are_counted_in_the_menu(eva: Client, account: LedgerAccount):
    a_waiting_correction(account)

    assert "Opravy kreditu balance 1" in text_of(eva.get(ACCOUNTS)) or "Opravy kreditu 1" in text_of(eva.get(ACCOUNTS))
