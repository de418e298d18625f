"""`make bench`: prints the table of docs/performance.md, measured now. `--million` searches a
million chunks too, which takes half an hour to make.
"""

import asyncio
import platform
import sys
from datetime import UTC, datetime

import psutil

from tests import servers
from tests.bench.client import post
from tests.bench.crowd import Sizes, crowd_rows
from tests.bench.experiments.beside import beside_experiments
from tests.bench.fair import fair
from tests.bench.ingest import ingest
from tests.bench.languages.measure import languages
from tests.bench.measures import MODEL, Bench, Row, long_thread, truncation
from tests.bench.page import page_rows
from tests.bench.passing import passing
from tests.bench.provider import scripted_provider
from tests.bench.retrieval import SIZES, retrieval
from tests.bench.runs import run_rows
from tests.bench.sandbox import sandbox
from tests.bench.size import size_rows
from tests.bench.start_up import start_up
from tests.live import LiveSite

# One project floods the server to find out what it can do.
UNLIMITED = {"RATE_LIMIT_REQUESTS_PER_MINUTE": "0"}
MOST_RUNS = 1000  # at once, in the one worker


def main() -> None:
    """Everything, in about twenty minutes."""
    servers.start()
    with scripted_provider() as url:
        site = LiveSite("bench", {"OPENAI_BASE_URL": url, "OPENAI_API_KEY": "k", **UNLIMITED})
        try:
            rows = asyncio.run(_measure(Bench(site.start(concurrency=MOST_RUNS), url)))
            rows += page_rows(site, url)
            rows += size_rows(site)
        finally:
            site.stop()
    sizes = (*SIZES, 1_000_000) if "--million" in sys.argv else SIZES
    rows += fair() + beside_experiments()
    _print(rows + retrieval(sizes) + languages() + ingest() + sandbox() + start_up())


async def _measure(bench: Bench) -> list[Row]:
    assistant = await post(bench.site.base_url, "/assistants", {"model": MODEL})
    bench.assistant_id = assistant["id"]
    await bench.say(tokens=3)
    for _ in range(10):
        await bench.ours(await bench.thread())  # warm up
    rows = await run_rows(bench)
    rows.append(await passing(bench, 30))
    rows.append(await long_thread(bench))
    rows += await truncation(bench)
    return rows + await crowd_rows(bench, Sizes())


def _print(rows: list[Row]) -> None:
    machine = f"{psutil.cpu_count()} cores, {platform.system()} {platform.release()}"
    when = datetime.now(UTC).date().isoformat()
    lines = [f"{when}, {machine}, Python {platform.python_version()}", ""]
    lines += ["| what | measured | goal |", "|---|---|---|"]
    lines += [f"| {' | '.join(row)} |" for row in rows]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
