"""Virus scans of uploaded files: rows that wait, claimed by a sweep; a file opens only when its scan is through."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.core.files.storage import default_storage
from django.db import transaction

from helpdesk.errors import DomainError
from tickets import clamd
from tickets.models import Attachment

SWEEP = "tickets.tasks.scan_files"
LEASE = timedelta(minutes=2)
AGAIN_AFTER = timedelta(minutes=1)

log = structlog.get_logger("helpdesk.security")


class FileHeld(DomainError):
    """The file waits for its scan, or something was found in it."""


def require_scanned(attachment: Attachment) -> None:
    """raises  FileHeld"""
    if attachment.trouble:
        raise FileHeld(attachment.trouble)


def scan_next(*, at: datetime) -> bool:
    """Scan one file that waits; False when none does.

    The claim is a lease of its own transaction, so that a long scan locks nothing and a killed one is taken up again.
    """
    claimed = _claim(at)
    if claimed is None:
        return False
    try:
        with default_storage.open(claimed.path) as file:
            found = clamd.scan(file, settings.CLAMD)
    except FileNotFoundError:
        return True  # taken out of its form meanwhile
    except clamd.ScannerTrouble as trouble:
        log.error("scan_failed", attachment=str(claimed.pk), trouble=str(trouble))
        Attachment.objects.filter(pk=claimed.pk).update(scan_again_at=at + AGAIN_AFTER)
        return True
    _settle(claimed, found, at)
    return True


@transaction.atomic
def _claim(at: datetime) -> Attachment | None:
    waiting = Attachment.objects.select_for_update(skip_locked=True).to_be_scanned(at).order_by("scan_again_at", "id")
    claimed = waiting.first()
    if claimed:
        Attachment.objects.filter(pk=claimed.pk).update(scan_again_at=at + LEASE)
    return claimed


def _settle(attachment: Attachment, found: str, at: datetime) -> None:
    state = Attachment.Scan.FOUND if found else Attachment.Scan.CLEAN
    Attachment.objects.filter(pk=attachment.pk, scan=Attachment.Scan.WAITING).update(
        scan=state, scan_found=found[:200], scanned_at=at, scan_again_at=None
    )
    if found:
        log.warning("virus_found", attachment=str(attachment.pk), found=found[:200], uploader=attachment.uploader_id)
