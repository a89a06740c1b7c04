"""Numbers that no row has, in every address and query: 5,000 digits, beyond a bigint, digits of other scripts.

Python refuses to read more than 4,300 digits, PostgreSQL more than 19, and „²“ is a digit that is no number: each broke a page.
"""

from __future__ import annotations

import traceback
from collections import defaultdict
from collections.abc import Iterator
from itertools import cycle
from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client
from django.utils.datastructures import MultiValueDict

from tests.test_access import ADDRESSES, World, path_of, shared_world, world  # noqa: F401 - fixtures of the walk
from tickets.admin.acts import ACTS

LONG = "9" * 5000
OTHERS = ("9" * 19, str(2**63 - 1), "²", "٣")  # each place gets one of them in turn: all of them everywhere take minutes
TURNS = {"5000 digits": [LONG], "others": OTHERS}
ACTS_OF_PAGES = ("account_logout", "admin:logout", "hijack:acquire", "hijack:release")  # the walk would be signed out


@pytest.fixture
def asked_for(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The names that were looked up in queries and forms since it was emptied."""
    names: set[str] = set()
    for method in ("__getitem__", "__contains__", "getlist"):
        original = getattr(QueryDict, method, None) or getattr(MultiValueDict, method)

        def recorded(self: QueryDict, key: Any, *args: Any, original: Any = original) -> Any:
            names.add(key)
            return original(self, key, *args)

        monkeypatch.setattr(QueryDict, method, recorded, raising=False)
    return names


def failures(answers: Iterator[tuple[str, Any]]) -> dict[str, list[str]]:
    """Where the answer is a failure of ours, by its kind."""
    wrong = defaultdict(list)
    for where, act in answers:
        try:
            status = act().status_code
        except Exception as error:
            place = traceback.extract_tb(error.__traceback__)[-1]
            wrong[f"{type(error).__name__} in {place.filename}:{place.lineno}: {str(error)[:80]}"].append(where)
        else:
            if status >= 500 and status != 503:
                wrong[str(status)].append(where)
    return dict(wrong)


def _pages(world: World) -> Iterator[tuple[str, Client, str]]:
    """Each address of the product, about Alice's things, with who may open it."""
    for name, address in ADDRESSES.items():
        if name not in ACTS_OF_PAGES:
            role = "superuser" if name.startswith("admin:") else "manager"
            names = [""] if name != "admin:tickets_ticket_act" else ACTS
            for act in names:
                values = defaultdict(lambda: "1", world.own | {"object_id": "1", "key": "x-y", "token": "x", "name": act})
                yield f"{name} {act}", world.clients[role], path_of(address, values)


@pytest.mark.parametrize("turn", TURNS)
def test_no_address_breaks_on_a_number_that_no_row_has(turn: str, world: World):
    numbers = cycle(TURNS[turn])

    def walk() -> Iterator[tuple[str, Any]]:
        for name, address in ADDRESSES.items():
            role = "superuser" if name.startswith("admin:") else "manager"
            if address.arguments:
                path = path_of(address, dict.fromkeys(address.arguments, next(numbers)))
                for way in (world.clients[role].get, world.clients[role].post):
                    yield f"{way.__name__} {name}", lambda way=way, path=path: way(path)

    wrong = failures(walk())
    assert not wrong, wrong


@pytest.mark.parametrize("turn", TURNS)
def test_no_query_breaks_a_page(turn: str, world: World, asked_for: set[str]):
    numbers = cycle(TURNS[turn])

    def walk() -> Iterator[tuple[str, Any]]:
        for name, client, path in _pages(world):
            asked_for.clear()
            client.get(path)
            for key in sorted(map(str, asked_for)):
                number = next(numbers)
                yield f"{name} ?{key}", lambda c=client, p=path, k=key, n=number: c.get(p, {k: n})

    wrong = failures(walk())
    assert not wrong, wrong
