"""The bench of runs measures what it says, with few and short ones."""

from collections.abc import Iterator

import pytest

from tests.bench import runs
from tests.bench.client import post
from tests.bench.measures import MODEL, Bench
from tests.fakes.provider import ScriptedProvider
from tests.live import LiveSite


@pytest.fixture
def provider_url(provider: ScriptedProvider) -> Iterator[str]:
    """The provider, whose answer the bench changes."""
    before = provider.default
    yield provider.base_url
    provider.default = before


async def test_few_runs(site: LiveSite, provider_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "TOKENS", dict.fromkeys(runs.TOKENS, 40))
    monkeypatch.setattr(runs, "RATES", (2,))
    monkeypatch.setattr(runs, "SLOW", 0.02)
    monkeypatch.setattr(runs, "MOST_DELAY", 60.0)
    bench = Bench(site, provider_url)
    bench.assistant_id = (await post(site.base_url, "/assistants", {"model": MODEL}))["id"]
    rows = [await runs.first_token(bench, 1, 1), await runs.whole(bench, 1, 1)]
    rows += await runs.sustained(bench)
    assert ("lost or doubled tokens of 80", "0", "0") in rows
    rows.append(await runs.at_once(bench, 3))
    assert rows[-1][1].endswith("; 0 wrong")
    for calls in (3, 1):
        speed, cost = await runs.throughput(bench, calls=calls, seconds=0.5)
        assert int(speed[1]) > 0
        assert all(part in cost[1] for part in ("web", "worker", "PostgreSQL", "Valkey"))
