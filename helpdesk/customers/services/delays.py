"""Growing delays after failed sign-ins, counted per identifier and network; nobody is ever locked out for good."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network

from django.db import transaction

from helpdesk.customers.models import SignInDelay

LONGEST_DELAY_SECONDS = 60
FORGET_AFTER = timedelta(hours=1)
FREE_TRIES_OF_A_NETWORK = 30
ANY_IDENTIFIER = ""


@transaction.atomic
def take_attempt(*, identifier: str, ip: str | None, at: datetime) -> bool:
    """Count an attempt before it is made, so that simultaneous guesses cannot pass together.

    identifier  as typed; what nobody has is counted like what somebody has
    returns     False when the attempt must not be made: it came before the delay was over
    source      D20, S2-03: the first try is free, then 1, 2, 4 … 60 s; a network as a whole after 30 tries
    """
    network = _network(ip)
    whole, one = _key(ANY_IDENTIFIER, network), _key(identifier, network)
    new = [SignInDelay(key=key, blocked_until=at, updated_at=at) for key in (whole, one)]
    SignInDelay.objects.bulk_create(new, ignore_conflicts=True)
    rows = {row.key: row for row in SignInDelay.objects.select_for_update().filter(key__in=[whole, one]).order_by("key")}
    return _take(rows[whole], FREE_TRIES_OF_A_NETWORK, at) and _take(rows[one], 1, at)


@transaction.atomic
def forgive_attempt(*, identifier: str, ip: str | None) -> None:
    """The attempt was right: its identifier starts anew, its network gets back just this one attempt.

    A network is not forgiven everything, else one own account would pay for guesses at others'. The wait that the attempt
    itself began ends, else after thirty typing mistakes each right sign-in would hold up a whole office.
    """
    network = _network(ip)
    SignInDelay.objects.filter(key=_key(identifier, network)).delete()
    whole = SignInDelay.objects.select_for_update().filter(key=_key(ANY_IDENTIFIER, network), failures__gt=0).first()
    if whole:
        whole.failures -= 1
        whole.blocked_until = whole.updated_at  # no wait was running when the attempt was let through
        whole.save(update_fields=["failures", "blocked_until"])


def forget_old_delays(*, at: datetime) -> int:
    """Delete delays that no longer matter; returns how many."""
    return SignInDelay.objects.filter(updated_at__lt=at - FORGET_AFTER).delete()[0]


def _take(row: SignInDelay, free_tries: int, at: datetime) -> bool:
    if row.blocked_until > at:
        return False
    row.failures = 1 if row.updated_at < at - FORGET_AFTER else row.failures + 1
    row.blocked_until = at + timedelta(seconds=_delay_seconds(row.failures - free_tries))
    row.updated_at = at
    row.save()
    return True


def _delay_seconds(excess: int) -> int:
    """0, then 1, 2, 4 … seconds for tries beyond the free ones."""
    return 0 if excess < 1 else min(2 ** min(excess - 1, 10), LONGEST_DELAY_SECONDS)


def _network(ip: str | None) -> str:
    """The network of one connection: /24 of IPv4, /64 of IPv6; whoever has one address there has the others."""
    if not ip:
        return ""
    address = ip_address(ip)
    return str(ip_network(f"{address}/{24 if address.version == 4 else 64}", strict=False))


def _key(identifier: str, network: str) -> str:
    return hashlib.sha256(f"{''.join(identifier.split()).lower()}|{network}".encode()).hexdigest()
