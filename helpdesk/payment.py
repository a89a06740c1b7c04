"""In which order work is paid: data of a contract, with presets for the usual billing modes.

source  C27, D35
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum


class Source(StrEnum):
    """Who pays. A package of a contract pays for any work, or for consultations alone."""

    COVERED = "covered"
    FREE_PHONE = "free_phone"
    PACKAGE = "package"
    CONSULTING_PACKAGE = "package_consulting"
    FLAT = "flat"
    CREDIT = "credit"
    INVOICE = "invoice"


NAMES = {
    Source.COVERED: "co je v\u00a0ceně smlouvy",
    Source.FREE_PHONE: "bezplatné telefonické minuty",
    Source.PACKAGE: "předplacený balík",
    Source.CONSULTING_PACKAGE: "předplacený balík na\u00a0konzultace",
    Source.FLAT: "paušál",
    Source.CREDIT: "kredit",
    Source.INVOICE: "faktura",
}
CHOICES = [(source.value, name) for source, name in NAMES.items()]
LAST = (Source.CREDIT, Source.INVOICE)  # either takes whatever is left
LONGEST = 5  # covered, free minutes, one package, flat and the last

Order = tuple[Source, ...]
PRESETS: dict[str, Order] = {
    "credit": (Source.COVERED, Source.FREE_PHONE, Source.CONSULTING_PACKAGE, Source.CREDIT),
    "flat": (Source.COVERED, Source.FREE_PHONE, Source.CONSULTING_PACKAGE, Source.FLAT, Source.INVOICE),
    "package": (Source.COVERED, Source.FREE_PHONE, Source.PACKAGE, Source.INVOICE),
    "hourly": (Source.COVERED, Source.FREE_PHONE, Source.INVOICE),
}


def refusal(order: Sequence[str]) -> str:
    """What is wrong with an order, in words for whoever wrote it; "" when work can be paid by it.

    order  values of Source; the table of contracts has the same rules as constraints
    """
    if any(source not in NAMES for source in order):
        return "V\u00a0pořadí je zdroj, který neznáme. Vyberte jej z\u00a0nabídky."
    if not order or order[0] != Source.COVERED:
        return "Pořadí začíná tím, co je v\u00a0ceně smlouvy: uznaná reklamace, chyba dat ani příjem se neúčtují nikdy."
    if order[-1] not in LAST or any(source in LAST for source in order[:-1]):
        return "Pořadí končí kreditem, nebo fakturou, a\u00a0jinde nejsou: za tím, co zaplatí všechno, už nic nenásleduje."
    packages = [source for source in order if source in (Source.PACKAGE, Source.CONSULTING_PACKAGE)]
    if len(set(order)) < len(order) or len(packages) > 1:
        return "Každý zdroj může být v\u00a0pořadí jen jednou, předplacený balík také jen jeden."
    return ""
