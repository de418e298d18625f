"""Headers by which browsers protect people, on pages and on responses of the API."""

import pytest

from tests.asgi import Client
from tests.cast import Cast
from tests.web.pages import signed_in


@pytest.mark.parametrize("path", ["/sign-in/", "/nowhere/"])
def test_pages_have_their_headers(db: None, path: str) -> None:
    headers = Client().get(path, headers={"accept": "text/html"}).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["X-Frame-Options"] == "DENY"
    for directive in ("default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"):
        assert directive in headers["Content-Security-Policy"]


def test_responses_of_the_api_have_the_type_that_they_name(db: None) -> None:
    assert Client().get("/v1/models").headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("path", ["/v1/models", "/sign-in/"])
def test_nothing_answers_to_trace(cast: Cast, path: str) -> None:
    client = signed_in(cast.alice) if path == "/sign-in/" else Client()
    assert client.generic("TRACE", path).status_code == 405
