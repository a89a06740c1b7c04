"""The edge to clamd, the daemon of ClamAV: a file goes in by INSTREAM, a word comes back."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO
from urllib.parse import urlsplit

CHUNK = 64 * 1024
TIMEOUT_SECONDS = 45  # below the time limit of a task
LONGEST_ANSWER = 4096


class ScannerTrouble(Exception):
    """No answer about the file; it is asked for again later."""


def scan(file: IO[bytes], address: str) -> str:
    """What the scanner found in the file, in its own words; "" when nothing.

    address  unix:///run/clamav/clamd.ctl or tcp://host:3310
    raises   ScannerTrouble - nobody there, or the scanner itself has trouble with the file
    """
    try:
        with _connected(address) as link:
            link.sendall(b"zINSTREAM\0")
            while chunk := file.read(CHUNK):
                link.sendall(struct.pack("!I", len(chunk)) + chunk)
            link.sendall(struct.pack("!I", 0))
            answer = _answer(link)
    except (OSError, ValueError) as error:
        raise ScannerTrouble(type(error).__name__) from error
    if answer == "stream: OK":
        return ""
    if answer.startswith("stream: ") and answer.endswith(" FOUND"):
        return answer.removeprefix("stream: ").removesuffix(" FOUND")
    raise ScannerTrouble(answer[:200] or "no answer")


@contextmanager
def _connected(address: str) -> Iterator[socket.socket]:
    parts = urlsplit(address)
    if parts.scheme == "unix":
        link = socket.socket(socket.AF_UNIX)
        link.settimeout(TIMEOUT_SECONDS)
        link.connect(parts.path)
    else:
        link = socket.create_connection((parts.hostname or "", parts.port or 3310), timeout=TIMEOUT_SECONDS)
    with link:
        yield link


def _answer(link: socket.socket) -> str:
    received = b""
    while b"\0" not in received and len(received) < LONGEST_ANSWER and (part := link.recv(LONGEST_ANSWER)):
        received += part
    return received.partition(b"\0")[0].decode(errors="replace").strip()
