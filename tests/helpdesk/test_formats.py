"""Values as Czech readers expect them."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from helpdesk import formats
from tests.builders import prague

NB = "\u00a0"


@pytest.mark.req("S4-54")
def test_moment_is_czech_and_in_prague() -> None:
    assert formats.moment(datetime(2024, 10, 15, 14, 15, tzinfo=UTC)) == f"15.{NB}10.{NB}2024 16:15"
    assert formats.moment(None) == "-"


def test_terms_name_the_day_of_the_week() -> None:
    assert formats.weekday_moment(prague("2026-10-30T12:00")) == f"pá{NB}30.{NB}10.{NB}2026 12:00"
    assert formats.weekday_day(prague("2026-11-12T23:30")) == f"čt{NB}12.{NB}11.{NB}2026"
    assert formats.weekday_day(date(2026, 11, 12)) == f"čt{NB}12.{NB}11.{NB}2026"


def test_short_and_machine_forms_of_a_moment() -> None:
    at = prague("2026-03-02T09:05:30")

    assert formats.short_moment(at) == f"2.{NB}3. 09:05"
    assert formats.machine(at) == "2026-03-02T09:05"


def test_exact_moment_shows_seconds_where_there_are_some() -> None:
    assert formats.exact_moment(prague("2024-10-25T15:40:12")) == f"pá{NB}25.{NB}10. 15:40:12"
    assert formats.exact_moment(prague("2024-10-25T15:40")) == f"pá{NB}25.{NB}10. 15:40"
    assert formats.exact_moment(None) == "-"
    assert formats.full_moment(prague("2024-10-25T15:40:12")) == f"pá{NB}25.{NB}10.{NB}2024 15:40:12"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, f"0{NB}min"), (12, f"12{NB}s"), (3600, f"1{NB}h"), (42_672, f"11{NB}h{NB}51{NB}min{NB}12{NB}s")],
)
def test_exact_span_keeps_each_second(seconds: int, text: str) -> None:
    assert formats.exact_span(seconds) == text


def test_day_of_an_instant_is_the_day_in_prague() -> None:
    assert formats.day(datetime(2026, 1, 31, 23, 30, tzinfo=UTC)) == f"1.{NB}2.{NB}2026"
    assert formats.day(None) == "-"


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (Decimal("12480.5"), f"12{NB}480,50{NB}Kč"),
        (Decimal("-400"), f"−400,00{NB}Kč"),
        (None, "-"),
    ],
)
def test_money(amount: Decimal | None, text: str) -> None:
    assert formats.money(amount) == text


@pytest.mark.parametrize(
    ("minutes", "text"),
    [(0, f"0{NB}min"), (50, f"50{NB}min"), (120, f"2{NB}h"), (711, f"11{NB}h{NB}51{NB}min"), (None, "-")],
)
def test_duration(minutes: int | None, text: str) -> None:
    assert formats.duration(minutes) == text


@pytest.mark.parametrize(
    ("size", "text"),
    [(900, f"900{NB}B"), (188_416, f"184{NB}kB"), (2_621_440, f"2,5{NB}MB"), (26_214_400, f"25{NB}MB")],
)
def test_file_size(size: int, text: str) -> None:
    assert formats.file_size(size) == text


@pytest.mark.req("S4-31")
def test_phone_without_prefix_at_home_and_with_it_abroad() -> None:
    assert formats.phone("+420605110220") == f"605{NB}110{NB}220"
    assert formats.phone("+421905123456") == f"+421{NB}905{NB}123{NB}456"
    assert formats.phone("") == "-"


@pytest.mark.parametrize(("count", "text"), [(1, "požadavek"), (3, "požadavky"), (5, "požadavků"), (0, "požadavků")])
def test_counted(count: int, text: str) -> None:
    assert formats.counted(count, "požadavek,požadavky,požadavků") == f"{count}{NB}{text}"


@pytest.mark.parametrize(
    ("user_agent", "text"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "Firefox, Linux"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0", "Edge, Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Mobile Safari/604.1", "Safari, iPhone"),
        ("curl/8", "Neznámý prohlížeč"),
    ],
)
def test_device_in_two_words(user_agent: str, text: str) -> None:
    assert formats.device(user_agent) == text
