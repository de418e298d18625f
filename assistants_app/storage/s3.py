"""A byte store in an S3 bucket. It needs the packages of the dependency group `s3`."""

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
CLIENT = Config(
    s3={"addressing_style": "auto"},
    retries={"mode": "standard", "total_max_attempts": 4},
    connect_timeout=10,
    read_timeout=60,
    max_pool_connections=50,
    # boto3 now adds checksums by default that some other S3 servers do not know.
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
)
# One part at a time. A writer then needs the memory of two parts, 16 MB, for a file of any size.
TRANSFER = TransferConfig(use_threads=False)
REGION = "us-east-1"  # the region that servers without regions expect


class S3Store:
    """A byte store with one object per key, below a prefix.

    The options are those of django-storages' ``S3Storage``.
    """

    def __init__(self, **options: Any) -> None:
        region = options.pop("region_name", None) or (REGION if options["endpoint_url"] else None)
        storage = S3Storage(client_config=CLIENT, region_name=region, **options)
        # One client for all threads: boto3's clients allow that, and creating one takes 0.2 s.
        self._client: Any = storage.connection.meta.client
        self._bucket = options["bucket_name"]
        prefix = str(options.get("location", "")).strip("/")
        self._prefix = f"{prefix}/" if prefix else ""

    def write(self, key: str, chunks: Iterable[bytes]) -> Stored:
        """Upload an object, as :class:`ByteStore` promises. A large one is uploaded in parts."""
        # S3 shows an object only when its upload is complete, so a failed write leaves none.
        digests = Digests()
        source = _ChunksAsFile(digests.watch(chunks))
        with _boto_errors_as_ours(key):
            self._client.upload_fileobj(
                source, self._bucket, self._object_name(key), Config=TRANSFER
            )
        return digests.stored()

    def read(self, key: str, *, start: int = 0, end: int | None = None) -> Chunks:
        """Yield the object's bytes, as :class:`ByteStore` promises."""
        if end is not None and end <= start:
            return (b"" for _ in ())  # HTTP has no empty range
        byte_range = f"bytes={start}-{'' if end is None else end - 1}"
        with _boto_errors_as_ours(key):
            options = {"Range": byte_range} if start or end is not None else {}
            answer = self._client.get_object(
                Bucket=self._bucket, Key=self._object_name(key), **options
            )
        return _read_chunks(key, answer["Body"])

    def exists(self, key: str) -> bool:
        """Return whether the object exists."""
        try:
            with _boto_errors_as_ours(key):
                self._client.head_object(Bucket=self._bucket, Key=self._object_name(key))
        except BytesMissing:
            return False
        return True

    def delete(self, key: str) -> None:
        """Remove the object, if it exists."""
        with _boto_errors_as_ours(key):
            self._client.delete_object(Bucket=self._bucket, Key=self._object_name(key))

    def keys(self, *, before: datetime) -> Iterator[str]:
        """Yield the keys of objects whose upload ended before this time."""
        with _boto_errors_as_ours(self._prefix):
            for item in self._list_all("list_objects_v2", "Contents"):
                if item["LastModified"] < before:
                    yield item["Key"].removeprefix(self._prefix)

    def drop_unfinished(self, *, before: datetime) -> int:
        """Abort uploads in parts that began before this time. Return their number."""
        # Their parts are paid for, and no list of objects shows them.
        with _boto_errors_as_ours(self._prefix):
            uploads = self._list_all("list_multipart_uploads", "Uploads")
            stale = [upload for upload in uploads if upload["Initiated"] < before]
            for upload in stale:
                self._client.abort_multipart_upload(
                    Bucket=self._bucket, Key=upload["Key"], UploadId=upload["UploadId"]
                )
        return len(stale)

    def _object_name(self, key: str) -> str:
        return f"{self._prefix}{key}"

    def _list_all(self, operation: str, items: str) -> Iterator[dict[str, Any]]:
        pages = self._client.get_paginator(operation)
        for page in pages.paginate(Bucket=self._bucket, Prefix=self._prefix):
            yield from page.get(items, ())


class _ChunksAsFile:
    """The chunks as the file object that boto3 reads from."""

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


def _read_chunks(key: str, body: Any) -> Chunks:
    with closing(body), _boto_errors_as_ours(key):
        yield from body.iter_chunks(CHUNK)


@contextmanager
def _boto_errors_as_ours(key: str) -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        if error.response["Error"]["Code"] in MISSING:
            raise BytesMissing(key) from None
        raise OSError(str(error)) from error
    except BotoCoreError as error:
        raise OSError(str(error)) from error
