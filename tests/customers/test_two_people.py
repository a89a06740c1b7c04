"""The rule of two people for terms: what one person changes alone, what waits, who decides."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from credit.models import LedgerAccount, PrepaidPackage
from credit.services.corrections import Proposal, propose_correction
from credit.services.ledger import account_of
from credit.services.packages import minutes_left
from credit.services.weights import weigh_account, weigh_package
from helpdesk.customers.models import Contract, Operator, PendingChange, UnconfirmedChange
from helpdesk.customers.services.second_person import ChangeRefused, confirm_change, may_alone, refuse_change
from helpdesk.customers.services.weights import weigh_contract, weigh_operator
from tests.builders import MONDAY, a_contract, a_customer, a_staff_member, an_operator, backoffice

pytestmark = pytest.mark.django_db

EMPTY_ROWS = {"TOTAL_FORMS": "0", "INITIAL_FORMS": "0"}


@pytest.fixture(autouse=True)
def operator():
    return an_operator(second_person_above=5000)


@pytest.fixture
def vera():
    return a_staff_member("Věra Nová", group="vedoucí")


@pytest.fixture
def eva():
    return a_staff_member("Eva Malá", group="účtárna")


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def save(user, record, **fields: str):
    """Send the record's own page with these fields changed, and follow to where it leads."""
    client = signed_in(user)
    address = reverse(f"admin:{record._meta.app_label}_{record._meta.model_name}_change", args=[record.pk])
    page = client.get(address)
    form = page.context["adminform"].form
    values = {name: form[name].value() for name in form.fields}
    values = {
        name: "on" if value is True else value for name, value in values.items() if value is not None and value is not False
    }
    for formset in page.context["inline_admin_formsets"]:
        prefix = formset.formset.prefix
        values |= {f"{prefix}-{name}": value for name, value in EMPTY_ROWS.items()}
    answer = client.post(address, values | fields, follow=True)
    errors = (answer.context or {}).get("errors")
    assert not errors, errors
    return answer


# What may be done alone


@pytest.mark.req("S1-18")
def test_amounts_of_a_day_and_a_customer_add_up_whoever_makes_them(vera, eva):
    customer, other = a_customer(), a_customer()

    def alone(amount: str, *, of=customer, by=vera, days: int = 0) -> bool:
        at = MONDAY + timedelta(days=days)
        return may_alone(customer=of, amount=Decimal(amount), what="zkouška", by=backoffice(by), at=at)

    assert [alone("4900"), alone("-99.99", by=eva), alone("0.01"), alone("0")] == [True, True, False, True]
    assert [alone("4900", of=other), alone("4900", days=1), alone("5000", days=2)] == [True, True, False]
    assert UnconfirmedChange.objects.count() == 4


@pytest.mark.req("S1-18")
def test_corrections_of_credit_just_below_the_limit_do_not_pass_one_after_the_other(eva):
    account = account_of(a_customer())

    def corrected(change: str) -> str:
        proposal = Proposal(account=account, change=Decimal(change), reason="Bonus", token=uuid4())
        return propose_correction(proposal=proposal, by=backoffice(eva), at=MONDAY).state

    assert [corrected("4900"), corrected("4900"), corrected("-4900"), corrected("50")] == ["done", "waiting", "waiting", "done"]
    account.refresh_from_db()
    assert account.balance == Decimal("4950.00")


@pytest.mark.parametrize("change", ["amount = 1", "made_on = '2026-03-01'"])
def test_what_was_done_alone_is_never_changed(vera, change):
    may_alone(customer=a_customer(), amount=Decimal(100), what="zkouška", by=backoffice(vera), at=MONDAY)

    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        UnconfirmedChange.objects.update(**{change.partition(" ")[0]: change.rpartition(" ")[2].strip("'")})
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        UnconfirmedChange.objects.all().delete()


# What weighs how much


@pytest.mark.parametrize(
    ("before", "after", "weights"),
    [
        ({"hourly_rate": 1200}, {"hourly_rate": 1200}, {}),
        ({"hourly_rate": 1200}, {"hourly_rate": 1324}, {"hourly_rate": 4960}),
        ({"hourly_rate": 1200}, {"hourly_rate": 1000}, {"hourly_rate": 8000}),
        ({"hourly_rate": 1200}, {"hourly_rate": 0}, {"hourly_rate": 5000}),
        ({"hypercare_rate": 0}, {"hypercare_rate": 1}, {"hypercare_rate": 5000}),
        ({"billing_mode": "credit"}, {"billing_mode": "flat"}, {"billing_mode": 5000}),
        ({"specification_above": 1000}, {"specification_above": 9000}, {"specification_above": 9000}),
        ({"specification_above": 9000}, {"specification_above": 1000}, {}),
        ({"specification_above": None}, {"specification_above": 1000}, {}),
        ({"signed_in_approval_above": 1000}, {"signed_in_approval_above": None}, {"signed_in_approval_above": 5000}),
        ({"note": ""}, {"note": "nic"}, {}),
    ],
)
def test_weight_of_a_change_of_a_contract(before, after, weights):
    old, new = Contract(pk=1, **before), Contract(pk=1, **before | after)

    assert weigh_contract(old, new) == {name: Decimal(weight) for name, weight in weights.items()}


def test_a_new_contract_with_a_rate_of_its_own_weighs_as_much_as_the_limit():
    assert weigh_contract(Contract(), Contract(hourly_rate=Decimal(1))) == {"hourly_rate": Decimal(5000)}
    assert weigh_contract(Contract(), Contract(signed_in_approval_above=Decimal(9000))) == {}


@pytest.mark.parametrize(
    ("price", "minutes", "rate", "weight"),
    [(6000, 600, 1200, 12000), (15000, 600, 1200, 15000), (0, 60, 1200, 1200), (0, 60, 0, 5000), (6000, 60, 0, 6000)],
)
def test_weight_of_a_package_is_its_price_or_what_its_minutes_would_cost(price, minutes, rate, weight):
    contract = a_contract(hourly_rate=Decimal(rate))
    package = PrepaidPackage(contract=contract, minutes=minutes, price=Decimal(price), sold_on=date(2026, 3, 2))

    assert weigh_package(package) == Decimal(weight)


@pytest.mark.parametrize(("before", "after", "weight"), [(0, 4000, 4000), (4000, 9000, 9000), (9000, 100, None)])
def test_weight_of_an_allowed_overdraft_is_what_it_is_to_be(before, after, weight):
    old, new = LedgerAccount(overdraft_limit=Decimal(before)), LedgerAccount(overdraft_limit=Decimal(after))

    assert weigh_account(old, new) == ({"overdraft_limit": Decimal(weight)} if weight else {})


@pytest.mark.parametrize(("after", "weights"), [(5001, {"second_person_above": Decimal(5000)}), (4000, {})])
def test_nobody_raises_the_limit_itself_alone(operator, after, weights):
    assert weigh_operator(operator, Operator(second_person_above=Decimal(after))) == weights


# Waiting and decided, through the pages


@pytest.mark.req("S1-18")
def test_rate_of_a_contract_waits_and_the_rest_of_the_form_is_saved(vera, eva):
    contract = a_contract(hourly_rate=Decimal(1200), note="")

    page = save(vera, contract, hourly_rate="900", note="Sleva domluvena").content.decode()
    contract.refresh_from_db()
    change = PendingChange.objects.get()
    shown = signed_in(vera).get(reverse("admin:customers_contract_change", args=[contract.pk])).content.decode()

    assert (contract.hourly_rate, contract.note) == (Decimal("1200.00"), "Sleva domluvena")
    assert (change.values, change.before, change.amount) == (
        {"hourly_rate": "900.00"},
        {"hourly_rate": "1200.00"},
        Decimal("12000.00"),
    )
    told = "hodinová sazba (Kč bez DPH): 1\u00a0200,00\u00a0Kč → 900,00\u00a0Kč"
    assert f"Čeká na druhou osobu, ostatní je uloženo: {told}. Návrh je váš, potvrdí ho někdo jiný: Eva Malá." in page
    assert f"Čeká na\u00a0druhou osobu (navrhl(a) Věra Nová): {told}." in shown

    with pytest.raises(ChangeRefused, match="někdo jiný"):
        confirm_change(change=change, by=backoffice(vera), at=timezone.now())
    signed_in(eva).post(reverse("admin:customers_pendingchange_confirm", args=[change.pk]))
    contract.refresh_from_db()
    change.refresh_from_db()

    assert (contract.hourly_rate, change.state, change.decided_by) == (Decimal("900.00"), "done", eva)


def test_small_change_of_a_rate_is_saved_at_once(vera):
    contract = a_contract(hourly_rate=Decimal(1200))

    save(vera, contract, hourly_rate="1210")
    contract.refresh_from_db()

    assert (contract.hourly_rate, PendingChange.objects.count()) == (Decimal("1210.00"), 0)


def test_the_same_change_saved_again_waits_once_and_another_takes_its_place(vera):
    contract = a_contract(hourly_rate=Decimal(1200))

    for rate in ("900", "900", "800"):
        save(vera, contract, hourly_rate=rate)

    assert list(PendingChange.objects.order_by("id").values_list("values", "state")) == [
        ({"hourly_rate": "900.00"}, "refused"),
        ({"hourly_rate": "800.00"}, "waiting"),
    ]


def test_change_is_not_confirmed_over_another_that_came_meanwhile(vera, eva):
    contract = a_contract(hourly_rate=Decimal(1200))
    save(vera, contract, hourly_rate="900")
    Contract.objects.filter(pk=contract.pk).update(hourly_rate=1000)

    with pytest.raises(ChangeRefused, match="od návrhu změnil"):
        confirm_change(change=PendingChange.objects.get(), by=backoffice(eva), at=timezone.now())


def test_refused_change_leaves_the_record_and_is_decided_once(vera, eva):
    contract = a_contract(hourly_rate=Decimal(1200))
    save(vera, contract, hourly_rate="900")
    change = PendingChange.objects.get()

    signed_in(eva).post(reverse("admin:customers_pendingchange_refuse", args=[change.pk]))
    contract.refresh_from_db()

    assert contract.hourly_rate == Decimal("1200.00")
    for decide in (confirm_change, refuse_change):
        with pytest.raises(ChangeRefused, match="už někdo rozhodl"):
            decide(change=change, by=backoffice(eva), at=timezone.now())


@pytest.mark.req("S1-18")
def test_overdraft_above_the_limit_waits(vera, eva):
    account = account_of(a_customer())

    save(vera, account, overdraft_limit="6000")
    account.refresh_from_db()
    waiting = account.overdraft_limit
    confirm_change(change=PendingChange.objects.get(), by=backoffice(eva), at=timezone.now())
    account.refresh_from_db()

    assert (waiting, account.overdraft_limit) == (Decimal("0.00"), Decimal("6000.00"))


@pytest.mark.req("D22", "S5-13")
def test_sold_package_above_the_limit_holds_no_minutes_before_it_is_confirmed(vera, eva):
    contract = a_contract(hourly_rate=Decimal(1200))
    sold = {"contract": contract.pk, "minutes": "600", "price": "9000", "sold_on": "2026-03-02"}
    rows = {f"draws-{name}": value for name, value in EMPTY_ROWS.items()}

    signed_in(eva).post(reverse("admin:credit_prepaidpackage_add"), sold | rows)
    before = minutes_left(contract=contract, at=MONDAY)
    confirm_change(change=PendingChange.objects.get(), by=backoffice(vera), at=timezone.now())

    assert (before, minutes_left(contract=contract, at=MONDAY)) == (0, 600)


def test_small_package_holds_its_minutes_at_once_and_the_next_of_the_day_waits(eva):
    contract = a_contract(hourly_rate=Decimal(1200))
    sold = {"contract": contract.pk, "minutes": "240", "price": "0", "sold_on": "2026-03-02"}
    rows = {f"draws-{name}": value for name, value in EMPTY_ROWS.items()}

    for _ in range(2):
        signed_in(eva).post(reverse("admin:credit_prepaidpackage_add"), sold | rows)

    assert minutes_left(contract=contract, at=MONDAY) == 240


def test_limit_itself_is_raised_by_two(vera, eva, operator):
    save(vera, operator, second_person_above="90000")
    operator.refresh_from_db()
    waiting = operator.second_person_above
    confirm_change(change=PendingChange.objects.get(), by=backoffice(eva), at=timezone.now())
    operator.refresh_from_db()

    assert (waiting, operator.second_person_above) == (Decimal("5000.00"), Decimal("90000.00"))


# Whose decision it is


@pytest.mark.parametrize(
    ("who", "says", "button"),
    [
        ("Věra Nová", "Návrh je váš, potvrdí ho někdo jiný: Eva Malá.", False),
        ("Eva Malá", "Rozhodujete vy: potvrďte, nebo zamítněte.", True),
        ("Dana Pokorná", "Rozhoduje vedoucí nebo účtárna.", False),
    ],
)
def test_page_of_a_change_says_whose_decision_it_is(vera, eva, who, says, button):
    people = {str(vera): vera, str(eva): eva, "Dana Pokorná": a_staff_member("Dana Pokorná")}
    save(vera, a_contract(hourly_rate=Decimal(1200)), hourly_rate="900")
    change = PendingChange.objects.get()

    page = signed_in(people[who]).get(reverse("admin:customers_pendingchange_change", args=[change.pk])).content.decode()

    assert says in page
    assert (reverse("admin:customers_pendingchange_confirm", args=[change.pk]) in page) is button


def test_asker_without_a_second_person_reads_whom_to_ask(vera):
    page = save(vera, a_contract(hourly_rate=Decimal(1200)), hourly_rate="900").content.decode()

    assert "nikdo další potvrzovat nesmí. Požádejte správce o\u00a0druhou osobu." in page


@pytest.mark.parametrize("fields", [{"values": {}}, {"amount": 1}, {"state": "done", "decided_at": MONDAY}])
def test_database_keeps_what_was_proposed_and_asks_for_two(vera, fields):
    save(vera, a_contract(hourly_rate=Decimal(1200)), hourly_rate="900")
    if "state" in fields:
        fields = fields | {"decided_by": vera}

    with pytest.raises(IntegrityError), transaction.atomic():
        PendingChange.objects.update(**fields)
