"""Base URLs as people type them: one form, and one server."""

import pytest

from assistants_app.gateway.base_urls import candidates, server_of, tidy

SAME = [
    "https://api.example.com/v1",
    "https://api.example.com/v1/",
    "https://api.example.com/v1///",
    " https://api.example.com/v1 ",
    "HTTPS://API.Example.COM/v1",
    "https://api.example.com:443/v1",
    "https://api.example.com./v1",
    "https://api.example.com/v1/chat/completions",
    "https://api.example.com/v1/models",
    "https://api.example.com/v1?key=1#top",
    "api.example.com/v1",
]


@pytest.mark.parametrize("typed", SAME)
def test_one_address_has_one_form(typed: str) -> None:
    assert tidy(typed) == "https://api.example.com/v1"


@pytest.mark.parametrize(
    ("typed", "tidied"),
    [
        ("http://localhost:11434", "http://localhost:11434"),
        ("http://[::1]:8080/v1/", "http://[::1]:8080/v1"),
        ("http://host:80", "http://host"),
        ("http://host:443", "http://host:443"),
        ("localhost", "http://localhost"),
        ("localhost:8439/v1", "http://localhost:8439/v1"),
        ("127.0.0.1:8439", "http://127.0.0.1:8439"),
        ("[::1]:8439/v1", "http://[::1]:8439/v1"),
        ("192.168.1.20:11434", "http://192.168.1.20:11434"),
        ("10.0.0.7/v1", "http://10.0.0.7/v1"),
        ("172.16.0.1", "http://172.16.0.1"),
        ("169.254.1.1:80", "http://169.254.1.1"),
        ("ollama:11434", "http://ollama:11434"),
        ("host.docker.internal:11434/v1", "http://host.docker.internal:11434/v1"),
        ("printer.local:8000", "http://printer.local:8000"),
        ("8.8.8.8:8000", "https://8.8.8.8:8000"),
        ("172.32.0.1", "https://172.32.0.1"),
        ("api.example.com:8443", "https://api.example.com:8443"),
        ("https://127.0.0.1:8439", "https://127.0.0.1:8439"),
        ("https://me:secret@Host/v1", "https://me:secret@host/v1"),
        ("https://host/Openai/V1", "https://host/Openai/V1"),
        ("https://host/proxy/models-for-us/v1", "https://host/proxy/models-for-us/v1"),
    ],
)
def test_what_matters_stays(typed: str, tidied: str) -> None:
    assert tidy(typed) == tidied


@pytest.mark.parametrize(
    "typed",
    ["", "ftp://host/v1", "file:///etc/passwd", "https://", "http:///v1", "host", "http://a b/",
     "javascript:alert(1)", "http://host:port/v1", "http://[::1/v1",
     "host/v1", "host:port/v1", "localhost:port", "[::1", "mailto:me@example"],
)  # fmt: skip
def test_other_text_is_refused(typed: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - of urllib, too
        tidy(typed)


def test_the_version_may_be_missing() -> None:
    assert candidates("https://host") == ["https://host/v1", "https://host"]
    assert candidates("https://host/api") == ["https://host/api", "https://host/api/v1"]
    assert candidates("https://host/v1") == ["https://host/v1"]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://host/v1", "https://host", True),
        ("https://host/v1", "http://host:443/v1", True),
        ("http://localhost:1234/v1", "http://127.0.0.1:1234", True),
        ("http://localhost:1234/v1", "http://[::1]:1234/v1", True),
        ("http://localhost:1234/v1", "http://localhost:1235/v1", False),
        ("https://host/v1", "https://host/openai/v1", False),
        ("https://host/v1", "https://host/v2", False),
        ("https://a.host/v1", "https://b.host/v1", False),
    ],
)
def test_servers_are_told_apart(one: str, other: str, same: bool) -> None:
    assert (server_of(one) == server_of(other)) == same
