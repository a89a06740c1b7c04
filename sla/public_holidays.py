"""Public holidays by the package `holidays`."""

from __future__ import annotations

import importlib.util
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import holidays

from sla.methods import SlaError

CZECH = "CZ"


@cache
def holidays_of(country: str, year: int) -> dict[date, str]:
    """The public holidays of a country in one year, Czech ones with their Czech names; "DE-BY" asks for a part of a country.

    raises   SlaError - the package `holidays` does not know it
    """
    if country == CZECH:
        return dict(_czech_calendar()(years=year, language="cs", expand=False))
    code, _, part = country.partition("-")
    try:
        return dict(holidays.country_holidays(code, subdiv=part or None, years=year, expand=False))
    except (NotImplementedError, AttributeError, KeyError):
        raise SlaError(f"Svátky země „{country}“ neznáme; zadejte například CZ, nebo vyjmenujte dny.") from None


@cache
def _czech_calendar() -> Any:
    """The package's Czech Republic from its own file: asked by name, it imports 200 countries, 8 MB in each process."""
    path = Path(holidays.__file__).with_name("countries") / "czechia.py"
    spec: Any = importlib.util.spec_from_file_location("holidays_of_czechia", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Czechia
