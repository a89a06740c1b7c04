"""Files of requests: what is taken, under which name and type, who may open it and how it is served."""

import hashlib
import io
import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile, TemporaryUploadedFile
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from helpdesk.customers.models import User
from tests.builders import MONDAY, a_customer, a_member, a_staff_member, a_ticket, backoffice
from tickets.models import Attachment, Ticket
from tickets.services.attachments import FileRefused, attach_staged, discard_staged, safe_name, stage_file, sweep_abandoned
from tickets.services.conversation import add_note
from tickets.services.filetypes import sniff

pytestmark = pytest.mark.django_db

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
TOKEN = uuid.UUID("5f1d9b1e-58a3-4a55-9d0c-111111111111")


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def a_staged_file(user: User, name: str = "snimek.png", content: bytes = PNG, token: uuid.UUID = TOKEN) -> Attachment:
    return stage_file(user=user, form_token=token, upload=SimpleUploadedFile(name, content), at=MONDAY)


def an_attached_file(ticket: Ticket, name: str = "snimek.png", content: bytes = PNG) -> Attachment:
    attachment = a_staged_file(ticket.author, name, content)
    attach_staged(user=ticket.author, form_token=TOKEN, ticket=ticket)
    return attachment


def status_for(person: User, address: str) -> int:
    """Of an answer that is read to its end, as a browser would."""
    answer = signed_in(person).get(address)
    answer.getvalue()
    return answer.status_code


def stored(files: Path) -> list[Path]:
    return [path for path in files.rglob("*") if path.is_file()]


@pytest.mark.req("S4-36")
@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("faktura č. 12.pdf", "faktura č. 12.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\Alice\\plán.xlsx", "plán.xlsx"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("\u202egnp.exe", "gnp.exe"),
        ("nahled\u200b.png", "nahled.png"),
        ("a\x00b.png", "ab.png"),
        ("radek\r\nSet-Cookie: x.png", "radekSet-Cookie x.png"),
        ('"><script>alert(1)</script>.png', "script.png"),
        ("..", "soubor"),
        ("", "soubor"),
        ("...", "soubor"),
        (".htaccess", "htaccess"),
        ("prehled.exe. ", "prehled.exe"),
        ("č" * 300 + ".pdf", "č" * 146 + ".pdf"),
        ("a" * 149 + " konec", "a" * 149),
    ],
)
def test_file_name_keeps_only_what_is_safe_to_show_and_to_save(given: str, kept: str):
    assert safe_name(given) == kept


@given(st.text(max_size=400))
def test_any_name_becomes_one_that_is_safe_and_stays_so(name: str):
    kept = safe_name(name)

    assert 1 <= len(kept) <= 150
    assert not set(kept) & set('/\\:*?"<>|\r\n\0\u202e')
    assert (kept.strip(" ."), safe_name(kept)) == (kept, kept)


@pytest.mark.req("S4-36")
@pytest.mark.parametrize(
    ("content", "told"),
    [
        (PNG, "image/png"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "image/jpeg"),
        (b"GIF89a/*<script>alert(1)</script>", "image/gif"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "image/webp"),
        (b"RIFF\x10\0\0\0WAVEfmt ", "application/octet-stream"),
        (PDF, "application/pdf"),
        (b"<!doctype html><script>alert(1)</script>", "application/octet-stream"),
        (b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "application/octet-stream"),
        (b"<?xml version='1.0'?><svg/>", "application/octet-stream"),
        (b"\xef\xbb\xbf<html>", "application/octet-stream"),
        (b"\n\n%PDF-1.7", "application/octet-stream"),
        (b"PK\x03\x04", "application/octet-stream"),
        ("Příliš žluťoučký kůň".encode(), "application/octet-stream"),
    ],
)
def test_type_is_told_by_content_and_only_pictures_and_pdf_have_one(content: bytes, told: str):
    assert sniff(content) == told


@pytest.mark.req("S4-36")
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("faktura.exe", b"cokoliv"),
        ("faktura.pdf.EXE", b"cokoliv"),
        ("faktura.exe.", b"cokoliv"),
        ("makro.vbs", b"MsgBox 1"),
        ("faktura.pdf", b"MZ\x90\x00\x03\x00"),
        ("faktura.png", b"\x7fELF\x02\x01\x01\x00"),
        ("skript.txt", b"#!/bin/sh\nrm -rf /"),
    ],
)
def test_program_is_refused_also_under_another_name(name: str, content: bytes, files: Path):
    with pytest.raises(FileRefused) as refusal:
        a_staged_file(a_member(a_customer()), name, content)

    assert refusal.value.reason == "Programy nepřijímáme. Pošlete protokol jako text nebo PDF."
    assert stored(files) == []


def test_payroll_that_begins_with_the_letters_of_a_program_is_taken():
    kept = a_staged_file(a_member(a_customer()), "mzdy.csv", b"MZDY;2026\nAlice;1\n")

    assert kept.name == "mzdy.csv"


@pytest.mark.req("S4-36")
def test_empty_and_too_large_files_are_refused_with_what_to_do(settings, files: Path):
    settings.ATTACHMENT_MAX_BYTES = 1024**2
    alice = a_member(a_customer())

    with pytest.raises(FileRefused) as empty:
        a_staged_file(alice, "prazdny.txt", b"")
    with pytest.raises(FileRefused) as large:
        a_staged_file(alice, "velky.bin", b"a" * (1024**2 + 1))
    exact = a_staged_file(alice, "akorat.bin", b"a" * 1024**2)

    assert str(empty.value) == "prazdny.txt: Soubor je prázdný. Zkontrolujte jej a vyberte znovu."
    assert str(large.value) == "velky.bin: Soubor je větší než 1 MB. Zmenšete jej, nebo jej rozdělte."
    assert (exact.size, len(stored(files))) == (1048576, 1)


@pytest.mark.req("D25")
def test_eleventh_file_of_one_form_is_refused_while_another_form_still_takes_files():
    alice = a_member(a_customer())
    for number in range(10):
        a_staged_file(alice, f"{number}.png")

    with pytest.raises(FileRefused) as refusal:
        a_staged_file(alice, "11.png")
    other = a_staged_file(alice, "jiny.png", token=uuid.uuid4())

    assert refusal.value.reason == "K jedné zprávě lze přidat nejvýše 10 souborů."
    assert other.name == "jiny.png"


def test_stored_file_lies_under_a_random_name_and_has_its_hash(files: Path):
    kept = a_staged_file(a_member(a_customer()), "../tajne.png")

    [path] = stored(files)
    assert (path.parent, path.read_bytes()) == (files / "attachments", PNG)
    assert "tajne" not in path.name
    assert kept.sha256 == hashlib.sha256(PNG).hexdigest()


def test_file_on_disk_is_moved_not_read_into_memory(files: Path):
    upload = TemporaryUploadedFile("velky.bin", "application/octet-stream", 3, None)
    upload.write(b"abc")
    upload.seek(0)
    on_disk = Path(upload.temporary_file_path())

    stage_file(user=a_member(a_customer()), form_token=TOKEN, upload=upload, at=MONDAY)
    upload.file._closer.delete = False  # moved away: nothing left for the temporary file to delete
    upload.close()

    assert (on_disk.exists(), stored(files)[0].read_bytes()) == (False, b"abc")


@pytest.mark.req("S4-36")
def test_removed_file_is_gone_from_table_and_disk(files: Path, django_capture_on_commit_callbacks):
    kept = a_staged_file(a_member(a_customer()))

    with django_capture_on_commit_callbacks(execute=True):
        discard_staged(attachment=kept)

    assert (Attachment.objects.count(), stored(files)) == (0, [])


def test_attached_file_cannot_be_removed():
    ticket = a_ticket()
    attachment = an_attached_file(ticket)

    discard_staged(attachment=attachment)
    answer = signed_in(ticket.author).post(reverse("tickets:discard_file", args=[attachment.pk]))

    assert (Attachment.objects.count(), answer.status_code) == (1, 404)


@pytest.mark.req("D25")
def test_sweep_takes_only_staged_files_older_than_a_day():
    ticket = a_ticket()
    an_attached_file(ticket)
    a_staged_file(ticket.author, "zapomenuty.png", token=uuid.uuid4())

    early = sweep_abandoned(at=MONDAY + timedelta(hours=24))
    late = sweep_abandoned(at=MONDAY + timedelta(hours=24, seconds=1))

    assert (early, late) == (0, 1)
    assert [attachment.name for attachment in Attachment.objects.all()] == ["snimek.png"]


@pytest.mark.req("S4-36")
def test_upload_answers_with_what_its_row_shows():
    alice = a_member(a_customer())
    upload = SimpleUploadedFile("snímek.png", PNG, content_type="text/html")

    answer = signed_in(alice).post(reverse("tickets:stage_file"), {"form_token": TOKEN, "upload": upload})

    [kept] = Attachment.objects.all()
    assert answer.json() == {"id": str(kept.pk), "name": "snímek.png", "size": 28, "image": True}


@pytest.mark.parametrize(
    ("form_token", "content", "sentence"),
    [
        (str(TOKEN), b"", "Soubor je prázdný. Zkontrolujte jej a vyberte znovu."),
        ("nesmysl", PNG, "Soubor se nenahrál celý. Vyberte jej prosím znovu."),
    ],
)
def test_refused_upload_says_what_to_do(form_token: str, content: bytes, sentence: str):
    upload = SimpleUploadedFile("snimek.png", content)

    answer = signed_in(a_member(a_customer())).post(reverse("tickets:stage_file"), {"form_token": form_token, "upload": upload})

    assert (answer.status_code, answer.json(), Attachment.objects.count()) == (200, {"error": sentence}, 0)


@pytest.mark.req("D25")
def test_staged_file_belongs_to_its_uploader_alone():
    firm = a_customer()
    alice, bob, dana = a_member(firm), a_member(firm, "Bob Kučera", is_manager=True), a_staff_member()
    kept = a_staged_file(alice)
    address = reverse("tickets:attachment", args=[kept.pk])

    answers = [status_for(person, address) for person in (alice, bob, dana)]
    removal = signed_in(bob).post(reverse("tickets:discard_file", args=[kept.pk]))

    assert (answers, removal.status_code, Attachment.objects.count()) == ([200, 404, 404], 404, 1)


def test_file_opens_for_those_who_see_the_request():
    ticket = a_ticket()
    attachment = an_attached_file(ticket)
    bob = a_member(ticket.customer, "Bob Kučera", is_manager=True)
    colleague = a_member(ticket.customer, "Robert Kučera")
    cyril = a_member(a_customer(), "Cyril Malý", is_manager=True)
    eva = a_staff_member("Eva Malá", group="účtárna")
    address = reverse("tickets:attachment", args=[attachment.pk])

    answers = [status_for(person, address) for person in (ticket.author, bob, colleague, cyril, eva)]

    assert answers == [200, 200, 404, 404, 200]
    assert signed_in(cyril).get(reverse("tickets:attachment", args=[uuid.uuid4()])).status_code == 404


def test_file_of_an_internal_note_opens_only_for_those_who_read_notes():
    ticket, dana, eva = a_ticket(), a_staff_member(), a_staff_member("Eva Malá", group="účtárna")
    kept = a_staged_file(dana)
    add_note(ticket=ticket, body="Viz příloha", by=backoffice(dana), at=MONDAY, form_token=TOKEN)
    address = reverse("tickets:attachment", args=[kept.pk])

    answers = [status_for(person, address) for person in (dana, eva, ticket.author)]

    assert answers == [200, 404, 404]


HEADERS = ("Content-Type", "Content-Disposition", "X-Content-Type-Options", "Content-Security-Policy", "Cache-Control")


@pytest.mark.parametrize(
    ("name", "content", "query", "content_type", "disposition"),
    [
        ("a.png", PNG, "", "image/png", 'attachment; filename="a.png"'),
        ("a.png", PNG, "?zobrazit", "image/png", 'inline; filename="a.png"'),
        (
            "účet.pdf",
            PDF,
            "?zobrazit",
            "application/pdf",
            "inline; filename*=utf-8''%C3%BA%C4%8Det.pdf",
        ),
        (
            "a.png",
            b"<script>alert(1)</script>",
            "?zobrazit",
            "application/octet-stream",
            'attachment; filename="a.png"',
        ),
        (
            "a.svg",
            b"<svg/>",
            "?zobrazit",
            "application/octet-stream",
            'attachment; filename="a.svg"',
        ),
    ],
)
def test_file_is_served_so_that_nothing_in_it_runs(name, content, query, content_type, disposition):
    ticket = a_ticket()
    attachment = an_attached_file(ticket, name, content)

    answer = signed_in(ticket.author).get(reverse("tickets:attachment", args=[attachment.pk]) + query)

    sent = [answer.headers[header] for header in HEADERS]
    assert sent == [content_type, disposition, "nosniff", "sandbox; default-src 'none'", "private, no-store"]
    assert (answer.streaming, answer.getvalue()) == (True, content)


def test_behind_nginx_the_file_is_sent_by_nginx(settings):
    settings.X_ACCEL_LOCATION = "/chranene/"
    ticket = a_ticket()
    attachment = an_attached_file(ticket, "účet.pdf", PDF)

    answer = signed_in(ticket.author).get(reverse("tickets:attachment", args=[attachment.pk]))

    assert (answer.headers["X-Accel-Redirect"], answer.content) == (f"/chranene/{attachment.path}", b"")
    assert answer.headers["Content-Disposition"] == "attachment; filename*=utf-8''%C3%BA%C4%8Det.pdf"


def test_form_with_far_too_many_files_is_answered_in_czech():
    alice = signed_in(a_member(a_customer()))

    answer = alice.post(reverse("tickets:stage_file"), {"form_token": TOKEN, "files": [io.BytesIO(b"a") for _ in range(31)]})

    assert answer.status_code == 400
    assert "Nejvýše 10&nbsp;souborů po&nbsp;25&nbsp;MB" in answer.content.decode()
