"""Files in the browser: staged one by one while a form is open, and opened after a check of rights."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.files.storage import default_storage
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_POST

from helpdesk.customers.models import User
from tickets.forms import StagingForm
from tickets.models import Attachment
from tickets.services.attachments import MAX_FILES, FileRefused, discard_staged, stage_file
from tickets.services.filetypes import UNKNOWN_TYPE
from tickets.services.scanning import require_scanned

SANDBOX = "sandbox; default-src 'none'"  # browsers show pictures and PDF in it, too


@login_required
@require_POST
def stage(request: HttpRequest) -> JsonResponse:
    """Keep one file for a form that is still open; the answer is what its row shows.

    returns  {"id", "name", "size", "image"}, or {"error"} with a sentence that says what to do; both are an ordinary
             answer, because browsers complain in their console of any other status
    source   S4-36, D25
    """
    form = StagingForm(request.POST, request.FILES)
    if not form.is_valid():
        return JsonResponse({"error": "Soubor se nenahrál celý. Vyberte jej prosím znovu."})
    try:
        kept = stage_file(user=_user(request), **form.cleaned_data, at=timezone.now())
    except FileRefused as refusal:
        return JsonResponse({"error": refusal.reason})
    return JsonResponse({"id": kept.pk, "name": kept.name, "size": kept.size, "image": kept.is_image})


@login_required
@require_POST
def discard(request: HttpRequest, attachment_id: UUID) -> HttpResponse:
    """Remove a staged file of one's own; an attached one is not found here."""
    staged = get_object_or_404(Attachment.objects.staged().filter(uploader=_user(request)), pk=attachment_id)
    discard_staged(attachment=staged)
    return HttpResponse(status=204)


@login_required
@require_GET
def download(request: HttpRequest, attachment_id: UUID) -> HttpResponseBase:
    """The file itself, streamed; `?zobrazit` opens checked images and PDF in the browser.

    Behind nginx the answer has no body: X-Accel-Redirect lets nginx send the file from its disk.

    raises  FileHeld
    source  S4-36; ASVS 5.0 3.2.1, 5.4.1, 14.3.2
    """
    attachment = get_object_or_404(Attachment.objects.visible_to(_user(request)), pk=attachment_id)
    require_scanned(attachment)
    response = _accelerated(attachment) if settings.X_ACCEL_LOCATION else FileResponse(default_storage.open(attachment.path))
    shown = attachment.opens_inline and "zobrazit" in request.GET
    response["Content-Type"] = attachment.content_type if attachment.opens_inline else UNKNOWN_TYPE
    response["Content-Disposition"] = str(content_disposition_header(not shown, attachment.name))
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = SANDBOX
    response["Cache-Control"] = "private, no-store"
    return response


def form_token_of(request: HttpRequest) -> UUID:
    """The token of the form that was sent, a new one for a form that is only opened."""
    try:
        return UUID(request.POST["form_token"])
    except (KeyError, ValueError):
        return uuid4()


def stage_uploads(request: HttpRequest, *, form_token: UUID, at: datetime) -> list[str]:
    """Keep the files of a plain multipart form, as it comes from a browser without JavaScript.

    returns  a sentence for each file that was refused; the others stay staged for the next try
    """
    refusals = []
    for upload in request.FILES.getlist("files"):
        try:
            stage_file(user=_user(request), form_token=form_token, upload=upload, at=at)
        except FileRefused as refusal:
            refusals.append(str(refusal))
    return refusals


def take_out(request: HttpRequest, *, form_token: UUID) -> bool:
    """Whether „Odstranit“ of one staged file was pressed in a form without JavaScript; the file is gone then."""
    wanted = request.POST.get("odstranit", "")
    for attachment in Attachment.objects.staged_for(user=_user(request), form_token=form_token):
        if str(attachment.pk) == wanted:
            discard_staged(attachment=attachment)
    return bool(wanted)


def attachments_field(
    request: HttpRequest, *, form_token: UUID, errors: Sequence[str] = (), fresh: bool = False
) -> dict[str, Any]:
    """The context of the part `tickets/_attachments.html`.

    errors  what `stage_uploads` returned
    fresh   the token was made just now, so nothing can be staged under it
    """
    return {
        "form_token": form_token,
        "staged": [] if fresh else list(Attachment.objects.staged_for(user=_user(request), form_token=form_token)),
        "file_errors": errors,
        "max_files": MAX_FILES,
        "max_bytes": settings.ATTACHMENT_MAX_BYTES,
    }


def _accelerated(attachment: Attachment) -> HttpResponse:
    response = HttpResponse()
    response["X-Accel-Redirect"] = f"{settings.X_ACCEL_LOCATION.rstrip('/')}/{attachment.path}"
    return response


def _user(request: HttpRequest) -> User:
    """The signed-in person; login_required let nobody else in."""
    assert isinstance(request.user, User)  # noqa: S101 - tells the type checker what the decorator guarantees
    return request.user
