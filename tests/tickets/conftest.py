"""People that tests of letters and sweeps know by name; and the ledger is sound after each test."""

from __future__ import annotations

import pytest

from tests.builders import a_customer, a_member, a_staff_member
from tests.credit.sound import sound_ledger

__all__ = ["sound_ledger"]


@pytest.fixture
def customer():
    return a_customer(name="Hanácké strojírny s.r.o.")


@pytest.fixture
def alice(customer):
    return a_member(customer, email="alice@example.cz")


@pytest.fixture
def dana():
    return a_staff_member(email="dana@severka.example")


@pytest.fixture
def petr():
    return a_staff_member("Petr Vaníček", group="řešitel", email="petr@severka.example")
