"""The shared cache of the test run: in memory, but what it keeps passes through the product's own serializer."""

from __future__ import annotations

from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.locmem import LocMemCache

from helpdesk.cache import JsonSerializer

serializer = JsonSerializer()


class JsonLocMemCache(LocMemCache):
    """A value that Valkey would not give back as it was fails the test that stores it."""

    def add(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        return super().add(key, serializer.loads(serializer.dumps(value)), timeout, version)

    def set(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        super().set(key, serializer.loads(serializer.dumps(value)), timeout, version)
