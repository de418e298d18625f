"""The project's own settings, declared like those of the app (assistants_app/conf.py)."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistants_app.domain.settings import Setting, Subject, take_settings
from playground import env

BASE_DIR = Path(__file__).resolve().parent.parent

_site = Subject("Site")
SECRET_KEY: str = _site.required(
    "Signs sessions and encrypts the keys of model endpoints; `make run` generates one."
)
PUBLIC_URL: str = _site.setting(
    "http://127.0.0.1:8000", "Address that browsers use.", schemes=("http", "https")
)
ALLOWED_HOSTS: list[str] = _site.setting(
    ["127.0.0.1", "localhost", "[::1]"],
    "Host names that requests may use besides that of `PUBLIC_URL`, separated by commas.",
)
BEHIND_TLS_PROXY: bool = _site.setting(
    False,
    "Whether to trust the headers `X-Forwarded-Proto` and `X-Forwarded-For` (its last address), "
    "which your proxy must set.",
)
MAX_BODY_BYTES: int = _site.setting(
    32 * 1024**2, "Largest request body, except for file uploads.", unit="bytes", minimum=0
)
HEADER_SECONDS: float = _site.setting(
    20.0,
    "How long a connection may take for the headers of a request.",
    unit="seconds",
    minimum=1,
)
BODY_SECONDS: float = _site.setting(
    30.0,
    "Time in which at least 1,000 bytes a second of a request's body must come, again and again "
    "until it is complete; so any upload may take long that goes on.",
    unit="seconds",
    minimum=1,
)
KEEP_ALIVE_SECONDS: float = _site.setting(
    75.0,
    "How long an idle connection is kept for its next request, which must be longer than your "
    "proxy keeps it.",
    unit="seconds",
    minimum=1,
)
CONNECTIONS_PER_ADDRESS: int = _site.setting(
    2000,
    "Connections, websockets included, that a web process accepts from one address, or from one "
    "IPv6 network of 64 bits, but at most half of the files that the process may open; 0 for no "
    "limit, as with `BEHIND_TLS_PROXY` ([below](#what-does-a-reverse-proxy-add)).",
    minimum=0,
)
LOG_LEVEL: str = _site.setting(
    "INFO",
    "Least severe messages in the log: `DEBUG`, `INFO`, `WARNING`, `ERROR` or `CRITICAL`.",
    choices=("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"),
)
DEBUG: bool = _site.setting(
    False, "For development: detailed error pages, and the style guide at `/styleguide/`."
)

_sign_in = Subject("Sign-in at a provider")
OIDC_ISSUER: str = _sign_in.setting(
    "",
    "Address of an OpenID Connect provider at which people sign in, such as "
    "`https://login.example.org` ([people.md](people.md#sign-in)).",
    schemes=("https", "http"),
    shown="none",
)
OIDC_CLIENT_ID: str = _sign_in.setting("", "ID of this site at the provider.", shown="none")
OIDC_CLIENT_SECRET: str = _sign_in.setting("", "Secret that belongs to this ID.", shown="none")
OIDC_NAME: str = _sign_in.setting("single sign-on", "Name of the provider on the sign-in page.")
OIDC_SCOPES: list[str] = _sign_in.setting(
    ["openid", "email", "profile"], "Scopes that the provider is asked for, separated by commas."
)
OIDC_TRUST_EMAIL: bool = _sign_in.setting(
    False,
    "Whether an e-mail address that the provider has verified joins a person to the account with "
    "this address.",
)
OIDC_DOMAINS: list[str] = _sign_in.setting(
    [],
    "Domains of verified e-mail addresses, such as `example.org`, whose people need no invitation, "
    "separated by commas.",
    shown="none",
)
OIDC_PROJECTS: list[str] = _sign_in.setting(
    [],
    "IDs of the projects, separated by commas, that these people join as viewers at their first "
    "sign-in.",
    shown="none",
)
OIDC_GROUPS_CLAIM: str = _sign_in.setting(
    "groups",
    "Claim with the groups of a person; dots lead into objects, as in `realm_access.roles`.",
)
OIDC_ROLES: list[str] = _sign_in.setting(
    [],
    "Roles that groups give at each sign-in, as `GROUP:ROLE:PROJECT`, separated by commas; the "
    "highest one of each project counts.",
    shown="none",
)
OIDC_CONTACT: str = _sign_in.setting(
    "",
    "Person or address that people without access can ask for it.",
    shown="none: an owner of a project",
)

_data = Subject("Data")
DATA_DIR: str = _data.setting(
    str(BASE_DIR / ".data"),
    "Folder for files, static files and, with `make run`, all other data.",
    shown="`.data`",
)
DATABASE_URL: str = _data.setting(
    "postgresql:///playground",
    "PostgreSQL database; `make run` starts its own.",
    schemes=("postgresql", "postgres"),
)
DATABASE_POOL_SIZE: int = _data.setting(
    20,
    "Database connections per process; a run that waits for its model holds none.",
    minimum=1,
)
DATABASE_PATIENCE: float = _data.setting(
    3.0,
    "How long a process waits for PostgreSQL to come back, from its first failed connection; after "
    "that, requests get a 503 at once.",
    unit="seconds",
    minimum=0,
)
DATABASE_PREPARED_STATEMENTS: bool = _data.setting(
    True,
    "Whether PostgreSQL keeps the plans of statements; turn it off for a pooler that shares "
    "sessions ([below](#can-a-pooler-stand-before-postgresql)).",
)
REDIS_URL: str = _data.setting(
    "redis://localhost:6379/0",
    "Redis or Valkey server; `make run` starts its own.",
    schemes=("redis", "rediss", "unix"),
)
STORAGE_URL: str = _data.setting(
    "",
    "Bucket for files ([below](#where-are-files-kept)).",
    schemes=("s3",),
    shown="none: files are kept in `DATA_DIR/files`",
)

_mail = Subject("Mail")
EMAIL_URL: str = _mail.setting(
    "",
    "Mail server for invitations and for confirming addresses, such as "
    "`smtp+tls://USER:PASSWORD@mail.example.org:587`; `smtp+tls` begins with STARTTLS, `smtps` "
    "encrypts from the start, and `smtp` doesn't encrypt.",
    schemes=("smtp", "smtp+tls", "smtps"),
    shown="none: mails are written to the log, without their links",
)
EMAIL_FROM: str = _mail.setting(
    "playground@localhost", "Address that mails come from, which your mail server must accept."
)

SETTINGS: dict[str, Setting] = take_settings(globals())

# Hidden from the type checker, which would otherwise accept any name.
if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        if name not in SETTINGS:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return env.read(name, SETTINGS)
