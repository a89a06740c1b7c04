"""Files: staged while a form is open, attached when it is sent, swept when it never is."""

from __future__ import annotations

import hashlib
import re
import unicodedata
import uuid
from datetime import datetime, timedelta
from pathlib import PurePosixPath

import puremagic
from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import transaction

from helpdesk.customers.models import User
from helpdesk.errors import DomainError
from tickets.models import Attachment, Message, Note, Ticket

MAX_FILES = 10
NAME_LIMIT = 150
ABANDONED_AFTER = timedelta(hours=24)
HEAD_BYTES = 8192
UNSAFE_IN_NAMES = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|\u200e\u200f\u202a-\u202e\u2066-\u2069]')
PROGRAM_SUFFIXES = frozenset(
    [
        ".exe",
        ".com",
        ".bat",
        ".cmd",
        ".msi",
        ".scr",
        ".pif",
        ".cpl",
        ".jar",
        ".js",
        ".jse",
        ".vbs",
        ".vbe",
        ".wsf",
        ".wsh",
        ".ps1",
        ".hta",
        ".lnk",
        ".reg",
        ".dll",
        ".sh",
        ".apk",
    ]
)
PROGRAM_HEADS = (b"MZ", b"\x7fELF", b"\xca\xfe\xba\xbe", b"#!")
INLINE_TYPES = {
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/gif": (b"GIF87a", b"GIF89a"),
    "application/pdf": (b"%PDF-",),
}
UNKNOWN_TYPE = "application/octet-stream"


class FileRefused(DomainError):
    """The file is too large, one too many, empty or a program."""


@transaction.atomic
def stage_file(*, user: User, form_token: uuid.UUID, upload: File, at: datetime) -> Attachment:
    """Keep an uploaded file for a form that is still open.

    upload   with .name as the sender calls it
    raises   FileRefused
    source   S4-36, D25
    """
    name = safe_name(upload.name or "")
    if upload.size > settings.ATTACHMENT_MAX_BYTES:
        raise FileRefused(f"{name}: soubor je větší než 25 MB. Zmenšete jej, nebo jej rozdělte.")
    if not upload.size:
        raise FileRefused(f"{name}: soubor je prázdný. Zkontrolujte jej a vyberte znovu.")
    User.objects.locked(user.pk)
    if Attachment.objects.staged_for(user=user, form_token=form_token).count() >= MAX_FILES:
        raise FileRefused(f"{name}: k jedné zprávě lze přidat nejvýše {MAX_FILES} souborů.")
    head = upload.read(HEAD_BYTES)
    if PurePosixPath(name).suffix.lower() in PROGRAM_SUFFIXES or head.startswith(PROGRAM_HEADS):
        raise FileRefused(f"{name}: programy nepřijímáme. Pošlete protokol jako text nebo PDF.")
    upload.seek(0)
    digest = hashlib.file_digest(upload, "sha256").hexdigest()
    upload.seek(0)
    return Attachment.objects.create(
        uploader=user,
        form_token=form_token,
        name=name,
        size=upload.size,
        content_type=sniff(head),
        sha256=digest,
        path=default_storage.save(f"attachments/{uuid.uuid4().hex}", upload),
        created_at=at,
    )


@transaction.atomic
def discard_staged(*, attachment: Attachment) -> None:
    """Remove a file that its owner took out of the form; an attached one stays."""
    found = Attachment.objects.staged().select_for_update().filter(pk=attachment.pk).first()
    if found:
        found.delete()
        transaction.on_commit(lambda: default_storage.delete(found.path))


def attach_staged(
    *, user: User, form_token: uuid.UUID, ticket: Ticket, message: Message | None = None, note: Note | None = None
) -> int:
    """Give the staged files of a form to the request; part of the act that sends the form."""
    return Attachment.objects.staged_for(user=user, form_token=form_token).update(ticket=ticket, message=message, note=note)


def sweep_abandoned(*, at: datetime) -> int:
    """Delete files of forms that were never sent; returns how many."""
    abandoned = list(Attachment.objects.abandoned(at - ABANDONED_AFTER)[:500])
    for attachment in abandoned:
        discard_staged(attachment=attachment)
    return len(abandoned)


def safe_name(name: str) -> str:
    """The file name without path, control and direction characters, at most 150 long with its suffix kept."""
    name = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    name = UNSAFE_IN_NAMES.sub("", name).strip(" .") or "soubor"
    suffix = PurePosixPath(name).suffix[:20]
    return name if len(name) <= NAME_LIMIT else name[: NAME_LIMIT - len(suffix)] + suffix


def sniff(head: bytes) -> str:
    """The content type by content alone; what a browser would run is told as plain bytes.

    source  ASVS 5.0 5.2.2
    """
    for content_type, starts in INLINE_TYPES.items():
        if head.startswith(starts):
            return content_type
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    try:
        found = puremagic.from_string(head, mime=True)
    except puremagic.PureError:
        found = ""
    if found in INLINE_TYPES or found == "image/webp" or "html" in found or "svg" in found or "xml" in found or "script" in found:
        return UNKNOWN_TYPE
    return found or UNKNOWN_TYPE
