"""What a flood of one project does to another: `python -m tests.bench.fair`."""

import asyncio
import json
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import httpx2

from tests import servers
from tests.bench.client import BETA, post, stream
from tests.bench.measures import MODEL, Bench, Row
from tests.bench.provider import scripted_provider
from tests.live import API_KEY, STRANGER_KEY, LiveSite

FLOODING = 32  # clients
WARM_UP = 3.0  # seconds in which the flood uses up what it may do at once
ROUNDS = 20
FILES, STORES = 60, 4  # of the flood: each store gets all the files
SLEEP = "import time; time.sleep(5)"
STORED = "The village of Arnheim has a mill. " * 40

Flood = Callable[[Bench], Awaitable[object]]


def fair() -> list[Row]:
    """All rows: the other project's time to first token, and to a small file that is indexed."""
    servers.start()
    with scripted_provider() as url:
        site = LiveSite("fair", {"OPENAI_BASE_URL": url, "OPENAI_API_KEY": "k"})
        try:
            site.start(concurrency=1000)
            site.add_stranger()
            site.start_indexer()
            site.start_interpreter()
            return asyncio.run(_Fairness(Bench(site, url)).rows())
        finally:
            site.stop()


class _Fairness:
    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._url = bench.site.base_url
        self._store = ""
        self._coder = ""
        self._flooder = ""
        self._files: list[str] = []
        self._stores: list[str] = []
        self._flooded = 0  # calls of the flood that were answered

    async def rows(self) -> list[Row]:
        await self._prepare()
        floods: dict[str, Flood] = {
            "runs": self._run,
            "requests": self._request,
            "files": self._batch,
            "searches": self._search,
            "code that takes long": self._code,
        }
        await self._first_token()  # warm up
        if len(sys.argv) > 1:
            floods = {name: floods[name] for name in sys.argv[1:]}
        return [row for name, one in floods.items() for row in await self._row(name, one)]

    async def _prepare(self) -> None:
        bench = self._bench
        await bench.say(tokens=3)
        call = {"name": "code_interpreter", "arguments": json.dumps({"code": SLEEP})}
        control = bench.provider_url.removesuffix("/v1")
        await post(control, "/control/first_of_tools", {"tool_calls": [call]})
        bench.assistant_id = (await post(self._url, "/assistants", {"model": MODEL}))["id"]
        self._flooder = (await self._flood("/assistants", {"model": MODEL}))["id"]
        tools = [{"type": "code_interpreter"}]
        coder = await self._flood("/assistants", {"model": MODEL, "tools": tools})
        self._coder = coder["id"]
        self._store = (await self._flood("/vector_stores", {}))["id"]
        await asyncio.to_thread(_indexed_file, self._url, STRANGER_KEY, self._store)
        for _ in range(FILES):
            made = await asyncio.to_thread(_uploaded, self._url, STRANGER_KEY)
            self._files.append(made)

    async def _row(self, name: str, flood: Flood) -> list[Row]:
        quiet = await self._first_token()
        quiet_file = await self._indexed()
        flooding = [asyncio.create_task(self._repeat(flood)) for _ in range(FLOODING)]
        await asyncio.sleep(WARM_UP)
        alone = await self._flood_rate(asyncio.sleep(WARM_UP))
        first_tokens = asyncio.create_task(self._first_token())
        beside = await self._flood_rate(asyncio.wait([first_tokens]))
        busy = first_tokens.result()
        busy_file = await self._indexed()
        for task in flooding:
            task.cancel()
        await asyncio.gather(*flooding, return_exceptions=True)
        return [
            (
                f"first token of another project during a flood of {name}",
                f"{busy / quiet:.1f} x ({1000 * quiet:.0f} -> {1000 * busy:.0f} ms)",
                "< 2 x",
            ),
            (
                f"its small file indexed during a flood of {name}",
                f"{busy_file / quiet_file:.1f} x ({quiet_file:.2f} -> {busy_file:.2f} s)",
                "< 2 x",
            ),
            (
                f"the flood of {name} itself, alone and beside the other project",
                f"{alone:.0f} -> {beside:.0f} a second",
                "",
            ),
        ]

    async def _flood_rate(self, meanwhile: Awaitable[object]) -> float:
        flooded, started = self._flooded, time.perf_counter()
        await meanwhile
        return (self._flooded - flooded) / (time.perf_counter() - started)

    async def _repeat(self, flood: Flood) -> None:
        while True:
            try:
                await flood(self._bench)
                self._flooded += 1
            except (KeyError, IndexError, OSError, asyncio.IncompleteReadError):
                # Refused: a client would wait a moment.
                await asyncio.sleep(0.05)

    async def _flood(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return await post(self._url, path, body, key=STRANGER_KEY)

    async def _run(self, bench: Bench) -> None:
        body = {"assistant_id": self._flooder, "thread": {"messages": [MESSAGE]}}
        heard = await stream(self._url, "/threads/runs", body, key=STRANGER_KEY)
        assert heard.first

    async def _request(self, bench: Bench) -> None:
        thread = await self._flood("/threads", {"messages": [MESSAGE]})
        assert thread["id"]

    async def _batch(self, bench: Bench) -> None:
        # A few of the flooding clients are enough to keep the indexer busy.
        if len(self._stores) >= STORES:
            await asyncio.sleep(60)
        self._stores.append(str((await self._flood("/vector_stores", {}))["id"]))
        await self._flood(
            f"/vector_stores/{self._stores[-1]}/file_batches", {"file_ids": self._files}
        )

    async def _search(self, bench: Bench) -> None:
        found = await self._flood(f"/vector_stores/{self._store}/search", {"query": "a mill"})
        assert found["data"] is not None

    async def _code(self, bench: Bench) -> None:
        body = {"assistant_id": self._coder, "thread": {"messages": [MESSAGE]}}
        await stream(self._url, "/threads/runs", body, key=STRANGER_KEY)

    async def _first_token(self) -> float:
        times = []
        for _ in range(ROUNDS):
            thread = await self._bench.thread()
            times.append((await self._bench.ours(thread)).first)
            await asyncio.sleep(0.05)
        return statistics.median(times)

    async def _indexed(self) -> float:
        store = (await post(self._url, "/vector_stores", {}))["id"]
        times = []
        for _ in range(3):
            started = time.perf_counter()
            with suppress(KeyError):
                await asyncio.to_thread(_indexed_file, self._url, API_KEY, str(store))
            times.append(time.perf_counter() - started)
        return statistics.median(times)


MESSAGE = {"role": "user", "content": "Hello"}


def _uploaded(base_url: str, key: str) -> str:
    """Upload a small file, and return its id."""
    with _client(base_url, key) as client:
        file = ("a.txt", STORED.encode())
        made = client.post("/files", files={"file": file}, data={"purpose": "assistants"})
        return str(made.json()["id"])


def _indexed_file(base_url: str, key: str, store_id: str) -> None:
    """Upload a small file and wait until it is indexed."""
    file_id = _uploaded(base_url, key)
    with _client(base_url, key) as client:
        row = f"/vector_stores/{store_id}/files"
        client.post(row, json={"file_id": file_id})
        while client.get(f"{row}/{file_id}").json()["status"] == "in_progress":
            time.sleep(0.01)


def _client(base_url: str, key: str) -> httpx2.Client:
    headers = {"Authorization": f"Bearer {key}", **BETA}
    return httpx2.Client(base_url=base_url, headers=headers, timeout=60)


if __name__ == "__main__":
    sys.stdout.write("\n".join(map(" | ".join, fair())) + "\n")
