"""Who else is just writing into a request; kept in the cache for half a minute, never in the database."""

from __future__ import annotations

from datetime import datetime

from django.core.cache import cache

from helpdesk.customers.models import User

REMEMBERED_SECONDS = 30


def others_writing(number: int, user: User, *, writes: bool, at: datetime) -> list[str]:
    """Names of colleagues who typed in the last half a minute; `writes` adds this person to what the others see.

    Two who type in the same instant may overwrite each other's mark; the next keystroke writes it again.
    """
    key = f"desk:writing:{number}"
    now = at.timestamp()
    remembered: list[tuple[int, str, float]] = cache.get(key, [])
    others = [[pk, name, since] for pk, name, since in remembered if now - since < REMEMBERED_SECONDS and pk != user.pk]
    if writes:
        cache.set(key, [*others, [user.pk, str(user), now]], REMEMBERED_SECONDS)
    return [str(name) for _, name, _ in others]
