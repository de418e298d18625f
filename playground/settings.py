"""Django's settings. The values that an operator may change come from environment variables."""

import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dj_database_url
from kombu.entity import Queue

from assistants_app import conf, conf_rules
from playground import celery as _celery  # noqa: F401 (each process may send tasks)
from playground import env, variables
from playground.mail import SECONDS, MailServer
from playground.people import sign_on
from playground.storage import file_storage

BASE_DIR = variables.BASE_DIR
DATA_DIR = Path(variables.DATA_DIR)

SECRET_KEY = variables.SECRET_KEY
DEBUG = variables.DEBUG
PUBLIC_URL = variables.PUBLIC_URL
ALLOWED_HOSTS = [*variables.ALLOWED_HOSTS, urlsplit(PUBLIC_URL).hostname or "localhost"]
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
SECURE_COOKIES = PUBLIC_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_COOKIES
# With the port, because a browser sends cookies to all ports of a host. Two copies on one machine
# would otherwise sign each other's users out.
SESSION_COOKIE_NAME = f"playground_session_{urlsplit(PUBLIC_URL).port or 0}"
DEVICE_COOKIE_NAME = f"playground_device_{urlsplit(PUBLIC_URL).port or 0}"
CSRF_COOKIE_NAME = f"playground_csrf_{urlsplit(PUBLIC_URL).port or 0}"
SESSION_ENGINE = "playground.people.sessions"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
BEHIND_TLS_PROXY = variables.BEHIND_TLS_PROXY
if BEHIND_TLS_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

INSTALLED_APPS = [
    # It only adds `manage.py runserver`, and brings Twisted into every process: 9 MB each.
    *(["daphne"] if sys.argv[1:2] == ["runserver"] else []),
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "channels",
    "django_htmx",
    "assistants_app",
]
OIDC = sign_on.provider()
OIDC_PROVIDER_ID = sign_on.provider_id(OIDC) if OIDC else ""
if OIDC:
    INSTALLED_APPS += sign_on.APPS
    globals().update(sign_on.allauth_settings(OIDC))
# Only requests of the site pass these. The API is an application of its own (playground/asgi.py).
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # After WhiteNoise, whose files are compressed once, by `collectstatic`.
    "assistants_app.web.compression.PageCompressionMiddleware",
    "playground.people.sessions.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    # Around all that can respond with a page.
    "assistants_app.web.security.ContentSecurityPolicyMiddleware",
    "assistants_app.web.received.FormMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
CSRF_FAILURE_VIEW = "assistants_app.web.kept_text.csrf_failure"
if OIDC:
    MIDDLEWARE.append(sign_on.MIDDLEWARE)
ROOT_URLCONF = "playground.urls"
ASGI_APPLICATION = "playground.asgi.application"
# Paths of the site end in a slash and those of the API don't. Neither redirects to the other form.
APPEND_SLASH = False
DATA_UPLOAD_MAX_MEMORY_SIZE = variables.MAX_BODY_BYTES

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "assistants_app.web.security.csp_nonce",
                "assistants_app.web.shell.palette.top_bar",
            ],
            # Django caches compiled templates also in debug mode, except under its own runserver.
            **({"loaders": ["django.template.loaders.filesystem.Loader"]} if DEBUG else {}),
        },
    },
]

_database: dict[str, Any] = dict(dj_database_url.parse(variables.DATABASE_URL))
DATABASES: dict[str, Any] = {
    "default": {
        **_database,
        # Django's own, but a thread holds a connection only while it uses it (docs/adr/0016).
        "ENGINE": "playground.database",
        "MAX_CONNECTIONS": variables.DATABASE_POOL_SIZE,
        "PATIENCE": variables.DATABASE_PATIENCE,
        # The server parses and plans a statement once per connection, and not at each call.
        "OPTIONS": {
            # A server that was cut off is noticed in seconds, and not when the kernel gives up.
            # None of these matters for a socket in the file system.
            **{"connect_timeout": 5, "tcp_user_timeout": 15_000},
            **{"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 2},
        }
        | _database.get("OPTIONS", {})
        | (
            {"server_side_binding": True, "prepare_threshold": 0}
            if variables.DATABASE_PREPARED_STATEMENTS
            else {}
        ),
        # Like prepared statements, they belong to a session.
        "DISABLE_SERVER_SIDE_CURSORS": not variables.DATABASE_PREPARED_STATEMENTS,
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = variables.REDIS_URL

# kombu, Celery's transport, has its own notation for a socket and a database's number.
CELERY_BROKER_URL = (
    REDIS_URL.replace("unix://", "redis+socket://").replace("?db=", "?virtual_host=")
    if REDIS_URL.startswith("unix://")
    else REDIS_URL
)
# Nothing reads results: what a task did is in the rows of its run or file.
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_QUEUE = "runs"
# Without acknowledgements, which take two transactions in Redis per task and are refused when its
# memory is full. If a worker is lost with a task, another takes over its run (docs/adr/0002).
CELERY_TASK_QUEUES = [
    Queue(name, no_ack=True)  # type: ignore[no-untyped-call]
    for name in ("runs", "indexing")
]
CELERY_TASK_SERIALIZER = "json"
# While Redis is away, workers try to connect again for as long as it takes.
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
# So do they while its disk is full: it refuses all commands that write, even reading from a list.
CELERY_BROKER_CHANNEL_ERROR_RETRY = True
# A worker takes a task only when it has room for it, so that no run waits in a busy worker while
# another is idle.
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_DISABLE_PREFETCH = True
CELERY_WORKER_SEND_TASK_EVENTS = False
# LOGGING below applies to workers too.
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 86_400, "socket_connect_timeout": 2}
# A request that sends a task while the broker is away must not wait. The sweeper sends it later.
CELERY_TASK_PUBLISH_RETRY = False

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "playground.people.passwords.DifferentCharactersValidator"},
]
LOGIN_URL = "sign_in"
LOGIN_REDIRECT_URL = "home"
SESSION_COOKIE_AGE = 30 * 24 * 3600

_mail_server = MailServer.at(variables.EMAIL_URL)
EMAIL_BACKEND = _mail_server.backend
EMAIL_HOST, EMAIL_PORT = _mail_server.host, _mail_server.port
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _mail_server.user, _mail_server.password
EMAIL_USE_TLS, EMAIL_USE_SSL = _mail_server.starts_tls, _mail_server.is_tls
EMAIL_TIMEOUT = SECONDS
DEFAULT_FROM_EMAIL = variables.EMAIL_FROM

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English")]
LOCALE_PATHS = [BASE_DIR / "assistants_app" / "locale"]
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "files": file_storage(DATA_DIR / "files"),
    "staticfiles": {"BACKEND": "playground.static_files.StaticFiles"},
}

# Read by assistants_app.conf.
PLAYGROUND = {name: env.read(name, conf.SETTINGS) for name in conf.SETTINGS}
PLAYGROUND["EMBEDDING_FOLDER"] = PLAYGROUND["EMBEDDING_FOLDER"] or str(DATA_DIR / "embed")
conf_rules.check(PLAYGROUND)

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "playground.logs.LineFormatter",
            "format": "%(levelname)s %(name)s: %(message)s",
        }
    },
    "filters": {
        "strangers": {"()": "playground.logs.NoTracebacksOfStrangers"},
        "faults": {"()": "assistants_app.faults.WithoutTraceback"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["strangers", "faults"],
        }
    },
    "root": {"handlers": ["console"], "level": variables.LOG_LEVEL},
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        # Without the warnings about responses of 4xx, which are for the client. Errors are logged.
        "django.request": {"level": "ERROR"},
        # One line for each request to a model, at the level INFO.
        "httpx2": {"level": "WARNING"},
        # Its start takes four lines that say nothing to an operator.
        "daphne": {"level": "WARNING"},
        # Two lines for each run and each indexed file, and two at each start.
        "celery": {"level": "DEBUG" if variables.LOG_LEVEL == "DEBUG" else "WARNING"},
    },
}
