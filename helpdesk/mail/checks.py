"""What `manage.py check --deploy` says about letters."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register


@register(Tags.security, deploy=True)
def check_mail_server(app_configs: Any, **options: Any) -> list[CheckMessage]:
    """Without a server nobody gets a one-time link, and staff cannot read it either."""
    if settings.EMAIL_URL or settings.DEMO:
        return []
    hint = "Set EMAIL_URL, for example to smtp+tls://user:password@host:587."
    return [Error("EMAIL_URL is empty: no letter leaves the house, one-time links reach nobody.", hint=hint, id="helpdesk.E001")]
