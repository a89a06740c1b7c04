"""A real browser against a live server; whatever it complains of fails the test."""

from __future__ import annotations

import base64
import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from playwright.sync_api import Browser, Page, sync_playwright

from helpdesk.customers.models import User

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright's loop runs in the thread of the test

SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
HEIGHT = 900
PNG = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
GIVE = """([kind, name, type, content, to]) => {
  const files = new DataTransfer();
  files.items.add(new File([Uint8Array.from(atob(content), (char) => char.charCodeAt(0))], name, { type }));
  const event = kind === "paste"
    ? new ClipboardEvent("paste", { clipboardData: files, bubbles: true, cancelable: true })
    : new DragEvent(kind, { dataTransfer: files, bubbles: true, cancelable: true });
  document.querySelector(to).dispatchEvent(event);
}"""


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("Chromium is not installed.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=SWITCHES)
        yield browser
        browser.close()


@pytest.fixture
def open_browser(chromium: Browser, live_server: Any) -> Iterator[Callable[..., Page]]:
    """Windows on demand: open_browser(theme="dark", width=390, user=alice, scripts=False).

    Console errors and violations of the policy for scripts, in any of them, fail the test when it ends.
    """
    complaints: list[str] = []
    contexts = []

    def open_window(*, theme: str = "light", width: int = 1280, user: User | None = None, scripts: bool = True) -> Page:
        context = chromium.new_context(
            base_url=live_server.url,
            color_scheme=theme,
            viewport={"width": width, "height": HEIGHT},
            locale="cs-CZ",
            java_script_enabled=scripts,
        )
        contexts.append(context)
        if user:
            context.add_cookies([session_cookie(user, live_server.url)])
        page = context.new_page()
        page.on("console", lambda message: message.type == "error" and complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield open_window
    for context in contexts:
        context.close()
    assert complaints == []


def session_cookie(user: User, url: str) -> Any:
    """The cookie of somebody who has signed in."""
    client = Client()
    client.force_login(user)
    return {"name": "sid", "value": client.cookies["sid"].value, "url": url}


def faults_of(page: Page) -> list[str]:
    """What axe finds against WCAG 2.2 AA, and a page wider than its window."""
    found = Axe().run(page, options={"runOnly": WCAG}).response["violations"]
    faults = [f"{fault['id']}: {node['target']}" for fault in found for node in fault["nodes"]]
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        faults.append("wider than the window")
    return faults


def open_signed_in(open_browser: Callable[..., Page], login: str, password: str) -> Page:
    """A window of somebody who came through the sign-in form."""
    page = open_browser()
    page.goto("/prihlaseni/")
    page.get_by_label("Přihlašovací jméno").fill(login)
    page.get_by_label("Heslo").fill(password)
    page.get_by_role("button", name="Přihlásit se", exact=True).click()
    page.wait_for_url(lambda url: "prihlaseni" not in url)
    return page


def give(page: Page, kind: str, name: str, mime: str = "image/png", content: bytes = PNG, to: str = "#id_description") -> None:
    """Hand a file to the page as the clipboard or the mouse does."""
    page.evaluate(GIVE, [kind, name, mime, base64.b64encode(content).decode(), to])
