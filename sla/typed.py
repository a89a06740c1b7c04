"""Times of service as people type them: „08:00–12:00, 13:00–16:30“. Pure."""

from __future__ import annotations

import re
from itertools import pairwise

DAY = 86_400
Windows = tuple[tuple[int, int], ...]

_TIME = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?(?:[:.](\d{2}))?")
_DASH = re.compile(r"\s*[-–—]\s*")
_NOTHING = ("", "-", "–", "zavřeno")
HOW = "Napište třeba 08:00–12:00, 13:00–16:30; konec dne je 24:00 a okno přes půlnoc 22:00–06:00."


class UnreadableTime(ValueError):
    """What was typed is no time; the text says how to write it."""


def clock_time(seconds: int) -> str:
    """08:00 from seconds after local midnight, 24:00 at its end; seconds are written only where there are some."""
    hours, rest = divmod(seconds, 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours:02}:{minutes:02}" + (f":{left:02}" if left else "")


def clock_seconds(text: str) -> int:
    """Seconds after local midnight from „8“, „8:30“, „16.30“ or „24:00“.

    raises  UnreadableTime
    """
    found = _TIME.fullmatch(text.strip())
    if found is None:
        raise UnreadableTime(f"„{text.strip()}“ není čas. {HOW}")
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    total = hours * 3600 + minutes * 60 + seconds
    if minutes > 59 or seconds > 59 or total > DAY:
        raise UnreadableTime(f"„{text.strip()}“ není čas. {HOW}")
    return total


def windows_of(text: str) -> Windows:
    """Windows of one day; () for „zavřeno“ and nothing at all.

    raises  UnreadableTime
    """
    if text.strip().lower() in _NOTHING:
        return ()
    windows = tuple(sorted(_window(part) for part in re.split(r"[,;]", text) if part.strip()))
    for (opens, closes), (later, _) in pairwise(windows):
        if closes <= opens or later < closes:
            raise UnreadableTime(f"Okna „{text.strip()}“ se překrývají. Jedno zkraťte nebo smažte.")
    return windows


def _window(text: str) -> tuple[int, int]:
    ends = _DASH.split(text.strip())
    if len(ends) != 2:
        raise UnreadableTime(f"„{text.strip()}“ není okno od–do. {HOW}")
    opens, closes = clock_seconds(ends[0]), clock_seconds(ends[1])
    if opens == DAY:
        raise UnreadableTime(f"„{text.strip()}“: okno nemůže začínat ve 24:00, začátek dne je 00:00.")
    return opens, closes


def written(windows: Windows) -> str:
    """Windows as they are typed, "" for none."""
    return ", ".join(f"{clock_time(opens)}–{clock_time(closes)}" for opens, closes in windows)
