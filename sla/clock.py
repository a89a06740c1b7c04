"""The clock of the contract: its methods, deadlines, and the replay of a request's life.

Pure: no Django, no database, and what the other apps use of the engine: atoms from `sla.methods`, hours from `sla.hours`, clocks
from `sla.served`. Nothing is counted up and stored; all is replayed from the request's states. Instants are aware, whole seconds
(a part of one is cut off), and come out in UTC.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple, Protocol

from sla.hours import Hours
from sla.methods import (
    METHODS,
    Counting,
    Kind,
    Method,
    SlaError,
    Start,
    State,
    Target,
    Unit,
    UnsatisfiableCalendar,
    target_of,
)
from sla.served import Clock, instant_of, seconds_of
from sla.table import BeyondTable, Table

__all__ = [
    "METHODS",
    "Clock",
    "Counted",
    "Counting",
    "Hours",
    "Kind",
    "Method",
    "Reading",
    "SlaError",
    "Start",
    "State",
    "Stretch",
    "Target",
    "Timeline",
    "Unit",
    "UnsatisfiableCalendar",
    "at_share",
    "counted",
    "counts",
    "deadline",
    "reading",
    "replay",
    "stretches",
    "target_of",
]

NEVER = 1 << 60

Timeline = Sequence[tuple[datetime, State]]  # starts with NEW at the report; in order; of equal instants the later entry holds
Stretch = tuple[datetime, datetime | None, State, bool]  # start, end or None when it lasts, state, whether it counts
Moves = list[tuple[int, State]]
Spans = list[tuple[int, int]]  # what counts, in seconds since 1970; the end is NEVER when it lasts

WINDOW, SERVICE_DAYS = Counting.WINDOW, Counting.SERVICE_DAYS
CONTINUOUS, CALENDAR_DAYS = Counting.CONTINUOUS, Counting.CALENDAR_DAYS
DISPUTED, CANCELLED = State.DISPUTED, State.CANCELLED
RUNNING = frozenset({State.NEW, State.ACCEPTED, State.ESCALATED})
UPHOLDING = frozenset({State.ACCEPTED, State.ESCALATED, State.SUSPENDED})  # what a justified complaint leads to


class Counted(NamedTuple):
    """What of a request's life counts, whatever the target: read once, it serves both clocks.

    reported      the report, in seconds since 1970
    spans         in order; stretches that touch are one
    is_cancelled  nothing was ever promised (S4-22)
    """

    reported: int
    spans: Spans
    is_cancelled: bool


class Reading(NamedTuple):
    """What a replay says of one clock; all None but `start` for a cancelled request (S4-22).

    start      the moment of measuring: the report, shifted where the target says so
    deadline   the earliest instant at which the amount is reached; None when the clock stands before it
    breach     the last instant at which no more than the amount is measured, `deadline` or later: met means done by then (D4);
               None when more is never measured
    measured   seconds that counted up to `until`: of service, or of all time for continuous targets; None without `until`
    """

    start: datetime
    deadline: datetime | None
    breach: datetime | None
    measured: int | None


def deadline(clock: Clock, target: Target, at: datetime) -> datetime:
    """When a request filed at `at` is due as long as its clock never stands: the quick path of `replay`.

    raises   UnsatisfiableCalendar - the amount is never reached
    """
    start = clock.begin(target.start, seconds_of(at))
    counting = target.counting
    if counting is WINDOW:
        due = clock.after(start, target.seconds)
    elif counting is SERVICE_DAYS:
        due = clock.after_days(start, target.parts)
    elif counting is CONTINUOUS:
        due = start + target.seconds
    else:
        due = clock.same_clock(start, target.seconds)
    return instant_of(due)


def replay(clock: Clock, target: Target, timeline: Timeline, until: datetime | None = None) -> Reading:
    """One clock over a request's whole life; it does not end because a reaction was met.

    raises   UnsatisfiableCalendar - the clock runs and the amount is never reached
    source   S4-15 to S4-22, D1 to D5, D9
    """
    return reading(clock, target, counted(timeline), until)


def reading(clock: Clock, target: Target, life: Counted, until: datetime | None = None) -> Reading:
    """`replay` of a life that was read before."""
    start = clock.begin(target.start, life.reported)
    if life.is_cancelled:
        return Reading(instant_of(start), None, None, None)
    spans = _since(start, life)
    due, breach = _reach(clock, target, spans, start)
    measured = None if until is None else _measured(clock, target, spans, seconds_of(until))
    ended = None if due is None else instant_of(due)
    last = ended if breach == due else None if breach is None else instant_of(breach)
    return Reading(instant_of(start), ended, last, measured)


def at_share(clock: Clock, target: Target, timeline: Timeline, share: Fraction | Decimal) -> datetime | None:
    """When that share of the amount is reached, 1 being the deadline; None when the clock stands before it, or was cancelled.

    raises   UnsatisfiableCalendar - the clock runs and the share is never reached
    """
    life = counted(timeline)
    if life.is_cancelled:
        return None
    start = clock.begin(target.start, life.reported)
    due, _ = _reach(clock, target, _since(start, life), start, Fraction(share))
    return None if due is None else instant_of(due)


def counted(timeline: Timeline) -> Counted:
    """Read a life.

    raises   SlaError - nothing to replay, or entries out of order
    """
    moves = _moves(timeline)
    return Counted(moves[0][0], _spans(moves), _is_cancelled(timeline))


def counts(timeline: Timeline, index: int) -> bool:
    """Whether the stretch that begins with entry `index` counts; a complaint's does when it was found justified.

    Of entries with equal instants the last one holds; the others begin nothing and do not count.
    source   S4-15 to S4-21, D2, D9
    """
    at = timeline[index][0]
    if index + 1 < len(timeline) and timeline[index + 1][0] == at:
        return False
    moves = _moves(timeline)
    return _counts(moves, [instant for instant, _ in moves].index(seconds_of(at)))


def stretches(timeline: Timeline) -> list[Stretch]:
    """The life of a request as (start, end, state, whether it counts); `end` is None for the state that lasts."""
    moves = _moves(timeline)
    ends = [instant_of(at) for at, _ in moves[1:]]
    return [
        (instant_of(at), end, state, _counts(moves, index))
        for index, ((at, state), end) in enumerate(zip(moves, [*ends, None], strict=True))
    ]


def _is_cancelled(timeline: Timeline) -> bool:
    for _, state in timeline:  # noqa: SIM110 - any() costs more than all the rest of a replay's checks
        if state is CANCELLED:
            return True
    return False


def _moves(timeline: Timeline) -> Moves:
    """Entries in seconds; of equal instants only the last.

    raises   SlaError - nothing to replay, or entries out of order
    """
    moves: Moves = []
    for at, state in timeline:
        instant = seconds_of(at)
        if not moves or instant > moves[-1][0]:
            moves.append((instant, state))
        elif instant == moves[-1][0]:
            moves[-1] = (instant, state)
        else:
            raise SlaError("Stavy musí jít po sobě v čase: seřaďte je.")
    if not moves:
        raise SlaError("Bez stavu Nový není co měřit: doplňte okamžik založení.")
    return moves


def _counts(moves: Moves, index: int) -> bool:
    state = moves[index][1]
    if state is not DISPUTED:
        return state in RUNNING
    later = (following for _, following in moves[index + 1 :] if following is not DISPUTED)
    return next(later, None) in UPHOLDING


def _spans(moves: Moves) -> Spans:
    """What counts; stretches that touch are one."""
    spans: Spans = []
    begun = None
    for index, (at, state) in enumerate(moves):
        if state in RUNNING or (state is DISPUTED and _counts(moves, index)):
            begun = at if begun is None else begun
        elif begun is not None:
            spans.append((begun, at))
            begun = None
    if begun is not None:
        spans.append((begun, NEVER))
    return spans


def _since(start: int, life: Counted) -> Spans:
    """What counts from the moment of measuring on."""
    if start == life.reported:
        return life.spans
    return [(max(begins, start), ends) for begins, ends in life.spans if ends > start]


def _measured(clock: Clock, target: Target, spans: Spans, until: int) -> int:
    """Counted seconds up to `until`."""
    done = [(start, min(end, until)) for start, end in spans if start < until]
    if not done or not target.counting.in_service:
        return sum(end - start for start, end in done)
    table = clock.table(done[0][0], until)
    return sum(table.served(end) - table.served(start) for start, end in done)


def _reach(
    clock: Clock, target: Target, spans: Spans, start: int, share: Fraction | None = None
) -> tuple[int | None, int | None]:
    """The instant at which the amount, or a share of it, is reached, and the last one at which no more is measured."""
    counting = target.counting
    if counting is CONTINUOUS or counting is CALENDAR_DAYS:
        return _walk(REAL_TIME, spans, start, _seconds(clock, target, start, share))
    table = _table(clock, spans, start)
    while True:
        try:
            if counting is WINDOW:
                return _walk(table, spans, start, _seconds(clock, target, start, share))
            days, of = target.parts if share is None else (Fraction(*target.parts) * share).as_integer_ratio()
            return _walk(_ServiceDays(table, of), spans, start, days * table.day)
        except BeyondTable:
            table = clock.longer(table)


def _seconds(clock: Clock, target: Target, start: int, share: Fraction | None) -> int:
    """The amount of a target that does not count in dates of service, or a share of it, rounded up."""
    seconds = clock.same_clock(start, target.seconds) - start if target.counting is CALENDAR_DAYS else target.seconds
    if share is None:
        return seconds
    part = seconds * share
    return -(-part.numerator // part.denominator)


def _table(clock: Clock, spans: Spans, start: int) -> Table:
    """What covers all instants that are known."""
    if not spans:
        return clock.table(start)
    begins, ends = spans[-1]
    return clock.table(start, begins if ends == NEVER else ends)


class Ruler(Protocol):
    """How much lies before an instant, and which instants have so much before them; a table is one for seconds of service."""

    def served(self, at: int) -> int: ...

    def earliest(self, place: int) -> int: ...

    def latest(self, place: int) -> int | None: ...


class _RealTime:
    """Every second counts."""

    def served(self, at: int) -> int:
        return at

    def earliest(self, place: int) -> int:
        return place

    def latest(self, place: int) -> int:
        return place


REAL_TIME = _RealTime()


class _ServiceDays:
    """Dates of service count, a part of one as the part of its service (D5).

    of  into how many pieces each of the table's parts of a date is cut, so that an amount with such a denominator is whole
    """

    def __init__(self, table: Table, of: int) -> None:
        self._table, self._of, self._day = table, of, table.day * of

    def served(self, at: int) -> int:
        return self._table.day_place(at) * self._of

    def earliest(self, place: int) -> int:
        return self._table.earliest(self._table.served_at_days(place, self._day))

    def latest(self, place: int) -> int | None:
        return self._table.latest(self._table.served_at_days(place, self._day))


def _walk(ruler: Ruler, spans: Spans, start: int, amount: int) -> tuple[int | None, int | None]:
    """Lay the amount along what counts.

    source   D4, A12, A13: reached at the earliest instant, exceeded only by what is measured after it
    """
    due = start if amount == 0 else None
    for begins, ends in spans:
        place = ruler.served(begins) + amount
        if due is None:
            if ends != NEVER:
                left = place - ruler.served(ends)
                if left > 0:
                    amount = left
                    continue
            due = ruler.earliest(place)
        last = ruler.latest(place)
        if last is None:
            return due, None
        if last < ends:
            return due, last
        amount = 0
    return due, None
