"""Which files are refused, by name and by content, and what type the others are served as. Pure."""

from __future__ import annotations

import re

HEAD_BYTES = 0x8001 + 5  # an image of a disc says what it is only after 32 kB
TAIL_BYTES = 512
PROGRAM_NAME = re.compile(
    r"\.(apk|app|appimage|application|appref-ms|appx(bundle)?|bat|cmd|com|cpl|crx|deb|diagcab|dll|exe|gadget|hta|inf|jar|jnlp|jse?"
    r"|msc|msix(bundle)?|ms[ip]|mst|pif|ps1|ps1xml|psc1|reg|rpm|run|sc[rt]|sh|vb[es]|ws[cfh]|xbap|xll|xpi)$",
    re.IGNORECASE,
)
PROGRAM_HEADS = (
    b"\x7fELF",
    b"\xca\xfe\xba\xbe",
    b"\xfe\xed\xfa\xce",
    b"\xfe\xed\xfa\xcf",
    b"\xce\xfa\xed\xfe",
    b"\xcf\xfa\xed\xfe",
    b"#!/",
)
DISK_NAME = re.compile(r"\.(dmg|img|iso|nrg|ova|ovf|qcow2?|udf|vdi|vfd|vhdx?|vmdk|wim)$", re.IGNORECASE)
DISK_HEADS = (b"vhdxfile", b"conectix", b"KDMV", b"COWD", b"# Disk DescriptorFile", b"QFI\xfb", b"MSWIM\0\0\0")
DISK_AT_SECTOR_16 = (b"CD001", b"BEA01", b"NSR02", b"NSR03")
DISK_FOOTERS = (b"koly", b"conectix")  # of an Apple and of a fixed virtual disk
SHORTCUT_NAME = re.compile(
    r"\.(chm|desktop|iqy|library-ms|lnk|one(pkg|toc2)?|rdp|scf|search(connector)?-ms|settingcontent-ms|slk|theme(pack)?"
    r"|url|website|webloc)$",
    re.IGNORECASE,
)
SHORTCUT_HEADS = (
    b"L\0\0\0\x01\x14\x02\0",  # .lnk
    b"ITSF",  # .chm
    b"\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d\xae\xb1\x53\x78\xd0\x29\x96\xd3",  # .one
)
SHORTCUT_TEXTS = re.compile(
    rb"\s*(\[internetshortcut\]|\[desktop entry\]|\[shell\]\s+command=|(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)?"
    rb"<(mmc_consolefile|librarydescription|searchconnectordescription|persistedquery|pcsettings|jnlp|hta:application)\b)",
    re.DOTALL,
)
PLAIN_NAME = re.compile(r"\.(bmp|csv|eml|gif|heic|jpe?g|log|md|pdf|png|rtf|tiff?|txt|webp|xml)$", re.IGNORECASE)
ZIP, RAR, SEVEN_ZIP, CABINET = (b"PK\x03\x04", b"PK\x05\x06"), b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c", b"MSCF\0\0\0\0"
ARCHIVE_HEADS = (*ZIP, RAR, SEVEN_ZIP, CABINET, b"\x1f\x8b\x08", b"BZh91AY&SY", b"\xfd7zXZ\0")
INLINE_TYPES = {
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/gif": (b"GIF87a", b"GIF89a"),
    "application/pdf": (b"%PDF-",),
}
UNKNOWN_TYPE = "application/octet-stream"

PROGRAM = "Programy nepřijímáme. Pošlete protokol jako text nebo PDF."
DISK = "Obrazy disků nepřijímáme. Pošlete jen soubory, o\u00a0které jde, třeba zabalené v\u00a0ZIP."
SHORTCUT = "Zástupce a\u00a0odkazy v\u00a0souboru nepřijímáme. Pošlete soubor samotný, adresu napište do zprávy."
DISGUISED = "Podle přípony to má být dokument nebo obrázek, uvnitř je ale archiv. Pošlete soubor pod jeho správným názvem."


def refusal_of(name: str, head: bytes, tail: bytes = b"") -> str:
    """Why the file is refused, as a sentence; "" when it is taken.

    head, tail  its first HEAD_BYTES and last TAIL_BYTES, or all of it
    source      ASVS 5.0 5.2.2
    """
    if is_program(name, head):
        return PROGRAM
    if DISK_NAME.search(name) or head.startswith(DISK_HEADS) or head[0x8001:].startswith(DISK_AT_SECTOR_16):
        return DISK
    if tail[-TAIL_BYTES:].startswith(DISK_FOOTERS):
        return DISK
    if SHORTCUT_NAME.search(name) or head.startswith(SHORTCUT_HEADS) or SHORTCUT_TEXTS.match(_plain(head)):
        return SHORTCUT
    return DISGUISED if PLAIN_NAME.search(name) and head.startswith(ARCHIVE_HEADS) else ""


def is_program(name: str, head: bytes) -> bool:
    """Whether the name or the content is of a program; a Windows one starts with MZ, and so do „MZdy.csv“ without a zero byte."""
    return bool(PROGRAM_NAME.search(name)) or head.startswith(PROGRAM_HEADS) or (head.startswith(b"MZ") and b"\0" in head)


def sniff(head: bytes) -> str:
    """The content type by content alone; what a browser does not show safely is told as plain bytes.

    source  ASVS 5.0 5.2.2
    """
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "image/webp"
    found = (content_type for content_type, starts in INLINE_TYPES.items() if head.startswith(starts))
    return next(found, UNKNOWN_TYPE)


def _plain(head: bytes) -> bytes:
    """The beginning as lower-case text, also of UTF-16 and behind a byte order mark."""
    return head[:4096].lstrip(b"\xef\xbb\xbf\xff\xfe").replace(b"\0", b"").lower()
