"""What a worker does when it starts."""

import gc
from types import SimpleNamespace

import pytest

from assistants_app import tasks
from assistants_app.engine import recovery
from assistants_app.events.presence import INDEXER, WORKER
from assistants_app.events.writer import writer


def test_a_worker_spares_its_modules_from_the_search_for_garbage(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    swept: list[list[str]] = []
    monkeypatch.setattr(recovery, "sweep_for_ever", swept.append)
    monkeypatch.setattr(writer, "patience", writer.patience)
    try:
        tasks.prepare_worker(SimpleNamespace(controller=SimpleNamespace(concurrency=1)))
        assert gc.get_freeze_count() > 100_000
    finally:
        gc.unfreeze()
    assert swept == [[WORKER, INDEXER]]
