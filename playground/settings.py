"""Django's settings. The values that an operator may change come from environment variables."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dj_database_url

from assistants_app import conf
from playground import env, variables
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
# Two copies on one host share the browser's cookie jar, which knows no ports.
SESSION_COOKIE_NAME = f"playground_session_{urlsplit(PUBLIC_URL).port or 0}"
CSRF_COOKIE_NAME = f"playground_csrf_{urlsplit(PUBLIC_URL).port or 0}"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if variables.BEHIND_TLS_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

INSTALLED_APPS = [
    "daphne",
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
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "assistants_app.web.compression.PageCompressionMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "assistants_app.web.security.ContentSecurityPolicyMiddleware",
]
ROOT_URLCONF = "playground.urls"
ASGI_APPLICATION = "playground.asgi.application"
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
        },
    },
]

DATABASES: dict[str, Any] = {
    "default": {
        **dj_database_url.parse(variables.DATABASE_URL),
        # A pool, so that a thread which waits for a model holds no connection.
        "OPTIONS": {
            "pool": {
                "min_size": 1,
                "max_size": variables.DATABASE_POOL_SIZE,
                "timeout": 30,
            }
        },
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = variables.REDIS_URL
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        # redis-py's socket timeout would end the layer's blocking reads and idle sockets with them.
        "CONFIG": {"hosts": [{"address": REDIS_URL, "socket_timeout": None}]},
    }
}

# kombu has words of its own for a socket and for the number of a database behind it.
CELERY_BROKER_URL = (
    REDIS_URL.replace("unix://", "redis+socket://").replace("?db=", "?virtual_host=")
    if REDIS_URL.startswith("unix://")
    else REDIS_URL
)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_QUEUE = "runs"
CELERY_TASK_SERIALIZER = "json"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_DISABLE_PREFETCH = True
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
# Redelivery is not relied upon: the lease in the run's row restarts a lost run (docs/adr/0002).
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 86_400, "socket_connect_timeout": 2}
# A request that dispatches while the broker is away must not wait: the sweeper sends it later.
CELERY_TASK_PUBLISH_RETRY = False

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "sign_in"
LOGIN_REDIRECT_URL = "home"
SESSION_COOKIE_AGE = 30 * 24 * 3600

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

# What assistants_app.conf reads.
PLAYGROUND = {name: env.read(name, conf.SETTINGS) for name in conf.SETTINGS}
PLAYGROUND["EMBEDDING_FOLDER"] = PLAYGROUND["EMBEDDING_FOLDER"] or str(DATA_DIR / "embed")
conf.check(PLAYGROUND)

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": variables.LOG_LEVEL},
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        # Refused requests are the client's to know; faults are logged as errors.
        "django.request": {"level": "ERROR"},
        "httpx2": {"level": "WARNING"},
    },
}
