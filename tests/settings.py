"""Settings of the test run: the product's own, with what would slow tests down or let them meet a running instance replaced."""

from helpdesk.settings import *  # noqa: F403 - a test run has every setting of the product
from helpdesk.settings import DATABASES, INSTALLED_APPS, MIDDLEWARE, STORAGES

ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
HELPDESK_URL = "http://testserver"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
DATABASES["default"]["CONN_MAX_AGE"] = 0  # a thread of the live server must not hold the database when it is dropped
DATABASES["default"].setdefault("OPTIONS", {})["options"] = "-c synchronous_commit=off"
CACHES = {
    "default": {"BACKEND": "tests.cache.JsonLocMemCache", "LOCATION": "default"},
    "process": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "process"},
}
CUSTOMER_LIMITS = {kind: {"day": 10**9} for kind in ("request", "message", "upload")}  # lists of tests are filed within a second
CELERY_BROKER_URL = "memory://"
EMAIL_URL = ""
DEFAULT_FROM_EMAIL = SERVER_EMAIL = "Severka Helpdesk <podpora@severka.example>"
MEDIA_ROOT = "/nonexistent/a-test-that-stores-files-uses-the-fixture-files"
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
WHITENOISE_AUTOREFRESH = True
WHITENOISE_USE_FINDERS = True

INSTALLED_APPS += ["zeal"]
MIDDLEWARE.insert(0, "zeal.middleware.zeal_middleware")
ZEAL_RAISE = True
ZEAL_ALLOWLIST = [
    {"model": "customers.User", "field": "get()"},  # allauth and hijack read the user again to lock or to check
    {"model": "mail.OutgoingMail", "field": "get()"},  # one act writes a letter to each of a few people, each only once
    {"model": "credit.LedgerAccount", "field": "get()"},  # one account, locked before the work is priced and named by each charge
    {"model": "tickets.WorkEntry", "field": "get()"},  # the few open entries of a request, each locked by itself
]
