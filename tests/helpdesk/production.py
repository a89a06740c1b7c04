"""The product's own settings, for a test that serves pages without `collectstatic`."""

from helpdesk.settings import *  # noqa: F403 - production's settings, all of them
from helpdesk.settings import STORAGES

STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
