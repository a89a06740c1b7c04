"""The shipped nginx.conf in front of a real gunicorn: an attachment that nginx sends is as safe as one that we send.

nginx runs as www-data in the group that owns the files, as docker-compose.yml runs it, on ports of loopback and below a
folder of its own.
"""

from __future__ import annotations

import json
import os
import pwd
import re
import shutil
import socket
import ssl
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from django.db import connection
from django.test import Client

from helpdesk.embedded import CHECKOUT
from helpdesk.prepare import UNPACKED, server_command
from tests.builders import a_customer, a_member
from tickets.models import Attachment

PATIENCE_SECONDS = 30
FILES_GROUP = 10001  # of Dockerfile and docker-compose.yml
AS_ROOT = os.getuid() == 0
CSRF = "a" * 32
MEGABYTE = 1024**2
COMPOSE = yaml.safe_load((CHECKOUT / "docker-compose.yml").read_text())["services"]
# What nginx itself says about a file on its disk, and about the connection.
OF_THE_SERVER = {"server", "date", "connection", "keep-alive", "last-modified", "accept-ranges", "x-request-id"}


@dataclass(frozen=True)
class House:
    """The servers of a test: nginx with TLS and without, gunicorn behind it, and one that sends files itself."""

    folder: Path
    tls: int
    plain: int
    alone: int
    cookie: str

    def ask(self, path: str, *, method: str = "GET", body: bytes | None = None, **headers: str) -> Answer:
        """Through nginx, as a browser."""
        link = HTTPSConnection("127.0.0.1", self.tls, context=ssl._create_unverified_context(), timeout=20)
        sent = {"Host": "helpdesk.example", "Cookie": self.cookie, "Referer": "https://helpdesk.example/"}
        link.request(method, path, body, sent | {name.replace("_", "-"): value for name, value in headers.items()})
        return Answer.of(link)

    def ask_without_nginx(self, path: str) -> Answer:
        link = HTTPConnection("127.0.0.1", self.alone, timeout=20)
        link.request("GET", path, headers={"Host": "helpdesk.example", "Cookie": self.cookie, "X-Forwarded-Proto": "https"})
        return Answer.of(link)

    def upload(self, name: str, content: bytes) -> Attachment:
        """Stage a file by nginx and gunicorn, so that it lies on the disk as theirs does."""
        parts = [("form_token", str(uuid.uuid4()).encode()), ("csrfmiddlewaretoken", CSRF.encode())]
        body = b"".join(b'--x\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n' % (n.encode(), v) for n, v in parts)
        body += b'--x\r\nContent-Disposition: form-data; name="upload"; filename="%b"\r\n\r\n' % name.encode()
        answer = self.ask(
            "/prilohy/", method="POST", body=body + content + b"\r\n--x--\r\n", Content_Type="multipart/form-data; boundary=x"
        )
        return Attachment.objects.get(pk=json.loads(answer.body)["id"])


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @classmethod
    def of(cls, link: HTTPConnection) -> Answer:
        response = link.getresponse()
        headers = {name.lower(): value for name, value in response.getheaders()}
        answer = cls(response.status, headers, response.read())
        link.close()
        return answer

    @property
    def of_the_application(self) -> dict[str, str]:
        return {name: value for name, value in self.headers.items() if name not in OF_THE_SERVER}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def as_somebody(user: str, group: int) -> list[str]:
    """The command in front of one that is to run as an ordinary user; nothing when we are one ourselves."""
    return ["setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups"] if AS_ROOT else []


def in_files_group() -> list[str]:
    return ["setpriv", f"--regid={FILES_GROUP}", "--clear-groups"] if AS_ROOT else []


@contextmanager
def running(command: list[str], port: int, **how: object) -> Iterator[subprocess.Popen[str]]:
    """A server that answers on its port; ended by its number when the block ends."""
    process = subprocess.Popen(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **how)
    try:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                if process.poll() is not None or time.monotonic() > deadline:
                    process.kill()
                    pytest.fail(process.communicate()[0])
                time.sleep(0.1)
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=20)


def environment(files: Path, port: int, x_accel: str) -> dict[str, str]:
    database = connection.settings_dict
    return {
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": "tests.helpdesk.production",
        "PORT": str(port),
        "WEB_CONCURRENCY": "1",
        "HELPDESK_PRIVATE_SERVICES": "no",
        "SECRET_KEY": settings.SECRET_KEY,
        "HELPDESK_URL": "https://helpdesk.example",
        "HELPDESK_EXTRA_HOSTS": "localhost",
        "HELPDESK_HTTPS": "yes",
        "HELPDESK_PROXIES": COMPOSE["web"]["environment"]["HELPDESK_PROXIES"],
        "HELPDESK_X_ACCEL": x_accel,
        "HELPDESK_FILES": str(files),
        "HELPDESK_MAIL_FROM": "podpora@helpdesk.example",
        "DATABASE_URL": f"postgres://{database['USER']}@/{database['HOST']}/{database['NAME']}",
        "REDIS_URL": settings.REDIS_URL,
    }


def write_certificate(folder: Path) -> None:
    """Signed by itself, with its key, readable for whoever runs nginx."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "helpdesk.example")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    (folder / "fullchain.pem").write_bytes(certificate.public_bytes(pem))
    (folder / "privkey.pem").write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))


def shipped_configuration(folder: Path, *, tls: int, plain: int, gunicorn: int) -> str:
    """nginx.conf with this test's addresses and folders; each of them stands there, and nothing else is touched."""
    text = (CHECKOUT / "nginx.conf").read_text()
    mime_types = next(path for path in (UNPACKED / "etc/nginx/mime.types", Path("/etc/nginx/mime.types")) if path.exists())
    places = {
        "/etc/nginx/mime.types": str(mime_types),
        "/etc/nginx/tls/": f"{folder}/tls/",
        "/srv/files/": f"{folder}/files/",
        "/tmp/": f"{folder}/nginx/",
        "server web:8000;": f"server 127.0.0.1:{gunicorn};",
        "listen 8080;": f"listen 127.0.0.1:{plain};",
        "listen 8443 ": f"listen 127.0.0.1:{tls} ",
    }
    assert [place for place in places if place not in text] == []
    pattern = "|".join(map(re.escape, places))
    return re.sub(pattern, lambda found: places[found.group()], text)


@pytest.fixture(scope="module")
def servers(django_db_setup: None) -> Iterator[House]:
    """Started once; nobody is signed in yet."""
    nginx = server_command("nginx")
    if nginx is None:
        pytest.skip("nginx is not installed.")
    folder = Path(f"/var/tmp/helpdesk-test-{os.getpid()}-nginx")  # others can pass through it, unlike pytest's own
    tls, plain, gunicorn, alone = (free_port() for _ in range(4))
    with ExitStack() as stack:
        folder.mkdir(mode=0o711)
        stack.callback(shutil.rmtree, folder)
        for name, mode in (("tls", 0o755), ("nginx", 0o777), ("files", 0o750)):
            (folder / name).mkdir()
            (folder / name).chmod(mode)
        if AS_ROOT:
            os.chown(folder / "files", 0, FILES_GROUP)
        write_certificate(folder / "tls")
        (folder / "nginx.conf").write_text(shipped_configuration(folder, tls=tls, plain=plain, gunicorn=gunicorn))
        command = [*in_files_group(), sys.executable, "-m", *COMPOSE["web"]["command"].split()]
        location = COMPOSE["web"]["environment"]["HELPDESK_X_ACCEL"]
        for port, x_accel in ((gunicorn, location), (alone, "")):
            stack.enter_context(running(command, port, cwd=CHECKOUT, env=environment(folder / "files", port, x_accel)))
        start = [*nginx, "-e", "stderr", "-p", f"{folder}/nginx", "-c", f"{folder}/nginx.conf", "-g", "daemon off;"]
        stack.enter_context(running([*as_somebody("www-data", FILES_GROUP), *start], tls, cwd="/"))
        yield House(folder, tls, plain, alone, cookie="")


@pytest.fixture
def house(servers: House, transactional_db: None) -> House:
    """Alice is signed in."""
    alice = Client()
    alice.force_login(a_member(a_customer()))
    return replace(servers, cookie=f"__Host-sid={alice.cookies[settings.SESSION_COOKIE_NAME].value}; __Host-csrf={CSRF}")


@pytest.mark.req("S4-36")
def test_file_sent_by_nginx_has_the_bytes_and_headers_that_the_application_gives_it(house: House):
    large = house.upload("účet.pdf", b"%PDF-1.7\n" + b"obsah" * MEGABYTE)
    small = house.upload("skript.html", b"<script>alert(1)</script>")

    for file, query in ((large, ""), (large, "?zobrazit"), (small, "?zobrazit")):
        path = f"/prilohy/{file.pk}/{query}"
        by_nginx, by_us = house.ask(path), house.ask_without_nginx(path)

        assert (by_nginx.status, by_us.status) == (200, 200)
        assert by_nginx.of_the_application == by_us.of_the_application
        assert by_nginx.body == by_us.body
        assert "etag" not in by_nginx.headers  # sent from nginx's disk, which would number it
        assert "last-modified" in by_nginx.headers
    safe = {
        "content-type": "application/octet-stream",
        "content-disposition": 'attachment; filename="skript.html"',
        "x-content-type-options": "nosniff",
        "content-security-policy": "sandbox; default-src 'none'",
        "x-frame-options": "DENY",
        "cache-control": "private, no-store",
        "strict-transport-security": "max-age=31536000; includeSubDomains; preload",
        "referrer-policy": "same-origin",
    }
    assert {name: by_nginx.headers[name] for name in safe} == safe


@pytest.mark.req("S4-36")
def test_files_are_readable_for_nginx_and_for_no_other_user_of_the_machine(house: House):
    if not AS_ROOT:
        pytest.skip("only root can look as another user")
    kept = [house.upload("velky.txt", b"a" * 2 * MEGABYTE), house.upload("maly.txt", b"a")]

    for file in kept:
        path = house.folder / "files" / file.path
        by = {
            user: subprocess.run([*as_somebody(user, group), "head", "-c", "1", path], capture_output=True, text=True).stdout
            for user, group in (("www-data", FILES_GROUP), ("nobody", pwd.getpwnam("nobody").pw_gid))
        }
        seen = path.stat()

        assert by == {"www-data": "a", "nobody": ""}
        assert (oct(seen.st_mode & 0o777), oct(path.parent.stat().st_mode & 0o777), seen.st_gid) == (
            "0o640",
            "0o750",
            FILES_GROUP,
        )


def test_folder_of_files_cannot_be_asked_for_past_the_application(house: House):
    file = house.upload("maly.txt", b"a")

    past, foreign = house.ask(f"/protected/{file.path}"), house.ask(f"/prilohy/{uuid.uuid4()}/")

    assert (past.status, foreign.status) == (404, 404)


def test_page_comes_through_nginx_with_a_request_number_of_ours_and_plain_http_leads_to_https(house: House):
    page = house.ask("/", X_Forwarded_For="203.0.113.9", X_Request_ID="0" * 32)
    link = HTTPConnection("127.0.0.1", house.plain, timeout=20)
    link.request("GET", "/prilohy/?a=1", headers={"Host": "helpdesk.example"})
    plain = Answer.of(link)

    assert (page.status, len(page.headers["x-request-id"]), page.headers["x-request-id"] == "0" * 32) == (200, 32, False)
    assert (plain.status, plain.headers["location"]) == (301, "https://helpdesk.example/prilohy/?a=1")


def test_compose_runs_nginx_over_the_shipped_file_and_the_applications_files():
    nginx, web = COMPOSE["nginx"], COMPOSE["web"]
    dockerfile = (CHECKOUT / "Dockerfile").read_text()

    assert nginx["volumes"] == ["./nginx.conf:/etc/nginx/nginx.conf:ro", "./tls:/etc/nginx/tls:ro", "files:/srv/files:ro"]
    assert web["volumes"] == ["files:/srv/files"]
    assert nginx["user"] == f"101:{FILES_GROUP}"
    assert f"groupadd --gid {FILES_GROUP} helpdesk" in dockerfile
    assert [name for name, service in COMPOSE.items() if "ports" in service] == ["nginx"]


def test_largest_message_fits_what_nginx_lets_through():
    [limit] = re.findall(r"client_max_body_size (\d+)m;", (CHECKOUT / "nginx.conf").read_text())

    assert int(limit) * MEGABYTE > 10 * settings.ATTACHMENT_MAX_BYTES + settings.DATA_UPLOAD_MAX_MEMORY_SIZE
