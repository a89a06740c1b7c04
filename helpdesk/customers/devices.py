"""Devices from which a person has signed in before: a signed cookie that tells the owner from whoever guesses next door.

It opens nothing. Attempts from a known device have a count of their own, so that guesses from elsewhere never make its owner
wait.
"""

from __future__ import annotations

import secrets
from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from helpdesk.customers.models import User

COOKIE = "__Host-device" if settings.HTTPS else "device"
SALT = "helpdesk.customers.devices"
REMEMBERED_FOR = timedelta(days=180)


def known_device(request: HttpRequest, user: User | None) -> str:
    """Identity of the device when this person has completed a sign-in on it, else ""."""
    if user is None:
        return ""
    try:
        content = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=REMEMBERED_FOR)
    except signing.BadSignature:
        return ""
    return str(content["device"]) if content.get("user") == user.pk else ""


def has_device(request: HttpRequest) -> bool:
    """Whether it is worth looking for the person at all."""
    return COOKIE in request.COOKIES


def remember_device(request: HttpRequest, response: HttpResponse, user: User) -> None:
    """After a complete sign-in, the second factor included."""
    device = known_device(request, user) or f"device:{secrets.token_urlsafe(16)}"
    value = signing.dumps({"user": user.pk, "device": device}, salt=SALT)
    response.set_cookie(
        COOKIE,
        value,
        max_age=REMEMBERED_FOR,
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )
