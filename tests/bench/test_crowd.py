"""The bench of a crowd measures what it says, with a small crowd."""

import asyncio
import time
from collections.abc import Callable, Iterator

import pytest

from tests.bench import crowd
from tests.bench.client import post
from tests.bench.crowd import Sizes, close_all, crowd_of
from tests.bench.measures import MODEL, Bench
from tests.fakes.provider import ScriptedProvider
from tests.live import LiveSite


@pytest.fixture
def provider_url(provider: ScriptedProvider) -> Iterator[str]:
    """The provider, whose answer the bench changes."""
    before = provider.default
    yield provider.base_url
    provider.default = before


async def test_a_small_crowd(
    site: LiveSite, provider_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crowd, "TOKENS", 10)
    monkeypatch.setattr(crowd, "QUIET_SECONDS", 0.1)
    rows = await crowd.measure(
        site, provider_url, Sizes(viewers=12, idle=20, readers=10, threads=2)
    )
    names = [name for name, _, _ in rows]
    assert len(set(names)) == len(names) == 8
    assert ("viewers that missed the end", "0", "0") in rows


async def test_a_viewer_who_reads_nothing_misses_frames_and_delays_nobody(
    site: LiveSite, provider_url: str
) -> None:
    bench = Bench(site, provider_url)
    bench.assistant_id = (await post(site.base_url, "/assistants", {"model": MODEL}))["id"]
    async with crowd_of(bench) as clients:
        thread = await bench.thread()
        slow, other = await clients.sockets([thread] * 2)
        await _until(lambda: slow.frames and other.frames)
        slow.pause()
        # Replies of 180 KB each. The kernel takes less than one of them for the slow client.
        reply = {"chunks": ["A `word` and *more* of it. " * 40 + "\n\n"] * 160, "delay": 0.005}
        await post(provider_url.removesuffix("/v1"), "/control/default", reply)
        for _ in range(3):
            await bench.ours(thread)
        [reader] = await clients.streams([thread])
        await _until(lambda: reader.frames and other.frames[-1][1] == reader.frames[-1][1])
        slow.resume()
        await _until(lambda: slow.frames[-1][1] == reader.frames[-1][1])
        # Had the frames waited for it in memory, it would have all of them now.
        assert len(slow.frames) < len(other.frames)
        close_all([slow, other, reader])


async def _until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)
