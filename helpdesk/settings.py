"""Settings, from the environment alone; README „Configuration“ explains each variable.

A checkout prepared by `make setup` has `.local/env` with generated secrets, used where the environment says nothing.
"""

from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import environ
import structlog
from csp.constants import NONCE, NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE
from django.core.exceptions import ImproperlyConfigured
from structlog.typing import Processor

from helpdesk import embedded
from helpdesk.frame import UNFOLD as UNFOLD

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
if embedded.LOCAL_ENV.exists():
    env.read_env(embedded.LOCAL_ENV)


def address(variable: str, private: str) -> str:
    """A server's address from the environment, or that of the private one where `.local/env` asks for it."""
    given = env.str(variable, default="")
    if given:
        return given
    if embedded.wanted():
        return private
    raise ImproperlyConfigured(f"{variable} is not set. Set it, or run `make setup` for private services of this checkout.")


# The installation

SECRET_KEY = env.str("SECRET_KEY")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
DEBUG = env.bool("DEBUG", default=False)
HELPDESK_URL = env.str("HELPDESK_URL").rstrip("/")
ALLOWED_HOSTS = [urlsplit(HELPDESK_URL).hostname or "", *env.list("HELPDESK_EXTRA_HOSTS", default=[])]
HTTPS = env.bool("HELPDESK_HTTPS", default=True)
PROXIES = env.int("HELPDESK_PROXIES", default=0)
DEMO = env.bool("HELPDESK_DEMO", default=False)
STAFF_MFA_REQUIRED = env.bool("HELPDESK_STAFF_MFA", default=True)

# Django

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",  # with its default one Unfold would put its own site over ours
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "unfold.contrib.inlines",
    "unfold.contrib.import_export",
    "unfold.contrib.simple_history",
    "helpdesk.apps.BackofficeConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "csp",
    "django_filters",
    "django_htmx",
    "hijack",
    "import_export",
    "lucide",
    "phonenumber_field",
    "simple_history",
    "sla",
    "helpdesk.mail",
    "helpdesk.customers",
    "credit",
    "tickets",
    "billing",
    "hotline",
]

MIDDLEWARE = [
    "helpdesk.middleware.RequestContext",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "helpdesk.middleware.ContentSecurityPolicy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "hijack.middleware.HijackUserMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "helpdesk.middleware.ReadableAddress",
    "helpdesk.customers.middleware.RefusedAccess",
    "helpdesk.customers.middleware.Doors",
    "django_htmx.middleware.HtmxMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "helpdesk.middleware.DomainErrors",
]

ROOT_URLCONF = "helpdesk.urls"
WSGI_APPLICATION = "helpdesk.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "helpdesk.customers.context.portal",
            ],
            "builtins": [
                "django.templatetags.static",
                "lucide.templatetags.lucide",
                "helpdesk.formats",
                "helpdesk.charts",
                "helpdesk.loops",
            ],
        },
    },
]

LANGUAGE_CODE = "cs"
LANGUAGES = [("cs", "čeština")]
LOCALE_PATHS = [BASE_DIR / "helpdesk" / "locale"]
TIME_ZONE = "Europe/Prague"
USE_TZ = True
PHONENUMBER_DEFAULT_REGION = "CZ"

CSRF_FAILURE_VIEW = "helpdesk.errorpages.csrf_failure"
SIMPLE_HISTORY_REVERT_DISABLED = True  # a revert would go round the services and their rules

IMPORT_EXPORT_IMPORT_PERMISSION_CODE = "add"
IMPORT_EXPORT_EXPORT_PERMISSION_CODE = "view"
IMPORT_EXPORT_TMP_STORAGE_CLASS = "import_export.tmp_storages.CacheStorage"  # the next step may run on another node

# Servers

DATABASE = env.db_url_config(address("DATABASE_URL", embedded.DATABASE_URL))
DATABASES = {
    "default": {
        **DATABASE,
        "OPTIONS": {**DATABASE.get("OPTIONS", {}), "prepare_threshold": 5},  # lets helpdesk.statements prepare its own
        "ATOMIC_REQUESTS": False,
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
    },
}

REDIS_URL = address("REDIS_URL", embedded.REDIS_URL).rstrip("/")
over_socket = REDIS_URL.startswith("unix://")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": f"{REDIS_URL}?db=1" if over_socket else f"{REDIS_URL}/1",
        "OPTIONS": {"serializer": "helpdesk.cache.JsonSerializer"},
        "VERSION": 2,  # what earlier releases pickled is never read
    },
    "process": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},  # what every page shows and nobody waits for
}

CELERY_BROKER_URL = f"redis+socket://{REDIS_URL.removeprefix('unix://')}?virtual_host=0" if over_socket else f"{REDIS_URL}/0"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 900,
    "unacked_restore_interval": 5,  # with its default a killed worker's task would come back after 100 s only
    "unacked_restore_throttle": 1,
    "max_retries": 1,  # of publishing; with the defaults a page waits 6 s for a broker that is down
    "interval_start": 0,
}
CELERY_DB_REUSE_MAX = 1000  # without it Celery closes the database connection after each task
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SOFT_TIME_LIMIT = 60
CELERY_TASK_TIME_LIMIT = 90
CELERY_TASK_PUBLISH_RETRY = False  # a wake that is lost costs one period of the sweep, a retry would hold the page
CELERY_TIMEZONE = TIME_ZONE
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_MAX_TASKS_PER_CHILD = 200
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 30.0

# Letters; an empty EMAIL_URL keeps them in the backoffice

EMAIL_URL = env.str("EMAIL_URL", default="")
if EMAIL_URL:
    vars().update(env.email_url_config(EMAIL_URL))
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.str("HELPDESK_MAIL_FROM")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# Files: attachments lie outside the web root; static files are served by WhiteNoise

MEDIA_ROOT = BASE_DIR / env.str("HELPDESK_FILES")
X_ACCEL_LOCATION = env.str("HELPDESK_X_ACCEL", default="")
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
FILE_UPLOAD_PERMISSIONS = 0o640  # nginx reads them as a member of the group, others of the machine do not
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o750
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024  # larger ones go through a file on disk
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024  # of a form without its files
DATA_UPLOAD_MAX_NUMBER_FILES = 30  # more than the ten of a message, so that the form itself can say which is one too many
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000  # 300 rows of a form in the backoffice, with all that belongs to each
IMPORT_ROWS = env.int("HELPDESK_IMPORT_ROWS", default=2000)
IMPORT_MAX_BYTES = 5 * 1024 * 1024
ATTACHMENT_MAX_BYTES = 25 * 1024 * 1024
CLAMD = env.str("HELPDESK_CLAMD", default="")

# What one signed-in customer may send, by helpdesk.customers.services.limits

CUSTOMER_LIMITS = {
    "request": {
        "hour": env.int("HELPDESK_REQUESTS_PER_HOUR", default=30),
        "day": env.int("HELPDESK_REQUESTS_PER_DAY", default=100),
    },
    "message": {
        "hour": env.int("HELPDESK_MESSAGES_PER_HOUR", default=60),
        "day": env.int("HELPDESK_MESSAGES_PER_DAY", default=300),
    },
    "upload": {"day": env.int("HELPDESK_UPLOAD_MB_PER_DAY", default=1000) * 1024 * 1024},
}
NEW_ADDRESSES_PER_DAY = env.int("HELPDESK_NEW_ADDRESSES_PER_DAY", default=3)

# Sign-in

AUTH_USER_MODEL = "customers.User"
AUTHENTICATION_BACKENDS = ["helpdesk.customers.auth.SignInBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
PASSWORD_RESET_TIMEOUT = 24 * 3600
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "account_login"

ACCOUNT_ADAPTER = "helpdesk.customers.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}  # the backend tells name, e-mail and IČO apart
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"  # the supplier makes every account, the first password comes by a one-time link
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "django.contrib.auth.tokens.PasswordResetTokenGenerator"  # noqa: S105 - a class
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_SESSION_REMEMBER = False  # a closed browser is signed out
ACCOUNT_RATE_LIMITS = {
    # Guesses are slowed down per name and place by `services.delays`, letters by `services.password_resets`. What counts a
    # whole address or an account would let one attacker lock out an office, or an owner.
    "login": None,
    "login_failed": None,
    "reset_password": None,
    "reset_password_from_key": None,
}
MFA_RATE_LIMITS = {"webauthn_login": None}  # nothing to guess; an assertion is signed
ACCOUNT_FORMS = {
    "login": "helpdesk.customers.forms.SignInForm",
    "reset_password": "helpdesk.customers.forms.ForgottenPasswordForm",
    "reset_password_from_key": "helpdesk.customers.forms.ResetPasswordForm",
    "change_password": "helpdesk.customers.forms.ChangePasswordForm",
    "set_password": "helpdesk.customers.forms.SetPasswordForm",
    "reauthenticate": "helpdesk.customers.forms.ReauthenticateForm",
}
MFA_ADAPTER = "helpdesk.customers.adapter.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_TOLERANCE = 1
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS
MFA_FORMS = {
    "authenticate": "helpdesk.customers.forms.CodeForm",
    "reauthenticate": "helpdesk.customers.forms.ReauthenticateCodeForm",
    "activate_totp": "helpdesk.customers.forms.ActivateTotpForm",
    "login_webauthn": "helpdesk.customers.forms.PasskeySignInForm",
    "add_webauthn": "helpdesk.customers.forms.AddPasskeyForm",
    "authenticate_webauthn": "helpdesk.customers.forms.PasskeyCodeForm",
    "reauthenticate_webauthn": "helpdesk.customers.forms.PasskeyAgainForm",
    "edit_webauthn": "helpdesk.customers.forms.EditPasskeyForm",
}

USERSESSIONS_ADAPTER = "helpdesk.customers.adapter.SessionsAdapter"

HIJACK_PERMISSION_CHECK = "helpdesk.customers.auth.may_act_as"
HIJACK_INSERT_BEFORE = None  # our frame shows who acts as whom

# Security

SESSION_ENGINE = "django.contrib.sessions.backends.db"
STAFF_SESSION_IDLE = timedelta(minutes=env.int("HELPDESK_STAFF_IDLE_MINUTES", default=60))
STAFF_SESSION_LONGEST = timedelta(hours=env.int("HELPDESK_STAFF_SESSION_HOURS", default=12))
CUSTOMER_SESSION_IDLE = timedelta(days=env.int("HELPDESK_CUSTOMER_IDLE_DAYS", default=14))
CUSTOMER_SESSION_LONGEST = timedelta(days=env.int("HELPDESK_CUSTOMER_SESSION_DAYS", default=90))
SESSION_LIMITS = (STAFF_SESSION_IDLE, STAFF_SESSION_LONGEST, CUSTOMER_SESSION_IDLE, CUSTOMER_SESSION_LONGEST)
SESSION_COOKIE_AGE = int(max(SESSION_LIMITS).total_seconds())  # rows are kept as long as any of them may be in use
SESSION_COOKIE_SECURE = HTTPS
SESSION_COOKIE_NAME = "__Host-sid" if HTTPS else "sid"
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "csrf"
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PROXIES else None
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "font-src": [SELF],
        "img-src": [SELF, "blob:"],  # blob: shows a screenshot pasted from the clipboard before it is sent
        "connect-src": [SELF],
        "form-action": [SELF],
        "manifest-src": [SELF],
        "base-uri": [NONE],
        "object-src": [NONE],
        "frame-ancestors": [NONE],
    },
}
BACKOFFICE_CSP = {
    "default-src": [NONE],
    "script-src": [SELF, UNSAFE_INLINE, UNSAFE_EVAL],
    "style-src": [SELF, UNSAFE_INLINE],
    "font-src": [SELF],
    "img-src": [SELF, "blob:", "data:"],
    "connect-src": [SELF],
    "form-action": [SELF],
    "manifest-src": [SELF],
    "base-uri": [SELF],
    "object-src": [NONE],
    "frame-ancestors": [NONE],
}

# Logs: one JSON object a line on standard output, with the number of the request; no addresses, no bodies

LOG_CHAIN: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]
structlog.configure(
    processors=[*LOG_CHAIN, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {
            "()": structlog.stdlib.ProcessorFormatter,
            "foreign_pre_chain": LOG_CHAIN,
            "processors": [
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        },
    },
    "handlers": {"stdout": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout", "formatter": "json"}},
    "root": {"handlers": ["stdout"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "celery.beat": {"level": "WARNING"},  # a line for each sweep of each few seconds would bury what happens
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.app.trace": {"level": "WARNING"},
        "weasyprint": {"level": "ERROR"},  # a line for each step and page of a document
        "fontTools": {"level": "ERROR"},
        "gunicorn.http.wsgi": {"level": "ERROR"},  # it complains of every HEAD request, whose body it drops itself
    },
}
