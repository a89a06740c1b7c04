"""Registers the backoffice; what it is made of needs all apps, so it stands apart in `helpdesk.site`."""

from django.contrib.admin.apps import AdminConfig


class BackofficeConfig(AdminConfig):
    """Puts the site in the place of Django's own."""

    default_site = "helpdesk.site.BackofficeSite"
    default = False
