"""The people and the contract that all use cases start with."""

from __future__ import annotations

from typing import Any

import pytest

from helpdesk.customers.models import ContractParagraph, User
from tests.builders import a_contract, a_customer, a_member, a_paragraph, a_request_type, a_staff_member, an_operator
from tests.flows.doors import PASSWORD


@pytest.fixture(autouse=True)
def no_second_factor(settings: Any) -> None:
    settings.STAFF_MFA_REQUIRED = False


@pytest.fixture
def paragraph() -> ContractParagraph:
    """„Závažná vada“ of the only contract of Hanácké strojírny."""
    an_operator()
    a_request_type(name="Oprava závady", position=0, asks_asset=False)
    company = a_customer(name="Hanácké strojírny s.r.o.", ico="27463249")
    return a_paragraph(a_contract(company, number="2024/118"), code="čl. 4.1 b)", title="Závažná vada")


@pytest.fixture
def alice(paragraph: ContractParagraph) -> User:
    return a_member(paragraph.contract.customer, username="alice", email="alice@hanacke.example", password=PASSWORD)


@pytest.fixture
def dana() -> User:
    return a_staff_member("Dana Pokorná", username="dana", email="dana@severka.example", password=PASSWORD)


@pytest.fixture
def petr() -> User:
    return a_staff_member("Petr Vaníček", group="řešitel", username="petr", email="petr@severka.example", password=PASSWORD)


@pytest.fixture
def vaclav() -> User:
    return a_staff_member("Václav Horák", group="vedoucí", username="vaclav", email="vaclav@severka.example", password=PASSWORD)
