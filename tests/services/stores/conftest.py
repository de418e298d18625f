"""No heartbeat and no broker in tests of stores."""

from collections.abc import Iterator

import pytest

from assistants_app import conf
from assistants_app.gateway.embedders import default_model, embedder_of
from assistants_app.retrieval.embed import LocalEmbedder


@pytest.fixture(autouse=True)
def one_thread(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Another thread's heartbeat would not see what a test's own transaction holds."""
    monkeypatch.setattr(conf, "INDEX_HEARTBEAT_SECONDS", 1000.0)
    yield
    embedder = embedder_of(default_model())
    assert isinstance(embedder, LocalEmbedder)
    embedder.close()


@pytest.fixture(autouse=True)
def no_broker(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many tasks would have been sent."""
    sent: list[int] = []
    for module in ("services.publishing", "engine.indexing"):
        monkeypatch.setattr(f"assistants_app.{module}.dispatch_indexing", lambda: sent.append(1))
    return sent
