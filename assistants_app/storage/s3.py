"""Bytes in a bucket that speaks S3. Needs the packages of the group `s3`."""

from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from typing import Any

from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from storages.backends.s3 import S3Storage

from assistants_app.storage.byte_store import CHUNK, BytesMissing, Chunks, Digests, Stored

MISSING = {"NoSuchKey", "404"}
# Other makers' servers do not all know the checksums that Amazon's client sends of late.
CLIENT = Config(
    s3={"addressing_style": "auto"},
    retries={"mode": "standard", "total_max_attempts": 4},
    connect_timeout=10,
    read_timeout=60,
    max_pool_connections=50,
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
)
# One part at a time: a writer takes two parts of memory, 16 MB, however large the file is.
TRANSFER = TransferConfig(use_threads=False)
REGION = "us-east-1"  # what servers that have no regions want to hear


class S3Store:
    """One object per key below the prefix; options are those of django-storages' ``S3Storage``.

    Its client is made once, since it is safe for all threads and takes 0.2 s to make.
    """

    def __init__(self, **options: Any) -> None:
        region = options.pop("region_name", None) or (REGION if options["endpoint_url"] else None)
        storage = S3Storage(client_config=CLIENT, region_name=region, **options)
        self._client: Any = storage.connection.meta.client
        self._bucket = options["bucket_name"]
        prefix = str(options.get("location", "")).strip("/")
        self._prefix = f"{prefix}/" if prefix else ""

    def write(self, key: str, chunks: Iterable[bytes]) -> Stored:
        """In parts if it is large; an object is there whole or not at all."""
        digests = Digests()
        source = _Reader(digests.watch(chunks))
        with _faults(key):
            self._client.upload_fileobj(source, self._bucket, self._name(key), Config=TRANSFER)
        return digests.stored()

    def read(self, key: str, *, start: int = 0, end: int | None = None) -> Chunks:
        """Chunks of the object."""
        if end is not None and end <= start:
            return (b"" for _ in ())
        ranged = f"bytes={start}-{'' if end is None else end - 1}"
        with _faults(key):
            asked = {"Range": ranged} if start or end is not None else {}
            answer = self._client.get_object(Bucket=self._bucket, Key=self._name(key), **asked)
        return _chunks(key, answer["Body"])

    def exists(self, key: str) -> bool:
        """Whether the object is there."""
        try:
            with _faults(key):
                self._client.head_object(Bucket=self._bucket, Key=self._name(key))
        except BytesMissing:
            return False
        return True

    def delete(self, key: str) -> None:
        """Remove the object."""
        with _faults(key):
            self._client.delete_object(Bucket=self._bucket, Key=self._name(key))

    def keys(self, *, before: datetime) -> Iterator[str]:
        """Keys by the time at which their writing ended."""
        with _faults(self._prefix):
            for item in self._pages("list_objects_v2", "Contents"):
                if item["LastModified"] < before:
                    yield item["Key"].removeprefix(self._prefix)

    def drop_unfinished(self, *, before: datetime) -> int:
        """Abort uploads in parts that were begun before: they cost, and no list shows them."""
        with _faults(self._prefix):
            uploads = self._pages("list_multipart_uploads", "Uploads")
            stale = [upload for upload in uploads if upload["Initiated"] < before]
            for upload in stale:
                self._client.abort_multipart_upload(
                    Bucket=self._bucket, Key=upload["Key"], UploadId=upload["UploadId"]
                )
        return len(stale)

    def _name(self, key: str) -> str:
        return f"{self._prefix}{key}"

    def _pages(self, operation: str, items: str) -> Iterator[dict[str, Any]]:
        pages = self._client.get_paginator(operation)
        for page in pages.paginate(Bucket=self._bucket, Prefix=self._prefix):
            yield from page.get(items, ())


class _Reader:
    """Chunks as the file that boto3 asks for."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._left = b""

    def read(self, size: int = -1) -> bytes:
        parts, length = [self._left], len(self._left)
        while (size < 0 or length < size) and (chunk := next(self._chunks, b"")):
            parts.append(chunk)
            length += len(chunk)
        data = b"".join(parts)
        if size < 0:
            size = len(data)
        self._left = data[size:]
        return data[:size]


def _chunks(key: str, body: Any) -> Chunks:
    with closing(body), _faults(key):
        yield from body.iter_chunks(CHUNK)


@contextmanager
def _faults(key: str) -> Iterator[None]:
    """boto3's exceptions as ours."""
    try:
        yield
    except ClientError as error:
        if error.response["Error"]["Code"] in MISSING:
            raise BytesMissing(key) from None
        raise OSError(str(error)) from error
    except BotoCoreError as error:
        raise OSError(str(error)) from error
