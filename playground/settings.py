"""All settings. Operators change them by environment variables (docs/operations.md)."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dj_database_url

from playground import env

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(env.text("DATA_DIR", str(BASE_DIR / ".data")))

SECRET_KEY = env.text("SECRET_KEY")
DEBUG = env.boolean("DEBUG", False)
PUBLIC_URL = env.url("PUBLIC_URL", "http://127.0.0.1:8000", schemes=("http", "https"))
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]") + [
    urlsplit(PUBLIC_URL).hostname or "localhost"
]
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
SECURE_COOKIES = PUBLIC_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_COOKIES
# Browsers share cookies between ports, so two copies on one host need different names.
SESSION_COOKIE_NAME = f"playground_session_{urlsplit(PUBLIC_URL).port or 0}"
CSRF_COOKIE_NAME = f"playground_csrf_{urlsplit(PUBLIC_URL).port or 0}"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if env.boolean("BEHIND_TLS_PROXY", False):
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
DATA_UPLOAD_MAX_MEMORY_SIZE = env.integer("MAX_BODY_BYTES", 32 * 1024 * 1024)

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
                "assistants_app.web.palette.top_bar",
            ],
            # Django caches compiled templates also in debug mode, except under its own runserver.
            **({"loaders": ["django.template.loaders.filesystem.Loader"]} if DEBUG else {}),
        },
    },
]

DATABASE_URL = env.url(
    "DATABASE_URL", "postgresql:///playground", schemes=("postgresql", "postgres")
)
DATABASES: dict[str, Any] = {
    "default": {
        **dj_database_url.parse(DATABASE_URL),
        # A pool, so that threads that wait for a model hold no connection.
        "OPTIONS": {
            "pool": {
                "min_size": 1,
                "max_size": env.integer("DATABASE_POOL_SIZE", 20, minimum=1),
                "timeout": 30,
            }
        },
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.url("REDIS_URL", "redis://localhost:6379/0", schemes=("redis", "rediss", "unix"))
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        # redis-py 8 ends the layer's blocking reads after 5 s by default, and idle websockets
        # close with code 1011.
        "CONFIG": {"hosts": [{"address": REDIS_URL, "socket_timeout": None}]},
    }
}

# kombu has its own scheme for sockets, and its own parameter for the number of the database.
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
# Nothing relies on redelivery: the lease in the run's row restarts a lost run (docs/adr/0002).
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 86_400, "socket_connect_timeout": 2}
# A request must not wait for a broker that is down. The sweeper sends the task later.
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
    "files": env.file_storage("STORAGE_URL", DATA_DIR / "files"),
    "staticfiles": {"BACKEND": "playground.static_files.StaticFiles"},
}

# Values for assistants_app.conf, which has the defaults of the others.
PLAYGROUND = {
    "OPENAI_BASE_URL": env.url("OPENAI_BASE_URL", "", schemes=("http", "https")),
    "OPENAI_API_KEY": env.text("OPENAI_API_KEY", ""),
    "LOCAL_MODEL_URL": env.url("LOCAL_MODEL_URL", "", schemes=("http", "https")),
    "LOCAL_MODEL_KEY": env.text("LOCAL_MODEL_KEY", ""),
    "RATE_LIMIT_REQUESTS_PER_MINUTE": env.integer("RATE_LIMIT_REQUESTS_PER_MINUTE", 0),
    "FILE_QUOTA_BYTES": env.integer("FILE_QUOTA_BYTES", 100 * 1024**3, minimum=1),
    "DEFAULT_CONTEXT_TOKENS": env.integer("DEFAULT_CONTEXT_TOKENS", 128_000, minimum=1024),
    "PROVIDER_CALL_DAYS": env.integer("PROVIDER_CALL_DAYS", 30),
    "SANDBOX_HOSTS": env.words("SANDBOX_HOSTS", ""),
    "SANDBOX_SECRET": env.text("SANDBOX_SECRET", ""),
    "EMBEDDING_MODEL": env.text("EMBEDDING_MODEL", ""),
    "EMBEDDING_BASE_URL": env.url(
        "EMBEDDING_BASE_URL", env.text("OPENAI_BASE_URL", ""), schemes=("http", "https")
    ),
    "EMBEDDING_API_KEY": env.text("EMBEDDING_API_KEY", env.text("OPENAI_API_KEY", "")),
    "EMBEDDING_DIMENSION": env.integer("EMBEDDING_DIMENSION", 0),
    "EMBEDDING_QUERY_PREFIX": env.text("EMBEDDING_QUERY_PREFIX", ""),
    "EMBEDDING_PASSAGE_PREFIX": env.text("EMBEDDING_PASSAGE_PREFIX", ""),
    "EMBEDDING_THREADS": env.integer("EMBEDDING_THREADS", 0),
    "EMBEDDING_FOLDER": str(DATA_DIR / "embed"),
    "REWRITE_MODEL": env.text("REWRITE_MODEL", ""),
    "RERANKER_URL": env.url("RERANKER_URL", "", schemes=("http", "https")),
    "RERANKER_MODEL": env.text("RERANKER_MODEL", ""),
    "RERANKER_API_KEY": env.text("RERANKER_API_KEY", ""),
    "LOCAL_MODEL_NAME": env.text("LOCAL_MODEL_NAME", "smollm2-135m-instruct"),
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.text("LOG_LEVEL", "INFO")},
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        # Clients learn of refused requests from the answer. Our own errors are logged as errors.
        "django.request": {"level": "ERROR"},
        "httpx2": {"level": "WARNING"},
        # Its start takes four lines that say nothing to an operator.
        "daphne": {"level": "WARNING"},
    },
}
