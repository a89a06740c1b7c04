"""Attachments of the demo, drawn by their suffix: a screenshot, a scanned page, a log."""

from __future__ import annotations

from io import BytesIO
from pathlib import PurePosixPath

from django.core.files.base import ContentFile
from PIL import Image, ImageDraw, ImageFont

PAPER = (827, 1170)  # A4 at 100 dpi
SCREEN = (960, 540)


def demo_file(name: str, title: str) -> ContentFile:
    """A small file with believable content.

    title  what it shows; only its ASCII part is drawn, the built-in font has no Czech letters
    """
    draw = {".png": _screenshot, ".pdf": _page, ".txt": _log}[PurePosixPath(name).suffix]
    return ContentFile(draw(_ascii(title)), name=name)


def _ascii(text: str) -> str:
    return text.encode("ascii", "ignore").decode()


def _screenshot(title: str) -> bytes:
    image = Image.new("RGB", SCREEN, "#eef1f3")
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 0, SCREEN[0], 44), fill="#1f4e5f")
    pen.text((18, 12), "Vektor 5.2", fill="white", font=ImageFont.load_default(18))
    for row in range(9):
        pen.rectangle((24, 76 + row * 48, SCREEN[0] - 24, 108 + row * 48), fill="white", outline="#cfd6da")
    pen.rectangle((240, 190, 720, 350), fill="white", outline="#a33a2c", width=3)
    pen.text((264, 214), "Chyba 0x80070057", fill="#a33a2c", font=ImageFont.load_default(24))
    pen.text((264, 262), title[:44], fill="#333333", font=ImageFont.load_default(16))
    return _saved(image, "PNG")


def _page(title: str) -> bytes:
    image = Image.new("RGB", PAPER, "white")
    pen = ImageDraw.Draw(image)
    pen.text((80, 90), title[:60], fill="black", font=ImageFont.load_default(26))
    for row in range(24):
        pen.rectangle((80, 170 + row * 36, 740 - row * 29 % 160, 182 + row * 36), fill="#d4d9dc")
    return _saved(image, "PDF")


def _log(title: str) -> bytes:
    lines = [f"09:{minute:02d}:17 worker[{412 + minute}] {title}: radek {minute * 3 + 1} zamitnut" for minute in range(24)]
    return "\r\n".join([*lines, "09:24:02 worker[436] konec, zamitnuto 24", ""]).encode()


def _saved(image: Image.Image, kind: str) -> bytes:
    out = BytesIO()
    image.save(out, kind)
    return out.getvalue()
