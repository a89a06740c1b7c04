"""`manage.py demo`: fills an empty database with demo data and prints who can sign in."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from tickets.demo.load import is_empty, is_loaded, load_demo
from tickets.demo.master import logins


class Command(BaseCommand):
    """Refuses where demo data could meet real ones; run again, it prints the logins only."""

    help = "Naplní prázdnou databázi ukázkovými daty a vypíše přihlašovací údaje."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--if-empty", action="store_true", help="v databázi s vlastními daty neudělá nic")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("Ukázková data se nahrávají jen s nastavením HELPDESK_DEMO=yes, nikdy do ostrého provozu.")
        if not is_loaded():
            if not is_empty():
                if options["if_empty"]:
                    return
                raise CommandError("Databáze už obsahuje vlastní data. Ukázková data patří do prázdné databáze.")
            load_demo(now=timezone.now())
        for login in logins():
            self.stdout.write(f"demo: {login.name} {login.password} {login.role}")
