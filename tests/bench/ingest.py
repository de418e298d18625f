"""Files on their way into a vector store, and streams meanwhile:
`python -m tests.bench.ingest [FILES]`.
"""

import asyncio
import random
import statistics
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import httpx2
import psutil

from tests import servers
from tests.bench.client import HEADERS, post
from tests.bench.corpus import ASPECTS
from tests.bench.measures import MODEL, SETTLED, STAGGER, STEADY, Bench, Row, memory
from tests.bench.provider import scripted_provider
from tests.live import LiveSite

FILES = 1_000
OF_THE_MODEL = 200  # files that the bundled model embeds, which takes its time
SENTENCES = 15  # of a file, which is one chunk then
STREAMS, TOKENS = 5, 250
UPLOADS_AT_ONCE = 4
PATIENCE = 3600.0
DIMENSION = 384


def ingest(files: int = FILES) -> list[Row]:
    """All rows: with vectors that cost nothing, then with the bundled model's."""
    servers.start()
    with scripted_provider() as url:
        endpoint = {"OPENAI_BASE_URL": url, "OPENAI_API_KEY": "k"}
        free = {"EMBEDDING_MODEL": MODEL, "EMBEDDING_DIMENSION": str(DIMENSION)}
        rows = _measured("ingest", endpoint | free, url, files, kill=True)
        return rows + _measured("ingest_model", endpoint, url, OF_THE_MODEL, kill=False)


def _measured(
    name: str, environment: dict[str, str], url: str, files: int, *, kill: bool
) -> list[Row]:
    site = LiveSite(name, environment)
    try:
        return _Ingest(Bench(site.start(), url), files, kill=kill).rows()
    finally:
        site.stop()


class _Ingest:
    """One batch of files, put through."""

    def __init__(self, bench: Bench, files: int, *, kill: bool) -> None:
        self._bench, self._site = bench, bench.site
        self._files, self._kill = files, kill
        self._client = httpx2.Client(base_url=self._site.base_url, headers=HEADERS, timeout=120)
        words, sentences = random.Random(7), [said for said, _ in ASPECTS]
        self._texts = [" ".join(words.choices(sentences, k=SENTENCES)) for _ in range(files)]
        self._store = ""
        self._peak = 0.0

    def rows(self) -> list[Row]:
        what = f"{self._files:,} files" + ("" if self._kill else ", bundled model")
        started = time.perf_counter()
        with ThreadPoolExecutor(UPLOADS_AT_ONCE) as threads:
            ids = list(threads.map(self._upload, range(self._files)))
        uploading = time.perf_counter() - started
        self._store = self._client.post("/vector_stores", json={}).json()["id"]
        quiet = asyncio.run(self._lateness(rounds=3))
        batch = f"/vector_stores/{self._store}/file_batches"
        assert self._client.post(batch, json={"file_ids": ids}).status_code == 200
        started = time.perf_counter()
        self._site.start_indexer()
        late = asyncio.run(self._lateness())
        taken = time.perf_counter() - started
        megabytes = sum(map(len, self._texts)) / 1e6
        pace = f"{self._files / taken:.0f} / s, {megabytes / taken:.2f} MB/s"
        rows = [
            (f"{what}: indexed, one chunk each, beside {STREAMS} streams", pace, ""),
            (
                f"{what}: delay per token p99 of these, and without ingest",
                f"{_p99(late):.1f} ms, {_p99(quiet):.1f} ms",
                "+ 50 ms",
            ),
            (f"{what}: memory of the indexer, at most", f"{self._peak:.0f} MB", ""),
        ]
        if self._kill:
            rows.insert(0, (f"{what}: uploaded", f"{self._files / uploading:.0f} / s", ""))
        return rows

    def _upload(self, number: int) -> str:
        file = (f"{number}.txt", self._texts[number].encode())
        answer = self._client.post("/files", files={"file": file}, data={"purpose": "assistants"})
        return str(answer.json()["id"])

    async def _lateness(self, rounds: int = 0) -> list[float]:
        """Seconds that tokens are late, in rounds of streams: so many, or until all is indexed."""
        if not self._bench.assistant_id:
            assistant = await post(self._site.base_url, "/assistants", {"model": MODEL})
            self._bench.assistant_id = assistant["id"]
        await self._bench.say(tokens=TOKENS, delay=STEADY)
        late: list[float] = []
        done = 0
        while done < rounds or not (rounds or self._is_done()):
            late += await self._round()
            done += 1
            if self._kill and done == 2 and not rounds:
                self._kill_indexer()
        return late

    async def _round(self) -> list[float]:
        async def one(number: int) -> list[float]:
            thread = await self._bench.thread()
            await asyncio.sleep(number * STAGGER)
            lateness = (await self._bench.ours(thread)).lateness(STEADY)
            return [late - min(lateness) for late in lateness[SETTLED:]]

        return [late for some in await asyncio.gather(*map(one, range(STREAMS))) for late in some]

    def _is_done(self) -> bool:
        indexers = [psutil.Process(indexer.pid) for indexer in self._site.indexers]
        self._peak = max(self._peak, memory(indexers))
        counts = self._client.get(f"/vector_stores/{self._store}").json()["file_counts"]
        assert not counts["failed"], counts
        return bool(counts["completed"] == self._files)

    def _kill_indexer(self) -> None:
        """And start another, which goes on where the first one was."""
        [indexer] = self._site.indexers
        indexer.kill()
        indexer.wait()
        self._site.indexers.clear()
        self._site.start_indexer()


def _p99(late: Sequence[float]) -> float:
    return 1000 * statistics.quantiles(late, n=100)[98]


if __name__ == "__main__":
    numbers = [int(text) for text in sys.argv[1:]]
    sys.stdout.write("\n".join(map(" | ".join, ingest(*numbers))) + "\n")
