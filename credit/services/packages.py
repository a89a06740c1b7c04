"""Drawing minutes from prepaid packages."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from credit.models import PackageDraw, PrepaidPackage
from helpdesk.customers.models import Contract
from helpdesk.errors import DomainError


class PackageSpent(DomainError):
    """The packages hold fewer minutes than asked."""


def minutes_left(*, contract: Contract, at: datetime) -> int:
    """Minutes that the contract's valid packages still hold on the day of `at`."""
    return sum(left for _, left in PrepaidPackage.objects.filter(contract=contract).left_on(timezone.localdate(at)))


@transaction.atomic
def draw_minutes(*, contract: Contract, minutes: int, key: str, text: str, at: datetime) -> list[PackageDraw]:
    """Take minutes from the contract's packages, those that end first first.

    key      identity of the cause; drawn again it changes nothing
    returns  the draws, one per package
    raises   PackageSpent
    source   S5-13, D22
    """
    packages = PrepaidPackage.objects.filter(contract=contract)
    list(packages.select_for_update(no_key=True).order_by("id"))
    if drawn := list(PackageDraw.objects.filter(package__contract=contract, key__startswith=f"{key}:")):
        return drawn
    draws = []
    for package, left in packages.left_on(timezone.localdate(at)):
        taken = min(minutes, left)
        if taken:
            draw = {"package_id": package, "key": f"{key}:{package}", "minutes": taken, "drawn_at": at, "memo": text[:300]}
            draws.append(PackageDraw.objects.create(**draw))
        minutes -= taken
    if minutes:
        raise PackageSpent("Předplacený balík tolik minut nemá. Načtěte stránku znovu a práci znovu oceňte.")
    return draws


@transaction.atomic
def give_back_minutes(*, contract: Contract, key: str, reason: str, at: datetime) -> None:
    """Return what was drawn for a cause, once."""
    list(PrepaidPackage.objects.filter(contract=contract).select_for_update(no_key=True).order_by("id"))
    drawn = PackageDraw.objects.filter(package__contract=contract, key__startswith=f"{key}:")
    for draw in drawn.filter(minutes__gt=0):
        PackageDraw.objects.get_or_create(
            key=f"{draw.key}:back",
            defaults={"package_id": draw.package_id, "minutes": -draw.minutes, "drawn_at": at, "memo": reason[:300]},
        )


def drawn_minutes(*, contract: Contract) -> int:
    """Minutes that were ever drawn and not returned."""
    return PackageDraw.objects.filter(package__contract=contract).aggregate(total=Sum("minutes"))["total"] or 0
