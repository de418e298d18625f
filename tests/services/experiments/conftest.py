"""Fixtures of experiments that this process carries out."""

import pytest

from assistants_app.providers.endpoint import Endpoint


@pytest.fixture(autouse=True)
def no_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keeps runs queued until a test carries them out."""
    monkeypatch.setattr("assistants_app.services.publishing.run_task", lambda _: None)


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    """An endpoint on this machine, where calls need no price."""
    near = Endpoint(name="Near", base_url="http://127.0.0.1:1/v1", api_key="key")
    monkeypatch.setattr("assistants_app.gateway.endpoints.endpoints_of", lambda *_: [near])
