"""Where files are kept."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from assistants_app.domain.errors import ConfigurationError
from assistants_app.domain.settings import FALSE, TRUE
from playground import variables


def file_storage(folder: Path) -> dict[str, Any]:
    """Return an entry of Django's ``STORAGES``: the bucket of ``STORAGE_URL``, or else `folder`.

    ``s3://KEY:SECRET@host:port/bucket?region=us-east-1&tls=true&prefix=a/b``; key and secret are
    percent-encoded. Without a host it is Amazon's (``s3:///bucket``). Without a key the machine's
    own credentials are used (variables, profile or role).
    """
    url = variables.STORAGE_URL
    if not url:
        return {"BACKEND": "assistants_app.storage.disk.DiskStore", "OPTIONS": {"folder": folder}}
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    bucket = parts.path.strip("/")
    tls = options.pop("tls", "true").lower()
    region, prefix = options.pop("region", None), options.pop("prefix", "")
    if not bucket or "/" in bucket or options or tls not in TRUE | FALSE:
        raise ConfigurationError(
            "STORAGE_URL must be s3://KEY:SECRET@host:port/bucket, "
            "with none but region, tls (true or false) and prefix behind a question mark."
        )
    if find_spec("storages") is None or find_spec("boto3") is None:
        raise ConfigurationError(
            "STORAGE_URL needs two packages: pip install -r requirements/s3.txt"
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
