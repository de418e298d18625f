"""Typed environment variables. A wrong value stops the start with a message that names it."""

import os
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from assistants_app.domain.errors import ConfigurationError

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off", ""}


def text(name: str, default: str | None = None) -> str:
    """Return the variable's text. Without a default the variable is required.

    ``NAME_FILE`` may name a file with the value instead, for mounted secrets.
    """
    value = os.environ.get(name)
    if value is None and (path := os.environ.get(f"{name}_FILE")):
        try:
            value = Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ConfigurationError(
                f"Can't read {path}, the value of {name}_FILE: {error.strerror}."
            ) from error
    if value is None:
        if default is None:
            raise ConfigurationError(f"{name} isn't set. Set it, or start with `make run`.")
        return default
    return value


def boolean(name: str, default: bool) -> bool:
    """Return True for 1/true/yes/on, and False for 0/false/no/off and an empty value."""
    value = text(name, "1" if default else "0").strip().lower()
    if value in TRUE:
        return True
    if value in FALSE:
        return False
    raise ConfigurationError(f"{name} must be true or false, not {value!r}.")


def integer(name: str, default: int, *, minimum: int = 0) -> int:
    """Return a whole number of at least `minimum`."""
    value = text(name, str(default))
    try:
        number = int(value)
    except ValueError as error:
        raise ConfigurationError(f"{name} must be a whole number, not {value!r}.") from error
    if number < minimum:
        raise ConfigurationError(f"{name} must be at least {minimum}, not {number}.")
    return number


def number(name: str, default: float) -> float:
    """Return a number above zero, such as seconds."""
    value = text(name, str(default))
    try:
        result = float(value)
    except ValueError as error:
        raise ConfigurationError(f"{name} must be a number, not {value!r}.") from error
    if not result > 0:
        raise ConfigurationError(f"{name} must be above 0, not {value}.")
    return result


def url(name: str, default: str | None = None, *, schemes: tuple[str, ...]) -> str:
    """Return a URL with one of `schemes`, or an empty text."""
    value = text(name, default)
    if value and urlsplit(value).scheme not in schemes:
        beginnings = " or ".join(f"{scheme}://" for scheme in schemes)
        raise ConfigurationError(f"{name} must be a URL that starts with {beginnings}.")
    return value


def file_storage(name: str, folder: Path) -> dict[str, Any]:
    """Return the entry of Django's ``STORAGES`` for files: below `folder`, or in a bucket.

    ``s3://KEY:SECRET@host:port/bucket?region=us-east-1&tls=true&prefix=a/b``, with key and secret
    percent-encoded. The host defaults to Amazon's (``s3:///bucket``), and the key to the machine's
    credentials (variables, profile or role).
    """
    value = url(name, "", schemes=("s3",))
    if not value:
        return {"BACKEND": "assistants_app.storage.disk.DiskStore", "OPTIONS": {"folder": folder}}
    parts = urlsplit(value)
    options = dict(parse_qsl(parts.query))
    bucket = parts.path.strip("/")
    tls = options.pop("tls", "true").lower()
    region, prefix = options.pop("region", None), options.pop("prefix", "")
    if not bucket or "/" in bucket or options or tls not in TRUE | FALSE:
        raise ConfigurationError(
            f"{name} must be s3://KEY:SECRET@host:port/bucket, optionally followed by ? and the "
            "parameters region, tls (true or false) and prefix."
        )
    if find_spec("storages") is None or find_spec("boto3") is None:
        raise ConfigurationError(
            f"{name} needs packages that aren't installed. "
            "Run `pip install -r requirements/s3.txt`."
        )
    host = parts.netloc.rpartition("@")[2]
    return {
        "BACKEND": "assistants_app.storage.s3.S3Store",
        "OPTIONS": {
            "bucket_name": bucket,
            "location": prefix,
            "region_name": region,
            "endpoint_url": f"{'https' if tls in TRUE else 'http'}://{host}" if host else None,
            "access_key": unquote(parts.username) if parts.username else None,
            "secret_key": unquote(parts.password) if parts.password else None,
        },
    }


def words(name: str, default: str = "") -> list[str]:
    """Return a list of words separated by commas."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]
