"""A page that meets a fault says so, and comes back by itself."""

import errno

import django.db
import pytest

from assistants_app.domain.errors import NoSpace
from assistants_app.services import space
from tests.cast import Cast
from tests.web.pages import project_url, signed_in

LOST = django.db.OperationalError("server closed the connection unexpectedly")


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (LOST, 503, "can't reach its database"),
        (OSError(errno.ENOSPC, "No space left on device"), 507, "running out of disk space"),
        (NoSpace(), 507, "running out of disk space"),
        (RuntimeError("a fault of the program"), 500, "Something went wrong"),
    ],
)
def test_a_page_says_what_is_wrong(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int, words: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    client = signed_in(cast.alice)
    client.raise_request_exception = False
    monkeypatch.setattr("assistants_app.web.http.get_membership", fail)
    response = client.get(project_url(cast, "playground"))
    assert response.status_code == status
    text = response.content.decode().replace("&#x27;", "'")
    assert words in text.partition("<main")[2].partition("</main")[0]
    assert response.has_header("Retry-After") is (status != 500)


def test_a_fault_before_the_view_is_a_503_too(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise LOST

    client = signed_in(cast.alice)
    client.raise_request_exception = False
    monkeypatch.setattr("django.contrib.sessions.backends.db.SessionStore.load", fail)
    assert client.get(project_url(cast, "playground")).status_code == 503


@pytest.mark.parametrize("short", [True, False])
def test_a_page_warns_of_a_disk_that_is_nearly_full(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, short: bool
) -> None:
    monkeypatch.setattr(space._disks, "are_short", lambda: short)
    client = signed_in(cast.alice)
    page = client.get(project_url(cast, "playground")).content.decode()
    assert ("so it accepts no new messages or files" in page) is short
