"""Lists of people and companies are in the order of Czech dictionaries."""

import random

import pytest

from helpdesk.collation import czech_sort_key

IN_ORDER = [
    "3D Tisk",
    "Abrahám",
    "Cibulka",
    "Čermák",
    "Dostál",
    "Ďurica",
    "Hradec",
    "Hudec",
    "Chalupa",
    "Chochola",
    "Ivančice",
    "Łukasz",
    "Lukáš",
    "Novak",
    "Novák",
    "Novak Jan",
    "Novák Petr",
    "Nový",
    "Ryba",
    "Rys",
    "Řezníček",
    "Říha",
    "Sýkora",
    "Šafář",
    "Štěpán",
    "Zeman",
    "Žák",
]


@pytest.mark.parametrize("seed", range(3))
def test_names_are_sorted_as_czech_does(seed: int):
    names = IN_ORDER[:]
    random.Random(seed).shuffle(names)

    assert sorted(names, key=czech_sort_key) == IN_ORDER


def test_capitals_and_punctuation_matter_only_when_all_else_is_the_same():
    names = ["a-b s.r.o.", "A b s.r.o.", "A.B. Servis", "ab servis"]

    assert sorted(names, key=czech_sort_key) == ["A b s.r.o.", "a-b s.r.o.", "A.B. Servis", "ab servis"]


def test_keys_of_long_names_fit_their_column():
    assert len(czech_sort_key("Ř" * 500)) == 400
