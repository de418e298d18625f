"""The storage of files, from the setting ``STORAGE_URL``."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from assistants_app.domain.errors import ConfigurationError
from assistants_app.domain.settings import FALSE, TRUE
from playground import variables


def file_storage(folder: Path) -> dict[str, Any]:
    """Return an entry of Django's ``STORAGES``: the bucket of ``STORAGE_URL``, or else `folder`.

    The URL is ``s3://KEY:SECRET@HOST:PORT/BUCKET?region=us-east-1&tls=true&prefix=a/b``, with key
    and secret percent-encoded. Without a host it means Amazon (``s3:///bucket``). Without a key,
    the machine's own credentials are used (variables, profile or role).

    Raises ``ConfigurationError`` for another URL, and if the packages for S3 are not installed.
    """
    url = variables.STORAGE_URL
    if not url:
        return {"BACKEND": "assistants_app.storage.disk.DiskStore", "OPTIONS": {"folder": folder}}
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    bucket = parts.path.strip("/")
    tls = options.pop("tls", "true").lower()
    region, prefix = options.pop("region", None), options.pop("prefix", "")
    # Whatever is left in `options` is unknown, such as a typing error in "prefix".
    if not bucket or "/" in bucket or options or tls not in TRUE | FALSE:
        raise ConfigurationError(
            "STORAGE_URL must be s3://KEY:SECRET@HOST:PORT/BUCKET. After a question mark, it can "
            "have region, tls (true or false) and prefix."
        )
    # Optional packages: boto3 takes 33 MB, and files on disk don't need it (docs/adr/0005).
    if find_spec("storages") is None or find_spec("boto3") is None:
        raise ConfigurationError(
            "STORAGE_URL needs packages that are not installed. Run: pip install -r "
            "requirements/s3.txt"
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
