"""„Na co mám nárok“ with what is left: credit, prepaid minutes and free phone minutes.

The page itself belongs to contracts; what was drawn is known here, above work and credit.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.db import connection
from django.http import HttpResponse
from django.utils import timezone

from credit.models import Activity, PriceList, Role
from helpdesk.customers.http import SignedInRequest, portal_page
from helpdesk.customers.models import Contract, ContractParagraph
from helpdesk.customers.views.entitlements import Figures, Left, entitlements_page
from helpdesk.formats import day, duration, money
from sla.calendars import PRAGUE
from tickets.services.price_regime import Tariff, price_regime, replaced_on_of, surcharges_of

# The same rules as PrepaidPackage.left_on and the free minutes of a month, in one statement for one more tile each.
LEFT = """
SELECT (SELECT balance - held FROM credit_ledgeraccount WHERE customer_id = %(customer)s),
       (SELECT sum(p.minutes - coalesce((SELECT sum(d.minutes) FROM credit_packagedraw d WHERE d.package_id = p.id), 0))
          FROM credit_prepaidpackage p
         WHERE p.contract_id = %(contract)s AND p.sold_on <= %(today)s
           AND (p.valid_until IS NULL OR p.valid_until >= %(today)s)),
       CASE WHEN %(free)s > 0 THEN
       (SELECT coalesce(sum(w.free_minutes), 0)
          FROM tickets_workentry w JOIN tickets_ticket t ON t.id = w.ticket_id
         WHERE t.contract_id = %(contract)s AND w.finished_at >= %(first)s AND w.finished_at < %(following)s
           AND w.free_minutes > 0 AND w.reverses_id IS NULL
           AND NOT EXISTS (SELECT FROM tickets_workentry r WHERE r.reverses_id = w.id)) END
"""


@dataclass(frozen=True)
class Prices:
    """What the part „Ceny“ shows; rates are CZK an hour without VAT, None where nothing is agreed.

    surcharges   in words; the price list as rows of activities, each role with its rate or None
    is_own       the contract agrees an hour itself: of the price list only the surcharges hold for it
    replaced_on  when the next published list takes over
    """

    rate: Decimal | None
    above_rate: Decimal | None
    surcharges: list[str]
    listed: PriceList | None
    replaced_on: date | None
    roles: list[str]
    rows: list[tuple[str, list[tuple[str, Decimal | None]]]]

    @property
    def is_own(self) -> bool:
        return self.rate is not None


@portal_page
def entitlements(request: SignedInRequest) -> HttpResponse:
    """One contract in words, what it still holds and what its work costs.

    source  S3-01, S3-09, S5-12, S5-13, S5-14
    """
    reads = {one.customer_id for one in request.user.active_memberships if one.reads_credit}
    now = timezone.now()

    def figures_of(contract: Contract, paragraphs: list[ContractParagraph]) -> Figures:
        held = _held(contract, timezone.localdate(now))
        tariff = Tariff(contract, now)
        tariff.package_minutes, tariff.free_minutes = held.package or 0, held.free or 0
        regimes = {paragraph.pk: price_regime(paragraph, None, at=now, tariff=tariff).text for paragraph in paragraphs}
        left = left_of(contract, held, reads_credit=contract.customer_id in reads, today=timezone.localdate(now))
        return Figures(left=left, prices=prices_of(contract, tariff.prices), regimes=regimes)

    return entitlements_page(request, figures_of)


def prices_of(contract: Contract, listed: PriceList | None) -> Prices:
    """The agreed rates and the price list of the day.

    listed  read by `with_replacement`
    source  S3-01, S4-73, S5-14
    """
    rates = {(rate.activity, rate.role): rate.hourly_rate for rate in listed.rates.all()} if listed else {}
    roles: list[Role] = [role for role in Role if any(role == key[1] for key in rates)]
    rows = [
        (str(activity.label), [(_heading(role, roles), _rate(rates, activity, role)) for role in roles])
        for activity in Activity.priced()
        if any(activity == key[0] for key in rates)
    ]
    return Prices(
        rate=contract.hourly_rate or None,
        above_rate=contract.hypercare_rate or None,
        surcharges=surcharges_of(listed),
        listed=listed,
        replaced_on=replaced_on_of(listed),
        roles=[_heading(role, roles) for role in roles],
        rows=rows,
    )


def _heading(role: Role, roles: list[Role]) -> str:
    """A list that tells nobody apart has one column of rates."""
    return "sazba" if roles == [Role.ANY] else str(role.label)


def _rate(rates: dict[tuple[str, str], Decimal], activity: str, role: str) -> Decimal | None:
    """For the role, else for anybody: what `PriceList.rate` answers."""
    return rates.get((activity, role), rates.get((activity, Role.ANY)))


@dataclass(frozen=True)
class Held:
    """What a contract holds on a day: unreserved credit, prepaid minutes and free phone minutes; None where it has no such."""

    credit: Decimal | None
    package: int | None
    free: int | None


def _held(contract: Contract, today: date) -> Held:
    first = today.replace(day=1)
    values: dict[str, int | date | datetime] = {
        "customer": contract.customer_id,
        "contract": contract.pk,
        "today": today,
        "free": contract.phone_minutes,
        "first": datetime.combine(first, time.min, tzinfo=PRAGUE),
        "following": datetime.combine(_next_month(today), time.min, tzinfo=PRAGUE),
    }
    with connection.cursor() as cursor:
        cursor.execute(LEFT, values)
        credit, package, used = cursor.fetchone()
    return Held(
        credit=credit,
        package=None if package is None else max(0, package),
        free=None if used is None else max(0, contract.phone_minutes - used),
    )


def left_of(contract: Contract, held: Held, *, reads_credit: bool, today: date) -> list[Left]:
    """The tiles of what is left, only those that the contract has.

    reads_credit  whether the person may know the company's balance
    """
    left = []
    if held.credit is not None and reads_credit:
        left.append(Left("Volný kredit", money(held.credit), "bez rezervací, bez\u00a0DPH", "tickets:credit"))
    if held.package is not None:
        left.append(Left("Zbývá z\u00a0předplaceného balíku", duration(held.package), "konzultací a\u00a0práce"))
    if held.free is not None:
        until = day(_next_month(today) - timedelta(days=1))
        note = f"z\u00a0{duration(contract.phone_minutes)} do\u00a0{until}"
        left.append(Left("Zbývá telefonických konzultací zdarma", duration(held.free), note))
    return left


def _next_month(today: date) -> date:
    return (today.replace(day=1) + timedelta(days=31)).replace(day=1)
