"""The course of a request day by day, and each day as a picture: service, counted, suspended.

Pure. A picture is SVG with classes for pages and attributes for print, so that one drawing serves both.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from html import escape
from zoneinfo import ZoneInfo

from sla.clock import Clock
from sla.hours import merged
from sla.intervals import Cause, Interval
from sla.wall import days_between, on_the_wall, wall_seconds

WIDTH, HEIGHT = 1440, 52  # a unit is a minute of the day
FRAME = 3  # drawn inside, so that what counts covers it
MARGIN = 7  # of what is suspended, so that its frame does not hide the service
HATCH = 18
TICKS = "".join(f"M{hour * 60} 20v12" for hour in range(4, 24, 4))
MANY_DAYS = 10
NOT_COUNTED = {
    Cause.SUSPENDED: "pozastaveno",
    Cause.RESOLVED: "vyřešeno",
    Cause.DISPUTED: "reklamace",
    Cause.BEFORE: "před měřením",
}

Span = tuple[int, int]  # seconds on the wall clock, from and to


@dataclass(frozen=True)
class Mark:
    """An instant drawn as a line: "report", "end" or "deadline"."""

    kind: str
    second: int


@dataclass(frozen=True)
class Day:
    """One local day, or several neighbours that look the same; `last` is the last of them.

    counted  seconds that count, of all of them
    words    why none does
    """

    first: date
    last: date
    open: tuple[Span, ...]
    run: tuple[Span, ...]
    stop: tuple[Span, ...]
    marks: tuple[Mark, ...]
    counted: int
    words: str

    @property
    def sentence(self) -> str:
        """The picture in words."""
        parts = [
            f"služba {_spans(self.open)}" if self.open else "bez služby",
            f"počítá se {_spans(self.run)}" if self.run else "nic se nepočítá",
            f"pozastaveno {_spans(self.stop)}" if self.stop else "",
            *(f"{MARKS[mark.kind]} {_clock_time(mark.second)}" for mark in self.marks),
        ]
        return "; ".join(part for part in parts if part)


MARKS = {"report": "podání", "end": "vyřešení", "deadline": "termín"}


def days(clock: Clock, intervals: Sequence[Interval], *, end: datetime | None, deadline: datetime | None) -> list[Day]:
    """Each day from the first to the last stretch; when there are many, neighbours that look the same are one.

    end, deadline  instants to be marked when they lie within
    """
    if not intervals:
        return []
    zone, start, until = clock.zone, intervals[0].start, intervals[-1].end
    open_at = _by_day(zone, clock.pieces(*_whole_days(zone, start, until)))
    run_at = _by_day(zone, ((one.start, one.end) for one in intervals if one.is_counted))
    stop_at = _by_day(zone, ((one.start, one.end) for one in intervals if one.cause == Cause.SUSPENDED))
    marks_at = _marks(zone, report=start, end=end, deadline=deadline)
    found = []
    for day, first, after in days_between(zone, start, until):
        run = run_at.get(day, ())
        counted = sum(high - low for low, high in run)
        words = "" if counted else _why_nothing(clock, intervals, day, first, after)
        found.append(Day(day, day, open_at.get(day, ()), run, stop_at.get(day, ()), marks_at.get(day, ()), counted, words))
    return list(_folded(found)) if len(found) > MANY_DAYS else found


def _whole_days(zone: ZoneInfo, start: datetime, until: datetime) -> tuple[datetime, datetime]:
    spanned = days_between(zone, start, until)
    return spanned[0][1], spanned[-1][2]


def _by_day(zone: ZoneInfo, spans: Iterable[tuple[datetime, datetime]]) -> dict[date, tuple[Span, ...]]:
    found: dict[date, list[Span]] = {}
    for start, end in spans:
        for day, low, high in on_the_wall(zone, start, end):
            held = found.setdefault(day, [])
            if held and held[-1][1] == low:
                held[-1] = (held[-1][0], high)
            else:
                held.append((low, high))
    return {day: tuple(held) for day, held in found.items()}


def _marks(zone: ZoneInfo, **instants: datetime | None) -> dict[date, tuple[Mark, ...]]:
    found: dict[date, tuple[Mark, ...]] = {}
    for kind, at in instants.items():
        if at:
            day = at.astimezone(zone).date()
            found[day] = (*found.get(day, ()), Mark(kind, wall_seconds(zone, at)))
    return found


def _why_nothing(clock: Clock, intervals: Sequence[Interval], day: date, first: datetime, after: datetime) -> str:
    """One word for a day on which nothing counted: what stopped the clock while there was service, else the day's own."""
    service = clock.pieces(first, after)
    for cause, word in NOT_COUNTED.items():
        stretches = [one for one in intervals if one.cause == cause and one.start < after and one.end > first]
        if any(low < one.end and high > one.start for one in stretches for low, high in service):
            return word
    return clock.why_closed(day).partition(":")[0]


def _folded(found: list[Day]) -> Iterator[Day]:
    """Neighbours with the same drawing as one row."""
    held = found[0]
    for one in found[1:]:
        same = (one.open, one.run, one.stop, one.words) == (held.open, held.run, held.stop, held.words)
        if same and not one.marks and not held.marks and one.first == held.last + timedelta(days=1):
            held = replace(held, last=one.last, counted=held.counted + one.counted)
        else:
            yield held
            held = one
    yield held


def picture(day: Day) -> str:
    """The row of one day: grey ground, service framed, counted black, suspended hatched, lines for the instants."""
    parts = [
        f'<rect class="off" fill="none" width="{WIDTH}" height="{HEIGHT}"/>',
        f'<path class="base" fill="none" stroke="#000" stroke-width="2" d="M0 {HEIGHT // 2}H{WIDTH}{TICKS}"/>',
    ]
    parts += [_rect(span, "open", f'fill="#fff" stroke="#000" stroke-width="{FRAME}"', FRAME / 2) for span in day.open]
    parts += [_rect(span, "run", 'fill="#000"') for span in merged(day.run)]  # an hour that came twice is drawn once
    for span in merged(day.stop):
        parts += [_rect(span, "stop", 'fill="none" stroke="#000" stroke-width="3"', MARGIN), _hatch(span)]
    for mark in day.marks:
        look = ' stroke-dasharray="8 5"' if mark.kind == "deadline" else ""
        line = f"M{_minute(mark.second)} 0V{HEIGHT}"
        parts.append(f'<path class="mark {mark.kind}" stroke="#000" stroke-width="6"{look} d="{line}"/>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none">'
        f"<title>{escape(day.sentence)}</title>{''.join(parts)}</svg>"  # a document takes its alternative text from the title
    )


def _rect(span: Span, name: str, look: str, margin: float = 0) -> str:
    low, high = span
    width = max(_minute(high - low), 1)  # a stretch of seconds still shows that it was there
    return f'<rect class="{name}" {look} x="{_minute(low)}" y="{margin}" width="{width}" height="{HEIGHT - 2 * margin}"/>'


def _hatch(span: Span) -> str:
    """Slanted lines within the frame as one path; a pattern would print at different densities."""
    low, high = (round(second / 60) for second in span)
    rise = HEIGHT - 2 * MARGIN
    lines = []
    for x in range(low - rise + HATCH, high, HATCH):
        left, right = max(x, low), min(x + rise, high)
        lines.append(f"M{left} {HEIGHT - MARGIN - (left - x)}L{right} {HEIGHT - MARGIN - (right - x)}")
    return f'<path class="hatch" fill="none" stroke="#000" stroke-width="3" d="{"".join(lines)}"/>'


def _minute(seconds: int) -> float:
    return round(seconds / 60, 1)


def _spans(spans: Sequence[Span]) -> str:
    return ", ".join(f"{_clock_time(low)}–{_clock_time(high)}" for low, high in spans)


def _clock_time(second: int) -> str:
    hours, rest = divmod(second, 3600)
    return f"{hours:02}:{rest // 60:02}" + (f":{rest % 60:02}" if rest % 60 else "")
