"""Reads the demo's data and counts its days back from the day of loading."""

from __future__ import annotations

import tomllib
from datetime import datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from sla.calendars import PRAGUE, add_working_days

DATA = Path(__file__).parent / "data"


@cache
def read(name: str) -> dict[str, Any]:
    """One file of `data/`, by its name without the suffix."""
    return tomllib.loads((DATA / f"{name}.toml").read_text(encoding="utf-8"))


def requests() -> list[dict[str, Any]]:
    """The stories of all customers, in the order of the files."""
    return [story for path in sorted(DATA.glob("requests_*.toml")) for story in read(path.stem)["request"]]


def moment(when: str, now: datetime) -> datetime:
    """„9 08:42“ as an instant: 08:42 in Prague, nine working days before `now` (at least one)."""
    days, _, clock = when.partition(" ")
    day = add_working_days(now.astimezone(PRAGUE).date(), -int(days))
    return datetime.combine(day, time.fromisoformat(clock), tzinfo=PRAGUE)


def filing_time(story: dict[str, Any], now: datetime) -> datetime:
    """When a request is filed: on a working day before `now`, or some minutes ago."""
    return moment(story["filed"], now) if "filed" in story else now - timedelta(minutes=story["ago"])
