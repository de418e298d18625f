"""Certificates are for the name in the base URL, although connections are made to an address."""

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path
from socket import create_server

import pytest

from assistants_app.domain.errors import RunFailure
from assistants_app.providers.endpoint import Endpoint
from assistants_app.providers.http import dialing
from assistants_app.providers.openai_compatible import OpenAICompatible
from tests.fakes.certificates import certificate_for, context_of
from tests.fakes.raw import http

ANSWER = http(200, "application/json", b'{"data": [{"id": "m"}]}')


@contextlib.contextmanager
def tls_server(certificate: Path) -> Iterator[int]:
    context = context_of(certificate)

    def serve() -> None:
        with contextlib.suppress(OSError):
            connection, _ = listener.accept()
            with connection, context.wrap_socket(connection, server_side=True) as line:
                line.recv(65536)
                line.sendall(ANSWER)

    with create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        thread.join(5)


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The certificate of tls.example. All names lead to this machine."""
    monkeypatch.setattr(
        dialing, "_rows_of", lambda host, port: [(0, 0, 0, "", ("127.0.0.1", port))]
    )
    return certificate_for("tls.example", tmp_path / "tls.pem")


def list_models(name: str, port: int) -> list[str]:
    endpoint = Endpoint(name="T", base_url=f"https://{name}:{port}/v1", api_key="")
    with contextlib.closing(OpenAICompatible(endpoint)) as model:
        return [info.id for info in model.list_models(timeout=5.0)]


def test_the_certificate_of_the_name_is_accepted(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with tls_server(certificate) as port:
        assert list_models("tls.example", port) == ["m"]


@pytest.mark.parametrize(
    ("name", "is_known", "why"),
    [
        ("other.example", True, "Hostname mismatch"),
        ("127.0.0.1", True, "IP address mismatch"),
        ("tls.example", False, "self-signed certificate"),
    ],
)
def test_any_other_certificate_is_refused(
    certificate: Path, monkeypatch: pytest.MonkeyPatch, name: str, is_known: bool, why: str
) -> None:
    if is_known:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with (
        tls_server(certificate) as port,
        pytest.raises(RunFailure, match=f"has no valid TLS certificate .*{why}"),
    ):
        list_models(name, port)
