"""The fixture that looks whether a test left the ledger sound; tests that break it on purpose are marked `broken_ledger`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection


def differing() -> list[tuple[object, ...]]:
    """What the views of drift and of broken chains find."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 'drift', account_id FROM credit_drift UNION ALL SELECT 'chain', transfer_id FROM credit_broken_chain"
        )
        return cursor.fetchall()


@pytest.fixture(autouse=True)
def sound_ledger(request: pytest.FixtureRequest) -> Iterator[None]:
    """Autouse wherever a conftest or a module of tests that move money imports it."""
    if request.node.get_closest_marker("django_db") is None or request.node.get_closest_marker("broken_ledger"):
        yield
        return
    request.getfixturevalue("_django_db_helper")
    yield
    assert differing() == []
