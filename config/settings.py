"""Settings. Everything that differs between machines comes from the environment; the defaults are the embedded mode."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import environ
from csp.constants import NONCE, NONE, SELF
from django.templatetags.static import static
from django.utils.translation import gettext_lazy as _

from config import logs, secret
from config.first_start import FIRST_START as FIRST_START
from config.navigation import NAVIGATION as NAVIGATION

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
env.read_env(BASE_DIR / ".env")

FAIRLEAD_DATA = Path(env.str("FAIRLEAD_DATA", default=str(BASE_DIR / "var"))).resolve()
FAIRLEAD_DATA.mkdir(parents=True, exist_ok=True)

DATABASE_URL = env.str("DATABASE_URL", default="")
REDIS_URL = env.str("REDIS_URL", default="")
EMBEDDED = not DATABASE_URL and not REDIS_URL

VERSION = "0.3.0"  # as in pyproject.toml
DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="") or secret.key_from(FAIRLEAD_DATA / "secret_key")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]", "testserver"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
SITE_URL = env.str("SITE_URL", default="http://localhost:8000")

INSTALLED_APPS = [
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "axes",
    "csp",
    "django_filters",
    "django_htmx",
    "django_structlog",
    "template_partials",
    "rest_framework",
    "drf_spectacular",
    "core",
    "modelhub",
    "crm",
    "marketing",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "core.middleware.UserPreferences",
    "django.contrib.messages.middleware.MessageMiddleware",
    "core.middleware.HtmxAnswers",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
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
                "django.template.context_processors.i18n",
                "csp.context_processors.nonce",
                "core.context.shell",
            ],
            "builtins": ["template_partials.templatetags.partials", "core.templatetags.fairlead"],
        },
    },
]

# SQLite: IMMEDIATE + WAL is what lets a web process and a worker write at once without a lock error.
if DATABASE_URL.startswith("postgres"):
    DATABASES = {"default": {**env.db_url_config(DATABASE_URL), "CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}}
    # Compiling the count of an audience takes PostgreSQL 1.4 s, running it a tenth of that (docs/benchmarks/audience.md).
    DATABASES["default"].setdefault("OPTIONS", {}).setdefault("options", "-c jit=off")
else:
    sqlite_file = DATABASE_URL.removeprefix("sqlite:///") if DATABASE_URL else str(FAIRLEAD_DATA / "fairlead.sqlite3")
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": sqlite_file,
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 60,  # seconds to wait for another writer
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
            },
        }
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

if REDIS_URL:
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}
else:
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

# Celery only wakes workers; the rows of core.Job are the queue. So JSON, no results, and losing the broker loses nothing.
CELERY_BROKER_URL = REDIS_URL or "embedded://"  # config/bus.py
_bus = FAIRLEAD_DATA / "bus"
if REDIS_URL:
    CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {
        "socket_timeout": 10,
        "socket_connect_timeout": 2,
        "visibility_timeout": 3600,
        "max_retries": 1,  # these four: a web request never waits for a broker that is away
        "interval_start": 0,
        "interval_step": 0,
        "interval_max": 0,
    }
else:
    _bus.mkdir(exist_ok=True)
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(_bus),
        "data_folder_out": str(_bus),
        "control_folder": str(_bus / "control"),
        "polling_interval": 0.1,
    }
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_PUBLISH_RETRY = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 25
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
JOB_TICK_SECONDS = env.int("JOB_TICK_SECONDS", default=15 if REDIS_URL else 5)

AUTH_USER_MODEL = "core.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "day"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"  # accounts are made by an admin, who vouches for the address
ACCOUNT_ADAPTER = "core.accounts.ClosedSignup"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 0.25
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_VERBOSE = False
AXES_ENABLE_ADMIN = False  # a lock ends by itself after a quarter of an hour

FORMS_URLFIELD_ASSUME_HTTPS = True  # Django 6's rule today: an address typed without a scheme means https

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["config.formats"]
TIME_ZONE = env.str("TIME_ZONE", default="UTC")
USE_TZ = True

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = FAIRLEAD_DATA / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
MEDIA_ROOT = FAIRLEAD_DATA / "files"  # never served: files go out through views that check the owner
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024

CSRF_FAILURE_VIEW = "core.views.problems.csrf"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if env.bool("HTTPS", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = True
    SECURE_HSTS_SECONDS = 31_536_000

# style-src-attr: only data (a width, a stage's colour) may stand inline; look/README.md lists them.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "style-src-attr": ["'unsafe-inline'"],
        "img-src": [SELF, "data:"],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    },
    "EXCLUDE_URL_PREFIXES": ["/admin/"],  # the admin's theme evaluates expressions; core.middleware sets its own policy
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "core.api.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PAGINATION_CLASS": "core.api.pagination.CursorPages",
    "PAGE_SIZE": 50,
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "EXCEPTION_HANDLER": "core.api.errors.answer",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Fairlead API",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "ENUM_NAME_OVERRIDES": {
        "JobState": "core.models.jobs.Job.State",
        "MessageState": "crm.models.messages.Message.State",
        "PitchState": "crm.models.pitches.Pitch.State",
    },
}

if env.str("EMAIL_URL", default=""):
    vars().update(env.email_url("EMAIL_URL"))
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = FAIRLEAD_DATA / "outbox"
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Fairlead <sales@fairlead.example>")
POSTAL_ADDRESS = env.str("POSTAL_ADDRESS", default="")  # in each campaign mail; without it none may leave
MAIL_CATCHER = env.str(
    "MAIL_CATCHER", default=""
)  # host:port of a mail server that keeps all mails to itself, for trying out
DKIM_KEY = env.str(
    "DKIM_KEY", default=""
)  # file with a private key in PEM, RSA or Ed25519; empty: mails are not signed
DKIM_SELECTOR = env.str("DKIM_SELECTOR", default="fairlead")
DKIM_DOMAIN = env.str("DKIM_DOMAIN", default="")  # empty: the domain of DEFAULT_FROM_EMAIL
MAIL_PER_DOMAIN = env.int("MAIL_PER_DOMAIN", default=0)  # campaign mails a minute to one receiving domain; 0: no limit
MAIL_LEASE_SECONDS = env.int("MAIL_LEASE_SECONDS", default=180)  # after these a vanished worker's mails are settled

INBOUND_MAILDIR = env.str("INBOUND_MAILDIR", default="")  # where bounces and replies come in: a Maildir folder, or …
INBOUND_IMAP_URL = env.str("INBOUND_IMAP_URL", default="")  # imaps://user:password@host/FOLDER
INBOUND_SECONDS = env.int("INBOUND_SECONDS", default=60)  # how often they are looked into

# Networks (CIDR) that model servers may stand in though they are link-local or reserved; private ones are allowed by version.
MODEL_SERVER_NETWORKS = env.list("MODEL_SERVER_NETWORKS", default=[])

UNFOLD = {
    "SITE_TITLE": _("Fairlead admin"),
    "SITE_HEADER": "Fairlead",
    "SITE_URL": "/",
    "SHOW_HISTORY": True,
    "STYLES": [lambda request: static("admin.css")],
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("favicon.svg")}],
    "COLORS": {
        "primary": {
            "50": "236 245 245", "100": "210 232 233", "200": "166 208 211", "300": "116 178 183", "400": "66 145 152",
            "500": "34 117 125", "600": "20 97 105", "700": "14 79 87", "800": "13 64 71", "900": "11 52 58", "950": "6 34 39",
        }
    },
}  # fmt: skip

LOGGING = logs.config(
    env.str("LOG_FORMAT", default="console" if DEBUG else "json"), env.str("LOG_LEVEL", default="INFO")
)
DJANGO_STRUCTLOG_CELERY_ENABLED = True
SILENCED_SYSTEM_CHECKS: list[str] = []
os.environ.setdefault("HF_HUB_OFFLINE", "1")  # models come from packs; a hub is asked only by `models pull`
