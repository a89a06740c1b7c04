"""The edge to the mail server; trouble outside is caught here and nowhere else."""

from __future__ import annotations

import smtplib
from email.utils import format_datetime, parseaddr
from types import TracebackType
from typing import Self, cast

import structlog
from django.conf import settings
from django.core.mail import BadHeaderError, EmailMultiAlternatives
from django.core.mail.backends.smtp import EmailBackend

from helpdesk.mail.html import letter_html
from helpdesk.mail.models import OutgoingMail

PERMANENT = range(500, 600)
OK = range(200, 300)
SERVICE_CLOSES = 421

log = structlog.get_logger(__name__)


class LetterRefused(Exception):
    """The server (or the address itself) does not let this letter through.

    is_permanent  another try is useless
    """

    def __init__(self, reply: str, *, is_permanent: bool) -> None:
        super().__init__(reply)
        self.is_permanent = is_permanent


class ServerUnreachable(Exception):
    """No server answers, or it does not let us in; no letter can be sent now."""


class Postman:
    """Carries letters over one connection, opened with the first and opened again after trouble."""

    def __init__(self) -> None:
        self._backend = EmailBackend(timeout=settings.EMAIL_TIMEOUT)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._hang_up()

    def deliver(self, mail: OutgoingMail) -> str:
        """Hand one letter over.

        returns  the server's answer, such as "250 2.0.0 Ok: queued as 4F1A2"
        raises   LetterRefused, ServerUnreachable
        """
        try:
            sender, recipient, content = envelope(mail)
        except (BadHeaderError, UnicodeError, ValueError) as error:
            raise LetterRefused(f"Adresu ani předmět nelze použít: {error}", is_permanent=True) from error
        server = self._connection()
        try:
            return self._converse(server, sender, recipient, content)
        except (smtplib.SMTPServerDisconnected, OSError) as error:
            # It may have been taken over before the line broke: the repeat carries the same Message-ID.
            self._hang_up()
            raise LetterRefused(f"Spojení se přerušilo: {_in_words(error)}", is_permanent=False) from error

    def _connection(self) -> smtplib.SMTP:
        try:
            self._backend.open()
            server = cast(smtplib.SMTP, self._backend.connection)
            server.ehlo_or_helo_if_needed()
        except (smtplib.SMTPException, OSError) as error:
            self._hang_up()
            raise ServerUnreachable(_in_words(error)) from error
        return server

    def _converse(self, server: smtplib.SMTP, sender: str, recipient: str, content: bytes) -> str:
        size = [f"size={len(content)}"] if server.has_extn("size") else []
        # A refused sender is our own configuration, the same for every letter: never the end of a letter.
        self._check(server.mail(sender, size), never_permanent=True)
        self._check(server.rcpt(recipient))
        try:
            return self._check(server.data(content))
        except smtplib.SMTPDataError as error:
            return self._check((error.smtp_code, error.smtp_error))

    def _check(self, answer: tuple[int, bytes | str], *, never_permanent: bool = False) -> str:
        code, words = answer
        reply = f"{code} {words.decode(errors='replace') if isinstance(words, bytes) else words}"
        if code in OK:
            return reply
        if code == SERVICE_CLOSES:
            self._hang_up()
        elif self._backend.connection:
            self._backend.connection.rset()
        raise LetterRefused(reply, is_permanent=code in PERMANENT and not never_permanent)

    def _hang_up(self) -> None:
        try:
            self._backend.close()
        except (smtplib.SMTPException, OSError) as error:
            log.info("smtp_close_failed", error=type(error).__name__)
        finally:
            self._backend.connection = None


def envelope(mail: OutgoingMail) -> tuple[str, str, bytes]:
    """Sender and recipient for the server, and the letter itself as it goes over the wire.

    raises  BadHeaderError, UnicodeError, ValueError - the row holds something that no letter may carry
    """
    message = EmailMultiAlternatives(
        subject=mail.subject,
        body=mail.text,
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[mail.recipient],
        headers=_headers(mail),
    )
    message.attach_alternative(letter_html(mail), "text/html")
    content = message.message().as_bytes(linesep="\r\n")  # type: ignore[call-arg]  # Django's own message class takes it
    return bare_address(settings.DEFAULT_FROM_EMAIL), bare_address(mail.recipient), content


def _headers(mail: OutgoingMail) -> dict[str, str]:
    headers = {
        "Message-ID": f"<{mail.message_id}>",
        "Date": format_datetime(mail.created_at),
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "Content-Language": "cs",
    }
    if mail.in_reply_to:
        headers |= {"In-Reply-To": f"<{mail.in_reply_to}>", "References": f"<{mail.in_reply_to}>"}
    return headers


def bare_address(text: str) -> str:
    """The address alone, its domain as DNS knows it.

    raises  UnicodeError, ValueError - not exactly one address that SMTP can carry
    """
    local, _, domain = parseaddr(text)[1].rpartition("@")
    if not local or not domain or any(character.isspace() for character in local + domain):
        raise ValueError("neplatná adresa")
    return f"{local.encode('ascii').decode()}@{domain.encode('idna').decode()}"


def _in_words(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        words = error.smtp_error
        return f"{error.smtp_code} {words.decode(errors='replace') if isinstance(words, bytes) else words}"
    return str(error) or type(error).__name__
