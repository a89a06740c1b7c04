"""Numbers as addresses, queries and forms bring them: whatever somebody wrote there, an answer and no failure."""

from __future__ import annotations

LARGEST = 2**63 - 1  # what PostgreSQL keeps as bigint


def row_key(text: object) -> int | None:
    """The key that the text writes in plain digits; None for what no row can have.

    `str.isdecimal` alone lets 5,000 digits through, which neither `int` nor PostgreSQL reads, and digits of other scripts.
    """
    written = str(text)
    if not (written.isascii() and written.isdecimal() and len(written) <= len(str(LARGEST))):
        return None
    number = int(written)
    return number if number <= LARGEST else None
