"""Files: staged while a form is open, attached when it is sent, swept when it never is."""

from __future__ import annotations

import hashlib
import unicodedata
import uuid
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from typing import Any

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import transaction

from helpdesk.customers.models import User
from helpdesk.customers.services import limits
from helpdesk.errors import DomainError
from helpdesk.mail import wake
from tickets.models import Attachment, Message, Note, Ticket
from tickets.services import scanning
from tickets.services.filetypes import HEAD_BYTES, TAIL_BYTES, refusal_of, sniff

MAX_FILES = 10
MAX_STAGED = 60  # of all open forms of a person: a disk must not fill with files that nobody sends
NAME_LIMIT = 150
ABANDONED_AFTER = timedelta(hours=24)
UNSAFE_IN_NAMES = frozenset('\\/:*?"<>|')


class FileRefused(DomainError):
    """The file is too large, one too many, empty or a program; `reason` says so without the file's name."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name}: {reason}")
        self.reason = reason


@transaction.atomic
def stage_file(*, user: User, form_token: uuid.UUID, upload: File, at: datetime) -> Attachment:
    """Keep an uploaded file for a form that is still open.

    upload   with .name as the sender calls it
    raises   FileRefused
    source   S4-36, D25
    """
    name = safe_name(upload.name or "")
    limit = settings.ATTACHMENT_MAX_BYTES
    if upload.size > limit:
        raise FileRefused(name, f"Soubor je větší než {limit // 1024**2} MB. Zmenšete jej, nebo jej rozdělte.")
    if not upload.size:
        raise FileRefused(name, "Soubor je prázdný. Zkontrolujte jej a vyberte znovu.")
    User.objects.locked(user.pk)  # two uploads at once count one after the other
    if Attachment.objects.staged_for(user=user, form_token=form_token).count() >= MAX_FILES:
        raise FileRefused(name, f"K jedné zprávě lze přidat nejvýše {MAX_FILES} souborů.")
    if Attachment.objects.staged().filter(uploader=user).count() >= MAX_STAGED:
        raise FileRefused(name, "Máte nahráno mnoho souborů, které jste neodeslali. Odešlete je, nebo to zkuste zítra.")
    _count_bytes(user, name, upload.size, at)
    head = upload.read(HEAD_BYTES)
    upload.seek(max(upload.size - TAIL_BYTES, 0))
    if reason := refusal_of(name, head, upload.read(TAIL_BYTES)):
        raise FileRefused(name, reason)
    upload.seek(0)
    digest = hashlib.file_digest(upload, "sha256").hexdigest()
    upload.seek(0)
    attachment = Attachment.objects.create(
        uploader=user,
        form_token=form_token,
        name=name,
        size=upload.size,
        content_type=sniff(head),
        sha256=digest,
        path=f"attachments/{uuid.uuid4().hex}",
        created_at=at,
        **_to_be_scanned(at),
    )
    default_storage.save(attachment.path, upload)  # last: a refused row leaves no file behind
    return attachment


def _to_be_scanned(at: datetime) -> dict[str, Any]:
    """Where a scanner is set, a new file waits for it; the sweep is woken, so that the wait is short."""
    if not settings.CLAMD:
        return {}
    wake.on_commit(scanning.SWEEP)
    return {"scan": Attachment.Scan.WAITING, "scan_again_at": at}


def _count_bytes(user: User, name: str, size: int, at: datetime) -> None:
    if not user.is_staff:
        try:
            limits.count_of_person(person=user, kind=limits.Kind.UPLOAD, at=at, amount=size)
        except limits.LimitReached as refusal:
            raise FileRefused(name, str(refusal)) from refusal


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
    """The file name without path, control, direction and invisible characters, at most 150 long with its suffix kept."""
    name = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    name = "".join(char for char in name if char not in UNSAFE_IN_NAMES and unicodedata.category(char)[0] not in "C")
    name = " ".join(name.split()).strip(" .") or "soubor"
    suffix = PurePosixPath(name).suffix[:20]
    return name if len(name) <= NAME_LIMIT else name[: NAME_LIMIT - len(suffix)].rstrip(" .") + suffix
