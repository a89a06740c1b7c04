"""The way in for the first administrator, and for the last one who lost the second factor."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from helpdesk.customers.services.administrators import invite_administrator
from helpdesk.errors import DomainError


class Command(BaseCommand):
    """Prints a one-time link; whoever runs it has the server and with it everything, so nobody else is asked."""

    help = "Print a one-time link by which an administrator sets password and second factor; a missing account is made."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--email", default="", help="address of a new account")
        parser.add_argument("--lost-factor", action="store_true", help="remove the factors that the account has")

    def handle(self, *args: Any, username: str, email: str, lost_factor: bool, **options: Any) -> None:
        try:
            link = invite_administrator(username=username, email=email, loses_factor=lost_factor, at=timezone.now())
        except DomainError as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(link)
