"""Letters about credit."""

from __future__ import annotations

import re
from decimal import Decimal

from django.conf import settings
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse

from credit.models import LedgerAccount, LedgerTransfer
from helpdesk.customers.models import Membership, Operator
from helpdesk.mail.services import queue, thread_id

READERS = Q(is_approver=True) | Q(is_accountant=True) | Q(is_manager=True)


def low_credit(*, account: LedgerAccount, transfer: LedgerTransfer, threshold: Decimal) -> None:
    """The balance fell below a threshold: to all who care for the company's credit, once for this crossing."""
    people = Membership.objects.active().filter(READERS, customer=account.customer_id).exclude(user__email="")
    addresses = list(people.order_by("user_id").values_list("user__email", flat=True))
    if not addresses:
        return
    context = {
        "account": account,
        "transfer": transfer,
        "threshold": threshold,
        "operator": Operator.objects.first(),
        "link": f"{settings.HELPDESK_URL}{reverse('tickets:credit')}?firma={account.customer_id}",
    }
    rendered = render_to_string("email/credit/low_credit.txt", context)
    subject, _, text = re.sub(r"\n{3,}", "\n\n", rendered).partition("\n")
    for address in dict.fromkeys(address.lower() for address in addresses):
        queue(
            key=f"credit:{transfer.pk}:{threshold:f}",
            kind="low_credit",
            to=address,
            subject=subject,
            text=text.strip() + "\n",
            at=transfer.created_at,
            thread=thread_id(f"credit-{account.pk}"),
        )
