"""Registers the app under the label that foreign keys use."""

from django.apps import AppConfig


class MailConfig(AppConfig):
    name = "helpdesk.mail"
    label = "mail"
    verbose_name = "Pošta"

    def ready(self) -> None:
        """Register the check of the mail server."""
        from helpdesk.mail import checks  # noqa: F401 - importing registers it
