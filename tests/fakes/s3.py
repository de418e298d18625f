"""A bucket in memory with the part of S3 that the storage uses, on a loopback socket."""

import re
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

PAGE = 3  # keys per page of a list, few enough that tests reach a second page


class FakeS3:
    """A fake bucket: `objects` by key, and `uploads` with the parts of unfinished uploads.

    `ages` makes the objects of keys older.
    """

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.uploads: dict[str, tuple[str, dict[int, bytes]]] = {}
        self.ages: dict[str, timedelta] = {}
        self.seen: list[tuple[str, str, str]] = []
        handler = type("Handler", (_Handler,), {"fake": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)

    @property
    def port(self) -> int:
        return self._server.server_address[1]

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def changed(self, key: str) -> str:
        moment = datetime.now(UTC) - self.ages.get(key, timedelta())
        return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")


class _Handler(BaseHTTPRequestHandler):
    fake: FakeS3
    protocol_version = "HTTP/1.1"

    def do_PUT(self) -> None:
        key, query, body = self._request()
        if "uploadId" in query:
            self.fake.uploads[query["uploadId"]][1][int(query["partNumber"])] = body
        else:
            self.fake.objects[key] = body
        self._answer(headers={"ETag": '"0"'})

    def do_POST(self) -> None:
        key, query, _ = self._request()
        if "uploadId" in query:
            _, parts = self.fake.uploads.pop(query["uploadId"])
            self.fake.objects[key] = b"".join(parts[number] for number in sorted(parts))
            self._xml("CompleteMultipartUploadResult", f"<Key>{escape(key)}</Key>")
        else:
            upload_id = f"u{len(self.fake.seen)}"
            self.fake.uploads[upload_id] = (key, {})
            self._xml("InitiateMultipartUploadResult", f"<UploadId>{upload_id}</UploadId>")

    def do_DELETE(self) -> None:
        key, query, _ = self._request()
        if "uploadId" in query:
            self.fake.uploads.pop(query["uploadId"])
        else:
            self.fake.objects.pop(key, None)
        self._answer(204)

    def do_HEAD(self) -> None:
        key, _, _ = self._request()
        self._answer(200 if key in self.fake.objects else 404)

    def do_GET(self) -> None:
        key, query, _ = self._request()
        if "uploads" in query:
            self._list_uploads(query["prefix"])
        elif "list-type" in query:
            self._list(query)
        elif (data := self.fake.objects.get(key)) is None:
            self._xml("Error", "<Code>NoSuchKey</Code><Message>none</Message>", 404)
        elif asked := re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", "")):
            end = int(asked[2]) + 1 if asked[2] else len(data)
            self._answer(206, data[int(asked[1]) : end])
        else:
            self._answer(200, data)

    def _list(self, query: dict[str, str]) -> None:
        after = query.get("continuation-token", "")
        keys = [key for key in sorted(self.fake.objects) if key > after]
        keys = [key for key in keys if key.startswith(query["prefix"])]
        more = len(keys) > PAGE
        items = "".join(
            f"<Contents><Key>{escape(key)}</Key><LastModified>{self.fake.changed(key)}"
            "</LastModified></Contents>"
            for key in keys[:PAGE]
        )
        token = f"<NextContinuationToken>{keys[PAGE - 1]}</NextContinuationToken>" if more else ""
        self._xml(
            "ListBucketResult", f"<IsTruncated>{str(more).lower()}</IsTruncated>{token}{items}"
        )

    def _list_uploads(self, prefix: str) -> None:
        items = "".join(
            f"<Upload><Key>{escape(key)}</Key><UploadId>{upload_id}</UploadId>"
            f"<Initiated>{self.fake.changed(key)}</Initiated></Upload>"
            for upload_id, (key, _) in self.fake.uploads.items()
            if key.startswith(prefix)
        )
        self._xml("ListMultipartUploadsResult", f"<IsTruncated>false</IsTruncated>{items}")

    def _request(self) -> tuple[str, dict[str, str], bytes]:
        parts = urlsplit(self.path)
        query = {k: v[0] for k, v in parse_qs(parts.query, keep_blank_values=True).items()}
        _, bucket, *key = unquote(parts.path).split("/", 2)
        self.fake.seen.append((self.command, bucket, self.headers.get("Authorization", "")))
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        return "".join(key), query, body

    def _xml(self, root: str, inner: str, status: int = 200) -> None:
        self._answer(status, f"<{root}>{inner}</{root}>".encode())

    def _answer(
        self, status: int = 200, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> None:
        self.send_response(status)
        for name, value in {**(headers or {}), "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Print nothing."""
