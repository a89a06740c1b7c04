"""Who does an act: passed to every service as `by`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from helpdesk.customers.channels import Channel

if TYPE_CHECKING:
    from django.http import HttpRequest

    from helpdesk.customers.models import User


@dataclass(frozen=True, kw_only=True)
class Actor:
    """A person (or the system itself) acting through a channel.

    user    None for the system and for integrated systems
    ip      address of the client as text, None where there is none (sweeps, mail)
    source  S4-01
    """

    user: User | None = None
    channel: Channel = Channel.SYSTEM
    ip: str | None = None

    @classmethod
    def portal(cls, request: HttpRequest) -> Actor:
        return cls(user=_person(request), channel=Channel.PORTAL, ip=request.META.get("REMOTE_ADDR"))

    @classmethod
    def backoffice(cls, request: HttpRequest) -> Actor:
        return cls(user=_person(request), channel=Channel.BACKOFFICE, ip=request.META.get("REMOTE_ADDR"))

    @property
    def person(self) -> User:
        """The user of an act that only a person does; asking the system for one is a bug."""
        if self.user is None:
            raise ValueError("This act needs a person.")
        return self.user

    @property
    def is_staff(self) -> bool:
        return bool(self.user and self.user.is_staff)


SYSTEM = Actor()


def _person(request: HttpRequest) -> User | None:
    return request.user if request.user.is_authenticated else None
