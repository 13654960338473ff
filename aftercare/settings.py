"""Every setting, read from the environment once. Nothing set: a local clinic under `var/`, for trying and tests.

AFTERCARE_PRODUCTION  1: serve real people; refuses to start half secured (default 0)
AFTERCARE_VAR         folder of the database, the key, sockets and collected files (default: var/)
SECRET_KEY            signs sessions; made once and kept in var/secret_key outside production
ALLOWED_HOSTS         comma-separated names this site answers to (needed in production)
CSRF_TRUSTED_ORIGINS  comma-separated origins, when a proxy changes the host
DATABASE_URL          sqlite:///path or postgres://user:password@host/name (default: var/aftercare.sqlite3)
REDIS_URL             redis://, rediss:// or unix:///path (default: a socket under var/)
BEHIND_PROXY          1: trust the proxy's X-Forwarded-Proto header (default 0)
SECURE_SSL_REDIRECT   0: leave the redirect to https to the proxy (default 1 in production)
HSTS_SECONDS          how long browsers insist on https (default one year in production)
DEBUG                 1: Django's error pages, on a developer's own machine only (default 0)
LOG_LEVEL             DEBUG, INFO, WARNING (default INFO)
"""

from __future__ import annotations

import hashlib
import os
import secrets
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import quote

import dj_database_url
from celery.schedules import crontab
from csp.constants import NONE, SELF
from environs import Env

from aftercare.production import refuse, weak_key

env = Env()

BASE_DIR = Path(__file__).resolve().parent.parent
VAR = Path(env.str("AFTERCARE_VAR", "") or BASE_DIR / "var").absolute()
PRODUCTION = env.bool("AFTERCARE_PRODUCTION", False)
DEBUG = env.bool("DEBUG", False)


# --- Secrets and hosts -----------------------------------------------------------------------------------------


def kept_key(path: Path) -> str:
    """The local key, made on first use. Linked into place, so that processes starting together agree on one."""
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".key-")  # made readable by its owner only
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(64))
        try:
            os.link(name, path)
        except FileExistsError:
            pass  # another process was first; its key counts
        finally:
            os.unlink(name)
    return path.read_text()


SECRET_KEY = env.str("SECRET_KEY", "")
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", [])
if PRODUCTION:
    if DEBUG:
        refuse("DEBUG is on in production; unset it.")
    if reason := weak_key(SECRET_KEY):
        refuse(reason)
    if not ALLOWED_HOSTS:
        refuse("ALLOWED_HOSTS is empty; name the hosts this site answers to.")
    if not env.str("DATABASE_URL", ""):
        refuse("DATABASE_URL is not set; name the production database.")
else:
    SECRET_KEY = SECRET_KEY or kept_key(VAR / "secret_key")
    ALLOWED_HOSTS = [*ALLOWED_HOSTS, "localhost", ".localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", [])


# --- Database --------------------------------------------------------------------------------------------------


def database(url: str) -> dict[str, Any]:
    """Connection settings for a database address."""
    try:
        config: dict[str, Any] = dict(**dj_database_url.parse(url, conn_max_age=60, conn_health_checks=True))
    except ValueError:
        refuse("DATABASE_URL cannot be read; write sqlite:///path or postgres://user:password@host/name.")
    options = dict(config.get("OPTIONS") or {})
    if config["ENGINE"].endswith("sqlite3"):
        config["ENGINE"] = "aftercare.sqlite3"
        # IMMEDIATE: two writers that both began as readers would otherwise fail with "database is locked".
        options = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
            **options,
        }
        if config["NAME"] != ":memory:":
            Path(config["NAME"]).absolute().parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        config["CONN_MAX_AGE"], config["CONN_HEALTH_CHECKS"] = 0, False
    return {**config, "OPTIONS": options}


DATABASES = {
    "default": database(env.str("DATABASE_URL", "") or f"sqlite:///{quote(str(VAR / 'aftercare.sqlite3'))}")
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"


# --- Redis and Celery ------------------------------------------------------------------------------------------


def redis_socket(var: Path) -> Path:
    """Where the local Redis listens. The system refuses socket paths beyond about 100 bytes, so a deep folder's
    socket stands in a private folder named after it."""
    path = var / "redis.sock"
    if len(os.fsencode(path)) <= 96:
        return path
    name = hashlib.sha256(os.fsencode(var)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"aftercare-{os.getuid()}-{name}" / "redis.sock"


def broker(url: str) -> str:
    """A Redis address as Celery spells it."""
    for scheme in ("unix://", "redis+socket://", "socket://"):
        if url.startswith(scheme):
            return "redis+socket://" + url.removeprefix(scheme)
    if not url.startswith(("redis://", "rediss://")):
        refuse("REDIS_URL cannot be read; write redis://host:port/0, rediss://host:port/0 or unix:///path.")
    return url


REDIS_SOCKET = redis_socket(VAR)
REDIS_URL = env.str("REDIS_URL", "") or f"unix://{quote(str(REDIS_SOCKET))}"

VISIBILITY_TIMEOUT = 900  # seconds; longer than any task, so that nothing is delivered twice while it runs
WORKER_SOCKET_TIMEOUT = 10

CELERY_BROKER_URL = broker(REDIS_URL)
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": VISIBILITY_TIMEOUT,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    # Whoever publishes must give up at once on a frozen Redis, and kombu's own retries (12 s) would add up on top.
    # Workers get more time in celery.py.
    "socket_timeout": 0.5,
    "socket_connect_timeout": 0.5,
    "max_retries": 0,
    "health_check_interval": 10,
}
CELERY_RESULT_BACKEND_TRANSPORT_OPTIONS = {"visibility_timeout": VISIBILITY_TIMEOUT}
CELERY_VISIBILITY_TIMEOUT = VISIBILITY_TIMEOUT
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_CONNECTION_TIMEOUT = 4

CELERY_TASK_ALWAYS_EAGER = False
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_QUEUE = "aftercare"
CELERY_TASK_TIME_LIMIT = 300
CELERY_TASK_SOFT_TIME_LIMIT = 240
CELERY_TASK_SERIALIZER = CELERY_RESULT_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_REDIRECT_STDOUTS = False
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 20
CELERY_ENABLE_UTC = True
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = {
    # Which clinic's day is due is read from the database. A message nobody took is stale when the next one comes.
    # By the clock, not by intervals: an interval starts anew with every restart and may never be over.
    "ensure sweeps": {
        "task": "clinic.tasks.ensure_sweeps",
        "schedule": crontab(minute="*/10"),
        "options": {"expires": 540},
    },
    "drain rechecks": {
        "task": "clinic.tasks.drain_rechecks",
        "schedule": crontab(),
        "options": {"expires": 50},
    },
}


# --- The site --------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "whitenoise.runserver_nostatic",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "crispy_forms",
    "crispy_bootstrap5",
    "csp",
    "django_htmx",
    "clinic",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "aftercare.middleware.KeepPagesPrivate",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "clinic.views.timed_out.KeepTyped",
    "clinic.views.frame.ClinicTimeMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
ROOT_URLCONF = "aftercare.urls"
WSGI_APPLICATION = "aftercare.wsgi.application"
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
                "clinic.views.frame.frame",
            ],
        },
    }
]
CRISPY_ALLOWED_TEMPLATE_PACKS = CRISPY_TEMPLATE_PACK = "bootstrap5"
CRISPY_FAIL_SILENTLY = False

STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
HASHED_STATIC = env.bool("HASHED_STATIC", PRODUCTION)
# Without `collectstatic` (tests, development) the files are served from where they are written.
WHITENOISE_USE_FINDERS = not HASHED_STATIC
WHITENOISE_ALLOW_ALL_ORIGINS = False
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "aftercare.static_files.HashedFiles"
        if HASHED_STATIC
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}

# No page takes more than 10 MB of files; what is longer as a whole is passed over before it fills the disk.
MOST_UPLOADED = 11 * 1024 * 1024
FILE_UPLOAD_HANDLERS = [
    "aftercare.uploads.AtMost",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

LANGUAGE_CODE = "en"
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_TZ = True
TIME_ZONE = "UTC"  # days and hours are shown in the zone of the person's clinic


# --- Signing in ------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "clinic.Staff"
LOGIN_URL = "/sign-in/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/sign-in/"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 15 if PRODUCTION else 8},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True  # pages carry the token for HTMX themselves
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"


# --- Headers and transport -------------------------------------------------------------------------------------

X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_REFERRER_POLICY = "same-origin"  # the CSRF check over https reads the referrer; other sites get none
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],  # Bootstrap's style sheet draws its small arrows as data
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "manifest-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
if PRODUCTION:
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-session", "__Host-csrf"
    SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", 365 * 24 * 60 * 60)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = True
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", True)
    SECURE_REDIRECT_EXEMPT = [r"^health/"]  # watchers ask on the inside, without https
if env.bool("BEHIND_PROXY", False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")


# --- Logs ------------------------------------------------------------------------------------------------------

DEFAULT_EXCEPTION_REPORTER_FILTER = "aftercare.logs.NoValues"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"without_people": {"()": "aftercare.logs.WithoutPeople"}},
    "formatters": {
        "plain": {
            "()": "aftercare.logs.PlainFormatter",
            "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
        }
    },
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "plain", "filters": ["without_people"]}
    },
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", "INFO")},
    "loggers": {
        # Django adds handlers of its own to these; one line an event is enough.
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django.server": {"handlers": [], "level": "INFO", "propagate": True},
        "celery.worker.strategy": {"level": "WARNING"},  # one line for each message received says nothing
    },
}
