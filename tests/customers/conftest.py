"""The person who signs in."""

import pytest

from helpdesk.customers.models import User
from tests.builders import a_customer, a_member
from tests.customers.signing_in import PASSWORD


@pytest.fixture
def alice() -> User:
    """The main account of her company."""
    customer = a_customer(ico="27463249")
    user = a_member(customer, username="alice.dvorakova", email="alice@firma.example", password=PASSWORD)
    customer.main_account = user
    customer.save()
    return user
