"""How the backoffice looks: Unfold's settings, plain data that `settings` may import.

What needs the database is named by its dotted path and lives in `helpdesk.backoffice`.
"""

from typing import Any

from django.templatetags.static import static

SHADES = ("50", "100", "200", "300", "400", "500", "600", "700", "800", "900", "950")


def _shades(values: str) -> dict[str, str]:
    """Eleven colours from „lightness chroma hue“ triples, separated by commas."""
    triples = [value.split() for value in values.split(",")]
    return {shade: f"oklch({light}% {chroma} {hue})" for shade, (light, chroma, hue) in zip(SHADES, triples, strict=True)}


# The greys and the accent of the portal's tokens.css
COLORS = {
    "font": {
        "subtle-light": "var(--color-base-600)",  # Unfold's own grey is too pale for small letters
        "subtle-dark": "var(--color-base-400)",
        "default-light": "var(--color-base-600)",
        "default-dark": "var(--color-base-300)",
        "important-light": "var(--color-base-900)",
        "important-dark": "var(--color-base-100)",
    },
    "base": _shades(
        "98.5 .004 235,97.4 .005 235,93 .008 235,87 .011 237,71 .018 238,56 .022 240,"
        "46 .022 245,37 .022 243,27 .017 240,22.5 .014 240,18.5 .012 240"
    ),
    "primary": _shades(
        "97.5 .011 217,95.2 .017 218,90 .035 216,83 .065 212,74 .085 212,58 .09 218,"
        "47 .085 221,43 .082 222,36 .075 224,29 .036 220,21 .035 225"
    ),
}

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "helpdesk.backoffice.site_title",
    "SITE_HEADER": "helpdesk.backoffice.site_title",
    "SITE_SYMBOL": "support_agent",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("img/mark.svg")}],
    "STYLES": [lambda request: static("css/backoffice.css")],
    "SITE_URL": None,  # staff have no portal of their own
    "SHOW_BACK_BUTTON": True,
    "SHOW_VIEW_ON_SITE": False,
    "COLORS": COLORS,
    "BORDER_RADIUS": "6px",
    "ENVIRONMENT": "helpdesk.backoffice.environment",
    "DASHBOARD_CALLBACK": "helpdesk.backoffice.dashboard",
    "ACCOUNT": {"navigation": "helpdesk.backoffice.account_links"},
    "COMMAND": {"search_callback": "helpdesk.backoffice.search"},
    "SIDEBAR": {"command_search": True, "navigation": "helpdesk.backoffice.menu"},
}
