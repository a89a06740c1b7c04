"""Pictures for the README: `make screenshots` loads the demo into a database of its own and writes docs/*.png by Chromium."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from helpdesk import embedded
from tests.bench.seed import recreate
from tests.bench.server import serving

DATABASE = "helpdesk_screenshots"
DOCS = Path(__file__).resolve().parent.parent / "docs"
COLOURS = 128  # enough for a page, a third of the size
ARGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update"]


@dataclass(frozen=True)
class Picture:
    """One page: who looks at it, by which way, on which screen."""

    name: str
    login: str
    go: Callable[[Page], object]
    width: int = 1280
    height: int = 900
    scheme: str = "light"


def _open_first(page: Page, text: str, listed: str) -> None:
    page.goto(listed)
    page.get_by_role("link", name=text).first.click()
    page.wait_for_load_state("networkidle")


PICTURES = [
    Picture("portal-list", "alice", lambda page: page.goto("/")),
    Picture("portal-request", "alice", lambda page: _open_first(page, "Hromadné odesílání", "/"), height=1100),
    Picture("portal-new", "alice", lambda page: page.goto("/pozadavky/novy/"), height=1100),
    Picture("portal-phone", "alice", lambda page: page.goto("/"), width=390, height=844, scheme="dark"),
    Picture("backoffice-list", "dana", lambda page: page.goto("/backoffice/tickets/ticket/")),
    Picture("backoffice-request", "dana", lambda page: _open_first(page, "Hromadné odesílání", "/backoffice/tickets/ticket/")),
    Picture("backoffice-dashboard", "vera", lambda page: page.goto("/backoffice/")),
]


def main() -> None:
    os.environ |= {"BENCH_DATABASE": DATABASE, "DJANGO_SETTINGS_MODULE": "tests.bench.settings"}
    embedded.start_if_wanted()
    _load()
    wanted = sys.argv[1:]
    with serving(DATABASE) as server, sync_playwright() as playwright:
        program = shutil.which("chromium") or shutil.which("chromium-browser")
        browser = playwright.chromium.launch(executable_path=program, args=ARGS)
        for picture in PICTURES:
            if not wanted or picture.name in wanted:
                _take(browser, picture, f"http://127.0.0.1:{server.port}")
        browser.close()


def _load() -> None:
    import django

    django.setup()
    from django.core.management import call_command
    from django.utils import timezone

    from tickets.demo.load import load_demo

    recreate(DATABASE)
    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    load_demo(now=timezone.now())


def _take(browser: Browser, picture: Picture, address: str) -> None:
    from tickets.demo.master import logins

    password = next(login.password for login in logins() if login.name == picture.login)
    size = {"width": picture.width, "height": picture.height}
    context = browser.new_context(base_url=address, viewport=size, color_scheme=picture.scheme, locale="cs-CZ")
    page = context.new_page()
    page.goto("/prihlaseni/")
    page.locator('input[name="login"]').fill(picture.login)
    page.locator('input[name="password"]').fill(password)
    page.locator('input[name="password"]').press("Enter")
    page.wait_for_load_state("networkidle")
    picture.go(page)
    page.wait_for_load_state("networkidle")
    with Image.open(BytesIO(page.screenshot())) as shot:
        DOCS.mkdir(exist_ok=True)
        shot.convert("RGB").quantize(COLOURS).save(DOCS / f"{picture.name}.png", optimize=True)
    context.close()
    print(f"docs/{picture.name}.png")


if __name__ == "__main__":
    main()
