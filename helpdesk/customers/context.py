"""What every page of the portal shows around its content: the operator, the person's companies, who acts for whom.

A page costs no query for it beyond session, user and memberships.
"""

from __future__ import annotations

from typing import Any

from django.core.cache import caches
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from helpdesk.customers.models import Membership, Operator, User

OPERATOR = "operator"
OPERATOR_SECONDS = 30  # an edit in the backoffice reaches all pages within this time


def current_operator() -> Operator | None:
    """The operator, remembered in this process for half a minute."""
    remembered = caches["process"]
    if OPERATOR not in remembered:
        remembered.set(OPERATOR, Operator.objects.first(), OPERATOR_SECONDS)
    return remembered.get(OPERATOR)


def remembered_operator() -> Operator | None:
    """The operator if this process knows it; never asks the database, which may be what failed."""
    return caches["process"].get(OPERATOR)


def portal(request: HttpRequest) -> dict[str, Any]:
    """Context processor of all pages.

    operator      asked for only where it is shown, which the backoffice does not do
    memberships   of the signed-in person, [] for staff and strangers
    reads_credit  whether the page of credit is theirs to open
    company_id    the company chosen in the address (`?firma=`) if it is one of theirs (D24)
    impersonator  the member of staff who is signed in as this customer
    """
    user = getattr(request, "user", None)
    memberships = user.active_memberships if user and user.is_authenticated and not user.is_staff else []
    return {
        "operator": SimpleLazyObject(current_operator),
        "memberships": memberships,
        "reads_credit": any(one.reads_credit for one in memberships),
        "company_id": chosen_company(request, memberships),
        "impersonator": _impersonator(request),
    }


def chosen_company(request: HttpRequest, memberships: list[Membership]) -> int | None:
    """The customer named by `?firma=`; None when absent or not one of the person's companies."""
    wanted = request.GET.get("firma", "")
    return next((one.customer_id for one in memberships if str(one.customer_id) == wanted), None)


def _impersonator(request: HttpRequest) -> User | None:
    if hasattr(request, "impersonator"):
        return request.impersonator  # the middleware has read and checked it
    history = request.session.get("hijack_history") if hasattr(request, "session") else None
    return User.objects.filter(pk=history[-1]).first() if history else None
