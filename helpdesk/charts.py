"""Charts as SVG from the server: they need no script, print well and say the same in words.

Every function is a tag in every template. Colours come from the text around (`currentColor`).
"""

from __future__ import annotations

from collections.abc import Sequence

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

HEIGHT = 64
COLUMN = 10
GAP = 3

register = template.Library()


@register.simple_tag
def columns(values: Sequence[int], sentence: str) -> SafeString:
    """One column per value, the highest as high as the chart; `sentence` says in words what the picture shows.

    values    not negative, in the order of time
    sentence  for those who do not see the picture; the numbers belong into a table beside it
    """
    top = max(values, default=0) or 1
    bars = format_html_join(
        "",
        '<rect x="{}" y="{}" width="{}" height="{}" rx="1"/>',
        (_column(number, value, top) for number, value in enumerate(values)),
    )
    return format_html(
        '<svg class="columns" role="img" aria-label="{}" viewBox="0 0 {} {}" preserveAspectRatio="none"'
        ' fill="currentColor">{}</svg>',
        sentence,
        max(len(values), 1) * COLUMN - GAP,
        HEIGHT,
        bars,
    )


def _column(number: int, value: int, top: int) -> tuple[int, int, int, int]:
    height = round(HEIGHT * value / top) if value else 1  # a day without any still shows that it was there
    return number * COLUMN, HEIGHT - height, COLUMN - GAP, height


@register.simple_tag
def share(value: int, top: int) -> SafeString:
    """A bar as long as `value` of `top`; decoration beside the number itself."""
    return format_html(
        '<svg class="share" aria-hidden="true" viewBox="0 0 100 6" preserveAspectRatio="none" fill="currentColor">'
        '<rect width="{}" height="6" rx="1"/></svg>',
        round(100 * value / top) if top else 0,
    )
