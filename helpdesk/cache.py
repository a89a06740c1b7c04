"""What the shared cache holds: JSON and bytes, never pickles: whoever writes to Valkey must not run code in our processes."""

from __future__ import annotations

import json
from typing import Any

BYTES, TEXT = b"b", b"j"


class JsonSerializer:
    """For Django's RedisCache; refuses what would come back as something else, such as tuples and dates."""

    def dumps(self, value: Any) -> int | bytes:
        """Whole numbers stay as they are, because Valkey itself counts them up.

        raises  TypeError
        """
        if type(value) is int:
            return value
        if isinstance(value, bytes):
            return BYTES + value
        written = json.dumps(value)
        if json.loads(written) != value:
            raise TypeError(f"{type(value).__name__} would not come back from the cache as it was.")
        return TEXT + written.encode()

    def loads(self, stored: int | bytes) -> Any:
        """raises  ValueError - for what this class did not write, such as a pickle"""
        if isinstance(stored, int):
            return stored
        if stored[:1] == BYTES:
            return stored[1:]
        return json.loads(stored[1:]) if stored[:1] == TEXT else int(stored)
