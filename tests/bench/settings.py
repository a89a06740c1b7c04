"""Production settings on the bench's own database, with the reference view and a counter of SQL statements."""

import os

from helpdesk.settings import *  # noqa: F403 - the bench measures the product's own settings
from helpdesk.settings import DATABASES, MIDDLEWARE, TEMPLATES

DATABASES["default"]["NAME"] = os.environ["BENCH_DATABASE"]
ROOT_URLCONF = "tests.bench.urls"
ALLOWED_HOSTS = ["127.0.0.1"]
HTTPS = False
SECURE_SSL_REDIRECT = False
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = False
SESSION_COOKIE_NAME = "sid"
CSRF_COOKIE_NAME = "csrf"
STAFF_MFA_REQUIRED = False
MIDDLEWARE = ["tests.bench.counting.CountSql", *MIDDLEWARE]
TEMPLATES[0]["DIRS"].append(BASE_DIR / "tests" / "bench" / "templates")  # noqa: F405 - they come with the star above
# As many counts as in production, of people who file all day.
CUSTOMER_LIMITS = {kind: {"hour": 10**9, "day": 10**12} for kind in ("request", "message", "upload")}
