"""Fixtures of experiments that this process carries out."""

import pytest


@pytest.fixture(autouse=True)
def no_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keeps runs queued until a test carries them out."""
    monkeypatch.setattr("assistants_app.services.publishing.run_task", lambda _: None)
