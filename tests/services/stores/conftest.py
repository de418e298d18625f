"""Fixtures that keep heartbeats and the broker out of tests of vector stores."""

from collections.abc import Iterator

import pytest

from assistants_app import conf
from assistants_app.gateway.embedders import default_model, embedder_of
from assistants_app.retrieval.embed import LocalEmbedder


@pytest.fixture(autouse=True)
def one_thread(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Disables heartbeats: their thread would not see the rows of a test's open transaction."""
    monkeypatch.setattr(conf, "INDEX_HEARTBEAT_SECONDS", 1000.0)
    yield
    embedder = embedder_of(default_model())
    assert isinstance(embedder, LocalEmbedder)
    embedder.close()


@pytest.fixture(autouse=True)
def no_broker(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A list with an item for each task that would have been sent."""
    sent: list[int] = []
    for module in ("services.publishing", "engine.indexing"):
        monkeypatch.setattr(f"assistants_app.{module}.dispatch_indexing", lambda: sent.append(1))
    return sent
