"""Lines of the log have no tokens of links."""

import logging
import secrets

import pytest

from playground.logs import LineFormatter, without_tokens

TOKEN = secrets.token_urlsafe(32)


@pytest.mark.parametrize(
    "text",
    [
        f"Forbidden (Origin checking failed): /s/{TOKEN}/fork/",
        f"GET /s/{TOKEN}/files/1/",
        f"/sign-in/?next=/s/{TOKEN}/fork/",
        f"/sign-in/?next=%2Fs%2F{TOKEN}%2Ffork%2F",
        f"/sign-in/{TOKEN}/",
        f"http://host/s/{TOKEN}",
        f'"/some-other-link/{TOKEN}"',
        # A link that lost its end when somebody copied it.
        f"/s/{TOKEN[:-3]}",
    ],
)
def test_a_token_is_left_out(text: str) -> None:
    shown = without_tokens(text)
    assert TOKEN[:20] not in shown
    assert "[token]" in shown


@pytest.mark.parametrize(
    "text",
    ["/p/proj_0123456789abcdefghijklmn/threads/", "/s/", "/static/css/app.css", "/sign-in/"],
)
def test_other_paths_stay(text: str) -> None:
    assert without_tokens(text) == text


def test_tracebacks_have_no_token_either() -> None:
    try:
        raise ValueError(f"/s/{TOKEN}/")
    except ValueError as error:
        record = logging.LogRecord("x", 40, "x.py", 1, "Failed", (), (ValueError, error, None))
    assert TOKEN not in LineFormatter("%(message)s").format(record)
