"""The lines about processes that don't run: on the pages where one waits for them."""

from collections.abc import Iterator

import pytest

from assistants_app import conf
from assistants_app.events import presence
from assistants_app.events.presence import INDEXER, INTERPRETER, WORKER
from assistants_app.models import VectorStore
from assistants_app.redis_client import client
from tests.cast import Cast
from tests.web.pages import project_url, shown, signed_in

ALL = f"{WORKER},{INDEXER},{INTERPRETER}"
LINES = {WORKER: "No worker is running", INDEXER: "No indexer", INTERPRETER: "interpreter isn't"}


def forget_all() -> None:
    for key in client().scan_iter("process:*"):
        client().delete(key)


@pytest.fixture(autouse=True)
def nothing_noted(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(presence, "GRACE_SECONDS", 0.0)
    monkeypatch.setattr(conf, "SANDBOX_HOSTS", ["unix:/nowhere"])
    forget_all()
    yield
    forget_all()


def end(kind: str) -> None:
    """Let the last note of a process expire."""
    client().delete(f"process:{kind}")


def lines_in(html: str) -> list[str]:
    return [kind for kind, line in LINES.items() if line in html.replace("&#x27;", "'")]


@pytest.mark.parametrize("kind", [WORKER, INDEXER, INTERPRETER])
def test_a_process_that_ended_is_missed_until_another_runs(cast: Cast, kind: str) -> None:
    assert lines_in(shown(cast, "playground")) == []
    presence.note_presence([WORKER, INDEXER, INTERPRETER])
    assert lines_in(shown(cast, "playground")) == []
    end(kind)
    page = shown(cast, "playground")
    assert lines_in(page) == [kind]
    assert page.count(project_url(cast, "presence", ALL)) == 2
    assert 'role="status"' in page
    assert lines_in(shown(cast, "presence", ALL)) == [kind]
    presence.note_presence([kind])
    assert shown(cast, "presence", ALL).strip() == ""


def test_the_page_of_a_store_misses_only_the_indexer(cast: Cast) -> None:
    store = VectorStore.objects.create(project=cast.project, embedding_model="m")
    presence.note_presence([WORKER, INDEXER])
    end(WORKER)
    assert lines_in(shown(cast, "vector_store", store.id)) == []
    end(INDEXER)
    assert lines_in(shown(cast, "vector_store", store.id)) == [INDEXER]


def test_nobody_misses_what_starts_at_the_same_time(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    presence.note_presence([WORKER])
    end(WORKER)
    monkeypatch.setattr(presence, "GRACE_SECONDS", 1e9)
    assert lines_in(shown(cast, "playground")) == []


def test_nobody_misses_an_interpreter_that_is_not_configured(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    presence.note_presence([INTERPRETER])
    end(INTERPRETER)
    monkeypatch.setattr(conf, "SANDBOX_HOSTS", [])
    assert lines_in(shown(cast, "playground")) == []


def test_notes_expire() -> None:
    presence.note_presence([WORKER])
    assert 0 < client().ttl(f"process:{WORKER}") <= presence.ALIVE_SECONDS
    assert presence.ALIVE_SECONDS > 2 * presence.NOTE_SECONDS


def test_other_names_are_ignored(cast: Cast) -> None:
    assert shown(cast, "presence", "database,<b>").strip() == ""
    address = project_url(cast, "presence", ALL)
    assert signed_in(cast.charlie).get(address).status_code == 404
