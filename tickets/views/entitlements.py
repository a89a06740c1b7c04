"""„Na co mám nárok“ with what is left: credit, prepaid minutes and free phone minutes.

The page itself belongs to contracts; what was drawn is known here, above work and credit.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django.db import connection
from django.http import HttpResponse
from django.utils import timezone

from helpdesk.customers.http import SignedInRequest, portal_page
from helpdesk.customers.models import Contract
from helpdesk.customers.views.entitlements import Left, entitlements_page
from helpdesk.formats import day, duration, money
from sla.calendars import PRAGUE

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


@portal_page
def entitlements(request: SignedInRequest) -> HttpResponse:
    """One contract in words, and what it still holds.

    source  S3-01, S3-09, S5-12, S5-13
    """
    reads = {one.customer_id for one in request.user.active_memberships if one.reads_credit}
    return entitlements_page(
        request, lambda contract: left_of(contract, reads_credit=contract.customer_id in reads, today=timezone.localdate())
    )


def left_of(contract: Contract, *, reads_credit: bool, today: date) -> list[Left]:
    """The tiles of what is left, only those that the contract has.

    reads_credit  whether the person may know the company's balance
    """
    first = today.replace(day=1)
    following = (first + timedelta(days=31)).replace(day=1)
    values: dict[str, int | date | datetime] = {
        "customer": contract.customer_id,
        "contract": contract.pk,
        "today": today,
        "free": contract.free_phone_minutes,
        "first": datetime.combine(first, time.min, tzinfo=PRAGUE),
        "following": datetime.combine(following, time.min, tzinfo=PRAGUE),
    }
    with connection.cursor() as cursor:
        cursor.execute(LEFT, values)
        credit, package, used = cursor.fetchone()
    left = []
    if credit is not None and reads_credit:
        left.append(Left("Volný kredit", money(credit), "bez rezervací, bez\u00a0DPH", "tickets:credit"))
    if package is not None:
        left.append(Left("Zbývá z\u00a0předplaceného balíku", duration(max(0, package)), "konzultací a\u00a0práce"))
    if used is not None:
        rest = max(0, contract.free_phone_minutes - used)
        until = day(following - timedelta(days=1))
        note = f"z\u00a0{duration(contract.free_phone_minutes)} do\u00a0{until}"
        left.append(Left("Zbývá telefonických konzultací zdarma", duration(rest), note))
    return left
