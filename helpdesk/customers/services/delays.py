"""Growing delays after failed sign-ins, counted per name and place; nobody is ever locked out, however others behave.

A place is a device that the person has signed in from before, else the network. Whoever guesses from the same network
delays what was guessed there, never a name that did not fail, and never the owner on a known device.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from math import ceil

from django.db import transaction

from helpdesk.customers.models import SignInDelay
from helpdesk.errors import DomainError
from helpdesk.ip import network_of

LONGEST_DELAY_SECONDS = 60
FORGET_AFTER = timedelta(hours=1)
BUSY_NETWORK_FAILURES = 30
BUSY_NETWORK_DOUBLINGS = 3  # the first wait after a failure in such a network is 8 s
ANY_IDENTIFIER = ""


class AttemptTooSoon(DomainError):
    """The attempt came before its delay was over; it is not made and counts for nothing.

    wait_seconds  whole seconds until the next one, at least 1
    """

    def __init__(self, wait_seconds: int) -> None:
        self.wait_seconds = wait_seconds
        super().__init__(f"Na\u00a0další pokus prosím počkejte {wait_seconds}\u00a0s.")


@transaction.atomic
def take_attempt(*, identifier: str, ip: str | None, at: datetime, device: str = "", free_tries: int = 1) -> int:
    """Count an attempt before it is made, so that simultaneous guesses cannot pass together.

    identifier  as typed; what nobody has is counted like what somebody has
    device      of `devices.known_device`; "" counts the network
    free_tries  attempts without a wait
    returns     how many attempts of that name from that place stand now, this one included
    raises      AttemptTooSoon
    source      D20, S2-03: after the free tries 1, 2, 4 … 60 s; in a network with many failures 8 s after the first of a name
    """
    network = "" if device else network_of(ip)
    keys = [_key(identifier, device or network)]
    if network:
        keys.append(_key(ANY_IDENTIFIER, network))
    new = [SignInDelay(key=key, blocked_until=at, updated_at=at) for key in keys]
    SignInDelay.objects.bulk_create(new, ignore_conflicts=True)
    rows = {row.key: row for row in SignInDelay.objects.select_for_update().filter(key__in=keys).order_by("key")}
    own, whole = rows[keys[0]], rows[keys[1]] if network else None
    if own.blocked_until > at:
        raise AttemptTooSoon(ceil((own.blocked_until - at).total_seconds()))
    excess = _count(own, at) - free_tries
    if whole and _count(whole, at) > BUSY_NETWORK_FAILURES:
        excess = max(excess, 0) + 1 + BUSY_NETWORK_DOUBLINGS
    own.blocked_until = at + timedelta(seconds=_delay_seconds(excess))
    for row in rows.values():
        row.save()
    return own.failures


@transaction.atomic
def forgive_attempt(*, identifier: str, ip: str | None, device: str = "") -> None:
    """The attempt was right: its name starts anew, the network gets back just this one attempt.

    A network is not forgiven everything, else one own account would pay for guesses at others'.
    """
    network = "" if device else network_of(ip)
    SignInDelay.objects.filter(key=_key(identifier, device or network)).delete()
    whole = SignInDelay.objects.select_for_update().filter(key=_key(ANY_IDENTIFIER, network), failures__gt=0)
    if network and (row := whole.first()):
        row.failures -= 1
        row.save(update_fields=["failures"])


def forget_old_delays(*, at: datetime) -> int:
    """Delete delays that no longer matter; returns how many."""
    return SignInDelay.objects.filter(updated_at__lt=at - FORGET_AFTER).delete()[0]


def _count(row: SignInDelay, at: datetime) -> int:
    """One more attempt; after a quiet hour the count begins anew."""
    row.failures = 1 if row.updated_at < at - FORGET_AFTER else row.failures + 1
    row.updated_at = at
    return row.failures


def _delay_seconds(excess: int) -> int:
    """0, then 1, 2, 4 … seconds for tries beyond the free ones."""
    return 0 if excess < 1 else min(2 ** min(excess - 1, 10), LONGEST_DELAY_SECONDS)


def _key(identifier: str, place: str) -> str:
    return hashlib.sha256(f"{''.join(identifier.split()).lower()}|{place}".encode()).hexdigest()
