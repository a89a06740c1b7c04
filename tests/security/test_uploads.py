"""Files of others, of staff without a second factor, and a disk that nobody may fill.

source  FreeScout GHSA-wg74-ww4w-2qpc and GHSA-ph4f-2jhx-q76w, Zammad CVE-2024-33668
"""

import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.builders import MONDAY, a_customer, a_member, a_staff_member, a_ticket
from tests.tickets.desk import signed_in
from tickets.models import Attachment
from tickets.services.attachments import MAX_STAGED, FileRefused, stage_file

pytestmark = pytest.mark.django_db


def a_staged_file(user, token: uuid.UUID | None = None) -> Attachment:
    upload = SimpleUploadedFile("výpis.txt", b"obsah")
    return stage_file(user=user, form_token=token or uuid.uuid4(), upload=upload, at=MONDAY)


@pytest.mark.req("S4-36")
def test_file_is_opened_by_staff_with_a_second_factor_only(settings):
    settings.STAFF_MFA_REQUIRED = True
    file = a_staged_file(a_staff_member())

    response = signed_in(file.uploader).get(f"/prilohy/{file.pk}/")

    assert (response.status_code, response.url) == (302, f"/prihlaseni/?next=/prilohy/{file.pk}/")


def test_nobody_fills_the_disk_with_forms_that_are_never_sent():
    alice = a_member(a_customer())
    for _ in range(MAX_STAGED):
        a_staged_file(alice)

    with pytest.raises(FileRefused):
        a_staged_file(alice)

    assert Attachment.objects.count() == MAX_STAGED


def test_token_of_a_colleagues_form_brings_no_file_of_hers():
    ticket = a_ticket()
    file = a_staged_file(a_member(ticket.customer, "Bob Novák"))

    response = signed_in(ticket.author).post(
        f"/pozadavky/{ticket.pk}/zprava/", {"form_token": file.form_token, "body": "Přikládám."}
    )

    file.refresh_from_db()
    assert (response.status_code, file.ticket) == (302, None)
