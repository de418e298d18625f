"""How well and how fast vector stores are searched: `python -m tests.bench.retrieval [SIZES]`."""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence

import django

from tests import servers
from tests.bench.measures import Row
from tests.live import ROOT

SIZES = (10_000, 100_000)
REPEATED = 60
FEW_WORDS = 6


def retrieval(sizes: Sequence[int] = SIZES) -> list[Row]:
    """All rows, measured in a process of its own, since the others know no Django."""
    command = [sys.executable, "-m", "tests.bench.retrieval", "--json", *map(str, sizes)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    return [tuple(row) for row in json.loads(done.stdout)]


def main(arguments: Sequence[str]) -> None:
    """Prints rows, as JSON or for people."""
    servers.start()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "playground.settings")
    django.setup()
    from tests.bench import retrieval_rows  # noqa: PLC0415 - needs Django's settings

    sizes = [int(text) for text in arguments if text.isdigit()] or list(SIZES)
    rows = retrieval_rows.rows(sizes)
    as_json = "--json" in arguments
    sys.stdout.write(json.dumps(rows) if as_json else "\n".join(map(" | ".join, rows)) + "\n")


def milliseconds(work: Callable[[], object]) -> str:
    """Median and 99th percentile of a few dozen times."""
    taken = []
    for _ in range(REPEATED):
        started = time.perf_counter()
        work()
        taken.append((time.perf_counter() - started) * 1000)
    return f"{statistics.median(taken):.1f} / {sorted(taken)[int(0.99 * (REPEATED - 1))]:.1f} ms"


if __name__ == "__main__":
    main(sys.argv[1:])
