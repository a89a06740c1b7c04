"""Registers the app under the label that foreign keys use."""

from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in


class CustomersConfig(AppConfig):
    name = "helpdesk.customers"
    label = "customers"
    verbose_name = "Zákazníci a lidé"

    def ready(self) -> None:
        """Connect what must happen at each sign-in, whichever door it came through."""
        from helpdesk.customers.sessions import stamp_session

        user_logged_in.connect(stamp_session, dispatch_uid="helpdesk.customers.stamp_session")
