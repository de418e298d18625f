"""Shared: short private folders for sockets, waiting for a condition, databases of one's own."""

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from playground.embedded.servers.broker import EmbeddedValkey
from playground.embedded.servers.database import EmbeddedPostgres

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


@contextmanager
def short_folder() -> Iterator[Path]:
    """A folder whose path is short enough for sockets, which pytest's own is not always."""
    path = Path("/tmp") / f"pge-{os.urandom(6).hex()}"
    path.mkdir(mode=0o700)
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short folder of the test's own."""
    with short_folder() as path:
        yield path


@pytest.fixture(scope="module")
def postgres() -> Iterator[EmbeddedPostgres]:
    """A started server, shared because making one takes a second: leave it running."""
    with (
        short_folder() as path,
        EmbeddedPostgres(path / "postgres", path / "run", durable=False) as server,
    ):
        yield server


@pytest.fixture
def valkey(folder: Path) -> Iterator[EmbeddedValkey]:
    """A started server of the test's own, which keeps its data."""
    with EmbeddedValkey(folder / "valkey", folder / "run") as server:
        yield server
