"""What people see of one clock: a word, a tone, and the time that remains in the measure that the contract counts by. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sla.clock import Clock, Counting, State, Target
from sla.served import seconds_of

NB = "\u00a0"
SECOND = timedelta(seconds=1)
URGENT = 75  # percent of the amount: from here on a clock that runs asks for attention
LONG = 48 * 3600  # continuous time above it reads better in days
OUTSIDE = "mimo dobu služby"
RUNNING = (State.NEW, State.ACCEPTED, State.ESCALATED)


class Tone(StrEnum):
    """How a clock is doing; each has a shape and a colour of its own."""

    RUNNING = "running"
    WARNING = "warning"
    PAUSED = "paused"
    MET = "met"
    BREACHED = "breached"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Hand:
    """One clock of a request as its columns hold it, and the terms that it runs by.

    due      when the amount is used up; None while the clock stands before it
    met      None until decided
    seconds  counted up to the end of the clock, or to the last change of state
    changed  when the state changed last; None where nobody looked
    """

    state: State
    target: Target
    clock: Clock
    due: datetime | None
    met: bool | None
    seconds: int | None
    changed: datetime | None = None


@dataclass(frozen=True, slots=True)
class Face:
    """One clock for people.

    word     the state alone: „běží“, „mimo dobu služby“ at night
    amount   how much remains or is over: „zbývá 3 h 25 min“; "" where that is not known
    length   the same without the verb
    percent  of the amount that is used up, also over 100; None where that is not known
    """

    tone: Tone
    word: str
    amount: str = ""
    length: str = ""
    percent: int | None = None


def read(hand: Hand, now: datetime) -> Face:
    """A clock at an instant.

    It is over its term once more than the amount was measured: between closing time and the next opening still nothing more is.
    source  S4-15 to S4-22, D2, D4
    """
    target = hand.target
    if hand.met is not None:
        return _ended(hand)
    if hand.state not in RUNNING and hand.state is not State.SUSPENDED:
        return Face(Tone.NONE, "nezaznamenáno")
    left = _left_standing(hand) if hand.state is State.SUSPENDED else _left_running(hand, now)
    if left is None:
        late = hand.due is not None and hand.due < now
        return Face(Tone.BREACHED, "po termínu") if late else Face(Tone.PAUSED, "stojí")
    in_service = target.counting.in_service
    if left < 0:
        length = long(-left, in_service=in_service, rounded_up=True)
        return Face(Tone.BREACHED, "po termínu", f"po termínu {length}", length, _percent(hand, left, now))
    percent = _percent(hand, left, now)
    length = long(left, in_service=in_service)
    if hand.state is State.SUSPENDED:
        return Face(Tone.PAUSED, "stojí", f"zbývá {length}", length, percent)
    tone = Tone.WARNING if percent is not None and percent >= URGENT else Tone.RUNNING
    runs = not in_service or hand.clock.is_open(now)
    return Face(tone, "běží" if runs else OUTSIDE, f"zbývá {length}", length, percent)


def _ended(hand: Hand) -> Face:
    length = "" if hand.seconds is None else long(hand.seconds, in_service=hand.target.counting.in_service)
    tone, word = (Tone.MET, "splněno") if hand.met else (Tone.BREACHED, "nesplněno")
    percent = None if hand.target.counting is Counting.SERVICE_DAYS or hand.seconds is None else _share(hand, hand.seconds)
    return Face(tone, word, f"za {length}" if length else "", length, percent)


def _left_standing(hand: Hand) -> int | None:
    """Counted in days, the rest is no fixed time: a day of service may be long or short."""
    if hand.target.counting is Counting.SERVICE_DAYS or hand.seconds is None:
        return None
    return hand.target.seconds - hand.seconds


def _left_running(hand: Hand, now: datetime) -> int | None:
    """Seconds that remain, below zero when over; None when the clock stood after its term and nobody knows since when it runs.

    What comes before the moment of measuring takes nothing away.
    """
    due, target = hand.due, hand.target
    if due is None:
        return None
    if now < due:
        left = _between(hand, now, due)
        return left if target.counting is Counting.SERVICE_DAYS or left < target.seconds else target.seconds
    if target.counting is Counting.SERVICE_DAYS or hand.seconds is None or hand.seconds <= target.seconds:
        return -_between(hand, due, now)
    if hand.changed is None:
        return None
    return target.seconds - hand.seconds - _between(hand, hand.changed, now)


def _between(hand: Hand, start: datetime, end: datetime) -> int:
    return hand.clock.served(start, end) if hand.target.counting.in_service else (end - start) // SECOND


def _percent(hand: Hand, left: int, now: datetime) -> int | None:
    if hand.target.counting is not Counting.SERVICE_DAYS:
        return _share(hand, hand.target.seconds - left)
    if hand.due is None or not hand.target.amount:
        return None
    start, end = sorted((now, hand.due))
    days, of_days = hand.clock.days_between(start, end)
    whole, of = hand.target.parts
    rest = days * of if end == hand.due else -days * of
    return max(100 * (whole * of_days - rest) // (whole * of_days), 0)


def _share(hand: Hand, used: int) -> int:
    return 100 * used // hand.target.seconds if hand.target.seconds else 100


def long(seconds: int, *, in_service: bool, rounded_up: bool = False) -> str:
    """„3 h 25 min“; continuous time of several days as „3 dny 4 h“, service stays in hours."""
    minutes = -(-seconds // 60) if rounded_up else seconds // 60
    if not in_service and seconds >= LONG:
        days, hours = divmod(minutes // 60, 24)
        word = "dny" if days < 5 else "dnů"
        return f"{days}{NB}{word}{NB}{hours}{NB}h" if hours else f"{days}{NB}{word}"
    hours, minutes = divmod(minutes, 60)
    if not hours:
        return f"{minutes}{NB}min"
    return f"{hours}{NB}h{NB}{minutes}{NB}min" if minutes else f"{hours}{NB}h"


def until(clock: Clock, *, due: datetime, now: datetime, in_service: bool) -> str:
    """„zbývá 3 h“ or „po termínu 3 h“ for a deadline alone."""
    late = now > due
    start, end = (due, now) if late else (now, due)
    seconds = clock.served(start, end) if in_service else seconds_of(end) - seconds_of(start)
    length = long(seconds, in_service=in_service, rounded_up=late)
    return f"po termínu {length}" if late and seconds else f"zbývá {length}"
