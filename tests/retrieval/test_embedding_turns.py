"""The embedding process: requests take turns, and queries come first."""

import threading

import numpy as np
import pytest

from assistants_app.domain.embeddings import Kind
from assistants_app.retrieval.embed.identity import DIMENSION
from assistants_app.retrieval.embed.server import Workers
from assistants_app.retrieval.embed.windows import Floats, Window


class SlowModel:
    """A model that embeds nothing until it may, and records the order."""

    def __init__(self) -> None:
        self.may_go = threading.Event()
        self.order: list[str] = []

    def windows_of(self, text: str, kind: Kind) -> list[Window]:
        return [Window(text, 1)]

    def embed(self, window: Window) -> Floats:
        assert self.may_go.wait(30)
        self.order.append(window.content)
        return np.ones(DIMENSION, np.float32)


def test_a_short_request_does_not_wait_for_a_long_one(monkeypatch: pytest.MonkeyPatch) -> None:
    model = SlowModel()
    workers = Workers(model, threads=1)
    enqueued = threading.Semaphore(0)
    put = workers._queue.put

    def put_and_tell(item: object) -> None:
        put(item)  # type: ignore[arg-type]
        enqueued.release()

    monkeypatch.setattr(workers._queue, "put", put_and_tell)
    threads = []
    requests: list[tuple[list[str], Kind]] = [
        ([f"long {number}" for number in range(6)], "passage"),
        (["short"], "passage"),
        (["query"], "query"),
    ]
    for texts, kind in requests:
        thread = threading.Thread(target=workers.embed, args=(texts, kind))
        thread.start()
        threads.append(thread)
        for _ in texts:
            assert enqueued.acquire(timeout=30)
    model.may_go.set()
    for thread in threads:
        thread.join(30)
    # The thread may have taken "long 0" before the others were there.
    rest = [window for window in model.order if window != "long 0"]
    assert rest[:3] == ["query", "short", "long 1"]
