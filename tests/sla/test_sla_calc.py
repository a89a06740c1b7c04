"""`manage.py sla_calc`: questions as JSON Lines in, answers in the same order out."""

import json
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from helpdesk.embedded import CHECKOUT
from sla.questions import answer_line

WEEK = {day: [["08:00", "16:30"]] for day in ("mon", "tue", "wed", "thu", "fri")}


def a_question(**changes: Any) -> dict[str, Any]:
    """Filed on Monday 2 March 2026 at 8:00 in Prague; None takes a key out."""
    question = {
        "id": 1,
        "tz": "Europe/Prague",
        "windows": WEEK,
        "holidays": "CZ",
        "method": "Hod",
        "kind": "resolution",
        "amount": 4,
        "timeline": [["2026-03-02T07:00:00Z", "Nový"]],
        **changes,
    }
    return {key: value for key, value in question.items() if value is not None}


def ask(**changes: Any) -> dict[str, Any]:
    return json.loads(answer_line(json.dumps(a_question(**changes)).encode()))


def deadline_of(**changes: Any) -> str:
    answer = ask(**changes)
    return answer.get("deadline") or answer["error"]


def refusal(**changes: Any) -> str:
    answer = ask(**changes)
    assert set(answer) == {"id", "error"}, answer
    return answer["error"]


@pytest.mark.req("S4-67", "S4-69")
def test_an_answer_has_deadline_breach_measured_time_and_wdin():
    answer = ask(id="A-7", amount=8.5, until="2026-03-02T10:00:00Z")

    assert answer == {
        "id": "A-7",
        "deadline": "2026-03-02T15:30:00Z",
        "breach": "2026-03-03T07:00:00Z",
        "measured_seconds": 10_800,
        "wdin": True,
    }


def test_what_is_not_asked_for_is_null():
    assert ask()["measured_seconds"] is None


def test_measured_time_is_nothing_before_the_start():
    assert ask(method="NBD-Hod", until="2026-03-02T12:00:00Z")["measured_seconds"] == 0
    assert ask(until="2026-03-01T12:00:00Z")["measured_seconds"] == 0


@pytest.mark.parametrize(
    ("at", "inside"),
    [
        ("2026-03-02T06:59:59Z", False),
        ("2026-03-02T07:00:00Z", True),
        ("2026-03-02T15:29:59Z", True),
        ("2026-03-02T15:30:00Z", False),
        ("2026-03-01T10:00:00Z", False),  # Sunday
        ("2026-04-06T10:00:00Z", False),  # Easter Monday
    ],
)
@pytest.mark.req("S4-69")
def test_a_report_is_wdin_from_the_start_of_a_window_to_before_its_end(at: str, inside: bool):
    assert ask(timeline=[[at, "Nový"]])["wdin"] is inside


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"amount": 0}, "2026-03-02T07:00:00Z"),
        ({"amount": 0, "method": "NBD-Hod"}, "2026-03-03T07:00:00Z"),
        ({"amount": 0.5}, "2026-03-02T07:30:00Z"),
        ({"amount": 0.1}, "2026-03-02T07:06:00Z"),
        ({"amount": 1e-3}, "2026-03-02T07:00:04Z"),  # 3.6 s: the first whole second at which it is reached
        ({"amount": None, "amount_seconds": 1}, "2026-03-02T07:00:01Z"),
        ({"amount": None, "amount_seconds": 30_601}, "2026-03-03T07:00:01Z"),
        ({"amount": None, "amount_seconds": 43_200, "method": "Den"}, "2026-03-02T11:15:00Z"),  # half a day of 8.5 h
        ({"amount": None, "amount_seconds": 172_800, "method": "Den-Cont"}, "2026-03-04T07:00:00Z"),
        ({"amount": 1, "method": "Den"}, "2026-03-02T15:30:00Z"),
        ({"amount": 240, "method": "Min-Cont"}, "2026-03-02T11:00:00Z"),
    ],
)
def test_amounts(changes: dict[str, Any], expected: str):
    assert deadline_of(**changes) == expected


@pytest.mark.parametrize(
    ("windows", "expected"),
    [
        ({"mon": [["22:00", "06:00"]]}, "2026-03-03T01:00:00Z"),
        ({"mon": [["20:00", "24:00"]]}, "2026-03-02T23:00:00Z"),
        ({"mon": [["00:00", "00:00"]]}, "2026-03-02T11:00:00Z"),
        ({"mon": [["10:00", "12:00"], ["11:00", "13:00"], ["13:00", "15:00"]]}, "2026-03-02T13:00:00Z"),
        ({"mon": [["8:00", "08:00:30"], ["10:00", "18:00"]]}, "2026-03-02T12:59:30Z"),
        ({"sun": [["22:00", "09:00"]], "mon": [["08:00", "11:00"]], "wed": [["08:00", "10:00"]]}, "2026-03-04T08:00:00Z"),
    ],
)
def test_windows_may_overlap_touch_and_reach_over_midnight(windows: dict[str, Any], expected: str):
    assert deadline_of(windows=windows) == expected


@pytest.mark.parametrize(
    ("exceptions", "holidays", "expected"),
    [
        ({"2026-03-02": [["08:00", "10:00"]]}, "CZ", "2026-03-03T09:00:00Z"),
        ({"2026-03-02": []}, "CZ", "2026-03-03T11:00:00Z"),
        ({"2026-03-02": [["08:00", "10:00"]]}, ["2026-03-02"], "2026-03-03T09:00:00Z"),
        ({}, ["2026-03-02", "2026-03-03"], "2026-03-04T11:00:00Z"),
        ({}, [], "2026-03-02T11:00:00Z"),
        ({}, None, "2026-03-02T11:00:00Z"),
        ({"2026-03-02": [["23:00", "01:00"]]}, "CZ", "2026-03-03T09:00:00Z"),
    ],
)
def test_exceptions_replace_the_windows_of_a_date_also_on_a_holiday(exceptions: dict[str, Any], holidays: Any, expected: str):
    assert deadline_of(exceptions=exceptions, holidays=holidays) == expected


def test_service_without_end_ignores_windows_holidays_and_exceptions():
    christmas = [["2026-12-24T20:00:00Z", "Nový"]]
    closed = {"windows": None, "always": True, "exceptions": {"2026-12-24": []}, "timeline": christmas}

    assert ask(**closed)["wdin"] is True
    assert deadline_of(**closed) == "2026-12-25T00:00:00Z"
    assert deadline_of(**closed, method="NBD-Hod") == "2026-12-28T03:00:00Z"  # holidays are no working days all the same


def test_states_count_as_the_contract_says():
    timeline = [
        ["2026-03-02T07:00:00Z", "Nový"],
        ["2026-03-02T08:00:00Z", "Pozastaveno"],
        ["2026-03-02T09:00:00Z", "Přijato"],
        ["2026-03-02T10:00:00Z", "Vyřešeno"],
        ["2026-03-02T11:00:00Z", "Reklamováno"],
        ["2026-03-02T12:00:00Z", "Eskalováno"],
    ]

    assert ask(timeline=timeline, until="2026-03-02T13:00:00Z") == {
        "id": 1,
        "deadline": "2026-03-02T13:00:00Z",
        "breach": "2026-03-02T13:00:00Z",
        "measured_seconds": 4 * 3600,
        "wdin": True,
    }


@pytest.mark.req("S4-22")
def test_a_cancelled_request_has_no_clock():
    timeline = [["2026-03-02T07:00:00Z", "Nový"], ["2026-03-02T08:00:00Z", "Zrušeno"]]

    assert ask(timeline=timeline, until="2026-03-02T13:00:00Z") == {
        "id": 1,
        "deadline": None,
        "breach": None,
        "measured_seconds": None,
        "wdin": True,
    }


def test_the_deadline_is_null_when_the_clock_stands_before_it():
    standing = ask(timeline=[["2026-03-02T07:00:00Z", "Nový"], ["2026-03-02T08:00:00Z", "Pozastaveno"]])

    assert (standing["deadline"], standing["breach"]) == (None, None)


def test_of_equal_instants_the_later_entry_holds():
    timeline = [
        ["2026-03-02T07:00:00Z", "Nový"],
        ["2026-03-02T07:00:00Z", "Pozastaveno"],
        ["2026-03-02T09:00:00Z", "Pozastaveno"],
        ["2026-03-02T09:00:00Z", "Přijato"],
    ]

    assert deadline_of(timeline=timeline) == "2026-03-02T13:00:00Z"


def test_instants_take_any_offset_and_lose_parts_of_seconds():
    assert deadline_of(timeline=[["2026-03-02T08:00:00.999+01:00", "Nový"]]) == "2026-03-02T11:00:00Z"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"method": "Rok"}, "Metoda „Rok“ neexistuje; zvolte jednu z: Hod, ND-Hod, NBD-Hod, Min, Min-Cont, Den, Den-Cont."),
        ({"method": None}, "method musí být text."),
        ({"kind": "both"}, "kind musí být jedno z: reaction, resolution."),
        ({"tz": "Mars/Phobos"}, "Časové pásmo „Mars/Phobos“ neexistuje; zadejte je například jako Europe/Prague."),
        ({"tz": 1}, "tz musí být text."),
        ({"holidays": "XX"}, "Svátky země „XX“ neznáme; zadejte například CZ, nebo vyjmenujte dny."),
        ({"holidays": ["2026-02-30"]}, "holidays: datum „2026-02-30“ musí být platné RRRR-MM-DD."),
        ({"always": "ano"}, "always musí být true, nebo false."),
        ({"amount": None}, "Zadejte buď amount, nebo amount_seconds."),
        ({"amount_seconds": 60}, "Zadejte buď amount, nebo amount_seconds."),
        ({"amount": -1}, "amount musí být číslo od nuly výš."),
        ({"amount": "4"}, "amount musí být číslo od nuly výš."),
        ({"amount": True}, "amount musí být číslo od nuly výš."),
        ({"amount": 1e10}, "Lhůta je příliš dlouhá nebo má příliš mnoho desetinných míst."),
        ({"windows": {"po": []}}, "Den „po“ ve windows neznáme; dny jsou mon, tue, wed, thu, fri, sat, sun."),
        ({"windows": {"mon": [["25:00", "26:00"]]}}, "windows, mon: čas „25:00“ musí být HH:MM nebo HH:MM:SS od 00:00 do 24:00."),
        ({"windows": {"mon": [["24:00", "06:00"]]}}, "windows, mon: okno nemůže začínat ve 24:00; začněte je další den v 00:00."),
        ({"windows": {"mon": [["08:00"]]}}, 'windows, mon: okno musí být dvojice, například ["08:00", "16:30"].'),
        ({"windows": []}, "windows musí být objekt JSON."),
        ({"windows": {}}, "Kalendář nemá žádné okno služby, lhůta by nikdy neuplynula: doplňte okna."),
        ({"timeline": []}, "timeline musí být neprázdný seznam dvojic okamžik a stav."),
        ({"timeline": [["2026-03-02T07:00:00Z", "Přijato"]]}, "timeline musí začínat stavem Nový."),
        ({"timeline": [["2026-03-02T07:00:00Z", "Nové"]]}, "timeline: stav „Nové“ neznáme; stavy jsou Nový, Přijato, "),
        ({"timeline": [["2026-03-02T07:00:00", "Nový"]]}, "timeline: čas „2026-03-02T07:00:00“ nemá časové pásmo; připište Z "),
        ({"timeline": [["2026-13-02T07:00:00Z", "Nový"]]}, "timeline: čas „2026-13-02T07:00:00Z“ není platný; zapište jej jako "),
        ({"until": "2026-03-02"}, "until: čas „2026-03-02“ nemá časové pásmo; připište Z nebo posun jako +02:00."),
        (
            {"timeline": [["2026-03-02T07:00:00Z", "Nový"], ["2026-03-01T07:00:00Z", "Přijato"]]},
            "Stavy musí jít po sobě v čase: seřaďte je.",
        ),
        (
            {"method": "NBD-Hod", "windows": {"sat": [["08:00", "12:00"]]}},
            "Kalendář nemá službu v žádný pracovní den, metoda NBD by nikdy nezačala: doplňte okna od pondělí do pátku.",
        ),
        (
            {"windows": {}, "exceptions": {"2026-03-01": [["08:00", "12:00"]]}},
            "Kalendář už další službu nemá, lhůta by nikdy neuplynula: doplňte okna.",
        ),
    ],
)
def test_a_bad_question_is_answered_with_what_is_wrong(changes: dict[str, Any], sentence: str):
    assert refusal(**changes).startswith(sentence)


@pytest.mark.parametrize("line", [b"{", b"\xff", b'{"amount": NaN}', b"[" * 10_000, b'{"id": ' + b"9" * 5000 + b"}"])
def test_what_is_no_json_is_answered_all_the_same(line: bytes):
    assert json.loads(answer_line(line)) == {"id": None, "error": "Řádek není platný JSON v UTF-8."}


def test_any_id_comes_back():
    assert json.loads(answer_line(b'{"id": {"case": [1.5, "\\ud800", null]}}'))["id"] == {"case": [1.5, "\ud800", None]}
    assert json.loads(answer_line(b'[{"id": 1}]')) == {"id": None, "error": "Otázka musí být objekt JSON."}
    assert json.loads(answer_line(b'{"id": 1e999}'))["id"] is None


def test_a_file_is_answered_line_by_line_in_its_order(tmp_path: Path):
    file = tmp_path / "questions.jsonl"
    questions = [a_question(id="first"), a_question(id="bad", kind=None), a_question(id="last", amount=1)]
    file.write_bytes(b"\xef\xbb\xbf" + b"\r\n\n".join(json.dumps(question).encode() for question in questions))

    call_command("sla_calc", str(file), stdout=(out := StringIO()))

    answers = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [(answer["id"], answer.get("deadline")) for answer in answers] == [
        ("first", "2026-03-02T11:00:00Z"),
        ("bad", None),
        ("last", "2026-03-02T08:00:00Z"),
    ]


def test_a_file_that_cannot_be_read_is_said():
    with pytest.raises(CommandError, match="Soubor „není“ nelze přečíst"):
        call_command("sla_calc", "není")


def test_it_runs_without_database_and_settings_and_answers_before_the_next_question():
    command = [sys.executable, "manage.py", "sla_calc"]
    with subprocess.Popen(command, cwd=CHECKOUT, env={"LANG": "C"}, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as calculator:
        assert calculator.stdin
        assert calculator.stdout
        answers = []
        for amount in (1, 2):
            calculator.stdin.write(json.dumps(a_question(amount=amount)).encode() + b"\n")
            calculator.stdin.flush()
            answers.append(json.loads(calculator.stdout.readline())["deadline"])
        calculator.stdin.close()

    assert answers == ["2026-03-02T08:00:00Z", "2026-03-02T09:00:00Z"]
    assert calculator.returncode == 0


def test_a_reader_that_has_seen_enough_ends_it_in_silence(tmp_path: Path):
    file = tmp_path / "questions.jsonl"
    file.write_text(f"{json.dumps(a_question())}\n" * 2000)
    command = [sys.executable, "manage.py", "sla_calc", str(file)]
    with subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as calculator:
        assert calculator.stdout
        assert calculator.stderr
        calculator.stdout.readline()
        calculator.stdout.close()
        complaint = calculator.stderr.read()

    assert (calculator.returncode, complaint) == (0, b"")
