"""Fixtures of comparisons."""

import pytest


@pytest.fixture(autouse=True)
def no_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keeps runs queued."""
    monkeypatch.setattr("assistants_app.services.publishing.run_task", lambda _: None)
