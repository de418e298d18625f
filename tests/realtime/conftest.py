"""Fixtures of the live page's tests. Feeds read in their own threads, so tests must commit."""

from collections.abc import AsyncIterator

import pytest

from assistants_app.events import subscribe
from assistants_app.realtime import feed
from tests.cast import Cast
from tests.realtime.answers import Answer
from tests.realtime.audience import Audience
from tests.web.conftest import plain_static_files

__all__ = ["plain_static_files"]


@pytest.fixture(autouse=True)
def trusting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep feeds from checking the database, so that no redraw hides a wrong frame."""
    monkeypatch.setattr(feed, "IDLE_SECONDS", 600.0)
    monkeypatch.setattr(feed, "FLUSH_SECONDS", 0.01)
    monkeypatch.setattr(subscribe, "RECONNECT_SECONDS", 0.01)


@pytest.fixture
def suspicious(trusting: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make feeds check the database after a moment without events, not after seconds."""
    monkeypatch.setattr(feed, "IDLE_SECONDS", 0.1)


@pytest.fixture
def answer(transactional_db: None, cast: Cast) -> Answer:
    """The answer of a run that has not begun."""
    return Answer(cast)


@pytest.fixture
async def audience(transactional_db: None, cast: Cast) -> AsyncIterator[Audience]:
    """The viewers of the cast's thread, who leave after the test."""
    audience = Audience(cast.project.id, cast.thread.id)
    yield audience
    audience.leave()
