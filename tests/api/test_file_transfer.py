"""Files of any size pass through the web process without filling its memory."""

import hashlib
import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest

from tests.live import API_KEY, LiveSite

MB = 1024**2
SIZE = 160 * MB
HEADERS = {"Authorization": f"Bearer {API_KEY}"}
BLOCK = hashlib.sha512(b"block").digest() * (MB // 64)


@pytest.fixture
def more_memory(site: LiveSite) -> Callable[[], int]:
    """A function that returns by how many bytes the web process's peak memory has grown."""
    assert site.web is not None
    process = Path(f"/proc/{site.web.pid}")
    (process / "clear_refs").write_text("5", encoding="ascii")  # resets the peak

    def peak() -> int:
        status = (process / "status").read_text(encoding="ascii")
        [line] = [line for line in status.splitlines() if line.startswith("VmHWM")]
        return int(line.split()[1]) * 1024

    before = peak()
    return lambda: peak() - before


def form(size: int) -> Iterator[bytes]:
    """Yield a form with a file of `size` bytes in chunks."""
    yield b'--b\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nuser_data\r\n--b\r\n'
    yield b'Content-Disposition: form-data; name="file"; filename="big"\r\n\r\n'
    for _ in range(size // MB):
        yield BLOCK
    yield b"\r\n--b--\r\n"


def send(site: LiveSite, size: int, **headers: str) -> httpx2.Response:
    headers = {**HEADERS, "Content-Type": "multipart/form-data; boundary=b", **headers}
    return httpx2.post(f"{site.base_url}/files", content=form(size), headers=headers, timeout=60)


@pytest.fixture
def big_file(site: LiveSite) -> Iterator[str]:
    file_id = str(send(site, SIZE).json()["id"])
    yield file_id
    httpx2.delete(f"{site.base_url}/files/{file_id}", headers=HEADERS)


def test_a_large_file_is_not_held_in_memory(site: LiveSite, more_memory: Callable[[], int]) -> None:
    answer = send(site, SIZE).json()
    assert answer["bytes"] == SIZE
    digest = hashlib.sha256()
    with httpx2.stream(
        "GET", f"{site.base_url}/files/{answer['id']}/content", headers=HEADERS
    ) as response:
        assert response.headers["content-length"] == str(SIZE)
        for chunk in response.iter_bytes():
            digest.update(chunk)
    assert digest.hexdigest() == hashlib.sha256(BLOCK * (SIZE // MB)).hexdigest()
    assert more_memory() < 40 * MB
    httpx2.delete(f"{site.base_url}/files/{answer['id']}", headers=HEADERS)


def test_a_slow_reader_is_waited_for(
    site: LiveSite, big_file: str, more_memory: Callable[[], int]
) -> None:
    with socket.create_connection(("127.0.0.1", site.port)) as line:
        request = f"GET /v1/files/{big_file}/content HTTP/1.1\r\nHost: localhost\r\n"
        line.sendall(f"{request}Authorization: Bearer {API_KEY}\r\n\r\n".encode())
        received = bytearray(line.recv(65536))
        _, _, received = received.partition(b"\r\n\r\n")
        read = len(received)
        while read < SIZE:
            if read % (4 * MB) < 65536:
                assert httpx2.get(f"{site.base_url}/files/{big_file}", headers=HEADERS).is_success
            read += len(line.recv(min(65536, SIZE - read)))
    assert more_memory() < 40 * MB


def test_a_reader_that_leaves_harms_nobody(site: LiveSite, big_file: str) -> None:
    for _ in range(3):
        with httpx2.stream(
            "GET", f"{site.base_url}/files/{big_file}/content", headers=HEADERS
        ) as response:
            next(response.iter_raw())
    assert httpx2.get(f"{site.base_url}/files/{big_file}", headers=HEADERS).is_success


def test_a_body_that_is_too_large_is_refused_and_not_kept(site: LiveSite) -> None:
    request = (
        "POST /v1/files HTTP/1.1\r\nHost: localhost\r\nContent-Length: 600000000\r\n"
        f"Authorization: Bearer {API_KEY}\r\nContent-Type: multipart/form-data; boundary=b\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", site.port)) as line:
        line.sendall(request.encode())
        for _ in range(600):
            line.sendall(bytes(1_000_000))
        assert line.recv(65536).startswith(b"HTTP/1.1 413 ")


def test_an_upload_that_breaks_off_leaves_nothing(site: LiveSite) -> None:
    folder = Path(os.environ["DATA_DIR"]) / "files"
    whole = b"".join(form(MB))
    request = (
        f"POST /v1/files HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(whole)}\r\n"
        f"Authorization: Bearer {API_KEY}\r\nContent-Type: multipart/form-data; boundary=b\r\n\r\n"
    )
    before = {path for path in folder.rglob("*") if path.is_file()}
    with socket.create_connection(("127.0.0.1", site.port)) as line:
        line.sendall(request.encode() + whole[: len(whole) // 2])
    listed = httpx2.get(f"{site.base_url}/files?limit=1", headers=HEADERS).json()
    assert listed["data"] == [] or listed["data"][0]["bytes"] != MB
    assert {path for path in folder.rglob("*") if path.is_file()} == before


def test_a_shortened_form_is_refused_and_leaves_nothing(site: LiveSite) -> None:
    folder = Path(os.environ["DATA_DIR"]) / "files"
    before = {path for path in folder.rglob("*") if path.is_file()}
    headers = {**HEADERS, "Content-Type": "multipart/form-data; boundary=b"}
    half = b"".join(form(2 * MB))[:MB]
    answer = httpx2.post(f"{site.base_url}/files", content=half, headers=headers)
    assert answer.status_code == 400
    assert "ends before its closing boundary" in answer.json()["error"]["message"]
    assert {path for path in folder.rglob("*") if path.is_file()} == before
