"""Fixtures of feeds. Tests commit, because feeds query the database in other threads."""

from collections.abc import AsyncIterator

import pytest

from assistants_app.events import subscribe
from assistants_app.realtime import feed, watch
from tests.cast import Cast
from tests.realtime.answers import Answer
from tests.realtime.audience import Audience
from tests.web.conftest import plain_static_files

__all__ = ["plain_static_files"]


@pytest.fixture(autouse=True)
def trusting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep feeds from checking for lost events, so that no redraw hides a wrong frame."""
    monkeypatch.setattr(feed, "QUIET_SECONDS", 600.0)
    monkeypatch.setattr(feed, "FLUSH_SECONDS", 0.01)
    monkeypatch.setattr(subscribe, "RECONNECT_SECONDS", 0.01)


@pytest.fixture
def suspicious(trusting: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let feeds check the database after a moment without events, rather than after seconds."""
    monkeypatch.setattr(feed, "QUIET_SECONDS", 0.1)
    monkeypatch.setattr(feed, "RETRY_SECONDS", 0.1)
    monkeypatch.setattr(watch, "FEEDS_SECONDS", 0.05)


@pytest.fixture
def answer(transactional_db: None, cast: Cast) -> Answer:
    """A run's reply that hasn't started."""
    return Answer(cast)


@pytest.fixture
async def audience(transactional_db: None, cast: Cast) -> AsyncIterator[Audience]:
    """The viewers of the cast's thread, which leave at the end."""
    audience = Audience(cast.project.id, cast.thread.id)
    yield audience
    audience.leave()
