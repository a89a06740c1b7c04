"""Czech dates, amounts and counts as text, icons and addresses; each function is a filter or a tag in every template.

Own f-strings and not Django's `date`: fifty of those cost more than the query of a list. Spaces inside a value do not break.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from functools import cache

from django import template
from django.templatetags.static import static
from django.urls import reverse
from django.utils.safestring import SafeString
from lucide.templatetags.lucide import lucide
from phonenumber_field.phonenumber import PhoneNumber

from sla.calendars import PRAGUE

NB = "\u00a0"
EMPTY = "-"
WEEKDAYS = ("po", "út", "st", "čt", "pá", "so", "ne")
BROWSERS = (("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox", "Firefox"), ("Chrom", "Chrome"), ("Safari", "Safari"))
SYSTEMS = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)
UNITS = (("GB", 1024**3), ("MB", 1024**2), ("kB", 1024))

register = template.Library()


@register.filter
def moment(at: datetime | None) -> str:
    """15. 10. 2024 16:15 in Prague (S4-54); „-“ for none (S4-52)."""
    if at is None:
        return EMPTY
    at = at.astimezone(PRAGUE)
    return f"{at.day}.{NB}{at.month}.{NB}{at.year} {at.hour:02}:{at.minute:02}"


@register.filter
def short_moment(at: datetime) -> str:
    """15. 10. 16:15, where the year is known from around."""
    at = at.astimezone(PRAGUE)
    return f"{at.day}.{NB}{at.month}. {at.hour:02}:{at.minute:02}"


@register.filter
def weekday_moment(at: datetime | None) -> str:
    """út 15. 10. 2024 16:15: for terms, where the day of the week matters."""
    return EMPTY if at is None else f"{WEEKDAYS[at.astimezone(PRAGUE).weekday()]}{NB}{moment(at)}"


@register.filter
def exact_moment(at: datetime | None) -> str:
    """út 15. 10. 16:15:07: with its second if it is not a whole minute, without the year, which is known from around."""
    if at is None:
        return EMPTY
    at = at.astimezone(PRAGUE)
    return f"{WEEKDAYS[at.weekday()]}{NB}{at.day}.{NB}{at.month}. {_clock(at)}"


@register.filter
def full_moment(at: datetime) -> str:
    """út 15. 10. 2024 16:15:07."""
    at = at.astimezone(PRAGUE)
    return f"{weekday_day(at)} {_clock(at)}"


def _clock(at: datetime) -> str:
    return f"{at.hour:02}:{at.minute:02}" + (f":{at.second:02}" if at.second else "")


@register.filter
def day(on: date | datetime | None) -> str:
    """15. 10. 2024; an instant gives its day in Prague."""
    if on is None:
        return EMPTY
    if isinstance(on, datetime):
        on = on.astimezone(PRAGUE)
    return f"{on.day}.{NB}{on.month}.{NB}{on.year}"


@register.filter
def short_day(on: date) -> str:
    """15. 10., where the year is known from around."""
    return f"{on.day}.{NB}{on.month}."


@register.filter
def month_year(on: date) -> str:
    """10/2024."""
    return f"{on.month}/{on.year}"


@register.filter
def weekday_day(on: date | datetime) -> str:
    """út 15. 10. 2024."""
    local = on.astimezone(PRAGUE) if isinstance(on, datetime) else on
    return f"{WEEKDAYS[local.weekday()]}{NB}{day(local)}"


@register.filter
def machine(at: datetime) -> str:
    """The `datetime` attribute of `<time>`: 2024-10-15T16:15 in Prague."""
    return at.astimezone(PRAGUE).isoformat(timespec="minutes")[:16]


@register.filter
def money(amount: Decimal | None) -> str:
    """12 480,50 Kč with a true minus sign; „-“ for none."""
    if amount is None:
        return EMPTY
    digits = f"{abs(amount):,.2f}".replace(",", NB).replace(".", ",")
    return f"{'−' if amount < 0 else ''}{digits}{NB}Kč"


@register.filter
def signed_money(amount: Decimal) -> str:
    """+300,00 Kč or −300,00 Kč, where a movement is meant."""
    return f"{'+' if amount > 0 else ''}{money(amount)}"


@register.filter
def whole_money(amount: Decimal) -> str:
    """12 480 Kč: round amounts of a scale."""
    return money(amount).replace(",00", "")


@register.filter
def duration(minutes: int | None) -> str:
    """11 h 51 min from whole minutes; „-“ for none."""
    if minutes is None:
        return EMPTY
    hours, rest = divmod(minutes, 60)
    parts = [f"{hours}{NB}h" if hours else "", f"{rest}{NB}min" if rest or not hours else ""]
    return NB.join(part for part in parts if part)


@register.filter
def exact_span(seconds: int) -> str:
    """11 h 51 min 12 s from seconds: sums of such lengths agree to the second."""
    hours, rest = divmod(seconds, 3600)
    parts = [(hours, "h"), (rest // 60, "min"), (rest % 60, "s")]
    return NB.join(f"{count}{NB}{unit}" for count, unit in parts if count) or f"0{NB}min"


@register.filter
def file_size(size: int) -> str:
    """184 kB from bytes; small files in B, large ones with one decimal place."""
    for unit, step in UNITS:
        if size >= step:
            amount = size / step
            text = f"{amount:.1f}".replace(".", ",") if amount < 10 and unit != "kB" else f"{amount:.0f}"
            return f"{text}{NB}{unit}"
    return f"{size}{NB}B"


@register.filter
def phone(number: PhoneNumber | str | None) -> str:
    """605 110 220; a foreign number with its prefix (S4-31)."""
    if not number:
        return EMPTY
    known = number if isinstance(number, PhoneNumber) else PhoneNumber.from_string(number, region="CZ")
    text = known.as_national if known.country_code == 420 else known.as_international
    return str(text).replace(" ", NB)


@register.filter
def grouped(number: int) -> str:
    """87 505: a count of many digits by thousands."""
    return f"{number:,}".replace(",", NB)


@register.filter
def counted(count: int, forms: str) -> str:
    """3 požadavky: the number with the right one of three forms, "požadavek,požadavky,požadavků"."""
    one, few, many = forms.split(",")
    return f"{grouped(count)}{NB}{one if count == 1 else few if 2 <= count <= 4 else many}"


@register.filter
def device(user_agent: str) -> str:
    """Firefox, Windows: browser and system out of what a browser says about itself."""
    browser = next((name for mark, name in BROWSERS if mark in user_agent), "Neznámý prohlížeč")
    system = next((name for mark, name in SYSTEMS if mark in user_agent), "")
    return f"{browser}, {system}" if system else browser


@register.simple_tag
@cache
def icon(name: str) -> SafeString:
    """A decorative icon of Lucide, hidden from screen readers; drawn once per process, as drawing costs 60 µs."""
    return SafeString(lucide(name, size=18, **{"class": "icon", "aria-hidden": "true"}))


@register.simple_tag(name="static")
@cache
def static_address(path: str) -> str:
    """Django's `static`, which looks the name with its fingerprint up anew for each of a page's ten files."""
    return static(path)


@register.simple_tag
def address(name: str, *numbers: int) -> str:
    """The address of a page, as `url` gives it, where nothing but numbers varies; each search by Django costs 15 to 35 µs."""
    return _pattern(name, len(numbers)).format(*map(int, numbers))


@cache
def _pattern(name: str, count: int) -> str:
    """The address with {} in place of its numbers; found once per process."""
    marks = [1_000_000_007 + place for place in range(count)]
    found = reverse(name, args=marks).replace("{", "{{").replace("}", "}}")
    for mark in marks:
        found = found.replace(str(mark), "{}")
    return found
