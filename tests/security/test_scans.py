"""Files that are refused by name or content, and a virus scanner whose word a download waits for."""

from __future__ import annotations

import io
import socket
import socketserver
import struct
import threading
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.builders import MONDAY, a_customer, a_member, a_staff_member, a_ticket
from tests.tickets.desk import page_of, signed_in, text_of
from tickets.models import Attachment
from tickets.services.attachments import FileRefused, attach_staged, stage_file
from tickets.services.filetypes import DISGUISED, DISK, PROGRAM, SHORTCUT
from tickets.services.scanning import scan_next
from tickets.tasks import scan_files

pytestmark = pytest.mark.django_db
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
ISO = bytes(0x8001) + b"CD001\x01" + bytes(100)


def a_zip(name: str = "nastroj.exe") -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(name, b"MZ\0\0")
    return packed.getvalue()


def staged(name: str, content: bytes, alice=None) -> Attachment:
    return stage_file(
        user=alice or a_member(a_customer()), form_token=uuid4(), upload=SimpleUploadedFile(name, content), at=MONDAY
    )


NAMES = {
    DISK: "iso img vhd vhdx vmdk vdi dmg wim",
    SHORTCUT: "lnk url desktop scf chm library-ms search-ms searchconnector-ms settingcontent-ms one rdp",
    PROGRAM: "msc hta jnlp appref-ms application msix xll msp wsc ps1 jar scr",
}


@pytest.mark.req("S4-36")
@pytest.mark.parametrize(
    ("reason", "suffix"), [(reason, suffix) for reason, all_of in NAMES.items() for suffix in all_of.split()]
)
def test_disk_images_shortcuts_and_what_runs_are_refused_by_name(reason: str, suffix: str, files: Path):
    with pytest.raises(FileRefused) as refusal:
        staged(f"Faktura.pdf.{suffix.upper()}", b"cokoliv")

    assert refusal.value.reason == reason
    assert [path for path in files.rglob("*") if path.is_file()] == []


@pytest.mark.req("S4-36")
@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("faktura.pdf", ISO, DISK),
        ("zaloha.dat", b"vhdxfile" + bytes(100), DISK),
        ("zaloha.dat", bytes(2048) + b"conectix" + bytes(504), DISK),
        ("zaloha.dat", bytes(2048) + b"koly" + bytes(508), DISK),
        ("zaloha.dat", b"KDMV" + bytes(100), DISK),
        ("faktura.txt", b"L\0\0\0\x01\x14\x02\0" + bytes(60), SHORTCUT),
        ("napoveda.txt", b"ITSF\x03\0\0\0", SHORTCUT),
        ("faktura.txt", b"[InternetShortcut]\r\nURL=file://203.0.113.9/a\r\n", SHORTCUT),
        ("faktura.txt", "\ufeff[InternetShortcut]\r\nURL=file://a\r\n".encode("utf-16-le"), SHORTCUT),
        ("faktura.txt", b"\xef\xbb\xbf\n[Desktop Entry]\nExec=sh -c id\n", SHORTCUT),
        ("faktura.xml", b'<?xml version="1.0"?>\n<MMC_ConsoleFile ConsoleVersion="3.0">', SHORTCUT),
        ("faktura.xml", b'<?xml version="1.0"?><libraryDescription xmlns="x">', SHORTCUT),
        ("faktura.xml", b"<jnlp spec='1.0+'>", SHORTCUT),
        ("faktura.pdf", a_zip(), DISGUISED),
        ("snimek.png", b"Rar!\x1a\x07\x01\0", DISGUISED),
        ("mzdy.csv", b"7z\xbc\xaf\x27\x1c\0\x04", DISGUISED),
        ("protokol.log", b"\x1f\x8b\x08\0", DISGUISED),
        ("faktura.zip", b"MZ\x90\0\x03\0", PROGRAM),
        ("faktura.pdf", b"\xcf\xfa\xed\xfe\x07\0", PROGRAM),
    ],
)
def test_what_pretends_to_be_something_else_is_refused_by_its_content(name: str, content: bytes, reason: str):
    with pytest.raises(FileRefused) as refusal:
        staged(name, content)

    assert refusal.value.reason == reason


@pytest.mark.req("S4-36")
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("nastroje.zip", a_zip()),
        ("tabulka.xlsx", a_zip("xl/workbook.xml")),
        ("data.bin", bytes(40_000)),
        ("nastaveni.ini", b"[Shell]\nverze=3\n"),
        ("navod.txt", "Otevřete [InternetShortcut] v souboru.".encode()),
        ("data.xml", b'<?xml version="1.0"?><faktura/>'),
        ("vykres.cdr", b"RIFF\x10\0\0\0CDR9"),
    ],
)
def test_ordinary_files_and_archives_under_their_own_name_are_taken_as_plain_bytes(name: str, content: bytes):
    assert staged(name, content).content_type == "application/octet-stream"


class Clamd(socketserver.ThreadingTCPServer):
    """What clamd says on its socket, as far as INSTREAM goes: OK, FOUND, or an error that a test sets."""

    allow_reuse_address = True
    daemon_threads = True
    answer = ""
    received: list[bytes]


class Conversation(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        assert self.rfile.read(10) == b"zINSTREAM\0"
        content = b""
        while length := struct.unpack("!I", self.rfile.read(4))[0]:
            content += self.rfile.read(length)
        self.server.received.append(content)
        found = "stream: Win.Test.EICAR_HDB-1 FOUND" if EICAR in content else "stream: OK"
        self.wfile.write((self.server.answer or found).encode() + b"\0")


@pytest.fixture
def clamd(settings) -> Iterator[Clamd]:
    with Clamd(("127.0.0.1", 0), Conversation) as server:
        server.received = []
        threading.Thread(target=server.serve_forever, daemon=True).start()
        settings.CLAMD = f"tcp://127.0.0.1:{server.server_address[1]}"
        yield server
        server.shutdown()


def an_attached_file(content: bytes) -> Attachment:
    ticket = a_ticket()
    file = staged("protokol.txt", content, ticket.author)
    attach_staged(user=ticket.author, form_token=file.form_token, ticket=ticket)
    file.refresh_from_db()
    return file


def opened(file: Attachment, person=None) -> tuple[int, str]:
    answer = signed_in(person or file.uploader).get(f"/prilohy/{file.pk}/")
    return answer.status_code, answer.getvalue().decode().replace("\u00a0", " ") if answer.streaming else text_of(answer)


def test_without_a_scanner_a_file_opens_at_once():
    file = an_attached_file(b"obsah")

    assert (file.scan, opened(file)) == ("", (200, "obsah"))


def test_file_opens_only_after_its_scan(clamd: Clamd):
    content = b"obsah" * 50_000  # more than one chunk
    file = an_attached_file(content)
    before = opened(file)

    scan_files()
    after = opened(file)

    assert before[0] == 409
    assert "Soubor protokol.txt se ještě kontroluje na viry. Otevřete jej prosím za chvíli." in before[1]
    assert after == (200, content.decode())
    assert clamd.received == [content]


def test_file_with_a_virus_is_held_and_both_sides_are_told(clamd: Clamd):
    file, dana = an_attached_file(b"protokol " + EICAR), a_staff_member()

    scan_files()

    file.refresh_from_db()
    sentence = (
        "Soubor protokol.txt jsme zadrželi, kontrola v něm našla škodlivý kód (Win.Test.EICAR_HDB-1). Pošlete prosím čistý."
    )
    assert (file.scan, file.scan_found) == ("found", "Win.Test.EICAR_HDB-1")
    for person, page in ((file.uploader, f"/pozadavky/{file.ticket_id}/"), (dana, page_of(file.ticket))):
        status, answer = opened(file, person)
        assert status == 409
        assert sentence in answer
        assert sentence in text_of(signed_in(person).get(page))


@pytest.mark.parametrize("answer", ["INSTREAM size limit exceeded. ERROR", "stream: Can't allocate memory ERROR", "nesmysl"])
def test_file_about_which_the_scanner_has_trouble_stays_closed_and_is_scanned_again(clamd: Clamd, answer: str):
    clamd.answer = answer
    file = an_attached_file(b"obsah")

    tried = [scan_next(at=MONDAY), scan_next(at=MONDAY)]
    clamd.answer = ""
    closed = opened(file)[0]
    later = [scan_next(at=MONDAY + timedelta(minutes=1)), scan_next(at=MONDAY + timedelta(minutes=1))]

    assert (tried, closed, later, opened(file)[0]) == ([True, False], 409, [True, False], 200)


def test_file_stays_closed_while_nobody_answers(settings):
    with socket.create_server(("127.0.0.1", 0)) as probe:
        settings.CLAMD = f"tcp://127.0.0.1:{probe.getsockname()[1]}"
    file = an_attached_file(b"obsah")

    scan_files()

    file.refresh_from_db()
    assert (file.scan, opened(file)[0]) == ("waiting", 409)


def test_scanner_is_reached_by_its_unix_socket_too(clamd: Clamd, settings, tmp_path: Path):
    class Local(socketserver.ThreadingUnixStreamServer):
        answer = ""
        received: list[bytes] = []
        daemon_threads = True

    with Local(str(tmp_path / "clamd.ctl"), Conversation) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        settings.CLAMD = f"unix://{tmp_path}/clamd.ctl"
        file = an_attached_file(EICAR)
        scan_files()
        server.shutdown()

    file.refresh_from_db()
    assert file.scan == "found"


def test_scan_that_was_killed_is_taken_up_again_after_its_lease(clamd: Clamd):
    file = an_attached_file(b"obsah")
    Attachment.objects.update(scan_again_at=MONDAY + timedelta(minutes=2))  # as the claim of a dead process leaves it

    early, late = scan_next(at=MONDAY + timedelta(minutes=1)), scan_next(at=MONDAY + timedelta(minutes=2))

    file.refresh_from_db()
    assert (early, late, file.scan) == (False, True, "clean")
