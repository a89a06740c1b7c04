"""„Na co mám nárok“: the page of one contract, for the people of its company."""

from datetime import date
from decimal import Decimal

import pytest
from django.test import Client

from credit.models import PriceList
from helpdesk.customers.models import Contract, User
from tests.builders import (
    MONDAY,
    a_calendar,
    a_contract,
    a_customer,
    a_member,
    a_paragraph,
    a_staff_member,
    an_asset,
    an_operator,
    an_sla_line,
)

pytestmark = pytest.mark.django_db

PAGE = "/narok/"


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page_for(user: User, **query: object) -> str:
    """The page's words with ordinary spaces."""
    return signed_in(user).get(PAGE, query).content.decode().replace("&nbsp;", " ").replace("\u00a0", " ")


@pytest.fixture
def contract() -> Contract:
    an_operator()
    contract = a_contract(
        number="2024/118",
        title="Údržba a podpora ERP",
        hourly_rate=Decimal("1350.50"),
        hypercare_rate=Decimal("1500"),
        billing_step_minutes=15,
        billing_mode="flat",
        complaint_days=3,
        free_phone_minutes=60,
        covered="Provoz DMS\nZálohy",
        not_covered="Skenování",
    )
    a_paragraph(contract, code="čl. 4.1 a)", title="Kritická vada", description="Systém stojí.")
    return contract


@pytest.mark.req("S3-01", "S5-03", "S5-05", "S1-09")
def test_page_sums_the_contract_up(contract: Contract):
    an_asset(contract.customer, name="ERP Vektor", version="4.8", support_until=date(2025, 6, 30))

    page = page_for(a_member(contract.customer))

    for words in (
        "Smlouva platí",
        "2024/118 Údržba a podpora ERP, na dobu neurčitou",
        "1 350,50 Kč",
        "bez DPH, účtuje se po 15 min, paušál",
        "1 500,00 Kč",
        "3 pracovní dny",
        'Zbývá telefonických konzultací zdarma</span><span class="big">1 h</span>',
        "podle úrovně SLA",
        "533 000 120",
        "Provoz DMS",
        "Zálohy",
        "Skenování",
        "Podpora této verze skončila 30. 6. 2025.",
        "Školení lze objednat zvlášť",
        "čl. 4.1 a) Kritická vada",
        "Systém stojí.",
        "Potřebujete jiný typ podpory? Naši specialisté vám přesto pomohou.",
    ):
        assert words in page


@pytest.mark.req("S5-02")
def test_ended_contract_is_still_readable_and_says_where_to_prolong_it(contract: Contract):
    contract.valid_until = date(2026, 1, 31)
    contract.save()

    page = page_for(a_member(contract.customer))

    assert "Smlouva skončila" in page
    assert "zakládat nové teď nelze. O prodloužení nám napište na" in page
    assert 'id="platnost"' in page


@pytest.mark.req("S4-05", "S5-07")
def test_authorised_persons_are_named_and_a_responsible_one_may_ask_for_an_account(contract: Contract):
    alice = a_member(contract.customer, is_responsible=True)
    bob = a_member(contract.customer, "Bob Kučera")

    hers, his = page_for(alice), page_for(bob)

    assert 'Bob Kučera<br><span class="small muted">člen, vidí vlastní požadavky</span>' in hers
    assert ("Požádat o účet" in hers, "Požádat o účet" in his) == (True, False)


def test_person_of_a_company_without_a_contract_reads_whom_to_call():
    an_operator()

    page = page_for(a_member(a_customer(), "Cyril Malý"))

    assert "Vaše firma tu zatím nemá žádnou smlouvu. Zavolejte nám na" in page


@pytest.mark.req("S5-23")
def test_foreign_and_missing_contract_are_the_same_404_for_who_has_an_own_one(contract: Contract):
    cyril = signed_in(a_member(a_contract().customer, "Cyril Malý"))

    answers = [cyril.get(PAGE, {"smlouva": wanted}).status_code for wanted in (contract.pk, 999999, "nic")]

    assert answers == [404, 404, 404]


def test_valid_contract_is_shown_before_a_newer_one_that_has_ended(contract: Contract):
    a_contract(contract.customer, number="2025/9", valid_from=date(2025, 1, 1), valid_until=date(2025, 12, 31))

    assert f'<option value="{contract.pk}" selected>' in page_for(a_member(contract.customer))


def test_staff_are_led_to_the_backoffice(contract: Contract):
    answer = signed_in(a_staff_member()).get(PAGE)

    assert (answer.status_code, answer.url) == (302, "/backoffice/")


def test_page_costs_the_same_number_of_queries_for_one_person_and_for_three(contract: Contract, django_assert_num_queries):
    alice = a_member(contract.customer)
    PriceList.objects.create(valid_from=date(2026, 1, 1), published_at=MONDAY)
    browser = signed_in(alice)
    browser.get(PAGE)
    with django_assert_num_queries(16):  # the price list and its rates among them
        browser.get(PAGE)
    for name in ("Bob Kučera", "Marie Hrubá"):
        a_member(contract.customer, name)
        a_paragraph(contract)
        a_contract(contract.customer)

    with django_assert_num_queries(16):  # the price list and its rates among them
        browser.get(PAGE)


@pytest.mark.req("S3-08", "S4-69", "C01")
def test_page_reads_the_deadlines_of_each_paragraph_in_words(contract: Contract):
    critical = a_paragraph(contract, sla=False, code="čl. 4.1 x)", calendar=a_calendar("", always=True))
    an_sla_line(critical, method="Min", reaction="30", resolution="240", applies_to="wdin")
    an_sla_line(critical, method="NBD-Hod", reaction="2", resolution="8", applies_to="wdout")
    a_paragraph(contract, kind="question", has_sla=False)

    page = page_for(a_member(contract.customer))

    for words in (
        "Reakce do 4 hodin doby poskytování služby, počítá se od podání.",
        "Vyřešení do 16 hodin doby poskytování služby, počítá se od podání.",
        "Podáno v době poskytování (WDIN):</b> Reakce do 30 minut",
        "Podáno mimo dobu poskytování (WDOUT):</b> Reakce do 2 hodin",
        "Jiná doba služby: Denně nepřetržitě",
        'data-label="Lhůty SLA">neběží',
    ):
        assert words in page


@pytest.mark.req("S3-08", "S3-10")
@pytest.mark.parametrize(
    ("now", "words"),
    [
        ("2026-12-22T10:00:00+01:00", 'právě poskytujeme</span><span class="small muted">do <time'),
        ("2026-12-22T10:00:00+01:00", "út 22. 12. 2026 16:30"),
        ("2026-12-23T16:30:00+01:00", 'právě mimo dobu</span><span class="small muted">začneme <time'),
        ("2026-12-23T16:30:00+01:00", "po 28. 12. 2026 08:00"),
        ("2026-12-22T10:00:00+01:00", "Štědrý den: zavřeno"),
    ],
)
def test_page_says_whether_the_contract_is_served_now(contract: Contract, time_machine, now: str, words: str):
    time_machine.move_to(now)

    assert words in page_for(a_member(contract.customer))


@pytest.mark.req("S3-10")
def test_contract_round_the_clock_is_always_served(contract: Contract):
    contract.calendar = a_calendar("", always=True)
    contract.save()

    assert "nepřetržitě, i o víkendech a svátcích" in page_for(a_member(contract.customer))
