"""The demo's price list, top-ups and prepaid packages."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from credit.models import LedgerAccount, PrepaidPackage, PriceList, PriceRate
from credit.services.ledger import top_up
from credit.services.prices import publish_price_list
from helpdesk.customers.actor import SYSTEM
from helpdesk.customers.models import Contract, Customer
from tickets.demo.content import moment, read


def make_credit(*, now: datetime) -> None:
    """What was prepaid before the stories begin, and the prices by which their work is priced."""
    data = read("credit")
    _make_price_list(data["price_list"], now)
    customers = {entry["key"]: entry["ico"] for entry in read("customers")["customer"]}
    for number, entry in enumerate(data["top_up"], start=1):
        top_up(
            customer=Customer.objects.get(ico=customers[entry["customer"]]),
            amount=Decimal(entry["amount"]),
            source=LedgerAccount.Kind.BANK,
            key=f"bank:demo:{number}",
            text=entry["text"],
            at=moment(entry["at"], now),
            by=SYSTEM,
        )
    for entry in data["package"]:
        PrepaidPackage.objects.create(
            contract=Contract.objects.get(number=entry["contract"]),
            minutes=entry["minutes"],
            price=Decimal(entry["price"]),
            sold_on=moment(entry["sold"], now).date(),
        )


def _make_price_list(entry: dict[str, Any], now: datetime) -> None:
    fields = {name: value for name, value in entry.items() if name != "rates"}
    prices = PriceList.objects.create(**fields)
    PriceRate.objects.bulk_create(PriceRate(price_list=prices, **rate) for rate in entry["rates"])
    publish_price_list(price_list=prices, by=SYSTEM, at=now)
