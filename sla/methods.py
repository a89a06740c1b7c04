"""The methods of the contract as data: states, units, starts and countings, and the seven rows that the codes stand for.

Pure: no Django, no database. `sla.clock` computes with these.
"""

from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal, localcontext
from enum import StrEnum
from fractions import Fraction
from functools import cached_property

from helpdesk.errors import DomainError

MOST_UNITS = 10**9  # of any amount: more is a mistake, and a deadline could not be written down
MOST_PLACES = 30  # after the decimal point

SECONDS_OF_DAY = 86_400


class SlaError(DomainError, ValueError):
    """A clock was asked for what it cannot answer; a Czech sentence, as of every DomainError."""


class UnsatisfiableCalendar(SlaError):
    """The calendar never gives the service that the target counts in."""


class State(StrEnum):
    """The eight states of a request, the values of `tickets.models.Status`."""

    NEW = "new"
    ACCEPTED = "accepted"
    ESCALATED = "escalated"
    SUSPENDED = "suspended"
    RESOLVED = "resolved"
    DISPUTED = "disputed"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class Kind(StrEnum):
    """Which of a request's two clocks."""

    REACTION = "reaction"
    RESOLUTION = "resolution"


class Unit(StrEnum):
    """What an amount is given in."""

    HOUR = "hour"
    MINUTE = "minute"
    DAY = "day"


class Start(StrEnum):
    """The moment of measuring („okamžik měření“).

    REPORT                        the report itself
    OPENING                       the first instant of service at or after the report (the switch of C02)
    NEXT_DAY, NEXT_WORKING_DAY    the first instant of service of a later date, of a later working day (D3)
    *_EARLY                       the same, but a report before the first opening of its own date takes that date (C36)
    """

    REPORT = "report"
    OPENING = "opening"
    NEXT_DAY = "next_day"
    NEXT_WORKING_DAY = "next_working_day"
    NEXT_DAY_EARLY = "next_day_early"
    NEXT_WORKING_DAY_EARLY = "next_working_day_early"

    @property
    def wants_working_day(self) -> bool:
        return self in (Start.NEXT_WORKING_DAY, Start.NEXT_WORKING_DAY_EARLY)


class Counting(StrEnum):
    """Which time counts.

    WINDOW           seconds of service
    SERVICE_DAYS     dates with service, each of weight 1; a part of one is the part of its service (D5)
    CONTINUOUS       every second
    CALENDAR_DAYS    every second, as many as lie up to the same local clock N calendar days later (D5)
    """

    WINDOW = "window"
    SERVICE_DAYS = "service_days"
    CONTINUOUS = "continuous"
    CALENDAR_DAYS = "calendar_days"

    @property
    def in_service(self) -> bool:
        return self in (Counting.WINDOW, Counting.SERVICE_DAYS)

    @property
    def in_days(self) -> bool:
        return self in (Counting.SERVICE_DAYS, Counting.CALENDAR_DAYS)


SECONDS_OF_UNIT = {Unit.HOUR: 3600, Unit.MINUTE: 60, Unit.DAY: SECONDS_OF_DAY}


@dataclass(frozen=True)
class Target:
    """What a contract promises for one of the two clocks: the four atoms of C01.

    raises   SlaError - the unit does not go with the counting, or the amount is no finite number from 0 up
    """

    unit: Unit
    start: Start
    counting: Counting
    amount: Decimal

    def __post_init__(self) -> None:
        if (self.unit is Unit.DAY) is not self.counting.in_days:
            raise SlaError("Dny se počítají jen v metodách Den a Den-Cont, hodiny a minuty jen v ostatních: změňte jednotku.")
        if not self.amount.is_finite() or self.amount < 0:
            raise SlaError("Lhůta musí být číslo od nuly výš.")
        exponent = self.amount.as_tuple().exponent
        if self.amount > MOST_UNITS or not isinstance(exponent, int) or exponent < -MOST_PLACES:
            raise SlaError("Lhůta je příliš dlouhá nebo má příliš mnoho desetinných míst.")

    @cached_property
    def parts(self) -> tuple[int, int]:
        """The amount as an exact fraction, in lowest terms."""
        return self.amount.as_integer_ratio()

    @cached_property
    def seconds(self) -> int:
        """The amount in whole seconds, a part of one rounded up; a day has 86,400 of them by the wall clock."""
        whole = Fraction(self.amount) * SECONDS_OF_UNIT[self.unit]
        return -(-whole.numerator // whole.denominator)


@dataclass(frozen=True)
class Method:
    """A code of the contract: what it says of both clocks (S4-67, C01)."""

    code: str
    unit: Unit
    reaction_start: Start
    reaction_counting: Counting
    resolution_start: Start
    resolution_counting: Counting

    def start(self, kind: Kind) -> Start:
        return self.reaction_start if kind is Kind.REACTION else self.resolution_start

    def counting(self, kind: Kind) -> Counting:
        return self.reaction_counting if kind is Kind.REACTION else self.resolution_counting


def _rows() -> tuple[Method, ...]:
    hour, minute, day = Unit.HOUR, Unit.MINUTE, Unit.DAY
    report, next_day, next_working_day = Start.REPORT, Start.NEXT_DAY, Start.NEXT_WORKING_DAY
    window, service_days = Counting.WINDOW, Counting.SERVICE_DAYS
    continuous, calendar_days = Counting.CONTINUOUS, Counting.CALENDAR_DAYS
    return (
        Method("Hod", hour, report, window, report, window),
        Method("ND-Hod", hour, next_day, window, next_day, window),
        Method("NBD-Hod", hour, next_working_day, window, next_working_day, window),
        Method("Min", minute, report, window, report, window),
        Method("Min-Cont", minute, report, window, report, continuous),
        Method("Den", day, report, service_days, report, service_days),
        Method("Den-Cont", day, report, service_days, report, calendar_days),
    )


METHODS = {method.code: method for method in _rows()}


def amount_of_seconds(seconds: Decimal, unit: Unit) -> Decimal:
    """The amount in a unit that comes to so many seconds, when parts of one are rounded up as everywhere.

    raises   SlaError - too many of them
    """
    if not seconds.is_finite() or seconds > MOST_UNITS * SECONDS_OF_DAY:
        raise SlaError("Lhůta je příliš dlouhá.")
    with localcontext(prec=2 * MOST_PLACES, rounding=ROUND_FLOOR):
        return (seconds / SECONDS_OF_UNIT[unit]).quantize(Decimal(1).scaleb(-MOST_PLACES)).normalize()


def target_of(method: str, kind: Kind, amount: Decimal) -> Target:
    """The target that a code stands for.

    raises   SlaError - no such code, or not such an amount
    source   S4-67, C01, D1
    """
    row = METHODS.get(method)
    if row is None:
        raise SlaError(f"Metoda „{method}“ neexistuje; zvolte jednu z: {', '.join(METHODS)}.")
    return Target(row.unit, row.start(kind), row.counting(kind), amount)
