"""Versions of the price list."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from credit.models import PriceList, PriceRate
from helpdesk.customers.actor import Actor
from helpdesk.errors import DomainError


class PriceListRefused(DomainError):
    """The price list cannot be published as it is."""


@transaction.atomic
def draft_price_list(*, valid_from: date) -> PriceList:
    """A draft with the rates and surcharges of the newest published list."""
    newest = PriceList.objects.published().order_by("-valid_from").first()
    draft = PriceList.objects.create(
        valid_from=valid_from,
        express_percent=newest.express_percent if newest else 0,
        outside_percent=newest.outside_percent if newest else 0,
    )
    if newest:
        PriceRate.objects.bulk_create(
            PriceRate(price_list=draft, activity=rate.activity, role=rate.role, hourly_rate=rate.hourly_rate)
            for rate in newest.rates.all()
        )
    return draft


@transaction.atomic
def publish_price_list(*, price_list: PriceList, by: Actor, at: datetime) -> PriceList:
    """From now on the list is immutable and prices work from its day on; work done before keeps its price.

    raises  PriceListRefused
    """
    price_list = PriceList.objects.select_for_update().get(pk=price_list.pk)
    if price_list.published_at:
        raise PriceListRefused("Ceník už je zveřejněný.")
    if not price_list.rates.exists():
        raise PriceListRefused("Ceník nemá žádnou sazbu. Doplňte aspoň jednu.")
    if PriceList.objects.published().filter(valid_from=price_list.valid_from).exists():
        raise PriceListRefused("Od tohoto dne už jeden zveřejněný ceník platí. Zvolte jiný den.")
    price_list.published_at, price_list.published_by = at, by.user
    price_list.save(update_fields=["published_at", "published_by"])
    return price_list
