"""Shared: short private folders for sockets, waiting for a condition, databases of one's own."""

import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from playground.embedded.broker import EmbeddedValkey
from playground.embedded.database import EmbeddedPostgres

Wait = Callable[[Callable[[], object]], None]


@pytest.fixture
def wait_until() -> Wait:
    """Returns when the condition holds; fails after 10 s."""

    def wait(condition: Callable[[], object]) -> None:
        deadline = time.monotonic() + 10
        while not condition():
            assert time.monotonic() < deadline, "the condition did not come true within 10 s"
            time.sleep(0.01)

    return wait


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder whose path is short enough for sockets, which pytest's own is not always."""
    path = Path("/tmp") / f"pge-{os.urandom(6).hex()}"
    path.mkdir(mode=0o700)
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def postgres(folder: Path) -> Iterator[EmbeddedPostgres]:
    """A started server of the test's own."""
    with EmbeddedPostgres(folder / "postgres", folder / "run", durable=False) as server:
        yield server


@pytest.fixture
def valkey(folder: Path) -> Iterator[EmbeddedValkey]:
    """A started server of the test's own, which keeps its data."""
    with EmbeddedValkey(folder / "valkey", folder / "run") as server:
        yield server
