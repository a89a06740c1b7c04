"""Registers the app under the label that foreign keys use."""

from django.apps import AppConfig


class CustomersConfig(AppConfig):
    name = "helpdesk.customers"
    label = "customers"
    verbose_name = "Zákazníci a lidé"

    def ready(self) -> None:
        """Connect what must happen at each sign-in and change of a factor, whichever door it came through."""
        from allauth.account import signals as account
        from allauth.mfa.signals import authentication_failed, authenticator_added, authenticator_removed, authenticator_reset
        from django.contrib.auth.signals import user_logged_in

        from helpdesk.customers.receivers import factor_changed, password_changed, second_factor_failed, signed_in

        user_logged_in.connect(signed_in, dispatch_uid="helpdesk.customers.signed_in")
        for signal in (authenticator_added, authenticator_removed, authenticator_reset):
            signal.connect(factor_changed, dispatch_uid="helpdesk.customers.factor_changed")
        for signal in (account.password_changed, account.password_set, account.password_reset):
            signal.connect(password_changed, dispatch_uid="helpdesk.customers.password_changed")
        authentication_failed.connect(second_factor_failed, dispatch_uid="helpdesk.customers.second_factor_failed")
