"""„Dokdy vystačí kredit“: a pure estimate from what was consumed lately."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

WINDOW_DAYS = 90  # long enough for a quiet month, short enough to notice a busy one
HORIZON_DAYS = 3 * 365  # beyond this a date would only look precise


def runs_out_on(*, today: date, credit: Decimal, consumed: Decimal, days: int = WINDOW_DAYS) -> date | None:
    """The last day that the credit pays for when consumption goes on as it did.

    credit    unreserved, CZK without VAT
    consumed  what work took in the last `days` days, positive
    returns   today when nothing is left; None when nothing was consumed or the day lies beyond the horizon
    source    feature „Dokdy vystačí kredit“ of S1-18
    """
    if credit <= 0:
        return today
    if consumed <= 0:
        return None
    lasts = int(credit * days / consumed)
    return today + timedelta(days=lasts) if lasts <= HORIZON_DAYS else None
