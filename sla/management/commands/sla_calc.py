"""`manage.py sla_calc [FILE]`: answers questions to the clock of the contract, an object a line; `sla.questions` says which."""

from __future__ import annotations

import io
import os
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandError, CommandParser

from sla.questions import answer_line


class Command(BaseCommand):
    """Streams: each answer leaves before the next question is read. Needs neither a database nor settings."""

    help = "Spočítá lhůty SLA: čte otázky jako JSON Lines ze souboru nebo ze standardního vstupu, na řádek odpoví řádkem."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", default="-", metavar="FILE", help="soubor s otázkami; bez něj standardní vstup")

    def handle(self, *args: Any, **options: Any) -> None:
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(encoding="utf-8")  # JSON is UTF-8, whatever the terminal's locale
        try:
            self._answer(options["file"])
        except BrokenPipeError:  # the reader has seen enough; Python must not try again while it ends
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

    def _answer(self, name: str) -> None:
        with ExitStack() as stack:
            for line in self._lines(name, stack):
                if line.strip():
                    self.stdout.write(answer_line(line))
                    self.stdout.flush()

    def _lines(self, name: str, stack: ExitStack) -> BinaryIO:
        if name == "-":
            return sys.stdin.buffer
        try:
            return stack.enter_context(Path(name).open("rb"))
        except OSError as trouble:
            raise CommandError(f"Soubor „{name}“ nelze přečíst; zkontrolujte jeho jméno a práva.") from trouble
